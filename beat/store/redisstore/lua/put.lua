-- ARGV: cursors (JSON), each with its id, what is stored of it, its number of runs
-- and what Foreign.Placed adds. Answers 'held', the leader and its shard; 'unknown' and
-- an id; or 'ok'.
for shard = 0, 63 do
  local l = redis.call('HMGET', lease_key(shard), 'holder', 'name', 'expires')
  if (l[1] or '') ~= '' and tonumber(l[3]) > now then return {'held', l[2], text(shard)} end
end
local list = cjson.decode(ARGV[1])
for _, c in ipairs(list) do
  if not known(c.id) then return {'unknown', c.id} end
end
for _, c in ipairs(list) do
  redis.call('HSET', CURSORS, c.id, c.stored)
  placed(c)
end
return {'ok'}
