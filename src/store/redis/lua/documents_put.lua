-- Keys: documents, ids, owned, expiring. Arguments: the caller's time, an id, which version is
-- expected, when it lapses, its owner, its body. Returns the new version, or nothing when another
-- one was expected.
local documents, ids, owned, expiring = unpack(KEYS)
local present, id, expect, expires, owner, body = unpack(ARGV, 2)
local version, was_owned = '0', '-'
local before = redis.call('HGET', documents, id)
if before then
  local lapses
  version, lapses, was_owned = string.match(before, '^(%S+) (%S+) (%S+)\n')
  if lapses ~= '-' and tonumber(lapses) <= tonumber(present) then
    version = '0'
  end
end
local fits = expect == 'any' or version ~= '0' and expect == version
if not fits and not (expect == 'absent' and version == '0') then
  return false
end
version = string.format('%.0f', version + 1)
redis.call('HSET', documents, id, version .. ' ' .. expires .. ' ' .. owner .. '\n' .. body)
redis.call('ZADD', ids, 0, id)
if was_owned ~= '-' and was_owned ~= owner then
  redis.call('ZREM', owned, was_owned .. '/' .. id)
end
if owner ~= '-' then
  redis.call('ZADD', owned, 0, owner .. '/' .. id)
end
if expires ~= '-' then
  redis.call('ZADD', expiring, expires, id)
else
  redis.call('ZREM', expiring, id)
end
return version
