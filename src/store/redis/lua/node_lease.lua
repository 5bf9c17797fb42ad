#!lua flags=allow-oom
-- KEYS: the nodes. ARGV: a node, for how long. Takes out those that died.
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PEXPIRE', KEYS[1], 120000)
