-- Adds a binding and moves the deadline of its exchange, by the clock of the server and never back, as kombu 5.7 does.
-- KEYS[1] set of bindings, KEYS[2] sorted set of deadlines; ARGV: member, exchange, milliseconds from now
redis.call('SADD', KEYS[1], ARGV[1])
local now = redis.call('TIME')
local ms = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
redis.call('ZADD', KEYS[2], 'GT', ms + tonumber(ARGV[3]), ARGV[2])
return 1
