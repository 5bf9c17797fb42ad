-- KEYS: channel, log, settled, settled_at, purchases, purchases_changed, purchase_ids, removed, and
-- others to write to. ARGV: the token loaded, a new one, the epoch, the offset of the first entry (nothing
-- when there is no state, no entry), for how many milliseconds marks are kept, how many events are
-- settled, each with its outcome, and then the writes: a verb, the place of its key, how many
-- arguments, and they.
-- Returns what came of it and, if that is `settled`, the event and the outcome it has.
local channel, log, settled, settled_at, purchases, changed, purchase_ids, removed = unpack(KEYS)
local loaded, new, epoch, first, kept, settles = unpack(ARGV, 2, 7)
local writes = 8 + 2 * settles

local token, old_epoch, old_offset =
  unpack(redis.call('HMGET', channel, 'token', 'epoch', 'offset'))
-- Below, what was found is written again, as it is: who waits for replicas waits for it as well.
if token == new then
  redis.call('HSET', channel, 'token', token)
  return { 'done' }
end
if (token or '0') ~= loaded then
  return { 'conflict' }
end
-- A node may not have heard yet that its streamer is gone.
if not token and redis.call('EXISTS', removed) == 1 then
  return { 'removed' }
end
for at = 8, writes - 1, 2 do
  local outcome = redis.call('HGET', settled, ARGV[at])
  if outcome and not is_open(outcome) then
    redis.call('HSET', settled, ARGV[at], outcome)
    return { 'settled', ARGV[at], outcome }
  end
end
local same_epoch = old_epoch == epoch
if first ~= '' and same_epoch and tonumber(first) ~= old_offset + 1 then
  return redis.error_reply('GAP these entries do not follow the log')
end

-- From here on nothing may fail: what is written stays written.
local verbs = {
  -- Sums stop at the ends of 64 bits.
  SUM = function(key, field, by)
    local sum = redis.pcall('HINCRBY', key, field, by)
    if type(sum) == 'table' then
      local below = string.sub(by, 1, 1) == '-'
      redis.call('HSET', key, field, below and '-9223372036854775808' or '9223372036854775807')
    end
  end,
  STAMP = function(key, member)
    redis.call('ZADD', key, now, member)
  end,
  FORGET = function(key, set)
    forget(key, changed, purchase_ids, set)
  end,
}
if epoch ~= '' and not same_epoch then
  redis.call('UNLINK', log)
end
local at = writes
while at <= #ARGV do
  local verb, key, last = ARGV[at], KEYS[tonumber(ARGV[at + 1])], at + 2 + ARGV[at + 2]
  if verbs[verb] then
    verbs[verb](key, unpack(ARGV, at + 3, last))
  else
    redis.call(verb, key, unpack(ARGV, at + 3, last))
  end
  at = last + 1
end
for event = 8, writes - 1, 2 do
  redis.call('HSET', settled, ARGV[event], ARGV[event + 1])
  redis.call('ZADD', settled_at, now, ARGV[event])
  redis.call('PEXPIRE', settled, kept)
  redis.call('PEXPIRE', settled_at, kept)
end
return { 'done' }
