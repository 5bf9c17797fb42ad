#!lua flags=allow-oom
-- KEYS: connections. ARGV: connection, row, … Who was taken out meanwhile does not come back.
for at = 2, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[1], ARGV[at]) == 1 then
    redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
  end
end
