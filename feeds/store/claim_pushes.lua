-- Claim subscriptions whose next step is due: each is due again when its lease ends.
-- Begins with article.lua.
--
-- ARGV  prefix, now (ms), lease (ms), most
-- reply the records (JSON)

local due, claimed = prefix .. 'push:due', {}
for _, token in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, ARGV[4])) do
  local record = redis.call('HGET', prefix .. 'push:subscriptions', token)
  if record then
    redis.call('ZADD', due, tonumber(now) + tonumber(ARGV[3]), token)
    claimed[#claimed + 1] = record
  else
    redis.call('ZREM', due, token)
  end
end
return claimed
