-- Keys: ids or owned, documents. Arguments: what the members begin with before the id, after which
-- id, at most how many. Returns pairs of id and document.
local prefix = ARGV[2]
-- '0' follows '/', with which a prefix ends.
local last = prefix == '' and '+' or '(' .. string.sub(prefix, 1, -2) .. '0'
local first = '(' .. prefix .. ARGV[3]
local found = {}
for _, member in
  ipairs(redis.call('ZRANGE', KEYS[1], first, last, 'BYLEX', 'LIMIT', 0, ARGV[4]))
do
  local id = string.sub(member, #prefix + 1)
  found[#found + 1] = id
  found[#found + 1] = redis.call('HGET', KEYS[2], id)
end
return found
