-- Removes the routes to a streamer, a step at a time. Keys: routes, routes_written. Arguments: the
-- streamer, where to go on, how many routes to look at. Returns where to go on, '0' at the end.
local step = redis.call('HSCAN', KEYS[1], ARGV[3], 'COUNT', ARGV[4])
for i = 1, #step[2], 2 do
  if step[2][i + 1] == ARGV[2] then
    redis.call('HDEL', KEYS[1], step[2][i])
    redis.call('ZREM', KEYS[2], step[2][i])
  end
end
return step[1]
