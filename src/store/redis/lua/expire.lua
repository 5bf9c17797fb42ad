-- KEYS: channel, log, alerts, ids, ended, purchases, purchases_changed, purchase_ids, settled,
-- settled_at. ARGV: before when entries, alerts and ids go, and at most how many entries, alerts,
-- purchases and marks. Returns how many of these went.
local channel, log, alerts, ids, ended, purchases, changed, purchase_ids, settled, settled_at =
  unpack(KEYS)
local before_log, before_alerts, before_ids = unpack(ARGV, 2, 4)

local function oldest(key, before, most)
  return redis.call('ZRANGE', key, '-inf', '(' .. before, 'BYSCORE', 'LIMIT', 0, most)
end

local entries, newest = 0, nil
for _, entry in ipairs(redis.call('XRANGE', log, '-', '+', 'COUNT', ARGV[5]) or {}) do
  -- An entry never goes before an older one, whatever the clocks said.
  if tonumber(entry[2][2]) >= tonumber(before_log) then
    break
  end
  entries, newest = entries + 1, entry[1]
end
if newest then
  local offset = tonumber(string.match(newest, '^%d+'))
  redis.call('XTRIM', log, 'MINID', string.format('%.0f-0', offset + 1))
end

-- What played last is still part of its channel.
local play, most, old = redis.call('HGET', channel, 'play'), tonumber(ARGV[6]), 0
for _, id in ipairs(oldest(ended, before_alerts, most + 1)) do
  if id ~= play and old < most then
    redis.call('HDEL', alerts, id)
    redis.call('ZREM', ids, id)
    redis.call('ZREM', ended, id)
    old = old + 1
  end
end

local sets = oldest(changed, before_ids, ARGV[7])
for _, set in ipairs(sets) do
  forget(purchases, changed, purchase_ids, set)
end

local marks = oldest(settled_at, before_ids, ARGV[8])
for _, event in ipairs(marks) do
  redis.call('HDEL', settled, event)
  redis.call('ZREM', settled_at, event)
end
return { entries, old, #sets, #marks }
