-- Key: event. Argument: the streamer it is routed to. Returns the outcome it has, unless that is
-- open.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
redis.call('HSET', KEYS[1], 'routed', ARGV[2])
local outcome = redis.call('HGET', KEYS[1], 'outcome')
return outcome and not is_open(outcome) and outcome
