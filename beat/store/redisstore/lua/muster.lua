-- ARGV: holder, what to tell of it, ttl in microseconds. Answers holders, until when they count and what they told.
redis.call('HSET', MEMBERS, ARGV[1], text(now + tonumber(ARGV[3])) .. ',' .. ARGV[2])
local all, there = redis.call('HGETALL', MEMBERS), {}
for i = 1, #all, 2 do
  local until_, told = string.match(all[i + 1], '^(%d+),(.*)$')
  if tonumber(until_) > now then
    there[#there + 1] = {all[i], until_, told}
  else
    redis.call('HDEL', MEMBERS, all[i])
  end
end
return there
