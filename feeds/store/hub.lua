-- The audience of our own hub: who is subscribed, who asked to be, and what is owed to whom.
-- Begins with article.lua.
--
-- ARGV  prefix, now (ms), step, then what the step says
-- Keys and the forms of what they hold: see hub.py. An ITEM is a subscription, or "HUB TOPIC" for
-- the ping of a foreign hub.

local hub = prefix .. 'hub:'
local subscriptions, leases = hub .. 'subscriptions', hub .. 'leases'
local asked, asked_due = hub .. 'asked', hub .. 'asked:due'
local owed, due = hub .. 'owed', hub .. 'due'
local clock = tonumber(now)
local WINDOW = 1000
local steps = {}

local function count(what, by) redis.call('HINCRBY', hub .. 'tally', what, by or 1) end

local function forget(item)
  local record = redis.call('HGET', subscriptions, item)
  if not record then return end
  for _, place in ipairs(cjson.decode(record).places) do redis.call('ZREM', hub .. 'at:' .. place, item) end
  redis.call('HDEL', subscriptions, item)
  redis.call('ZREM', leases, item)
  redis.call('HDEL', owed, item)
  redis.call('ZREM', due, item)
end

local function settled(item)
  redis.call('HDEL', owed, item)
  redis.call('ZREM', due, item)
end

-- item, request, host, rest of the host (ms), longest wait (ms), most requests
-- reply 0 if it is kept, else in how many ms to ask again
steps.ask = function(item, request, host, rest, longest, most)
  local pace, wait = hub .. 'pace:' .. host, 0
  if not redis.call('ZSCORE', asked_due, item) then
    local slot = math.max(clock, tonumber(redis.call('GET', pace) or 0))
    wait = slot - clock - tonumber(longest)
    if wait > 0 or redis.call('ZCARD', asked_due) >= tonumber(most) then
      count('turned_away')
      return math.max(wait, tonumber(longest))
    end
    redis.call('SET', pace, slot + tonumber(rest), 'PX', slot + tonumber(rest) - clock)
    redis.call('ZADD', asked_due, slot, item)
  end
  redis.call('HSET', asked, item, request)
  return 0
end

