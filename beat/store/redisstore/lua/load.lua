-- ARGV: the id after which the page begins, how many rows.
local rows = {}
for i, id in ipairs(redis.call('ZRANGEBYSCORE', ORDER, '(' .. ARGV[1], '+inf', 'LIMIT', 0, ARGV[2])) do rows[i] = row(id) end
return rows
