-- Stores epoch and nonce of a new leader unless the stored epoch is not smaller. KEYS[1] state; ARGV: epoch, nonce.
local epoch = redis.call('HGET', KEYS[1], 'epoch') or '0'
local known, given = tonumber(epoch), tonumber(ARGV[1])
if known > given or (known == given and redis.call('HGET', KEYS[1], 'nonce') ~= ARGV[2]) then
  return {'FENCED', epoch}
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'nonce', ARGV[2])
return {'OK', ARGV[1]}
