-- ARGV: id, name, task, schedule, enabled, active, when it was modified or ''. Answers the row, or a word.
local id, name = ARGV[1], ARGV[2]
local task = redis.call('HGET', TASK_OF, id)
if not task then return 'unknown' end
local of_task, own = redis.call('HGET', TASK_MODIFIED, task), redis.call('HGET', MODIFIED, id)
if ARGV[7] ~= '' and tonumber(ARGV[7]) ~= math.max(tonumber(of_task), tonumber(own)) then return 'conflict' end
local holder = redis.call('HGET', NAMES, name)
if holder and holder ~= task then return 'exists' end
redis.call('HDEL', NAMES, redis.call('HGET', TASK_NAME, task))
redis.call('HSET', NAMES, name, task)
redis.call('HSET', TASK_NAME, task, name)
redis.call('HSET', TASKS, task, ARGV[3])
redis.call('HSET', SCHEDULES, id, ARGV[4])
redis.call('HSET', ENABLED, task, ARGV[5])
redis.call('HSET', ACTIVE, id, ARGV[6])
redis.call('HSET', TASK_MODIFIED, task, later(of_task))
redis.call('HSET', MODIFIED, id, later(own))
for _, sibling in ipairs(redis.call('SMEMBERS', siblings(task))) do changed(sibling) end
hint()
return row(id)
