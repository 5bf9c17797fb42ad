-- Puts off the next attempt at an event without an outcome. Keys: event, unsettled. Arguments: its id,
-- until which microsecond.
local event, unsettled = unpack(KEYS)
local id, due = unpack(ARGV, 2)
local node = redis.call('HGET', event, 'node')
if node then
  redis.call('ZADD', unsettled, 'XX', due, node .. '/' .. id)
end
return redis.status_reply('OK')
