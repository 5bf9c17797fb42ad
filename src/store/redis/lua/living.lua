-- KEYS: the nodes. Returns those whose lease lasts, by the clock their leases are written with.
return redis.call('ZRANGE', KEYS[1], '(' .. string.format('%.0f', now), '+inf', 'BYSCORE')
