-- Take marks away, each only if nothing was marked since it was read. Begins with article.lua.
-- ARGV  prefix, now (ms), hash (dirty | pages), then field, value for each
-- reply how many are left in the hash

local key = prefix .. ARGV[3]
for at = 4, #ARGV, 2 do
  if redis.call('HGET', key, ARGV[at]) == ARGV[at + 1] then redis.call('HDEL', key, ARGV[at]) end
end
return redis.call('HLEN', key)
