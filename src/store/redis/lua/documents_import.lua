-- Writes a document of another store. Keys: documents, ids, owned, expiring. Arguments: its id, its
-- version, when it lapses, its owner, its body.
local documents, ids, owned, expiring = unpack(KEYS)
local id, version, expires, owner, body = unpack(ARGV, 2)
redis.call('HSET', documents, id, version .. ' ' .. expires .. ' ' .. owner .. '\n' .. body)
redis.call('ZADD', ids, 0, id)
if owner ~= '-' then
  redis.call('ZADD', owned, 0, owner .. '/' .. id)
end
if expires ~= '-' then
  redis.call('ZADD', expiring, expires, id)
end
return redis.status_reply('OK')
