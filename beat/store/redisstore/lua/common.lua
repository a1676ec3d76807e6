-- What all scripts begin with. KEYS[1] is the prefix of the namespace, which holds its hash tag, so that in a cluster all
-- keys lie in one slot. Instants are microseconds in decimal text, exact in Lua up to the year 2255; none is ''.
local base = KEYS[1]
local META, ORDER, NAMES = base .. 'meta', base .. 'order', base .. 'names'
local TASKS, ENABLED, TASK_NAME, TASK_MODIFIED =
  base .. 'tasks', base .. 'task_enabled', base .. 'task_name', base .. 'task_modified'
local SCHEDULES, ACTIVE, TASK_OF, CREATED, MODIFIED =
  base .. 'schedules', base .. 'active', base .. 'task_of', base .. 'created', base .. 'modified'
local CHANGES, GONE = base .. 'changes', base .. 'gone'
local CURSORS, RAN, MEMBERS = base .. 'cursors', base .. 'ran', base .. 'members'

local KEEP_GONE = 20000 -- how many deletions are remembered
local KEEP_RECORDS = 1000 -- runs of an entry in its history

local function text(n) return string.format('%.0f', n) end

local function clock()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000000 + tonumber(t[2])
end

local now = clock()

-- later is now, or just after an instant if the clock has not moved since.
local function later(before)
  local b = tonumber(before or '') or 0
  if now > b then return text(now) end
  return text(b + 1)
end

local function siblings(task) return base .. 'task:' .. task end
local function lease_key(shard) return base .. 'lease:' .. shard end
local function open_key(shard) return base .. 'open:' .. shard end
local function settled_key(shard) return base .. 'settled:' .. shard end
local function batch_key(id) return base .. 'batch:' .. id end
local function history_key(id) return base .. 'history:' .. id end
local function missed_key(id) return base .. 'missed:' .. id end

-- changed gives a schedule the next number of change. Each schedule has one place in the log, that of its newest change.
local function changed(id)
  local seq = redis.call('HINCRBY', META, 'seq', 1)
  redis.call('HSET', META, 'at', text(now))
  redis.call('ZADD', CHANGES, seq, id)
  return seq
end

local function hint() redis.call('PUBLISH', base .. 'hints', '1') end

-- set_enabled switches a task on or off.
local function set_enabled(task, on)
  redis.call('HSET', ENABLED, task, on)
  redis.call('HSET', TASK_MODIFIED, task, later(redis.call('HGET', TASK_MODIFIED, task)))
  for _, id in ipairs(redis.call('SMEMBERS', siblings(task))) do changed(id) end
end

-- set_active switches a schedule on or off.
local function set_active(id, on)
  redis.call('HSET', ACTIVE, id, on)
  redis.call('HSET', MODIFIED, id, later(redis.call('HGET', MODIFIED, id)))
  changed(id)
end

-- row is a schedule with its task, as entries.go reads it.
local function row(id)
  local task = redis.call('HGET', TASK_OF, id)
  if not task then return nil end
  return {
    id, task, redis.call('HGET', TASKS, task), redis.call('HGET', SCHEDULES, id),
    redis.call('HGET', ENABLED, task), redis.call('HGET', ACTIVE, id),
    redis.call('HGET', TASK_MODIFIED, task), redis.call('HGET', MODIFIED, id), redis.call('HGET', CREATED, id),
  }
end

-- insert adds a schedule, and the task when its id is ''. own is the schedule's text.
local function insert(task, name, of_task, own, enabled, active)
  if task == '' then
    task = text(redis.call('HINCRBY', META, 'last_id', 1))
    redis.call('HSET', NAMES, name, task)
    redis.call('HSET', TASKS, task, of_task)
    redis.call('HSET', TASK_NAME, task, name)
    redis.call('HSET', ENABLED, task, enabled)
    redis.call('HSET', TASK_MODIFIED, task, text(now))
  end
  local id = text(redis.call('HINCRBY', META, 'last_id', 1))
  redis.call('HSET', SCHEDULES, id, own)
  redis.call('HSET', ACTIVE, id, active)
  redis.call('HSET', TASK_OF, id, task)
  redis.call('HSET', CREATED, id, text(now))
  redis.call('HSET', MODIFIED, id, text(now))
  redis.call('ZADD', ORDER, id, id)
  redis.call('SADD', siblings(task), id)
  redis.call('HSET', META, 'used', '1')
  changed(id)
  return id
