-- Key: the lease. Arguments: who wants it, for how many milliseconds.
local owner, length = ARGV[2], tonumber(ARGV[3])
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= owner then
  return 0
end
if length > 0 then
  redis.call('SET', KEYS[1], owner, 'PX', ARGV[3])
else
  redis.call('DEL', KEYS[1])
end
return 1
