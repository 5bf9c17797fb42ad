-- Removes settled events. Keys: settled, bodies, alerts, and of each event it and its body.
-- Arguments: their ids. Returns how many went.
local gone = 0
for i = 2, #ARGV do
  local id, event, body = ARGV[i], KEYS[2 * i], KEYS[2 * i + 1]
  -- Another node may have done it.
  if redis.call('ZREM', KEYS[1], id) == 1 then
    redis.call('ZREM', KEYS[2], id)
    redis.call('HDEL', KEYS[3], redis.call('HGET', event, 'alert') or '')
    redis.call('UNLINK', event, body)
    gone = gone + 1
  end
end
return gone
