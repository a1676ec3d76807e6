-- Leases and unsettled batches stay.
for _, id in ipairs(redis.call('ZRANGE', ORDER, 0, -1)) do drop(id) end
for _, id in ipairs(redis.call('SMEMBERS', RAN)) do redis.call('DEL', history_key(id), missed_key(id)) end
redis.call('DEL', RAN)
redis.call('HDEL', META, 'used')
hint()
return 'ok'
