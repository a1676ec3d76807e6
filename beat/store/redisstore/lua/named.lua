-- ARGV: the name of a task. Answers the rows of its schedules, none when there is no such task.
local task = redis.call('HGET', NAMES, ARGV[1])
local rows = {}
if task then
  for i, id in ipairs(redis.call('SMEMBERS', siblings(task))) do rows[i] = row(id) end
end
return rows
