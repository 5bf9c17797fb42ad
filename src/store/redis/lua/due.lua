-- KEYS: log, ended, purchases_changed, settled_at. ARGV: before when entries, alerts and ids go.
-- Returns whether any does.
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if oldest and tonumber(oldest[2][2]) < tonumber(ARGV[2]) then
  return 1
end
for at, before in ipairs({ ARGV[3], ARGV[4], ARGV[4] }) do
  if redis.call('ZCOUNT', KEYS[at + 1], '-inf', '(' .. before) > 0 then
    return 1
  end
end
return 0
