-- KEYS: the gateway. ARGV: 2 the field of the mark, 3 our mark.
-- 1 when it is ours to fill: no gateway has begun here, and no other move.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
return 1
