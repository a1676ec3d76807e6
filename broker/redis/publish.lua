-- Pushes one chunk of a batch: all of it that can be pushed, or nothing.
-- KEYS[1] state, KEYS[2] batches, KEYS[3] ring, KEYS[4..] lists
-- ARGV: epoch, nonce ('' = no fence), chunk id, ring size, notes, then (message, target, text) for each copy;
-- a target is the number of a key, or c and the name of a channel, or e and the channel of the event of the message, which
-- nobody need listen to, or x and the number of a key whose time to live, the text, in milliseconds begins anew.
-- Notes name the messages that were not delivered: number and r (refused) or t (returned), each followed by a comma.
if ARGV[2] ~= '' then
  local epoch = redis.call('HGET', KEYS[1], 'epoch')
  if epoch ~= ARGV[1] or redis.call('HGET', KEYS[1], 'nonce') ~= ARGV[2] then
    return {'FENCED', epoch or '0'}
  end
end
local seen = redis.call('HGET', KEYS[2], ARGV[3])
if seen then return {'ALREADY', seen} end

-- A script does not roll back, so what could fail is looked at before the first write.
local foreign, refused, notes = {}, {}, ARGV[5]
for i = 4, #KEYS do
  local kind = redis.call('TYPE', KEYS[i])
  kind = kind.ok or kind
  if kind ~= 'list' and kind ~= 'none' then foreign[tostring(i)] = true end
end
for a = 6, #ARGV, 3 do
  if foreign[ARGV[a + 1]] and not refused[ARGV[a]] then
    refused[ARGV[a]] = true
    notes = notes .. ARGV[a] .. 'r,'
  end
end

redis.call('HSET', KEYS[2], ARGV[3], notes) -- first, because out of memory strikes the first write or none
redis.call('LPUSH', KEYS[3], ARGV[3])
local before = notes
for a = 6, #ARGV, 3 do
  local target = ARGV[a + 1]
  if refused[ARGV[a]] then
  elseif string.sub(target, 1, 1) == 'e' then
    redis.call('PUBLISH', string.sub(target, 2), ARGV[a + 2])
  elseif string.sub(target, 1, 1) == 'x' then
    if not foreign[string.sub(target, 2)] then redis.call('PEXPIRE', KEYS[tonumber(string.sub(target, 2))], ARGV[a + 2]) end
  elseif string.sub(target, 1, 1) == 'c' then
    if redis.call('PUBLISH', string.sub(target, 2), ARGV[a + 2]) == 0 then notes = notes .. ARGV[a] .. 't,' end
  else
    redis.call('LPUSH', KEYS[tonumber(target)], ARGV[a + 2])
  end
end
if notes ~= before then redis.call('HSET', KEYS[2], ARGV[3], notes) end

while redis.call('LLEN', KEYS[3]) > tonumber(ARGV[4]) do
  local oldest = redis.call('RPOP', KEYS[3])
  redis.call('HDEL', KEYS[2], oldest)
end
return {'OK', notes}
