-- Claim sources that are due: each for one poller, one a host, the next of that host a pause later.
-- A claimed source is due again when its lease ends, so that a poller which dies gives it back.
-- Begins with article.lua.
--
-- ARGV  prefix, now (ms), lease (ms), pause (ms), most, how many are polled beside these;
--       then ids, if only these are to be claimed
-- reply id, source (JSON), poll (JSON), deaths, until when it is pushed (ms; '' if never) for each

local lease, pause, most = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local beside = tonumber(ARGV[6])
local moment = tonumber(now)
local due = prefix .. 'poll:due'
local SET_BACK = 3600000 -- less than this may be the difference between two machines' clocks
local LOOK = 20 -- due sources looked at for each that is claimed: the others wait for their host

-- A clock that was set back would leave every source waiting: the whole schedule goes back with it.
local last = tonumber(redis.call('GET', prefix .. 'poll:clock') or '0')
if last - moment > SET_BACK then
  local all = redis.call('ZRANGE', due, 0, -1, 'WITHSCORES')
  for at = 1, #all, 2 do redis.call('ZADD', due, tonumber(all[at + 1]) - (last - moment), all[at]) end
end
redis.call('SET', prefix .. 'poll:clock', moment)

local function candidates()
  if #ARGV < 7 then return redis.call('ZRANGEBYSCORE', due, '-inf', moment, 'LIMIT', 0, most * LOOK) end
  local found = {}
  for at = 7, #ARGV do
    local score = redis.call('ZSCORE', due, ARGV[at])
    if score and tonumber(score) <= moment then found[#found + 1] = ARGV[at] end
  end
  return found
end

-- The host is asked by another, or rests: the source gets the next free place in its queue.
local function queue(id, host, busy)
  local from = moment
  if busy == 'pause' then from = moment + redis.call('PTTL', prefix .. 'poll:busy:' .. host) end
  local slot = math.max(from, tonumber(redis.call('GET', prefix .. 'poll:slot:' .. host) or '0')) + pause
  redis.call('SET', prefix .. 'poll:slot:' .. host, slot, 'PX', math.max(1, slot - moment))
  redis.call('ZADD', due, slot, id)
end

local claimed = {}
for _, id in ipairs(candidates()) do
  local host = redis.call('HGET', prefix .. 'poll:hosts', id) or ''
  local deaths = tonumber(redis.call('HGET', prefix .. 'poll:deaths', id) or '0')
  local busy = redis.call('GET', prefix .. 'poll:busy:' .. host)
  if busy then
    queue(id, host, busy)
  elseif deaths < 2 or #claimed + beside == 0 then
    redis.call('ZADD', due, moment + lease, id)
    redis.call('SET', prefix .. 'poll:busy:' .. host, id, 'PX', lease)
    redis.call('HINCRBY', prefix .. 'poll:deaths', id, 1)
    claimed[#claimed + 1] = id
    claimed[#claimed + 1] = redis.call('HGET', prefix .. 'sources', id)
    claimed[#claimed + 1] = redis.call('HGET', prefix .. 'polls', id)
    claimed[#claimed + 1] = tostring(deaths)
    claimed[#claimed + 1] = redis.call('ZSCORE', prefix .. 'push:until', id) or ''
    if deaths >= 2 then break end -- a suspect is polled alone, so that no other pays for it
  end
  if #claimed / 5 >= most then break end
end
return claimed
