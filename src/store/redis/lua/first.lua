-- Sets a field unless it is set; answers what it holds. Not while a gateway moves in.
if redis.call('HEXISTS', KEYS[1], 'moving') == 1 then
  return redis.error_reply('MOVING a gateway is moving in')
end
redis.call('HSETNX', KEYS[1], ARGV[2], ARGV[3])
return redis.call('HGET', KEYS[1], ARGV[2])
