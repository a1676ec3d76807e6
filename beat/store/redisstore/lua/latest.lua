local v = redis.call('HMGET', META, 'seq', 'at')
return {v[1] or '0', v[2] or ''}
