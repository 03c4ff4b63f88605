-- What is one story and what is not: because a person says so (split, merge), which later copies follow,
-- or because it was judged anew (part, join). Begins with article.lua, stories.lua.
-- ARGV  prefix, now (ms), verb, id, who, how long a person's word is remembered (s);
--       for merge and join: the id of an article of the story that *id* and its copies are to join
-- reply 'unknown', 'already' (they are as they are to be), or the id of the story of *id* from now on

local verb, id, who, remembered = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local known = known_as(id)
if not known then return 'unknown' end

local function story_of(one, stored)
  return stored.story ~= '' and stored.story or one
end

local function keep_apart(one, other)
  for own, foreign in pairs({[one] = other, [other] = one}) do
    redis.call('SADD', prefix .. 'apart:' .. own, foreign)
    redis.call('EXPIRE', prefix .. 'apart:' .. own, remembered)
  end
end

local function copies_of(story)
  local copies = redis.call('ZRANGE', prefix .. 'story:' .. story, 0, -1)
  return #copies > 0 and copies or {story}
end

-- *one*, which stands alone, joins *story*. What a person says no later edit undoes.
local function bring(one, story)
  if verb == 'join' then
    give_up(one, story)
    return journal(one, 'joined', 'likeness', who, story)
  end
  for _, other in ipairs(copies_of(story)) do
    redis.call('SREM', prefix .. 'apart:' .. one, other)
    redis.call('SREM', prefix .. 'apart:' .. other, one)
  end
  local own = read(one)
  own.hand, own.revision = '1', own.revision + 1
  give_up(one, story, own)
  local shown = read(story)
  shown.hand = '1'
  write(story, shown)
  journal(one, 'merged', 'merge', who, story)
end

if verb == 'split' or verb == 'part' then
  local story = known.story
  if story == '' then return 'already' end
  if verb == 'split' then
    for _, other in ipairs(copies_of(story)) do
      if other ~= id then keep_apart(id, other) end
    end
  end
  part(id, known)
  journal(id, verb == 'split' and 'split' or 'left', verb == 'split' and 'split' or 'likeness', who, story)
else
  local into = known_as(ARGV[7])
  if not into then return 'unknown' end
  local from, to = story_of(id, known), story_of(ARGV[7], into)
  if from == to then return 'already' end
  for _, one in ipairs(copies_of(from)) do
    if one ~= from then
      leave(one, read(one, 'copy'), from)
      bring(one, to)
    end
  end
  bring(from, to)
end
flush()
return story_of(id, known_as(id))
