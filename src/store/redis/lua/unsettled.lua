-- One step through the events without an outcome, longest due first, that a node looks after. Key:
-- unsettled. Arguments: first and last rank to look at, due before which microsecond, after which one
-- no clock that is right can have put any off, the node, whether it looks after those of nodes that are
-- gone, and if so all that live. Returns whether there are more, and pairs of microsecond and event id.
local first, last, before, ahead, own, orphans = unpack(ARGV, 2)
local living = {[own] = true}
for i = 8, #ARGV do
  living[ARGV[i]] = true
end
local found = {}
local function find(member, due)
  local node, id = string.match(member, '^([^/]+)/(.+)$')
  if node == own or (orphans == '1' and not living[node]) then
    found[#found + 1] = due
    found[#found + 1] = id
  end
end
if first == '0' then
  local most = last + 1
  for _, member in
    ipairs(redis.call('ZRANGE', KEYS[1], '(' .. ahead, '+inf', 'BYSCORE', 'LIMIT', 0, most))
  do
    find(member, '0')
  end
end
local members = redis.call('ZRANGE', KEYS[1], first, last, 'WITHSCORES')
for i = 1, #members, 2 do
  if tonumber(members[i + 1]) >= tonumber(before) then
    return {0, found}
  end
  find(members[i], members[i + 1])
end
return {#members == 2 * (last - first + 1) and 1 or 0, found}
