-- Makes an event whose outcome is open one without an outcome. Keys: event, unsettled, settled.
-- Arguments: its id, the node that takes it up. Returns whether it was one.
local event, unsettled, settled = unpack(KEYS)
local id, node = unpack(ARGV, 2)
local outcome, stored = unpack(redis.call('HMGET', event, 'outcome', 'stored'))
if not outcome or not is_open(outcome) then
  return 0
end
redis.call('HSET', event, 'attempts', 1, 'node', node)
redis.call('HDEL', event, 'outcome')
redis.call('ZREM', settled, id)
redis.call('ZADD', unsettled, stored, node .. '/' .. id)
return 1
