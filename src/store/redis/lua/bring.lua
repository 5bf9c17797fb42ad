-- KEYS: the gateway. ARGV: 2 the field of the mark, 3 our mark, then fields and what they hold.
-- 1 when all of it is there in the place of our mark.
if redis.call('HGET', KEYS[1], ARGV[2]) ~= ARGV[3] then
  return 0
end
redis.call('HDEL', KEYS[1], ARGV[2])
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
return 1
