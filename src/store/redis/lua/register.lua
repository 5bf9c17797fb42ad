#!lua flags=allow-oom
-- KEYS: connections, nodes, registered. ARGV: node, lease, connection, row, whether it counts.
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[2])
redis.call('PEXPIRE', KEYS[2], 60000)
redis.call('HSET', KEYS[1], ARGV[4], ARGV[5])
redis.call('PEXPIRE', KEYS[1], 60000)
if ARGV[6] == '1' then
  redis.call('SET', KEYS[3], string.format('%.0f', now), 'PX', 86400000)
end
