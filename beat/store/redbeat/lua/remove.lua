-- ARGV: ids. Removes entries, and answers how many there were.
local n = 0
for _, id in ipairs(ARGV) do
  if known(id) then n = n + 1 end
  redis.call('ZREM', SCHEDULE, PREFIX .. id)
  redis.call('DEL', PREFIX .. id)
  redis.call('SREM', STATICS, id)
end
return n
