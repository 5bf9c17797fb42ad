-- Makes a dead letter an event without an outcome. Keys: event, unsettled. Arguments: its id, the
-- node that takes it up. Returns whether it was one.
local event, unsettled = unpack(KEYS)
local id, node = unpack(ARGV, 2)
local outcome, stored = unpack(redis.call('HMGET', event, 'outcome', 'stored'))
if not outcome or not is_dead(outcome) then
  return 0
end
redis.call('HSET', event, 'attempts', 0, 'node', node)
redis.call('HDEL', event, 'outcome')
redis.call('ZADD', unsettled, stored, node .. '/' .. id)
return 1
