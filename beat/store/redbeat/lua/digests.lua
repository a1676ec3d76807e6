-- ARGV: ids. Answers for each a digest of its definition, a colon, and one of its meta unless we wrote it; nothing when there
-- is no entry.
local list = {}
for i, id in ipairs(ARGV) do
  list[i] = ''
  if known(id) then
    local meta = foreign_meta(id)
    list[i] = redis.sha1hex(definition(id)) .. ':' .. (meta ~= '' and redis.sha1hex(meta) or '')
  end
end
return list
