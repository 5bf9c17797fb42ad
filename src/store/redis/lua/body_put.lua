-- Puts another body in the place of an event's. KEYS: event, body, bodies. ARGV: its id, the body, or
-- nothing for none. Returns whether that was done: not while the event has no outcome.
if redis.call('HEXISTS', KEYS[1], 'outcome') == 0 then
  return 0
end
if ARGV[3] == '' then
  redis.call('UNLINK', KEYS[2])
  redis.call('ZREM', KEYS[3], ARGV[2])
else
  redis.call('SET', KEYS[2], ARGV[3])
end
return 1
