-- ARGV: id.
if redis.call('HEXISTS', TASK_OF, ARGV[1]) == 0 then return 'unknown' end
drop(ARGV[1])
hint()
return 'ok'
