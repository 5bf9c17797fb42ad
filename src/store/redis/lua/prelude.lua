local time = redis.call('TIME')
-- Milliseconds since 1970.
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- What arrives after its caller gave up must not happen: the caller was told that it may not have.
if now > tonumber(ARGV[1]) then
  return redis.error_reply(string.format('LATE %.0f', now))
end
