-- Stores an event unless it is there. Keys: event, body, alerts, unsettled. Returns the alert id it
-- is stored with, and the microseconds since 1970.
local event, body, alerts, unsettled = unpack(KEYS)
local id, alert, kind, streamer, door, received, verified, node, raw = unpack(ARGV, 2)
local stored = string.format('%.0f', time[1] * 1000000 + time[2])
local known = redis.call('HGET', event, 'alert')
if known then
  -- Written again as it is: who waits for replicas waits for it as well.
  redis.call('HSET', event, 'alert', known)
  return {known, stored}
end
redis.call('SET', body, raw)
redis.call('HSET', event, 'alert', alert, 'kind', kind, 'door', door, 'received', received,
  'verified', verified, 'stored', stored, 'attempts', 1, 'node', node)
if streamer ~= '' then
  redis.call('HSET', event, 'streamer', streamer)
end
redis.call('HSET', alerts, alert, id)
redis.call('ZADD', unsettled, stored, node .. '/' .. id)
return {alert, stored}
