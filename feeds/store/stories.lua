-- Stories: articles that are one text from several sources, of which the best is shown.
--
-- article:ID is what is shown. An article that stands alone is just that. A story of several keeps
-- there what its face says, under the id of the article that came first, and each of them beside it as
-- copy:ID; story:ID ranks them, the best (lowest) first, and those that may not be shown last.
-- Begins with article.lua; ``seek`` needs table.lua, likeness.lua and index.lua.

local NOT_SHOWN = '+inf'

local function rank_of(copy)
  return copy.state == 'live' and copy.rank ~= '' and copy.rank or NOT_SHOWN
end

local function journal(id, event, rule, source, reason)
  local key = prefix .. 'journal:' .. id
  redis.call('RPUSH', key, table.concat({now, event, rule, source, '', reason}, '\t'))
  redis.call('LTRIM', key, -50, -1)
end

-- The feeds that *a* names, as far as there may be so many; they exist from now on.
local function existing(a)
  local feeds, titles = {}, split(a.feed_titles, '\n')
  for at, name in ipairs(split(a.feeds, ' ')) do
    if name ~= '' and feed_exists(name, titles[at], a.feed_limit) then feeds[#feeds + 1] = name end
  end
  return table.concat(feeds, ' ')
end

-- The feeds that hold any of the copies: a story is not missed where one of its sources was expected.
local function feeds_of(ranked)
  local names, placed = {}, {}
  for _, id in ipairs(ranked) do
    local copy = read(id, 'copy')
    for _, name in ipairs(split(copy and copy.state == 'live' and copy.feeds or '', ' ')) do
      if name ~= '' and not placed[name] then
        placed[name] = true
        names[#names + 1] = name
      end
    end
  end
  return table.concat(names, ' ')
end

-- Show the story *id* by its best copy, in all their feeds. *shown* is what is shown until now. A story
-- that was withdrawn stays so; one of which no copy may be shown is held.
local function retell(id, shown)
  local ranked = redis.call('ZRANGE', prefix .. 'story:' .. id, 0, -1)
  local face = read(ranked[1], 'copy')
  local state = face.state == 'live' and 'live' or 'held'
  if shown.state == 'withdrawn' then state = 'withdrawn' end
  local feeds = state == 'withdrawn' and shown.feeds or feeds_of(ranked)
  if state ~= 'withdrawn' then
    for _, field in ipairs({'digest', 'stamped', 'version', 'modified', 'owner', 'source', 'rank', 'record'}) do
      shown[field] = face[field]
    end
    shown.face, shown.reason = ranked[1], state == 'held' and face.reason or ''
  end
  shown.state = state
  if tonumber(face.score) > tonumber(shown.score) then shown.score = face.score end
  local a = {feeds = feeds, feed_titles = string.gsub(feeds, ' ', '\n'), feed_limit = math.huge, score = shown.score}
  shown.feeds = place(id, shown.feeds, a, state ~= 'held')
  shown.revision, shown.changed = shown.revision + 1, now
  write(id, shown)
  redis.call('DEL', prefix .. 'fragments:' .. id)
  fresh_pages[id] = shown.revision
  if state == 'held' then redis.call('ZADD', prefix .. 'held', now, id) end
  if state == 'live' then redis.call('ZREM', prefix .. 'held', id) end
end

-- Let the article *id* (what is stored of it: *copy*) be one more copy of the story *into*.
local function join(id, copy, into)
  local shown = read(into)
  if shown.story == '' then
    local own = read(into)
    own.story = into
    write(into, own, 'copy')
    redis.call('ZADD', prefix .. 'story:' .. into, rank_of(own), into)
    shown.story, shown.face = into, into
  end
  copy.story = into
  write(id, copy, 'copy')
  redis.call('ZADD', prefix .. 'story:' .. into, rank_of(copy), id)
  journal(into, 'joined', '', copy.source, id)
  if shown.state ~= 'withdrawn' then return retell(into, shown) end
  write(into, shown) -- what was taken back does not come back by another way: a person decides
  redis.call('ZADD', prefix .. 'held', now, into)
end

-- Note how the copy *id* of the story *from* is now; its source took it back if its state says so. The
-- other copies say the same as one that was shown and taken back: they wait for a person.
local function change(id, copy, from, reason)
  write(id, copy, 'copy')
  redis.call('ZADD', prefix .. 'story:' .. from, rank_of(copy), id)
  local shown = read(from)
  if copy.state ~= 'withdrawn' or shown.face ~= id or shown.state == 'withdrawn' then return retell(from, shown) end
  local a = {feeds = shown.feeds, feed_titles = string.gsub(shown.feeds, ' ', '\n'), feed_limit = math.huge, score = now}
  turn(from, shown, 'withdrawn', reason, a, '', 'withdrawn', 'copy', copy.source)
  redis.call('ZADD', prefix .. 'held', now, from)
end

-- Let the article *id*, which stands alone and may be in feeds, be one more copy of the story *into*,
-- as what *now_said* says, if that is given.
local function give_up(id, into, now_said)
  local own = read(id)
  place(id, own.feeds, {feeds = '', feed_titles = ''}, false)
  for _, set in ipairs({'articles', 'held'}) do redis.call('ZREM', prefix .. set, id) end
  redis.call('DEL', prefix .. 'article:' .. id, prefix .. 'fragments:' .. id)
  own.revision = own.revision + 1
  fresh_pages[id] = own.revision
  join(id, now_said or own, into)
end

-- Let *id* stand alone, as what *own* says, in the feeds that it names.
local function stand_alone(id, own)
  own.story, own.face, own.hand = '', '', ''
  own.revision, own.changed = own.revision + 1, now
  local a = {feeds = own.feeds, feed_titles = string.gsub(own.feeds, ' ', '\n'), feed_limit = math.huge, score = now}
  own.score = now
  own.feeds = place(id, '', a, own.state ~= 'held')
  write(id, own)
  redis.call('DEL', prefix .. 'copy:' .. id, prefix .. 'fragments:' .. id)
  fresh_pages[id] = own.revision
  redis.call(unpack(own.state == 'held' and {'ZADD', prefix .. 'held', now, id} or {'ZREM', prefix .. 'held', id}))
end

-- The story *id* has one copy left, which is its first: from now on it stands alone.
local function end_story(id)
  local shown, own = read(id), read(id, 'copy')
  own.revision, own.entry_id, own.admitted = shown.revision, shown.entry_id, shown.admitted
  place(id, shown.feeds, {feeds = '', feed_titles = ''}, false)
  redis.call('DEL', prefix .. 'story:' .. id)
  stand_alone(id, own)
end

-- Take *id*, which is not its first, out of the story *from*; *own* is what is stored of it.
local function leave(id, own, from)
  redis.call('ZREM', prefix .. 'story:' .. from, id)
  stand_alone(id, own)
  journal(from, 'left', '', own.source, id)
  if redis.call('ZCARD', prefix .. 'story:' .. from) == 1 then
    end_story(from)
  else
    retell(from, read(from))
  end
end

-- Take *id* out of its story, so that each has an entry of its own. The first article of a story keeps
-- the entry id that readers know, so if it is the first that goes, the others go together instead.
local function part(id, own)
  local from = own.story
  if id ~= from then return leave(id, own, from) end
  local others = {}
  for _, other in ipairs(redis.call('ZRANGE', prefix .. 'story:' .. from, 0, -1)) do
    if other ~= from then others[#others + 1] = other end
  end
  for _, other in ipairs(others) do leave(other, read(other, 'copy'), from) end
  for at = 2, #others do give_up(others[at], others[1]) end
end

-- Are both of one source? It says the same things again and again in the same words, and rarely the same
-- story twice. Of a file that names no publisher nobody knows.
local function one_source(owner, other)
  return owner == other and owner ~= 'drop\t'
end

-- Is *a*, another text of the copy *id*, still that of its story? One of the best of the others says so,
-- or a person who put another copy there.
local function belongs(id, a, story, terms)
  for _, other in ipairs(redis.call('ZRANGE', prefix .. 'story:' .. story, 0, MOST)) do
    local copy = other ~= id and read(other, 'copy')
    if copy and id == story and copy.hand ~= '' then return true end
    local one = copy and tonumber(copy.number) and print_of(tonumber(copy.number))
    local own = copy and one_source(a.owner, copy.owner)
    if one and alike(compare(a.print, one.print), math.abs(a.time - one.time), own, terms) then return true end
  end
  return false
end

-- What keeps *one*, whose print is like that of *a*, from being the same story: a person's word, or the
-- story's first article, which keeps a chain of small changes from going on for ever. Of a story to which a
-- person brought another the first says nothing.
local function kept_apart(id, a, one, terms)
  if redis.call('SISMEMBER', prefix .. 'apart:' .. id, one.story) == 1 then return 'split' end
  local first = one.story ~= one.id and tonumber(read(one.story, 'copy').number)
  first = first and print_of(first)
  if not first or with_leader(compare(a.print, first.print), terms) then return nil end
  return read(one.story).hand == '' and 'first' or nil
end

-- *one*, which ``seek`` found, as a person is told of it later (likeness.py reads this).
local function told(one, veto)
  return table.concat({one.id, one.story, veto, line_of(one.scores)}, ' ')
end

-- Is *one*, a print, the same story as *a*? Returns that, and what says no; notes in *one* its scores and
-- its story ('' if that has left the store).
local function weigh(id, a, one, terms)
  local known = known_as(one.id)
  one.scores, one.story = compare(a.print, one.print), ''
  local own = known and one_source(a.owner, known.owner)
  local same, veto = alike(one.scores, math.abs(a.time - one.time), own, terms)
  if known then
    one.story = known.story ~= '' and known.story or one.id
    one.source, one.admitted = known.source, known.admitted
    if same then veto = kept_apart(id, a, one, terms) end
  end
  return not veto, veto
end

-- Which article is *a* likest to? Returns it, and the likest that was refused, with what refused it
-- (veto).
local function seek(id, a, terms)
  local best, refused
  for _, one in ipairs(candidates(a)) do
    if one.id ~= id then
      local same
      same, one.veto = weigh(id, a, one, terms)
      local other = same and best or not same and refused
      if not other or one.scores.containment > other.scores.containment then
        if same then best = one else refused = one end
      end
    end
  end
  return best, refused
end
