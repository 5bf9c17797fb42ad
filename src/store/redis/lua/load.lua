-- KEYS: channel, alerts, queue, tests, held, purchases, purchase_ids, buyers, connections, nodes,
-- registered, log. ARGV: what the node has seen of the log (epoch, offset, the token of the commit
-- that wrote there), the most rows of each part of the head, then thrice how many are named, and they:
-- alerts, purchases by any of their ids, buyers.
local alerts, queue, tests, held = KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local most, read = tonumber(ARGV[5]), 5

local function names()
  local first, count = read + 2, tonumber(ARGV[read + 1])
  read = read + 1 + count
  return { unpack(ARGV, first, read) }
end

local function append(list, more)
  for _, item in ipairs(more) do
    list[#list + 1] = item
  end
end

-- By when they entered, and those of one millisecond by their order, which only the queue knows.
local function first_tests()
  local last = redis.call('ZRANGE', tests, most - 1, most - 1, 'WITHSCORES')[2] or '+inf'
  local scored = redis.call('ZRANGE', tests, '-inf', last, 'BYSCORE', 'WITHSCORES')
  local rows, ids = {}, {}
  for at = 1, #scored, 2 do
    local order = tonumber(redis.call('ZSCORE', queue, scored[at]))
    rows[#rows + 1] = { scored[at], tonumber(scored[at + 1]), order }
  end
  table.sort(rows, function(a, b)
    return a[2] < b[2] or a[2] == b[2] and a[3] < b[3]
  end)
  for at = 1, math.min(#rows, most) do
    ids[at] = rows[at][1]
  end
  return ids
end

-- The alerts with these ids that are there, each once.
local function each_once(ids)
  local found, seen = {}, {}
  for _, id in ipairs(ids) do
    local alert = not seen[id] and redis.call('HGET', alerts, id)
    seen[id] = true
    if alert then
      found[#found + 1] = alert
    end
  end
  return found
end

local head = redis.call('ZRANGE', queue, 0, most - 1)
append(head, first_tests())
append(head, redis.call('ZRANGE', held, 0, most - 1))

local named = names()
local purchases, known = {}, {}
for _, id in ipairs(names()) do
  local set = redis.call('HGET', KEYS[7], id)
  local purchase = set and not known[set] and redis.call('HGET', KEYS[6], set)
  if purchase then
    known[set] = true
    purchases[#purchases + 1] = purchase
    -- Only an id is read of it: its numbers would lose digits here.
    local sale = cjson.decode(purchase).sale
    append(named, type(sale) == 'table' and { sale.alert } or {})
  end
end
local buyers = {}
for _, key in ipairs(names()) do
  buyers[#buyers + 1] = redis.call('HGET', KEYS[8], key) or '0'
end

local state, token, play, members, epoch, offset, wrote =
  unpack(redis.call('HMGET', KEYS[1], 'state', 'token', 'play', 'members', 'epoch', 'offset', 'wrote'))
append(named, { play or nil })
for member in string.gmatch(members or '', '%S+') do
  named[#named + 1] = member
end

-- Whether the store has lost what the node has seen: it ends before that, or others wrote there.
local fell_back = 0
if epoch and epoch == ARGV[2] then
  local id = ARGV[3] .. '-0'
  local entry = redis.call('XRANGE', KEYS[12], id, id)[1]
  if tonumber(offset) < tonumber(ARGV[3]) or entry and entry[2][6] ~= ARGV[4] then
    fell_back = 1
  end
end
return { {
  now,
  state,
  token,
  each_once(head),
  each_once(named),
  purchases,
  buyers,
  redis.call('HVALS', KEYS[9]),
  redis.call('ZRANGE', KEYS[10], '(' .. string.format('%.0f', now), '+inf', 'BYSCORE'),
  redis.call('GET', KEYS[11]),
}, wrote, fell_back }
