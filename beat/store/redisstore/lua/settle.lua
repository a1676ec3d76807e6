-- ARGV: shard, epoch, holder, finished batches (JSON).
if not held(ARGV[1], ARGV[2], ARGV[3]) then return 'fenced' end
settle(ARGV[1], cjson.decode(ARGV[4]))
return 'ok'
