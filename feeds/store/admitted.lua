-- When did these articles come, and the copies of those that are stories? Begins with article.lua.
-- ARGV  prefix, now (ms), then ids
-- reply when it was admitted (ms), a space and the id, for each

local ADMITTED = '^[^\n]*\n[^\n]*\n(%d+)\n'
local replies = {}
for at = 3, #ARGV do
  local ids, kind = redis.call('ZRANGE', prefix .. 'story:' .. ARGV[at], 0, -1), 'copy:'
  if #ids == 0 then ids, kind = {ARGV[at]}, 'article:' end
  for _, id in ipairs(ids) do
    local admitted = string.match(redis.call('GETRANGE', prefix .. kind .. id, 0, 600), ADMITTED)
    if admitted then replies[#replies + 1] = admitted .. ' ' .. id end
  end
end
return replies
