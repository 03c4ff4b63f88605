-- Take an article back, or undo that. Begins with article.lua.
-- ARGV  prefix, now (ms), verb (withdraw | restore), id, reason, who
-- reply 'unknown', 'already', or the feeds that change, separated by spaces

local verb, id, reason, who = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local known = read(id)
if not known then return 'unknown' end
local from, to = 'live', 'withdrawn'
if verb == 'restore' then from, to = to, from end
if known.state == to then return 'already' end
known.state, known.reason = to, verb == 'withdraw' and reason or ''
known.revision, known.changed, known.score = known.revision + 1, now, now
write(id, known)
for _, name in ipairs(split(known.feeds, ' ')) do
  if name ~= '' then
    dirty[name] = 1
    redis.call('ZADD', prefix .. 'feed:' .. name, known.score, id)
  end
end
fresh_pages[id] = known.revision
redis.call('DEL', prefix .. 'fragments:' .. id)
redis.call('ZADD', prefix .. 'articles', now, id)
redis.call('RPUSH', prefix .. 'journal:' .. id, table.concat({now, to, verb, who, '', reason}, '\t'))
flush()
return known.feeds
