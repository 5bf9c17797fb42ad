-- KEYS: connections, nodes. Returns the rows whose node lives.
local live = {}
local rows = redis.call('HGETALL', KEYS[1])
for at = 2, #rows, 2 do
  local lease = tonumber(redis.call('ZSCORE', KEYS[2], cjson.decode(rows[at]).node) or 0)
  if lease > now then
    live[#live + 1] = rows[at]
  end
end
return live
