-- ARGV: shard, epoch, holder, batch, until. Answers a word, or the end of the lease and the number of its renewals.
local key = lease_key(ARGV[1])
if not leads(ARGV[1], ARGV[2], ARGV[3]) then return {'fenced'} end
local b = redis.call('HMGET', batch_key(ARGV[4]), 'shard', 'epoch', 'settled')
if b[1] ~= ARGV[1] or b[2] ~= ARGV[2] or b[3] ~= '' then return {'unknown'} end
local expires = redis.call('HGET', key, 'expires')
if tonumber(ARGV[5]) > tonumber(expires) then
  expires = ARGV[5]
  redis.call('HSET', key, 'expires', expires)
  guard(tonumber(expires) - now)
end
return {'ok', expires, text(redis.call('HINCRBY', key, 'renewals', 1))}
