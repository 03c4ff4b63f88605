-- Let the configured rules hold: claim the store for them, judge every article (refile.lua), and settle
-- what became of the feeds. Whoever dies between is followed by one who begins where it ended.
-- Begins with article.lua.
-- ARGV  prefix, now (ms), verb (claim | settle), digest of the rules,
--       claim: when they were read (ms), then name, title for each feed by rule
--       settle: names of the feeds by rule, separated by spaces, then each feed that is to go and its
--       new name ('' none)
-- reply claim: 1, or 0 if rules that were read later hold; settle: 1, or 0 if other rules were claimed

local key, verb, digest = prefix .. 'ruling', ARGV[3], ARGV[4]
local claimed = redis.call('HMGET', key, 'claimed', 'begun')

if verb == 'claim' then
  if claimed[1] == digest then return 1 end
  if claimed[2] and tonumber(claimed[2]) > tonumber(ARGV[5]) then return 0 end
  redis.call('HSET', key, 'claimed', digest, 'begun', ARGV[5], 'judged', '-inf')
  for at = 6, #ARGV, 2 do redis.call('HSET', prefix .. 'feeds', ARGV[at], ARGV[at + 1]) end
  return 1
end

if claimed[1] ~= digest then return 0 end
for at = 6, #ARGV, 2 do
  local name, new = ARGV[at], ARGV[at + 1]
  if redis.call('ZCARD', prefix .. 'feed:' .. name) == 0 then -- else it is a category's from now on
    redis.call('DEL', prefix .. 'feed:' .. name, prefix .. 'archive:' .. name)
    for _, hash in ipairs({'feeds', 'dirty', 'filed'}) do redis.call('HDEL', prefix .. hash, name) end
    for _, field in ipairs(redis.call('HKEYS', prefix .. 'archives')) do
      if string.match(field, '^(.*) %d+$') == name then redis.call('HDEL', prefix .. 'archives', field) end
    end
    redis.call('HSET', prefix .. 'moved', name, new)
  end
end
for _, name in ipairs(redis.call('HKEYS', prefix .. 'feeds')) do
  redis.call('HINCRBY', prefix .. 'dirty', name, 1)
end
redis.call('HSET', key, 'digest', digest, 'since', now, 'ruled', ARGV[5])
return 1
