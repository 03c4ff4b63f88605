-- Put stories into the feeds that the configured rules give them. A story itself is not changed: it
-- keeps its revision, its rank and its page. Begins with article.lua, stories.lua.
-- ARGV  prefix, now (ms), digest of the rules, score up to which articles are judged then, most
--       category feeds, feeds that are to go (NAME=NEW or NAME=, separated by spaces);
--       then 4 for each article: id, revision that was judged, feeds, their titles
-- reply how many stories changed their feeds; -1 if other rules hold by now

if redis.call('HGET', prefix .. 'ruling', 'claimed') ~= ARGV[3] then return -1 end
local limit = tonumber(ARGV[5])

local function named(feeds)
  local names = {}
  for _, name in ipairs(split(feeds, ' ')) do
    if name ~= '' then names[name] = true end
  end
  return names
end

-- Those of *feeds* that exist, or may be opened now.
local function open(feeds, titles)
  local names, told = {}, split(titles, '\n')
  for at, name in ipairs(split(feeds, ' ')) do
    if name ~= '' and feed_exists(name, told[at], limit) then names[#names + 1] = name end
  end
  return table.concat(names, ' ')
end

local leaving = {}
for _, pair in ipairs(split(ARGV[6], ' ')) do
  local name, new = string.match(pair, '^(.-)=(.*)$')
  if name then leaving[name] = new end
end

-- A stub stays in every feed that told the story, whatever the rules say of it.
local function stub(feeds)
  local names = {}
  for _, name in ipairs(split(feeds, ' ')) do
    local new = leaving[name] or name
    if new ~= '' then names[#names + 1] = new end
  end
  return table.concat(names, ' ')
end

-- Let what is shown as *id* stand in *feeds* alone; tell whether that is new.
local function shelve(id, shown, feeds)
  local old, new, differs = named(shown.feeds), named(feeds), false
  for name in pairs(old) do
    if not new[name] then
      redis.call('ZREM', prefix .. 'feed:' .. name, id)
      touch_archive(name, id, false)
      dirty[name], differs = (dirty[name] or 0) + 1, true
    end
  end
  for name in pairs(new) do
    if not old[name] then
      redis.call('ZADD', prefix .. 'feed:' .. name, shown.score, id)
      unclear(name, shown.score)
      dirty[name], differs = (dirty[name] or 0) + 1, true
    end
  end
  if differs then
    shown.feeds = feeds
    write(id, shown)
  end
  return differs
end

local stories, count = {}, 0
for at = 7, #ARGV, 4 do
  local id = ARGV[at]
  local known = known_as(id)
  if known and known.story ~= '' then stories[known.story] = true end
  if known and known.state ~= 'held' and known.revision == tonumber(ARGV[at + 1]) then
    local feeds = known.state == 'live' and open(ARGV[at + 2], ARGV[at + 3]) or stub(known.feeds)
    if known.story == '' then
      if shelve(id, known, feeds) then count = count + 1 end
    elseif known.feeds ~= feeds then
      known.feeds = feeds
      write(id, known, 'copy')
    end
  end
end
for id in pairs(stories) do
  local shown = read(id)
  if shown and shown.state ~= 'held' then
    local live = shown.state == 'live'
    local feeds = live and feeds_of(redis.call('ZRANGE', prefix .. 'story:' .. id, 0, -1)) or stub(shown.feeds)
    if shelve(id, shown, feeds) then count = count + 1 end
  end
end
redis.call('HSET', prefix .. 'ruling', 'judged', ARGV[4])
flush()
return count
