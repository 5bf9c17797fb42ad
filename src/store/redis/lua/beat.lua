#!lua flags=allow-oom
-- KEYS: connections, nodes. ARGV: node, lease, whether to sweep, the node's connections.
-- Returns those of them that are missing.
local node = ARGV[2]
redis.call('ZADD', KEYS[2], now + ARGV[3], node)
redis.call('PEXPIRE', KEYS[2], 60000)
redis.call('PEXPIRE', KEYS[1], 60000)
local own, missing = {}, {}
for at = 5, #ARGV do
  own[ARGV[at]] = true
  if redis.call('HEXISTS', KEYS[1], ARGV[at]) == 0 then
    missing[#missing + 1] = ARGV[at]
  end
end
if ARGV[4] == '1' then
  local rows = redis.call('HGETALL', KEYS[1])
  for at = 1, #rows, 2 do
    local holder = cjson.decode(rows[at + 1]).node
    local lease = tonumber(redis.call('ZSCORE', KEYS[2], holder) or 0)
    if lease <= now or (holder == node and not own[rows[at]]) then
      redis.call('HDEL', KEYS[1], rows[at])
    end
  end
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
end
return missing
