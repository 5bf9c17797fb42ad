-- KEYS: ids, alerts. ARGV: where to begin, the most alerts. Returns the last id, and the alerts.
local ids = redis.call('ZRANGE', KEYS[1], ARGV[2], '-', 'BYLEX', 'REV', 'LIMIT', 0, ARGV[3])
if #ids == 0 then
  return { '', {} }
end
return { ids[#ids], redis.call('HMGET', KEYS[2], unpack(ids)) }
