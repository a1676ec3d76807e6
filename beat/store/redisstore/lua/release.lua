-- ARGV: shard, epoch, holder.
if not held(ARGV[1], ARGV[2], ARGV[3]) then return 'fenced' end
unguard()
redis.call('HSET', lease_key(ARGV[1]), 'holder', '', 'expires', text(now), 'locked', '0')
return 'ok'
