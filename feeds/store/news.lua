-- Which of these entries would be stored if they were admitted now? Changes nothing.
-- Begins with article.lua, table.lua, names.lua.
--
-- ARGV  prefix, now (ms), then identities, id, digest, owner for each (as admit.lua has them)
-- reply 1 or 0 for each

local replies = {}
for at = 3, #ARGV, 4 do
  replies[#replies + 1] = is_news(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3]) and 1 or 0
end
return replies
