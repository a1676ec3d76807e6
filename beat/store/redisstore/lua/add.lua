-- ARGV: task id or '', name, task, schedule, enabled, active. Answers the row, or a word.
local task, name = ARGV[1], ARGV[2]
if task == '' then
  if redis.call('HEXISTS', NAMES, name) == 1 then return 'exists' end
  task = text(redis.call('HINCRBY', META, 'last_id', 1))
  redis.call('HSET', NAMES, name, task)
  redis.call('HSET', TASKS, task, ARGV[3])
  redis.call('HSET', TASK_NAME, task, name)
  redis.call('HSET', ENABLED, task, ARGV[5])
  redis.call('HSET', TASK_MODIFIED, task, text(now))
elseif redis.call('HEXISTS', TASKS, task) == 0 then
  return 'unknown'
end
local id = text(redis.call('HINCRBY', META, 'last_id', 1))
redis.call('HSET', SCHEDULES, id, ARGV[4])
redis.call('HSET', ACTIVE, id, ARGV[6])
redis.call('HSET', TASK_OF, id, task)
redis.call('HSET', CREATED, id, text(now))
redis.call('HSET', MODIFIED, id, text(now))
redis.call('ZADD', ORDER, id, id)
redis.call('SADD', siblings(task), id)
redis.call('HSET', META, 'used', '1')
changed(id)
hint()
return row(id)
