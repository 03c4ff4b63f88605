-- What would become of these articles if they came now? Changes nothing.
-- Begins with article.lua, table.lua, likeness.lua, index.lua, stories.lua.
--
-- ARGV  prefix, now (ms), window (s), bytes of a print, terms; then id, time (s), bands, print for each
-- reply for each, in lines: its number, its story ('' alone) and whether a person put it there (tabs
--       between); then the number of each article that may be likest, and what ``told`` says of it

open_index(tonumber(ARGV[4]), ARGV[3])
local terms, replies = terms_of(ARGV[5]), {}
for at = 6, #ARGV, 4 do
  local id, a = ARGV[at], {time = tonumber(ARGV[at + 1]), bands = ARGV[at + 2], print = ARGV[at + 3]}
  local own = known_as(id)
  a.owner = own and own.owner
  local reply = {own and table.concat({own.number, own.story, own.hand}, '\t') or '\t\t'}
  for _, one in ipairs(candidates(a)) do
    if one.id ~= id then
      local _, veto = weigh(id, a, one, terms)
      reply[#reply + 1] = one.number .. ' ' .. told(one, veto or '')
    end
  end
  replies[#replies + 1] = table.concat(reply, '\n')
end
return replies
