-- Removes a set of a purchase's ids, and those of them that point to no other by now.
local function forget(sets, changed, pointers, set)
  local record = redis.call('HGET', sets, set)
  -- Only ids are read of it: its numbers would lose digits here.
  local readable, purchase = pcall(cjson.decode, record)
  for _, id in ipairs(readable and purchase.ids or {}) do
    if redis.call('HGET', pointers, id) == set then
      redis.call('HDEL', pointers, id)
    end
  end
  redis.call('HDEL', sets, set)
  redis.call('ZREM', changed, set)
end
