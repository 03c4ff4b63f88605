-- Which articles are like this one? Their prints by number, and for each band of a print the numbers of
-- the articles that share it (near-duplicates.md, 4: bands of the same minima).
--
-- Numbers count from 1. A record is 16 bytes of id, 4 of the time of publication (seconds), and the print;
-- sixty-four of them are one string, made at its full length at once: a string that grows is given
-- twice the room that it needs. A block expires when nothing was written to it for the window.

local BLOCK = 64
local NEWEST = 8 -- numbers that one band keeps
local MOST = 8 -- candidates that are compared
local index -- opened by open_index, closed by close_index

-- *length* is that of a print: those of another edition are another index, and leave with their window.
local function open_index(length, window)
  local key = prefix .. 'prints:' .. length
  index = {
    key = key, record = 20 + length, window = window, bands = table_named('bands:' .. length),
    last = tonumber(redis.call('HGET', key, 'last') or 0),
    floor = tonumber(redis.call('HGET', key, 'floor') or 0),
  }
end

local function block_of(number)
  return index.key .. ':' .. math.floor(number / BLOCK), number % BLOCK * index.record
end

local function print_of(number)
  local key, at = block_of(number)
  local record = redis.call('GETRANGE', key, at, at + index.record - 1)
  if #record < index.record or string.byte(record, 1) == 0 then return nil end
  return {
    number = number, id = string.sub(record, 1, 16),
    time = struct.unpack('>I4', record, 17), print = string.sub(record, 21),
  }
end

-- The articles that share bands with *a*, those that share most of them first. What was looked up is
-- kept in *a* for enter_print.
local function candidates(a)
  local shared, numbers = {}, {}
  a.shelves = {}
  for at = 1, #a.bands, 5 do
    local found = get(index.bands, string.sub(a.bands, at, at + 4)) or ''
    a.shelves[#a.shelves + 1] = found
    for place = 1, #found, 4 do
      local number = struct.unpack('>I4', found, place)
      if not shared[number] then
        shared[number] = 0
        numbers[#numbers + 1] = number
      end
      shared[number] = shared[number] + 1
    end
  end
  table.sort(numbers, function(one, other)
    if shared[one] ~= shared[other] then return shared[one] > shared[other] end
    return one < other
  end)
  local likeliest = {}
  for at = 1, math.min(MOST, #numbers) do likeliest[#likeliest + 1] = print_of(numbers[at]) end
  return likeliest
end

local function holds(numbers, own)
  for place = 1, #numbers, 4 do
    if string.sub(numbers, place, place + 3) == own then return true end
  end
  return false
end

-- Keep the print of *a*, which ``candidates`` was asked about, and let it be found; *number* is its old
-- one ('' none). Returns its number.
local function enter_print(id, a, number)
  number = tonumber(number) or 0
  if number <= index.floor then
    number = index.last + 1
    index.last = number
  end
  local key, at = block_of(number)
  if redis.call('EXISTS', key) == 0 then redis.call('SETRANGE', key, BLOCK * index.record - 1, '\0') end
  redis.call('SETRANGE', key, at, id .. struct.pack('>I4', a.time) .. a.print)
  redis.call('EXPIRE', key, index.window)
  local own = struct.pack('>I4', number)
  for place, found in ipairs(a.shelves) do
    if not holds(found, own) then
      local field = string.sub(a.bands, 5 * place - 4, 5 * place)
      put(index.bands, field, string.sub(found .. own, -4 * NEWEST))
    end
  end
  return number
end

local function close_index()
  while index.floor + BLOCK <= index.last and redis.call('EXISTS', (block_of(index.floor + 1))) == 0 do
    index.floor = index.floor + BLOCK - (index.floor + 1) % BLOCK
  end
  redis.call('HSET', index.key, 'last', index.last, 'floor', index.floor)
  close(index.bands, function(found)
    local left = {}
    for place = 1, #found, 4 do
      if struct.unpack('>I4', found, place) > index.floor then
        left[#left + 1] = string.sub(found, place, place + 3)
      end
    end
    return #left > 0 and table.concat(left) or nil
  end)
end
