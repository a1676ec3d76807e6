-- ARGV: ids of entries that somebody removed. Forgets what was known of those that are still not there.
for _, id in ipairs(ARGV) do
  if not known(id) then
    redis.call('HDEL', CURSORS, id)
    redis.call('HDEL', WROTE, id)
    redis.call('DEL', history_key(id), missed_key(id))
    redis.call('SREM', RAN, id)
  end
end
return 'ok'
