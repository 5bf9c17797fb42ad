-- KEYS: channel, queue, held. Returns whether anything plays or waits.
if redis.call('HGET', KEYS[1], 'playing') == '1' then
  return 1
end
return redis.call('EXISTS', KEYS[2], KEYS[3])
