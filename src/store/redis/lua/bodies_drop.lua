-- Removes bodies of settled events. Keys: bodies, and of each event its body. Arguments: their ids.
-- Returns how many went.
local gone = 0
for i = 2, #ARGV do
  -- Another node may have done it.
  if redis.call('ZREM', KEYS[1], ARGV[i]) == 1 then
    redis.call('UNLINK', KEYS[i])
    gone = gone + 1
  end
end
return gone
