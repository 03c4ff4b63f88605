-- Put a subscription in the place of what it was, if nobody was faster. Begins with article.lua.
--
-- ARGV  prefix, now (ms), source, token before ('' if there was none), its revision, token ('' to
--       forget it), record (JSON), next step (ms; '' leaves it), until when its source is pushed
--       (ms; 0 for not now; '' if it is its subscription no more), 1 to have the source polled now
-- reply 1 if it was done, 0 if another was there

local source, was, revision, token, record = ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local due, pushed, hurry = ARGV[8], ARGV[9], ARGV[10]
local subscriptions, sources = prefix .. 'push:subscriptions', prefix .. 'push:sources'

if was == '' then
  if redis.call('HEXISTS', sources, source) == 1 then return 0 end
else
  local stored = redis.call('HGET', subscriptions, was)
  if not stored or cjson.decode(stored).revision ~= tonumber(revision) then return 0 end
  if was ~= token then
    redis.call('HDEL', subscriptions, was)
    redis.call('ZREM', prefix .. 'push:due', was)
  end
end
if token ~= '' then
  redis.call('HSET', subscriptions, token, record)
  if due ~= '' then redis.call('ZADD', prefix .. 'push:due', due, token) end
end
if pushed ~= '' then
  redis.call('HSET', sources, source, token)
  redis.call('ZADD', prefix .. 'push:until', pushed, source)
elseif redis.call('HGET', sources, source) == was then
  redis.call('HDEL', sources, source)
  redis.call('ZREM', prefix .. 'push:until', source)
end
if hurry == '1' then redis.call('ZADD', prefix .. 'poll:due', 'XX', 'LT', now, source) end
return 1
