-- ARGV: id, name, task, schedule, enabled, active, when it was modified or ''. Answers the row, or a word.
local id = ARGV[1]
local task = redis.call('HGET', TASK_OF, id)
if not task then return 'unknown' end
local of_task, own = redis.call('HGET', TASK_MODIFIED, task), redis.call('HGET', MODIFIED, id)
if ARGV[7] ~= '' and tonumber(ARGV[7]) ~= math.max(tonumber(of_task), tonumber(own)) then return 'conflict' end
if not overwrite(id, ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]) then return 'exists' end
hint()
return row(id)
