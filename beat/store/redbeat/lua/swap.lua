-- ARGV: id, a definition, another. Replaces the one by the other, or answers that it was 'changed' meanwhile.
if not known(ARGV[1]) then return 'unknown' end
if definition(ARGV[1]) ~= ARGV[2] then return 'changed' end
redis.call('HSET', PREFIX .. ARGV[1], 'definition', ARGV[3])
return 'ok'
