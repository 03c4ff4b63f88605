-- Take an article back, or undo that; show what is held. Begins with article.lua.
-- ARGV  prefix, now (ms), verb (withdraw | restore), id, reason, who,
--       and for restore: feeds, their titles, most category feeds, when it expires (ms or '')
-- reply 'unknown', 'already', or the feeds that change, separated by spaces

local verb, id, reason, who = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local known = read(id)
if not known then return 'unknown' end
local to = verb == 'restore' and 'live' or 'withdrawn'
if known.state == to then return 'already' end
local a = {feeds = known.feeds, feed_titles = string.gsub(known.feeds, ' ', '\n'), score = now}
a.feed_limit = math.huge -- those that held it exist
if verb == 'restore' then
  a.feeds, a.feed_titles, a.feed_limit = ARGV[7], ARGV[8], tonumber(ARGV[9])
end
turn(id, known, to, reason, a, verb == 'restore' and ARGV[10] or '', to, verb, who)
flush()
return known.feeds
