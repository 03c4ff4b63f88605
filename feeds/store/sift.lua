-- Which articles are to be compared with others, and which of their paragraphs does their source repeat?
-- What is known already needs no print. A paragraph that stood in three earlier articles of its source is
-- boilerplate (near-duplicates.md, 4, step 3). Begins with article.lua, table.lua, names.lua.
--
-- ARGV  prefix, now (ms), days that a paragraph is remembered;
--       then identities, id, digest, owner (as admit.lua has them), keys of 6 bytes for each
-- reply for each '' if it is known, else '+' and for each key 1 (boilerplate) or 0

local DAY = 86400000
local TAG = 3 -- bytes of an id that tell the articles apart in which a paragraph stood
local ENOUGH = 3
local KEY = 6
local today, days = math.floor(tonumber(now) / DAY) % 256, tonumber(ARGV[3])
local paragraphs = table_named('paragraphs')

-- A value is the day on which the paragraph was seen last and the tags of the first articles it stood in.
local function repeated(key, tag)
  local seen = get(paragraphs, key) or ''
  local tags = string.sub(seen, 2)
  for at = 1, #tags, TAG do
    if string.sub(tags, at, at + TAG - 1) == tag then return #tags > ENOUGH * TAG end
  end
  local enough = #tags >= ENOUGH * TAG
  if #tags <= ENOUGH * TAG then tags = tags .. tag end
  local value = string.char(today) .. tags
  if value ~= seen then put(paragraphs, key, value) end
  return enough
end

local replies = {}
for at = 4, #ARGV, 5 do
  local wanted, edited = is_news(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
  local reply = {wanted and '+' or ''}
  if wanted then
    local keys, tag = ARGV[at + 4], string.sub(edited or ARGV[at + 1], 1, TAG)
    for place = 1, #keys, KEY do
      reply[#reply + 1] = repeated(string.sub(keys, place, place + KEY - 1), tag) and 1 or 0
    end
  end
  replies[#replies + 1] = table.concat(reply)
end
close(paragraphs, function(seen)
  return (today - string.byte(seen, 1)) % 256 <= days and seen or nil
end)
return replies
