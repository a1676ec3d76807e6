-- The entries are those of RedBeat: KEYS[2] is its prefix, KEYS[3] its lock, empty when it has none. A schedule is a member
-- of the sorted set with a hash under its key. WROTE holds the meta that we wrote, so that what others write can be told.
local PREFIX, LOCK = KEYS[2], KEYS[3]
local SCHEDULE, STATICS, WROTE = PREFIX .. ':schedule', PREFIX .. ':statics', base .. 'redbeat_meta'

-- field returns a field of an entry; nil when there is none, or when its key holds something else.
local function field(id, name)
  local value = redis.pcall('HGET', PREFIX .. id, name)
  return type(value) == 'string' and value or nil
end

local function definition(id) return field(id, 'definition') end

local function decoded(text)
  local ok, t = pcall(cjson.decode, text or '')
  return ok and type(t) == 'table' and t or {}
end

local function known(id) return redis.call('ZSCORE', SCHEDULE, PREFIX .. id) and definition(id) end

local function running(id) return decoded(definition(id)).enabled ~= false end

local function ended(d) return false end

-- foreign_meta returns the meta of a schedule unless we wrote it.
local function foreign_meta(id)
  local meta = field(id, 'meta') or ''
  return meta ~= redis.call('HGET', WROTE, id) and meta or ''
end

-- count is how often an entry ran, whoever ran it.
local function count(id) return tonumber(decoded(field(id, 'meta')).total_run_count) or 0 end

-- write_meta writes the meta as RedBeat does.
local function write_meta(id, last, runs)
  local meta = '{"last_run_at": ' .. last .. ', "total_run_count": ' .. text(runs) .. '}'
  redis.call('HSET', PREFIX .. id, 'meta', meta)
  redis.call('HSET', WROTE, id, meta)
end

-- ran writes what RedBeat writes when it sends a task.
local function ran(d)
  write_meta(d.id, d.extra.ran, count(d.id) + 1)
  redis.call('ZADD', SCHEDULE, d.extra.score, PREFIX .. d.id)
end

-- placed leaves the score as it is: at the latest when it is reached, RedBeat looks whether the entry is due.
local function placed(c) write_meta(c.id, c.extra.ran, c.fires) end

local OURS = 'gobeat:'

-- outsider is a RedBeat that holds the lock.
local function outsider()
  local token = LOCK ~= '' and redis.call('GET', LOCK)
  if not token or string.sub(token, 1, #OURS) == OURS then return nil end
  return 'a RedBeat, which holds ' .. LOCK, math.max(redis.call('PTTL', LOCK), 0) * 1000
end

local function guard(ttl)
  if LOCK ~= '' then redis.call('SET', LOCK, OURS .. 'leads', 'PX', text(math.max(ttl / 1000, 1))) end
end

local function unguard()
  if LOCK ~= '' and not outsider() then redis.call('DEL', LOCK) end
end

