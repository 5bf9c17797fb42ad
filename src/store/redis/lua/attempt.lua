-- Counts an attempt at an event without an outcome. Keys: event, unsettled. Arguments: its id, the
-- node that tries. Returns the count; 0 if it has an outcome or is unknown.
local event, unsettled = unpack(KEYS)
local id, node = unpack(ARGV, 2)
local holder, attempts, stored, outcome =
  unpack(redis.call('HMGET', event, 'node', 'attempts', 'stored', 'outcome'))
if not attempts or outcome then
  return 0
end
attempts = math.min(attempts + 1, 4294967295)
redis.call('HSET', event, 'attempts', string.format('%.0f', attempts), 'node', node)
if holder ~= node then
  local due = redis.call('ZSCORE', unsettled, holder .. '/' .. id) or stored
  redis.call('ZREM', unsettled, holder .. '/' .. id)
  redis.call('ZADD', unsettled, due, node .. '/' .. id)
end
return attempts
