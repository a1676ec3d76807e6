-- ARGV: shard, epoch, holder, batch, payload, decisions, finished batches (both JSON), how far ahead of the clock a run
-- may be in microseconds. Answers the entries that were taken, after a word.
local shard, epoch, batch = ARGV[1], ARGV[2], ARGV[4]
if not leads(shard, epoch, ARGV[3]) then return {'fenced'} end
settle(shard, cjson.decode(ARGV[7]))
local decisions = cjson.decode(ARGV[6])
local latest = now + tonumber(ARGV[8])

-- Claimed before: the answer of then.
local claimed = redis.call('HGET', batch_key(batch), 'runs')
local before = {}
if claimed then
  for _, run in ipairs(cjson.decode(claimed)) do before[run[1]] = true end
end
local taken = {'ok'}
for _, d in ipairs(decisions) do
  local c = cursor(d.id)
  if before[d.id] or c and c.by == batch then taken[#taken + 1] = d.id end
end
if claimed or #taken > 1 then return taken end

local function may(d, c)
  if not known(d.id) or d.fire and not running(d.id) then return false end
  local to = tonumber(d.to)
  if to > latest then return false end
  if not c then return d.prev == '' end
  if c.decided ~= d.prev then return false end
  local decided = tonumber(c.decided)
  return to > decided or to == decided and not d.fire
end

local runs, edited = {}, false
for _, d in ipairs(decisions) do
  local c = cursor(d.id)
  if may(d, c) then
    taken[#taken + 1] = d.id
    local last, fires = c and c.last or '', c and tonumber(c.fires) or 0
    if d.fire then
      last, fires = d.to, fires + 1
      runs[#runs + 1] = {d.id, d.to}
      ran(d)
    end
    set_cursor(d.id, d.to, last, d.next, d.spec, text(fires), batch, d.note)
    if d.missed then
      d.missed.at = text(now)
      redis.call('ZADD', missed_key(d.id), d.missed.to, cjson.encode(d.missed))
      redis.call('ZREMRANGEBYRANK', missed_key(d.id), 0, -KEEP_RECORDS - 1)
      redis.call('SADD', RAN, d.id)
    end
    if ended(d) then edited = true end
  end
end
if #runs > 0 then
  redis.call('HSET', batch_key(batch), 'shard', shard, 'epoch', epoch, 'at', text(now), 'settled', '',
    'runs', cjson.encode(runs), 'payload', ARGV[5], 'failed', '[]')
  redis.call('ZADD', open_key(shard), epoch, batch)
end
if edited then hint() end
return taken
