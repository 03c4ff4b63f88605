-- Which of these entries would be stored if they were admitted now: what nobody knows yet, and another
-- text of what is their own. Changes nothing.
-- Begins with article.lua, table.lua, names.lua.
--
-- ARGV  prefix, now (ms), then identities, id, digest, owner for each (as admit.lua has them)
-- reply 1 or 0 for each

local replies = {}
for at = 3, #ARGV, 4 do
  local id = find(ARGV[at], ARGV[at + 1])
  local article = id and known_as(id)
  local edited = article and owns(ARGV[at + 3], article.owner) and article.digest ~= ARGV[at + 2]
  replies[#replies + 1] = (not id or edited) and 1 or 0
end
return replies
