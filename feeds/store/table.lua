-- A table that grows with what it holds: NAME:0, NAME:1 and so on are hashes small enough for Redis to
-- keep them packed, so that an entry of ten bytes costs seventeen and not ninety. Linear hashing (Litwin,
-- 1980): whenever there are too many entries, one bucket is split, and nothing ever stops for long.
-- Fields are digests of four bytes at least. The hash NAME holds buckets, entries, fresh (entries that
-- came since a bucket was swept) and hand (the bucket that is swept next).

local PER_BUCKET = 32 -- on average: a packed hash is read from its beginning, and one of 1 KB is costly to move
local SWEEP_EVERY = 16 -- new entries to each bucket that is swept, so that half of them at most are old
local tables = {}

local function level(t)
  t.level = 1
  while t.level * 2 <= t.buckets do t.level = t.level * 2 end
end

local function table_named(name)
  local t = tables[name]
  if not t then
    local state = redis.call('HMGET', prefix .. name, 'buckets', 'entries', 'fresh', 'hand')
    t = {
      key = prefix .. name, buckets = tonumber(state[1] or 1), entries = tonumber(state[2] or 0),
      fresh = tonumber(state[3] or 0), hand = tonumber(state[4] or 0),
    }
    level(t)
    tables[name] = t
  end
  return t
end

local function bucket(t, field)
  local a, b, c, d = string.byte(field, 1, 4)
  local hash = ((a * 256 + b) * 256 + c) * 256 + d
  local at = hash % (2 * t.level)
  return at < t.buckets and at or hash % t.level
end

local function get(t, field)
  return redis.call('HGET', t.key .. ':' .. bucket(t, field), field)
end

local function grow(t)
  local source, target = t.buckets - t.level, t.buckets
  t.buckets = t.buckets + 1
  if t.buckets == 2 * t.level then t.level = t.buckets end
  local entries = redis.call('HGETALL', t.key .. ':' .. source)
  local moved, gone = {}, {}
  for at = 1, #entries, 2 do
    if bucket(t, entries[at]) == target then
      moved[#moved + 1], moved[#moved + 2] = entries[at], entries[at + 1]
      gone[#gone + 1] = entries[at]
    end
  end
  if #gone > 0 then
    redis.call('HSET', t.key .. ':' .. target, unpack(moved))
    redis.call('HDEL', t.key .. ':' .. source, unpack(gone))
  end
end

local function put(t, field, value)
  if redis.call('HSET', t.key .. ':' .. bucket(t, field), field, value) == 1 then
    t.entries, t.fresh = t.entries + 1, t.fresh + 1
    if t.entries > PER_BUCKET * t.buckets then grow(t) end
  end
end

-- Let go of what *alive* (value -> what is left of it, or nil) calls old in the bucket whose turn it is.
local function sweep(t, alive)
  t.hand = t.hand % t.buckets
  local key = t.key .. ':' .. t.hand
  local entries, gone = redis.call('HGETALL', key), {}
  for at = 1, #entries, 2 do
    local left = alive(entries[at + 1])
    if not left then
      gone[#gone + 1] = entries[at]
    elseif left ~= entries[at + 1] then
      redis.call('HSET', key, entries[at], left)
    end
  end
  if #gone > 0 then t.entries = t.entries - redis.call('HDEL', key, unpack(gone)) end
  t.hand = t.hand + 1
end

-- Note what became of the table, and sweep as much of it as is new.
local function close(t, alive)
  while t.fresh >= SWEEP_EVERY do
    sweep(t, alive)
    t.fresh = t.fresh - SWEEP_EVERY
  end
  redis.call('HSET', t.key, 'buckets', t.buckets, 'entries', t.entries, 'fresh', t.fresh, 'hand', t.hand)
end
