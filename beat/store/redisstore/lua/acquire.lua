-- ARGV: shard, holder, name, locked, ttl in microseconds, least epoch. Answers {'held', by, until}, or the lease.
local key = lease_key(ARGV[1])
local l = redis.call('HMGET', key, 'holder', 'name', 'expires', 'locked', 'epoch')
local holder = l[1] or ''
if holder ~= '' and holder ~= ARGV[2] and tonumber(l[3]) > now and not (l[4] == '1' and ARGV[4] == '1') then
  return {'held', l[2], l[3]}
end
local other, left = outsider()
if other then return {'held', other, text(now + left)} end
guard(tonumber(ARGV[5]))
local epoch = text(math.max(tonumber(l[5] or '0'), tonumber(ARGV[6]) - 1) + 1)
local expires = text(now + tonumber(ARGV[5]))
redis.call('HSET', key, 'holder', ARGV[2], 'name', ARGV[3], 'expires', expires, 'locked', ARGV[4], 'epoch', epoch,
  'granted', text(now), 'renewals', '0')
return {'ok', epoch, expires}
