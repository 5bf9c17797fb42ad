-- Copies a part of a log. KEYS: log, draft. ARGV: the last id copied (nothing for none), the most
-- entries, for how many milliseconds a draft stays, then ids and the entries to put there.
-- Returns how many were copied, and the last id; no number when the draft is gone.
local log, draft = KEYS[1], KEYS[2]
local after, new = ARGV[2], {}
if after ~= '' and redis.call('EXISTS', draft) == 0 then
  return { false, '' }
end
for at = 5, #ARGV, 2 do
  new[ARGV[at]] = ARGV[at + 1]
end
local entries = redis.call('XRANGE', log, after == '' and '-' or '(' .. after, '+', 'COUNT', ARGV[3])
-- A call that was repeated on its way finds what it copied itself.
local done = redis.call('XREVRANGE', draft, '+', '-', 'COUNT', 1)[1]
local copied = done and tonumber(string.match(done[1], '^%d+')) or -1
for _, entry in ipairs(entries) do
  local id, fields = entry[1], entry[2]
  fields[4] = new[id] or fields[4]
  if tonumber(string.match(id, '^%d+')) > copied then
    redis.call('XADD', draft, id, unpack(fields))
  end
  after = id
end
redis.call('PEXPIRE', draft, ARGV[4])
return { #entries, after }
