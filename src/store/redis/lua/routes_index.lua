-- Keys: routes, routes_written. Arguments: a streamer, then pairs of a route's key and whether it
-- lasts.
for i = 3, #ARGV, 2 do
  if redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[2]) == 1 and ARGV[i + 1] == '0' then
    redis.call('ZADD', KEYS[2], now, ARGV[i])
  end
end
return redis.status_reply('OK')
