-- One step through the events without an outcome, longest due first, that a node looks after. Key:
-- unsettled. Arguments: first and last rank to look at, due before which microsecond, the node, whether
-- it looks after those of nodes that are gone, and if so all that live. Returns whether there are
-- more, and pairs of microsecond and event id.
local first, last, before, own, orphans = unpack(ARGV, 2)
local living = {[own] = true}
for i = 7, #ARGV do
  living[ARGV[i]] = true
end
local members = redis.call('ZRANGE', KEYS[1], first, last, 'WITHSCORES')
local found = {}
for i = 1, #members, 2 do
  if tonumber(members[i + 1]) >= tonumber(before) then
    return {0, found}
  end
  local node, id = string.match(members[i], '^([^/]+)/(.+)$')
  if node == own or (orphans == '1' and not living[node]) then
    found[#found + 1] = members[i + 1]
    found[#found + 1] = id
  end
end
return {#members == 2 * (last - first + 1) and 1 or 0, found}
