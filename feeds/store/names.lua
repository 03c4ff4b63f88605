-- By which names is an article known? They outlive it, so that what was purged does not come back: some 30
-- bytes a name in a table, where a key of its own would take 130. A field is the first ten bytes of a name's
-- digest; with it stand the day on which the name is forgotten, by the server's own clock, and the article.
-- Begins with article.lua, table.lua.

local NAME, FIELD = 17, 10 -- bytes of a name: a letter and a digest; and of a field
local TOKEN_DAYS = 7 -- a link whose query is new each time must not fill the memory
local names = table_named('names')
local this_day = math.floor(redis.call('TIME')[1] / 86400)

-- The article that has the name *at* this place of *identities*, and the day on which that is forgotten.
local function holder_of(identities, at)
  local value = get(names, string.sub(identities, at + 1, at + FIELD))
  local last = value and struct.unpack('>I2', value)
  if last and last >= this_day then return string.sub(value, 3), last end
  return nil
end

-- Which known article has one of these names? Those that its source gave come before the text itself.
-- Returns its id and the letter of the name.
local function find(identities, own_id)
  for at = 1, #identities, NAME do
    local id = holder_of(identities, at)
    if id then return id, string.sub(identities, at, at) end
  end
  if redis.call('EXISTS', prefix .. 'article:' .. own_id, prefix .. 'copy:' .. own_id) > 0 then return own_id, 'i' end
  return nil
end

-- Would an entry be stored: what nobody knows yet, another text of what is its own, another source's copy?
-- Returns that, and the id of what it is another text of.
local function is_news(identities, own_id, digest, owner)
  local id, letter = find(identities, own_id)
  if not id then return true end
  local known = known_as(id)
  local edited = known and owns(owner, known.owner) and known.digest ~= digest
  return edited or known and is_repeated(letter, owner, known), edited and id
end

-- Every name leads to *id* for so many *days* from now on; one that is in use stays where it is. *known*:
-- the article was known already, by another name. ``close_names`` follows.
local function remember(identities, id, known, days)
  for at = 1, #identities, NAME do
    local holder, last = holder_of(identities, at)
    local token = known and not holder and string.sub(identities, at, at) == 'q'
    local until_day = this_day + (token and TOKEN_DAYS or days)
    if not holder or holder == id and last < until_day then
      put(names, string.sub(identities, at + 1, at + FIELD), struct.pack('>I2', until_day) .. id)
    end
  end
end

local function close_names()
  close(names, function(value) return struct.unpack('>I2', value) >= this_day and value or nil end)
end
