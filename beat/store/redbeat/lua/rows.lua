-- ARGV: ids. Answers {id, definition, meta of others, cursor, whether it comes from beat_schedule, score, number of runs} for
-- those that there are.
local list = {}
for _, id in ipairs(ARGV) do
  if known(id) then
    list[#list + 1] = {
      id, definition(id), foreign_meta(id), redis.call('HGET', CURSORS, id) or '', text(redis.call('SISMEMBER', STATICS, id)),
      redis.call('ZSCORE', SCHEDULE, PREFIX .. id), text(count(id)),
    }
  end
end
return list
