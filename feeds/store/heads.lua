-- The head of each stored article, which differs whenever the article does. Begins with article.lua.
-- ARGV  prefix, now (ms), then ids
-- reply for each the text before the zero byte, or nothing where there is no article

local HEAD = 1023 -- most are some 300 bytes: a tenth of the article is not copied for nothing
local heads = {}
for at = 3, #ARGV do
  local key = prefix .. 'article:' .. ARGV[at]
  local value = redis.call('GETRANGE', key, 0, HEAD)
  local zero = string.find(value, '\0', 1, true)
  if not zero and value ~= '' then
    value = redis.call('GET', key)
    zero = string.find(value, '\0', 1, true)
  end
  heads[#heads + 1] = zero and string.sub(value, 1, zero - 1) or ''
end
return heads
