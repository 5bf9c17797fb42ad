-- KEYS: a node's box. ARGV: most letters. Takes them out.
return redis.call('LPOP', KEYS[1], ARGV[2]) or {}
