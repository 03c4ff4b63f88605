-- Keep rendered fragments, each only if its article is still at the revision that was rendered.
-- Begins with article.lua.
-- ARGV  prefix, now (ms), ttl (s), then id, revision, fragments for each

for at = 4, #ARGV, 3 do
  local known = read(ARGV[at])
  if known and known.revision == tonumber(ARGV[at + 1]) then
    redis.call('SET', prefix .. 'fragments:' .. ARGV[at], ARGV[at + 2], 'EX', ARGV[3])
  end
end
