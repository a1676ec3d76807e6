-- ARGV: id or '', name, task, schedule, enabled, active, format of both, mode. Answers 'created', 'replaced', or what was in the way.
local id, name, mode = ARGV[1], ARGV[2], ARGV[8]
if id == '' then
  local task = redis.call('HGET', NAMES, name)
  if not task then
    insert('', name, ARGV[3], ARGV[4], ARGV[5], ARGV[6])
    hint()
    return 'created'
  end
  local of = redis.call('SMEMBERS', siblings(task))
  if #of ~= 1 then return 'conflict' end
  id = of[1]
elseif redis.call('HEXISTS', TASK_OF, id) == 0 then
  return 'unknown'
end

-- sending tells whether a run of the entry is claimed and not settled, in whichever shard.
local function sending()
  for shard = 0, 63 do
    for _, batch in ipairs(redis.call('ZRANGE', open_key(shard), 0, -1)) do
      for _, run in ipairs(cjson.decode(redis.call('HGET', batch_key(batch), 'runs'))) do
        if run[1] == id then return true end
      end
    end
  end
  return false
end

if mode == 'refuse' and sending() then return 'locked' end
local obstacle = overwrite(id, name, ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7])
if obstacle then return obstacle end
local c = mode == 'force' and cursor(id)
if c then
  -- A leader may have decided a little ahead of the clock; cursors do not go back.
  set_cursor(id, text(math.max(now, tonumber(c.decided))), c.last, '', '0', c.fires, c.by, c.note)
end
hint()
return 'replaced'
