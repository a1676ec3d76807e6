-- ARGV: task id or '', name, task, schedule, enabled, active, format of both. Answers the row, or a word.
local task, name = ARGV[1], ARGV[2]
if task == '' and redis.call('HEXISTS', NAMES, name) == 1 then return 'exists' end
if task ~= '' and redis.call('HEXISTS', TASKS, task) == 0 then return 'unknown' end
local id = insert(task, name, ARGV[3], ARGV[4], ARGV[5], ARGV[6])
hint()
return row(id)
