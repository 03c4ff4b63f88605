-- Store what a poll taught, say when the next one is due, and let its host go. Begins with article.lua.
-- A source that was removed, or paused, while it was polled stays so.
--
-- ARGV  prefix, now (ms), id, poll (JSON), due (ms; '' for never), host, host asked before,
--       rest (ms), pause (ms), flags that hold, separated by spaces

local id, poll, due, host, asked = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local rest, pause = tonumber(ARGV[8]), tonumber(ARGV[9])
local busy = prefix .. 'poll:busy:' .. asked

if pause > 0 then
  redis.call('SET', busy, 'pause', 'PX', pause)
elseif (redis.call('GET', busy) or id) == id then -- not if the lease ended and another asks it now
  redis.call('SET', busy, 'rest', 'PX', rest)
end
redis.call('HDEL', prefix .. 'poll:deaths', id)
if redis.call('HEXISTS', prefix .. 'sources', id) == 0 then return end

redis.call('HSET', prefix .. 'polls', id, poll)
redis.call('HSET', prefix .. 'poll:hosts', id, host)
if due == '' then
  redis.call('ZREM', prefix .. 'poll:due', id)
else
  redis.call('ZADD', prefix .. 'poll:due', 'XX', due, id)
end
for _, flag in ipairs({'failing', 'quiet', 'missed', 'suspended'}) do
  local holds = string.find(' ' .. ARGV[10] .. ' ', ' ' .. flag .. ' ', 1, true)
  redis.call(holds and 'SADD' or 'SREM', prefix .. 'poll:' .. flag, id)
end
