-- Register sources, each unless it is registered already. Begins with article.lua.
-- ARGV  prefix, now (ms), then id, source (JSON), poll (JSON), host, due (ms) for each
-- reply 1 or 0 for each: whether it is new

local replies = {}
for at = 3, #ARGV, 5 do
  local id = ARGV[at]
  local new = redis.call('HSETNX', prefix .. 'sources', id, ARGV[at + 1])
  if new == 1 then
    redis.call('HSET', prefix .. 'polls', id, ARGV[at + 2])
    redis.call('HSET', prefix .. 'poll:hosts', id, ARGV[at + 3])
    redis.call('ZADD', prefix .. 'poll:due', ARGV[at + 4], id)
  end
  replies[#replies + 1] = new
end
return replies
