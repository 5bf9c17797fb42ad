-- Keys: routes, routes_written. Arguments: routes written before this go, at most so many.
local old = redis.call('ZRANGE', KEYS[2], '-inf', '(' .. ARGV[2], 'BYSCORE', 'LIMIT', 0, ARGV[3])
for _, route in ipairs(old) do
  redis.call('HDEL', KEYS[1], route)
  redis.call('ZREM', KEYS[2], route)
end
return #old
