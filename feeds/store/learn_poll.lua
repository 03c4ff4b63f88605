-- Store what a push taught of a source, unless a poll was settled meanwhile. Begins with article.lua.
--
-- ARGV  prefix, now (ms), id, poll before (JSON), poll (JSON), flags that hold, separated by spaces
-- reply 1 if it was done, 0 if it is not as it was

local id = ARGV[3]
if redis.call('HGET', prefix .. 'polls', id) ~= ARGV[4] then return 0 end
redis.call('HSET', prefix .. 'polls', id, ARGV[5])
for _, flag in ipairs({'failing', 'quiet', 'missed', 'suspended'}) do
  local holds = string.find(' ' .. ARGV[6] .. ' ', ' ' .. flag .. ' ', 1, true)
  redis.call(holds and 'SADD' or 'SREM', prefix .. 'poll:' .. flag, id)
end
return 1
