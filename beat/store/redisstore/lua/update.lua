-- ARGV: id, name, task, schedule, enabled, active, format of both, when it was modified or ''. Answers the row, or what was
-- in the way.
local id = ARGV[1]
local task = redis.call('HGET', TASK_OF, id)
if not task then return 'unknown' end
local of_task, own = redis.call('HGET', TASK_MODIFIED, task), redis.call('HGET', MODIFIED, id)
if ARGV[8] ~= '' and tonumber(ARGV[8]) ~= math.max(tonumber(of_task), tonumber(own)) then return 'conflict' end
local obstacle = overwrite(id, ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7])
if obstacle then return obstacle end
hint()
return row(id)
