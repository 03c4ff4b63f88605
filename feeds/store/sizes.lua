-- How many articles each feed holds. Begins with article.lua.
-- ARGV  prefix, now (ms), then names of feeds
-- reply a number for each

local sizes = {}
for at = 3, #ARGV do sizes[#sizes + 1] = redis.call('ZCARD', prefix .. 'feed:' .. ARGV[at]) end
return sizes
