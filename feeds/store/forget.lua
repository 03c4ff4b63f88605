-- Remove stories that have not changed for long, with all their copies; their identities stay.
-- Begins with article.lua.
-- ARGV  prefix, now (ms), before (ms), then ids

for at = 4, #ARGV do
  local id = ARGV[at]
  local changed = redis.call('ZSCORE', prefix .. 'articles', id)
  if changed and tonumber(changed) < tonumber(ARGV[3]) then
    local known = read(id)
    for _, name in ipairs(split(known and known.feeds or '', ' ')) do
      if name ~= '' then
        redis.call('ZREM', prefix .. 'feed:' .. name, id)
        touch_archive(name, id, false)
        dirty[name] = 1
      end
    end
    for _, copy in ipairs(redis.call('ZRANGE', prefix .. 'story:' .. id, 0, -1)) do
      redis.call('DEL', prefix .. 'copy:' .. copy, prefix .. 'journal:' .. copy)
      stands(copy, '', '')
    end
    redis.call('DEL', prefix .. 'story:' .. id)
    for _, kind in ipairs({'article:', 'fragments:', 'journal:'}) do
      redis.call('DEL', prefix .. kind .. id)
    end
    redis.call('HDEL', prefix .. 'pages', id)
    redis.call('ZREM', prefix .. 'articles', id)
    stands(id, '', '')
  end
end
flush()
