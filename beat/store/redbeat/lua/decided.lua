-- Answers the ids of all entries that have a cursor.
return redis.call('HKEYS', CURSORS)