end

-- newer returns the format of a record if a later version than the one with that format wrote it; nil otherwise, also when
-- it cannot be read.
local function newer(record, format)
  local ok, r = pcall(cjson.decode, record)
  if not ok or type(r) ~= 'table' then return nil end
  local written = tonumber(r.format)
  return written and written > tonumber(format) and text(written) or nil
end

-- overwrite replaces a schedule and its task by records of a format. It answers what is in the way: 'exists' when the name is
-- another task's, or 'newer' with the format of what is there.
local function overwrite(id, name, of_task, own, enabled, active, format)
  local task = redis.call('HGET', TASK_OF, id)
  local format_there = newer(redis.call('HGET', TASKS, task), format) or newer(redis.call('HGET', SCHEDULES, id), format)
  if format_there then return {'newer', format_there} end
  local holder = redis.call('HGET', NAMES, name)
  if holder and holder ~= task then return 'exists' end
  redis.call('HDEL', NAMES, redis.call('HGET', TASK_NAME, task))
  redis.call('HSET', NAMES, name, task)
  redis.call('HSET', TASK_NAME, task, name)
  redis.call('HSET', TASKS, task, of_task)
  redis.call('HSET', SCHEDULES, id, own)
  redis.call('HSET', ENABLED, task, enabled)
  redis.call('HSET', TASK_MODIFIED, task, later(redis.call('HGET', TASK_MODIFIED, task)))
  set_active(id, active)
  for _, sibling in ipairs(redis.call('SMEMBERS', siblings(task))) do changed(sibling) end
  return nil
end

-- drop removes a schedule, and its task when it was the last one. Its history stays as long as its deletion is known.
local function drop(id)
  local task = redis.call('HGET', TASK_OF, id)
  for _, key in ipairs({SCHEDULES, ACTIVE, TASK_OF, CREATED, MODIFIED, CURSORS}) do redis.call('HDEL', key, id) end
  redis.call('ZREM', ORDER, id)
  redis.call('SREM', siblings(task), id)
  if redis.call('SCARD', siblings(task)) == 0 then
    local name = redis.call('HGET', TASK_NAME, task)
    redis.call('HDEL', NAMES, name)
    for _, key in ipairs({TASKS, ENABLED, TASK_NAME, TASK_MODIFIED}) do redis.call('HDEL', key, task) end
  end
  redis.call('HSET', META, 'used', '1') -- an older version added it without
  redis.call('ZADD', GONE, changed(id), id)
  local excess = redis.call('ZCARD', GONE) - KEEP_GONE
  if excess > 0 then
    local forgotten = redis.call('ZPOPMIN', GONE, excess)
    for i = 1, #forgotten, 2 do
      redis.call('ZREM', CHANGES, forgotten[i])
      redis.call('DEL', history_key(forgotten[i]), missed_key(forgotten[i]))
      redis.call('SREM', RAN, forgotten[i])
      redis.call('HSET', META, 'floor', forgotten[i + 1])
    end
  end
end

-- cursor reads what claim.lua stores under the id of an entry; nil when it was never decided on.
local function cursor(id)
  local c = redis.call('HGET', CURSORS, id)
  if not c then return nil end
  local decided, last, _, _, fires, by, note =
    string.match(c, '^([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),([^,]*),(.*)$')
  return {decided = decided, last = last, fires = fires, by = by, note = note}
end

