-- Take an article or a copy of a story back, or undo that; show what is held.
-- Begins with article.lua, stories.lua.
-- ARGV  prefix, now (ms), verb (withdraw | restore), id, reason, who,
--       and for restore: feeds, their titles, most category feeds, when it expires (ms or '')
-- reply 'unknown', 'already', or 'done'

local verb, id, reason, who = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local to = verb == 'restore' and 'live' or 'withdrawn'
local shown = read(id)
local known = shown or read(id, 'copy')
if not known then return 'unknown' end
if known.state == to then return 'already' end

local a = {feeds = known.feeds, feed_titles = string.gsub(known.feeds, ' ', '\n'), score = now}
a.feed_limit = math.huge -- those that held it exist
if verb == 'restore' then
  a.feeds, a.feed_titles, a.feed_limit = ARGV[7], ARGV[8], tonumber(ARGV[9])
end

-- A story of several is shown by the best copy that may be shown; if none may, the person stands above
-- what keeps the one that was shown.
local function restore_story()
  local best = redis.call('ZRANGE', prefix .. 'story:' .. id, 0, 0)[1]
  if read(best, 'copy').state ~= 'live' then
    local copy = read(shown.face, 'copy')
    copy.state, copy.reason, copy.feeds = 'live', '', existing(a)
    write(shown.face, copy, 'copy')
    redis.call('ZADD', prefix .. 'story:' .. id, rank_of(copy), shown.face)
  end
  shown.state = 'live'
  retell(id, shown)
end

if not shown then -- a person decides on one copy: the story goes on with the others
  known.state, known.reason = to, reason
  if verb == 'restore' then known.feeds = existing(a) end
  write(id, known, 'copy')
  redis.call('ZADD', prefix .. 'story:' .. known.story, rank_of(known), id)
  retell(known.story, read(known.story))
  journal(id, to, verb, who, reason)
elseif shown.story ~= '' and verb == 'restore' then
  restore_story()
  journal(id, to, verb, who, reason)
else
  turn(id, shown, to, reason, a, verb == 'restore' and ARGV[10] or '', to, verb, who)
end
flush()
return 'done'