-- lease (ms), most
-- reply item, request for each that is to be verified now
steps.take = function(lease, most)
  local taken = {}
  for _, item in ipairs(redis.call('ZRANGEBYSCORE', asked_due, '-inf', now, 'LIMIT', 0, most)) do
    redis.call('ZADD', asked_due, clock + tonumber(lease), item)
    taken[#taken + 1] = item
    taken[#taken + 1] = redis.call('HGET', asked, item)
  end
  return taken
end

-- item, request as it was taken, what it came to, then for a subscription: its end (ms), record,
-- the request that tells it of a denial; place, most for each place
-- reply 1 if that is done, 0 if another request has come, or the place that is full
steps.verified = function(item, request, outcome, ends, record, denial, ...)
  if redis.call('HGET', asked, item) ~= request then
    if redis.call('HEXISTS', asked, item) == 1 then redis.call('ZADD', asked_due, now, item) end
    return 0
  end
  redis.call('HDEL', asked, item)
  redis.call('ZREM', asked_due, item)
  count(outcome)
  if outcome == 'unsubscribed' or outcome == 'denied' then forget(item) end
  if outcome ~= 'subscribed' then return 1 end
  local places = {...}
  for at = 1, #places, 2 do
    local place = hub .. 'at:' .. places[at]
    local others = redis.call('ZCOUNT', place, '(' .. now, '+inf')
    if redis.call('ZSCORE', place, item) then others = others - 1 end
    if others >= tonumber(places[at + 1]) then
      redis.call('HSET', asked, item, denial)
      redis.call('ZADD', asked_due, now, item)
      return places[at]
    end
  end
  redis.call('HSET', subscriptions, item, record)
  redis.call('ZADD', leases, ends, item)
  for at = 1, #places, 2 do redis.call('ZADD', hub .. 'at:' .. places[at], ends, item) end
  return 1
end

-- least time between two of one topic (ms), how many topics, then topic, version for each, then the
-- foreign hubs
-- reply for each topic to how many it is owed now; -1 if it is too soon to say so
steps.announce = function(rest, topics, ...)
  local said, replies = {...}, {}
  for at = 1, 2 * topics, 2 do
    local topic, version = said[at], said[at + 1]
    local last, known = string.match(redis.call('HGET', hub .. 'told', topic) or '0', '^(%d+) ?(.*)$')
    local items = {}
    if known == version then
      replies[#replies + 1] = 0
    elseif clock < tonumber(last) + tonumber(rest) and clock >= tonumber(last) then
      replies[#replies + 1] = -1
    else
      redis.call('HSET', hub .. 'told', topic, now .. ' ' .. version)
      items = redis.call('ZRANGEBYSCORE', hub .. 'at:topic:' .. topic, '(' .. now, '+inf')
      for other = 2 * topics + 1, #said do items[#items + 1] = said[other] .. ' ' .. topic end
      replies[#replies + 1] = #items
    end
    for _, item in ipairs(items) do
      local before = redis.call('HGET', owed, item)
      local tries = before and string.match(before, '( %d+ %d+)$') or ' 0 0'
      redis.call('HSET', owed, item, version .. tries)
      redis.call('ZADD', due, 'NX', now, item)
    end
  end
  return replies
end

-- lease (ms), most, most of one host, for how long a window full of crowded hosts is put off (ms),
-- then host, how many of it are claimed already
-- reply item, tries, record ('' for a foreign hub) for each that is to be delivered now
steps.claim = function(lease, most, most_of_host, off, ...)
  local claimed, hosts, beyond = {}, {}, {}
  for at = 1, select('#', ...), 2 do hosts[select(at, ...)] = tonumber((select(at + 1, ...))) end
  for _, item in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, WINDOW)) do
    if #claimed >= 3 * most then break end
    local record = redis.call('HGET', subscriptions, item) or ''
    local known = record ~= '' and cjson.decode(record)
    local host = known and known.places[2] or string.match(item, '^(.*) ')
    if not host or (known and known.until_ms <= clock) then
      settled(item)
    elseif (hosts[host] or 0) >= tonumber(most_of_host) then
      beyond[#beyond + 1] = item
    else
      hosts[host] = (hosts[host] or 0) + 1
      redis.call('ZADD', due, clock + tonumber(lease), item)
      claimed[#claimed + 1] = item
      claimed[#claimed + 1] = tonumber(string.match(redis.call('HGET', owed, item) or '', ' (%d+) %d+$')) or 0
      claimed[#claimed + 1] = record
    end
  end
  if #beyond == WINDOW then  -- or nobody behind them would ever have a turn
    for _, item in ipairs(beyond) do redis.call('ZADD', due, clock + tonumber(off), item) end
  end
  return claimed
end

-- so long it is tried (ms), then item, version that was sent, what it came to, wait (ms) for each
steps.settle = function(longest, ...)
  local results = {...}
  for at = 1, #results, 4 do
    local item, sent, outcome, wait = results[at], results[at + 1], results[at + 2], tonumber(results[at + 3])
    local version, tries, since = string.match(redis.call('HGET', owed, item) or '', '^(%S+) (%d+) (%d+)$')
    if outcome ~= 'put_off' then count(outcome) end
    if outcome == 'gone' then
      forget(item)
    elseif version and outcome == 'put_off' then
      redis.call('ZADD', due, clock + wait, item)
    elseif version and outcome == 'delivered' and version == sent then
      settled(item)
    elseif version and outcome == 'delivered' then
      redis.call('HSET', owed, item, version .. ' 0 0')
      redis.call('ZADD', due, now, item)
    elseif version then
      since = since == '0' and clock or tonumber(since)
      if clock + wait - since > tonumber(longest) then
        settled(item)
        count('given_up')
      else
        redis.call('HSET', owed, item, version .. ' ' .. (tries + 1) .. ' ' .. string.format('%.0f', since))
        redis.call('ZADD', due, clock + wait, item)
      end
    end
  end
  return 1
end

-- most
-- reply how many leases ended
steps.expire = function(most)
  local ended = redis.call('ZRANGEBYSCORE', leases, '-inf', now, 'LIMIT', 0, most)
  for _, item in ipairs(ended) do forget(item) end
  if #ended > 0 then count('expired', #ended) end
  return #ended
end

return steps[ARGV[3]](unpack(ARGV, 4))
