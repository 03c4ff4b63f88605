-- File for good what feeds no longer show, in pages that are never added to. Begins with article.lua.
--
-- A page takes the oldest articles that no page holds: all that are due if they fit, and at least half
-- of the rest, so that it is worth a document, while what came last, and may still be edited, waits.
--
-- ARGV  prefix, now (ms), articles in a page, then name, due (ms or '') for each feed: articles that
--       changed last at that time or before are no longer shown
-- reply for each its latest page (0: none), and 1 if there is more to be filed

local size = tonumber(ARGV[3])
local AT_ONCE = 20 -- pages of one feed: some 5 ms

-- Some articles of the feed *name* with scores from *from* to *upto* that no page holds, lowest first.
local function unfiled(name, from, upto)
  local fresh, at = {}, 0
  repeat
    local found = redis.call('ZRANGEBYSCORE', prefix .. 'feed:' .. name, from, upto, 'WITHSCORES', 'LIMIT', at, 2 * size)
    local ids = {}
    for n = 1, #found, 2 do ids[#ids + 1] = found[n] end
    local pages = #ids > 0 and redis.call('ZMSCORE', prefix .. 'archive:' .. name, unpack(ids)) or {}
    for n, id in ipairs(ids) do
      if not pages[n] then fresh[#fresh + 1] = {id = id, score = tonumber(found[2 * n])} end
    end
    at = at + 2 * size
  until #fresh >= 2 * size or #ids < 2 * size
  return fresh
end

local function latest(name)
  return redis.call('ZREVRANGE', prefix .. 'archive:' .. name, 0, 0, 'WITHSCORES')[2]
end

local function file(name, known, fresh, due)
  local overdue = 0
  for _, one in ipairs(fresh) do overdue = overdue + (one.score < due and 1 or 0) end
  local count = math.min(size, math.max(overdue, math.ceil(#fresh / 2)))
  local before = latest(name)
  if before then mark_archive(name, before) end -- it gets a follower
  known.pages = known.pages + 1
  for n = 1, count do redis.call('ZADD', prefix .. 'archive:' .. name, known.pages, fresh[n].id) end
  mark_archive(name, known.pages)
  return fresh[count].score
end

-- File what is due in the feed *name*; returns whether there is more.
local function file_all(name, due)
  local known = filed_of(name) or {pages = 0, clear = 0}
  filed[name] = known
  local from = '(' .. string.format('%.3f', known.clear)
  for _ = 1, AT_ONCE do
    if #unfiled(name, from, '(' .. due) == 0 then
      known.clear = math.max(known.clear, due - 0.001)
      note_filed(name)
      return false
    end
    local last = file(name, known, unfiled(name, from, '+inf'), due)
    from = string.format('%.3f', last)
    known.clear = math.max(known.clear, last - 0.001)
    note_filed(name)
  end
  return true
end

local replies = {}
for at = 4, #ARGV, 2 do
  local name, due = ARGV[at], tonumber(ARGV[at + 1])
  local more = false
  if due and redis.call('ZCOUNT', prefix .. 'feed:' .. name, '(' .. string.format('%.3f', (filed_of(name) or {clear = 0}).clear), '(' .. due + 1) > 0 then
    more = file_all(name, due + 1)
  end
  replies[#replies + 1] = tonumber(latest(name) or 0)
  replies[#replies + 1] = more and 1 or 0
end
flush()
return replies
