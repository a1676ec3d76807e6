-- ARGV: id, '1' or '0'.
if redis.call('HEXISTS', TASK_OF, ARGV[1]) == 0 then return 'unknown' end
set_active(ARGV[1], ARGV[2])
hint()
return 'ok'
