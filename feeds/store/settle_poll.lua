-- Store what polls taught, say when the next ones are due, and let their hosts go.
-- A source that was removed, or paused, while it was polled stays so. Begins with article.lua.
--
-- ARGV  prefix, now (ms), rest (ms); then for each: id, poll (JSON), due (ms; '' for never), host,
--       host asked before, pause (ms), flags that hold, separated by spaces

local rest = ARGV[3]

local function let_go(host, id, pause)
  local busy = prefix .. 'poll:busy:' .. host
  if tonumber(pause) > 0 then
    redis.call('SET', busy, 'pause', 'PX', pause)
  elseif (redis.call('GET', busy) or id) == id then -- not if the lease ended and another asks it now
    redis.call('SET', busy, 'rest', 'PX', rest)
  end
end

local function settle(id, poll, due, host, flags)
  redis.call('HSET', prefix .. 'polls', id, poll)
  redis.call('HSET', prefix .. 'poll:hosts', id, host)
  if due == '' then
    redis.call('ZREM', prefix .. 'poll:due', id)
  else
    redis.call('ZADD', prefix .. 'poll:due', 'XX', due, id)
  end
  for _, flag in ipairs({'failing', 'quiet', 'missed', 'suspended'}) do
    local holds = string.find(' ' .. flags .. ' ', ' ' .. flag .. ' ', 1, true)
    redis.call(holds and 'SADD' or 'SREM', prefix .. 'poll:' .. flag, id)
  end
end

for at = 4, #ARGV, 7 do
  local id = ARGV[at]
  let_go(ARGV[at + 4], id, ARGV[at + 5])
  redis.call('HDEL', prefix .. 'poll:deaths', id)
  if redis.call('HEXISTS', prefix .. 'sources', id) == 1 then
    settle(id, ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 6])
  end
end
