-- ARGV: shard, epoch, holder, locked, ttl in microseconds, renewals confirmed, how long settled batches are kept. It
-- also forgets batches that were settled a while ago.
local key = lease_key(ARGV[1])
if not leads(ARGV[1], ARGV[2], ARGV[3]) then return {'fenced'} end
if tonumber(redis.call('HGET', key, 'renewals')) < tonumber(ARGV[6]) then return {'forgotten'} end
guard(tonumber(ARGV[5]))
local expires = text(now + tonumber(ARGV[5]))
redis.call('HSET', key, 'expires', expires, 'locked', ARGV[4])
local renewals = redis.call('HINCRBY', key, 'renewals', 1)
local old = text(now - tonumber(ARGV[7]))
for _, id in ipairs(redis.call('ZRANGEBYSCORE', settled_key(ARGV[1]), '-inf', '(' .. old)) do
  redis.call('DEL', batch_key(id))
end
redis.call('ZREMRANGEBYSCORE', settled_key(ARGV[1]), '-inf', '(' .. old)
return {'ok', expires, text(renewals)}
