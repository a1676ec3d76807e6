-- Answers the members of the schedule, in no order.
return redis.call('ZRANGE', SCHEDULE, 0, -1)
