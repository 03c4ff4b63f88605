-- Let an embargo end, and take out what has expired. Begins with article.lua, stories.lua.
-- ARGV  prefix, now (ms), most category feeds; then 8 for each article: id, revision that was judged,
--       state, reason, until when that holds (ms or ''), feeds, their titles, score
-- reply the ids whose state changed

local changed = {}
for at = 4, #ARGV, 8 do
  local id, state, due = ARGV[at], ARGV[at + 2], ARGV[at + 4]
  local known = known_as(id)
  if not known or known.state == 'withdrawn' then
    stands(id, '', '')
  elseif known.revision == tonumber(ARGV[at + 1]) then -- else it was changed meanwhile: look again
    if known.state == state then
      stands(id, state, due)
    else
      local a = {
        feeds = ARGV[at + 5], feed_titles = ARGV[at + 6], feed_limit = tonumber(ARGV[3]), score = ARGV[at + 7],
      }
      local event = state == 'live' and 'released' or state
      if known.story == '' then
        turn(id, known, state, ARGV[at + 3], a, due, event, 'time', known.source)
      else
        known.state, known.reason = state, ARGV[at + 3]
        if state == 'live' then known.feeds = existing(a) end
        known.revision, known.changed = known.revision + 1, now
        stands(id, '', due)
        change(id, known, known.story, known.reason)
        journal(id, event, 'time', known.source, known.reason)
      end
      changed[#changed + 1] = id
    end
  end
end
flush()
return changed
