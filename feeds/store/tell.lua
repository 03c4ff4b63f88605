-- Let the pages of stories be written: tell of those that readers see anew, and take the marks away.
-- Begins with article.lua. In one step, so that a pass which is cut short tells of nothing twice.
--
-- ARGV  prefix, now (ms), most events, then id, mark, names of its feeds, event (JSON; '' for none)
--       for each
-- reply how many marks are left

local pages, events = prefix .. 'pages', prefix .. 'events'
for at = 4, #ARGV, 4 do
  if redis.call('HGET', pages, ARGV[at]) == ARGV[at + 1] then redis.call('HDEL', pages, ARGV[at]) end
  if ARGV[at + 3] ~= '' then
    redis.call('XADD', events, 'MAXLEN', '~', ARGV[3], '*', 'feeds', ARGV[at + 2], 'story', ARGV[at + 3])
  end
end
return redis.call('HLEN', pages)
