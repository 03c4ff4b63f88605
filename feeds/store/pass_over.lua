-- Count the entries of a poll that need no reading: their bytes and all that they are read by are as
-- they were, and so are their articles. All of them or none. Begins with article.lua.
--
-- ARGV  prefix, now (ms), kind of the source, when they were looked at last (ms), then article ids
-- reply unchanged or stale (known, not kept) for each; nothing if an article was changed since

local kind, since = ARGV[3], tonumber(ARGV[4])
local HEAD = 600 -- bytes that the fields up to the state never fill; the record is not needed
local CHANGED_AND_STATE = '^' .. string.rep('[^\n]*\n', 3) .. '(%d+)\n' .. string.rep('[^\n]*\n', 4) .. '(%l+)\n'
local verdicts, tally = {}, {}
for at = 5, #ARGV do
  local head = redis.call('GETRANGE', prefix .. 'copy:' .. ARGV[at], 0, HEAD)
  if head == '' then head = redis.call('GETRANGE', prefix .. 'article:' .. ARGV[at], 0, HEAD) end
  local verdict = 'stale'
  if head ~= '' then
    local changed, state = string.match(head, CHANGED_AND_STATE)
    if state ~= 'live' or tonumber(changed) > since then return {} end
    verdict = 'unchanged'
  end
  verdicts[#verdicts + 1] = verdict
  tally[verdict] = (tally[verdict] or 0) + 1
end
for verdict, count in pairs(tally) do
  redis.call('HINCRBY', prefix .. 'tally', kind .. ' ' .. verdict, count)
end
return verdicts
