-- What every script of the store begins with: one stored article, and the marks that a change leaves.
-- ARGV  prefix, now (ms), then what the script itself says. Keys: see the table in __init__.py.

local prefix, now = ARGV[1], ARGV[2]
local dirty, fresh_pages, fresh_archives = {}, {}, {}

local function split(text, separator)
  local parts = {}
  for part in string.gmatch(text .. separator, '(.-)' .. separator) do parts[#parts + 1] = part end
  return parts
end

-- A stored article: the text fields of its head, a zero byte, then the record (zstd of MessagePack).
-- *kind* is 'article' for what is shown, 'copy' for what one source brought to a story of several.
local function read(id, kind)
  local value = redis.call('GET', prefix .. (kind or 'article') .. ':' .. id)
  if not value then return nil end
  local zero = string.find(value, '\0', 1, true)
  local head = split(string.sub(value, 1, zero - 1), '\n')
  return {
    entry_id = head[1], revision = tonumber(head[2]), admitted = head[3], changed = head[4],
    digest = head[5], stamped = head[6], version = head[7], modified = head[8], state = head[9],
    owner = head[10], source = head[11], feeds = head[12], score = head[13], reason = head[14],
    number = head[15] or '', rank = head[16] or '', story = head[17] or '', face = head[18] or '',
    hand = head[19] or '',
    record = string.sub(value, zero + 1),
  }
end

-- A source may change what it brought, and a provider what is its own, whatever way it came.
local function owns(owner, known_owner)
  local provider = string.match(owner, '\t\t(.+)$')
  return owner == known_owner or (provider and provider == string.match(known_owner, '\t\t(.+)$'))
end

-- The text, letter by letter, of *known* in the hands of another source: that is another copy of it, while
-- whatever comes under a name of *known* is *known* itself. *letter* names the identity.
local function is_repeated(letter, owner, known)
  return letter == 'c' and not owns(owner, known.owner)
end

local function write(id, a, kind)
  local head = table.concat({
    a.entry_id, a.revision, a.admitted, a.changed, a.digest, a.stamped, a.version, a.modified,
    a.state, a.owner, a.source, a.feeds, a.score, a.reason,
    a.number or '', a.rank or '', a.story or '', a.face or '', a.hand or '',
  }, '\n')
  redis.call('SET', prefix .. (kind or 'article') .. ':' .. id, head .. '\0' .. a.record)
end

-- What is stored of the article *id* itself: alone, or as one copy of its story.
local function known_as(id)
  local shown = read(id)
  if shown and shown.story == '' then return shown end
  return read(id, 'copy') or shown
end

local known_feeds = {}
local function feed_exists(name, title, limit)
  if known_feeds[name] then return true end
  if redis.call('HEXISTS', prefix .. 'feeds', name) == 1 then
    known_feeds[name] = true
    return true
  end
  if name ~= 'all' and redis.call('HLEN', prefix .. 'feeds') > limit then return false end
  redis.call('HSET', prefix .. 'feeds', name, title)
  return true
end

-- How far the feed *name* is filed: its last page, and the score up to which every article of it is in
-- one (``clear``); false if none is.
local filed = {}
local function filed_of(name)
  if filed[name] == nil then
    local pages, clear = string.match(redis.call('HGET', prefix .. 'filed', name) or '', '^(%d+) (.+)$')
    filed[name] = pages and {pages = tonumber(pages), clear = tonumber(clear)} or false
  end
  return filed[name]
end

local function note_filed(name)
  redis.call('HSET', prefix .. 'filed', name, string.format('%d %.3f', filed[name].pages, filed[name].clear))
end

local function mark_archive(name, page)
  local field = name .. ' ' .. page
  fresh_archives[field] = (fresh_archives[field] or 0) + 1
end

-- *id* has changed in the feed *name* or, unless it *stays*, left it: so has its page of the archive.
-- When the last has left a page, its neighbours follow upon each other.
local function touch_archive(name, id, stays)
  local key = prefix .. 'archive:' .. name
  local page = filed_of(name) and redis.call('ZSCORE', key, id)
  if not page then return end
  mark_archive(name, page)
  if stays then return end
  redis.call('ZREM', key, id)
  if redis.call('ZCOUNT', key, page, page) > 0 then return end
  for _, found in ipairs({
    redis.call('ZREVRANGEBYSCORE', key, page, '-inf', 'WITHSCORES', 'LIMIT', 0, 1),
    redis.call('ZRANGEBYSCORE', key, page, '+inf', 'WITHSCORES', 'LIMIT', 0, 1),
  }) do
    if found[2] then mark_archive(name, found[2]) end
  end
end

-- An article that comes into a feed below what is filed (clocks differ, stories join) is filed too.
local function unclear(name, score)
  local known = filed_of(name)
  if known and tonumber(score) <= known.clear then
    known.clear = tonumber(score) - 0.002
    note_filed(name)
  end
end

-- Take *id* out of the feeds it was in and, if it is shown, put it into those that *a* names (feeds,
-- feed_titles, feed_limit, score); both are dirty. Returns those that hold it now.
local function place(id, old_feeds, a, shown)
  for _, name in ipairs(split(old_feeds, ' ')) do
    if name ~= '' then
      dirty[name] = (dirty[name] or 0) + 1
      redis.call('ZREM', prefix .. 'feed:' .. name, id)
    end
  end
  local placed, held = {}, {}
  if shown then
    local titles = split(a.feed_titles, '\n')
    for at, name in ipairs(split(a.feeds, ' ')) do
      if name ~= '' and feed_exists(name, titles[at], a.feed_limit) then
        placed[#placed + 1] = name
        held[name] = true
        dirty[name] = (dirty[name] or 0) + 1
        redis.call('ZADD', prefix .. 'feed:' .. name, a.score, id)
        unclear(name, a.score)
      end
    end
  end
  for _, name in ipairs(split(old_feeds, ' ')) do
    if name ~= '' then touch_archive(name, id, held[name]) end
  end
  redis.call('ZADD', prefix .. 'articles', now, id)
  return table.concat(placed, ' ')
end

-- Note how *id* stands: whether a person can find it among what is held, and when it is judged anew
-- (*due*, ms; '' never), for its embargo ends or it expires.
local function stands(id, state, due)
  redis.call(unpack(state == 'held' and {'ZADD', prefix .. 'held', now, id} or {'ZREM', prefix .. 'held', id}))
  if due == '' then
    redis.call('ZREM', prefix .. 'timed', id)
  else
    redis.call('ZADD', prefix .. 'timed', due, id)
  end
end

-- Let *known* stand as *state* from now on, in the feeds that *a* names, and write in its journal what
-- *event* it was, by which *rule* and *source*.
local function turn(id, known, state, reason, a, due, event, rule, source)
  known.score, known.feeds = a.score, place(id, known.feeds, a, state ~= 'held')
  known.state, known.reason = state, reason
  known.revision, known.changed = known.revision + 1, now
  write(id, known)
  stands(id, state, due)
  redis.call('DEL', prefix .. 'fragments:' .. id)
  fresh_pages[id] = known.revision
  redis.call('RPUSH', prefix .. 'journal:' .. id, table.concat({now, event, rule, source, '', reason}, '\t'))
end

-- Note the marks, once for the whole batch.
local function flush()
  for name, count in pairs(dirty) do redis.call('HINCRBY', prefix .. 'dirty', name, count) end
  for id, revision in pairs(fresh_pages) do redis.call('HSET', prefix .. 'pages', id, revision) end
  for page, count in pairs(fresh_archives) do redis.call('HINCRBY', prefix .. 'archives', page, count) end
end
