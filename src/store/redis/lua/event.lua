-- Keys: event, body. Returns what is kept of the event, and its body.
return {redis.call('HGETALL', KEYS[1]), redis.call('GET', KEYS[2])}
