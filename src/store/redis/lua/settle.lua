-- Gives an event an outcome, unless it has one that is not open. Keys: event, unsettled,
-- settled, bodies. Arguments: its id, the outcome, whose it must be ('' nobody's, '*' anybody's).
local event, unsettled, settled, bodies = unpack(KEYS)
local id, outcome, whose = unpack(ARGV, 2)
local received, node, named, routed, before =
  unpack(redis.call('HMGET', event, 'received', 'node', 'streamer', 'routed', 'outcome'))
if not received or (before and not is_open(before)) then
  return 'refused'
end
if whose ~= '*' and whose ~= (routed or named or '') then
  return 'elsewhere'
end
redis.call('HSET', event, 'outcome', outcome)
if outcome == '"waiting"' then
  -- It grows old like others, but its sale will need its body.
  redis.call('ZADD', settled, received, id)
elseif not is_open(outcome) then
  redis.call('ZADD', settled, received, id)
  redis.call('ZADD', bodies, received, id)
end
if node then
  redis.call('ZREM', unsettled, node .. '/' .. id)
  redis.call('HDEL', event, 'node')
end
return 'done'
