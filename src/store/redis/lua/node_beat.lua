#!lua flags=allow-oom
-- KEYS: the node's connections. ARGV: lease, connection, streamer, … Returns how many it holds.
for at = 3, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('HLEN', KEYS[1])
