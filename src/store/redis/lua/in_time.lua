-- One command that must not come late. KEYS: its keys. ARGV: its name, and what follows the keys.
local parts = { ARGV[2], unpack(KEYS) }
for at = 3, #ARGV do
  parts[#parts + 1] = ARGV[at]
end
return redis.call(unpack(parts))
