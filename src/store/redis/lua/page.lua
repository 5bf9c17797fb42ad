-- KEYS: channel, log. ARGV: the id to begin from, the most entries.
-- Returns the log's epoch and end, the id of the oldest entry kept, and the entries.
local epoch, offset = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'offset'))
local oldest = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
local entries = {}
for at, entry in ipairs(redis.call('XRANGE', KEYS[2], ARGV[2], '+', 'COUNT', ARGV[3]) or {}) do
  entries[at] = entry[2][4]
end
return { epoch, offset, oldest and oldest[1] or false, entries }
