-- Which of these entries would be stored if they were admitted now: what nobody knows yet, another text of
-- what is their own, and another source's copy. Changes nothing.
-- Begins with article.lua, table.lua, names.lua.
--
-- ARGV  prefix, now (ms), then identities, id, digest, owner for each (as admit.lua has them)
-- reply 1 or 0 for each

local replies = {}
for at = 3, #ARGV, 4 do
  local id, letter = find(ARGV[at], ARGV[at + 1])
  local known, owner = id and known_as(id), ARGV[at + 3]
  local edited = known and owns(owner, known.owner) and known.digest ~= ARGV[at + 2]
  local repeats = known and is_repeated(letter, owner, known)
  replies[#replies + 1] = (not id or edited or repeats) and 1 or 0
end
return replies
