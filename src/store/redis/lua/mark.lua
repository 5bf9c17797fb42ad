-- Marks an event's outcome beside its streamer's channel, unless a mark is there that is not
-- open; what is open leaves none. Keys: settled, settled_at. Arguments: the event's id, the
-- outcome, for how many milliseconds marks are kept. Returns the outcome that stands.
local settled, settled_at = unpack(KEYS)
local id, outcome, kept = unpack(ARGV, 2)
local before = redis.call('HGET', settled, id)
if before and not is_open(before) then
  -- Written again as it is: who waits for replicas waits for it as well.
  redis.call('HSET', settled, id, before)
  return before
end
if not is_open(outcome) then
  redis.call('HSET', settled, id, outcome)
  redis.call('ZADD', settled_at, now, id)
  redis.call('PEXPIRE', settled, kept)
  redis.call('PEXPIRE', settled_at, kept)
end
return outcome
