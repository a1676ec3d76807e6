-- ARGV: shard, 'open' and the epoch before which, or 'settled' and for how long at most in microseconds.
local ids
if ARGV[2] == 'open' then
  ids = redis.call('ZRANGEBYSCORE', open_key(ARGV[1]), '-inf', '(' .. ARGV[3])
else
  ids = redis.call('ZRANGEBYSCORE', settled_key(ARGV[1]), text(now - tonumber(ARGV[3])), '+inf')
end
local list = {}
for i, id in ipairs(ids) do
  local b = redis.call('HMGET', batch_key(id), 'epoch', 'runs', 'payload', 'failed')
  list[i] = {id, b[1], b[2], b[3], b[4]}
end
return list
