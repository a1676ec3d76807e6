-- ARGV: 'add' or 'update', id, definition, meta of a new entry, its score, whether it comes from beat_schedule. Answers
-- 'exists', 'unknown' or 'ok'.
local key = PREFIX .. ARGV[2]
if ARGV[1] == 'add' then
  if redis.call('EXISTS', key) == 1 then return 'exists' end
  redis.call('HSET', key, 'meta', ARGV[4])
elseif not known(ARGV[2]) then
  return 'unknown'
end
redis.call('HSET', key, 'definition', ARGV[3])
redis.call('ZADD', SCHEDULE, 'NX', ARGV[5], key)
redis.call(ARGV[6] == '1' and 'SADD' or 'SREM', STATICS, ARGV[2])
return 'ok'