-- set_cursor stores the parts of a cursor, in the order in which cursor reads them.
local function set_cursor(id, ...) redis.call('HSET', CURSORS, id, table.concat({...}, ',')) end

-- What follows, up to unguard, another program's entries have functions of their own for; see Foreign.

-- known tells whether there is a schedule of that id.
local function known(id) return redis.call('HEXISTS', TASK_OF, id) == 1 end

-- running tells whether a schedule and its task are switched on.
local function running(id)
  return redis.call('HGET', ACTIVE, id) == '1' and redis.call('HGET', ENABLED, redis.call('HGET', TASK_OF, id)) == '1'
end

-- ended switches off what ends with the run of a decision, and tells whether that was anything.
local function ended(d)
  if d['end'] == 'schedule' then
    set_active(d.id, '0')
    return true
  elseif d['end'] == 'task' then
    set_enabled(redis.call('HGET', TASK_OF, d.id), '0')
    return true
  end
  return false
end

-- ran is told of each run that is claimed, placed of each cursor that is put.
local function ran(d) end
local function placed(c) end

-- outsider returns who else sends the runs of these entries and for how many microseconds still; nil when nobody does.
local function outsider() return nil end

-- guard keeps outsiders away for some microseconds, unguard lets them in.
local function guard(ttl) end
local function unguard() end

-- held tells whether a lease is still the one given. That it has expired does not matter while nobody has taken it.
local function held(shard, epoch, holder)
  local l = redis.call('HMGET', lease_key(shard), 'epoch', 'holder')
  return l[1] == epoch and l[2] == holder
end

local function record(id, instant, rec)
  local key = history_key(id)
  if redis.call('ZCOUNT', key, instant, instant) > 0 then return end
  redis.call('ZADD', key, instant, cjson.encode(rec))
  redis.call('ZREMRANGEBYRANK', key, 0, -KEEP_RECORDS - 1)
  redis.call('SADD', RAN, id)
end

-- correct puts the history right about runs of a settled batch, and what is noted of the batch.
local function correct(batch, failed)
  local noted = cjson.decode(redis.call('HGET', batch_key(batch), 'failed'))
  for _, f in ipairs(failed) do
    local key = history_key(f.id)
    for _, old in ipairs(redis.call('ZRANGEBYSCORE', key, f.instant, f.instant)) do
      local rec = cjson.decode(old)
      if rec.batch == batch then
        if rec.state == 'confirmed' then noted[#noted + 1] = f end
        rec.state, rec.reason = f.name, f.reason
        redis.call('ZREM', key, old)
        redis.call('ZADD', key, f.instant, cjson.encode(rec))
      end
    end
  end
  if #noted > 0 then redis.call('HSET', batch_key(batch), 'failed', cjson.encode(noted)) end
end

-- settle_one records that a batch of the shard is finished.
local function settle_one(shard, done)
  local key = batch_key(done.batch)
  local b = redis.call('HMGET', key, 'shard', 'epoch', 'at', 'settled', 'runs')
  if b[1] ~= shard then return end
  if b[4] ~= '' then return correct(done.batch, done.failed) end
  local failed, noted = {}, {}
  for _, f in ipairs(done.failed) do failed[f.id .. '\0' .. f.instant] = f end
  for _, run in ipairs(cjson.decode(b[5])) do
    local f = failed[run[1] .. '\0' .. run[2]]
    if f then noted[#noted + 1] = f end
    record(run[1], run[2], {
      instant = run[2], state = f and f.name or 'confirmed', reason = f and f.reason or '', epoch = b[2],
      batch = done.batch, claimed = b[3], settled = text(now),
    })
  end
  redis.call('HSET', key, 'settled', text(now), 'failed', #noted > 0 and cjson.encode(noted) or '[]')
  redis.call('ZREM', open_key(shard), done.batch)
  redis.call('ZADD', settled_key(shard), text(now), done.batch)
end

local function settle(shard, list)
  for _, done in ipairs(list) do settle_one(shard, done) end
end
