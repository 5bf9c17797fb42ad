-- Writes an event of another store, without its outcome. Keys: event, body, alerts, unsettled.
-- Arguments: its id, its alert, the microseconds of its storing, the node it waits for, its body
-- (empty when that is gone), then fields and what they hold.
local event, body, alerts, unsettled = unpack(KEYS)
local id, alert, stored, node, raw = unpack(ARGV, 2, 6)
if raw ~= '' then
  redis.call('SET', body, raw)
end
redis.call('HSET', event, 'alert', alert, 'stored', stored, 'node', node, unpack(ARGV, 7))
redis.call('HSET', alerts, alert, id)
redis.call('ZADD', unsettled, stored, node .. '/' .. id)
return redis.status_reply('OK')
