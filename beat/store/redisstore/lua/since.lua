-- ARGV: number of the newest change seen, how many changes are answered at most. Answers a word, or the version, the
-- rows that are there and the ids of those that are gone.
local v = redis.call('HMGET', META, 'seq', 'at', 'floor')
local from, seq = tonumber(ARGV[1]), tonumber(v[1] or '0')
if from < tonumber(v[3] or '0') or from > seq then return 'old' end
if redis.call('ZCOUNT', CHANGES, '(' .. ARGV[1], '+inf') > tonumber(ARGV[2]) then return 'old' end
local rows, gone = {}, {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', CHANGES, '(' .. ARGV[1], '+inf')) do
  local r = row(id)
  if r then rows[#rows + 1] = r else gone[#gone + 1] = id end
end
return {v[1] or '0', v[2] or '', rows, gone}
