-- ARGV: shard. Answers nothing when nobody ever held it.
local l = redis.call('HMGET', lease_key(ARGV[1]), 'epoch', 'holder', 'name', 'expires', 'granted', 'locked', 'renewals')
if not l[1] then return {} end
l[8] = text(now)
return l
