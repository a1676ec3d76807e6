-- What follows common.lua and the hooks in each script.

-- leads tells whether a lease is still the one given and no outsider sends the runs. When one does, the lease ends.
local function leads(shard, epoch, holder)
  if not held(shard, epoch, holder) then return false end
  if not outsider() then return true end
  redis.call('HSET', lease_key(shard), 'holder', '', 'expires', text(now), 'locked', '0')
  return false
end

