-- Keys: documents, ids, owned, expiring. Arguments: the caller's time, which ones (the `one` of this
-- id, those `owned` by this streamer, all that have `lapsed`), the id or streamer, at most how many.
-- Returns how many went, and how many of them had lapsed.
local documents, ids, owned, expiring = unpack(KEYS)
local present, which, name, most = unpack(ARGV, 2)
local chosen = {name}
if which == 'lapsed' then
  chosen = redis.call('ZRANGE', expiring, '-inf', present, 'BYSCORE', 'LIMIT', 0, most)
elseif which == 'owned' then
  -- '0' follows '/'.
  local first, last = '(' .. name .. '/', '(' .. name .. '0'
  chosen = redis.call('ZRANGE', owned, first, last, 'BYLEX', 'LIMIT', 0, most)
  for i, member in ipairs(chosen) do
    chosen[i] = string.sub(member, #name + 2)
  end
end
local gone, lapsed = 0, 0
for _, id in ipairs(chosen) do
  local document = redis.call('HGET', documents, id)
  if document then
    local lapses, owner = string.match(document, '^%S+ (%S+) (%S+)\n')
    gone = gone + 1
    if lapses ~= '-' and tonumber(lapses) <= tonumber(present) then
      lapsed = lapsed + 1
    end
    redis.call('HDEL', documents, id)
    redis.call('ZREM', ids, id)
    redis.call('ZREM', owned, owner .. '/' .. id)
    redis.call('ZREM', expiring, id)
  end
end
return {gone, lapsed}
