-- Puts a copy of a log in its place. KEYS: channel, log, draft. ARGV: the epoch, how often the log had
-- been rewritten when the copy began, the last id copied, the most entries that may be missing.
-- Returns `done`, `more` when more are missing, `changed` when it is the copy of another log.
local channel, log, draft = unpack(KEYS)
local epoch, rewrites = unpack(redis.call('HMGET', channel, 'epoch', 'rewrites'))
if epoch ~= ARGV[2] or (rewrites or '') ~= ARGV[3] or redis.call('EXISTS', draft) == 0 then
  redis.call('UNLINK', draft)
  return 'changed'
end
local tail = redis.call('XRANGE', log, '(' .. ARGV[4], '+', 'COUNT', ARGV[5] + 1)
if #tail > tonumber(ARGV[5]) then
  return 'more'
end
for _, entry in ipairs(tail) do
  redis.call('XADD', draft, entry[1], unpack(entry[2]))
end
-- A copy with fewer entries than the log must never take its place.
if redis.call('XLEN', draft) < redis.call('XLEN', log) then
  redis.call('UNLINK', draft)
  return 'changed'
end
redis.call('PERSIST', draft)
redis.call('RENAME', draft, log)
redis.call('HINCRBY', channel, 'rewrites', 1)
return 'done'
