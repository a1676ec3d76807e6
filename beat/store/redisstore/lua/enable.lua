-- ARGV: task id, '1' or '0'.
if redis.call('HEXISTS', TASKS, ARGV[1]) == 0 then return 'unknown' end
set_enabled(ARGV[1], ARGV[2])
hint()
return 'ok'
