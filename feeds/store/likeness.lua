-- How alike are two articles? Their prints say (feeds/dedupe/fingerprint.py, whose layout this reads):
-- pure functions, some ten microseconds a pair.

local band, bor, bxor, bnot, rshift = bit.band, bit.bor, bit.bxor, bit.bnot, bit.rshift
local BINS, WORDS = 512, 16 -- of 32 bits in each of the three planes of bins
local SLOTS, SLOTS_AT, TITLE_AT = 32, 197, 261
local MOST_WRONG = 3 -- numbers in the same words that names may speak for
local FALSE_MATCH = 1 / 4 -- two bits of a bin's least are alike by chance
local READ = '<' .. string.rep('I4', WORDS)

-- ``name=number`` each, with a space between (likeness.py writes them).
local function terms_of(text)
  local terms = {}
  for name, value in string.gmatch(text, '(%S+)=(%S+)') do terms[name] = tonumber(value) end
  return terms
end

-- The bits that are set in pairs, in fours; the sum of two of these still fits its four bits.
local function in_fours(word)
  word = word - band(rshift(word, 1), 0x55555555)
  return band(word, 0x33333333) + band(rshift(word, 2), 0x33333333)
end

local function in_eights(fours)
  return band(fours, 0x0F0F0F0F) + band(rshift(fours, 4), 0x0F0F0F0F)
end

-- How many bins have shingles in both, and in how many of those the least are alike.
local function common_bins(a, b)
  local a0, b0 = {struct.unpack(READ, a, 5)}, {struct.unpack(READ, b, 5)}
  local a1, b1 = {struct.unpack(READ, a, 69)}, {struct.unpack(READ, b, 69)}
  local a2, b2 = {struct.unpack(READ, a, 133)}, {struct.unpack(READ, b, 133)}
  local both, same = 0, 0
  for at = 1, WORDS, 2 do
    local next_one = at + 1
    local one, other = band(a0[at], b0[at]), band(a0[next_one], b0[next_one])
    both = both + in_eights(in_fours(one) + in_fours(other)) % 255
    one = band(one, bnot(bor(bxor(a1[at], b1[at]), bxor(a2[at], b2[at]))))
    other = band(other, bnot(bor(bxor(a1[next_one], b1[next_one]), bxor(a2[next_one], b2[next_one]))))
    same = same + in_eights(in_fours(one) + in_fours(other)) % 255
  end
  return both, same
end

-- In how many slots both have the same words around, and in how many of those the same token.
local function common_slots(a, b, at)
  local shared, agreeing = 0, 0
  local ones, others = {string.byte(a, at, at + SLOTS - 1)}, {string.byte(b, at, at + SLOTS - 1)}
  for slot = 1, SLOTS do
    local one, other = ones[slot], others[slot]
    if one == other then
      if one > 0 then shared, agreeing = shared + 1, agreeing + 1 end
    elseif one > 0 and one - one % 8 == other - other % 8 then
      shared = shared + 1
    end
  end
  return shared, agreeing
end

local function bits(low, high)
  return in_eights(in_fours(low) + in_fours(high)) % 255
end

-- The share of the headline's words that the other headline has too, of the one that has fewer; 0 if
-- that has hardly any.
local function common_headline(a, b)
  local low, high, other_low, other_high = struct.unpack('<I4I4', a, TITLE_AT)
  other_low, other_high = struct.unpack('<I4I4', b, TITLE_AT)
  local fewer = math.min(bits(low, high), bits(other_low, other_high))
  return fewer < 3 and 0 or bits(band(low, other_low), band(high, other_high)) / fewer
end

-- What two prints have in common: *containment*, the share of the shingles of the *shorter* text (it has so
-- many, the *longer* so many) that are in the other; *number_slots* with the same words around and in
-- *numbers* of them the same number, and the like of names; *headline*, 0 to 1.
local function compare(a, b)
  local a_shingles, a_bins = struct.unpack('<I2I2', a)
  local b_shingles, b_bins = struct.unpack('<I2I2', b)
  local both, same = common_bins(a, b)
  local shorter, longer = math.min(a_shingles, b_shingles), math.max(a_shingles, b_shingles)
  local share = math.max(0, same - FALSE_MATCH * both) / (1 - FALSE_MATCH) / (a_bins + b_bins - both)
  local scores = {
    containment = math.min(1, share * (shorter + longer) / ((1 + share) * shorter)),
    shorter = shorter, longer = longer,
  }
  scores.number_slots, scores.numbers = common_slots(a, b, SLOTS_AT)
  scores.name_slots, scores.names = common_slots(a, b, SLOTS_AT + SLOTS)
  scores.headline = common_headline(a, b)
  return scores
end

-- The containment that is asked for, and the guard that asks. *own*: both are of one source.
local function needed(scores, short, apart, own, terms)
  local same_headline, guard = scores.headline >= terms.headline, 'containment'
  local need = same_headline and terms.headline_containment or terms.containment
  if short then
    need = same_headline and terms.short_headline_containment or terms.short_containment
    if scores.number_slots + scores.name_slots < terms.few and need < terms.unproven_containment then
      need, guard = terms.unproven_containment, 'unproven'
    end
  end
  if own and scores.headline < terms.own_headline and terms.own_containment > need then
    need, guard = terms.own_containment, 'own'
  end
  if apart and terms.apart_containment > need then need, guard = terms.apart_containment, 'apart' end
  return need, guard
end

-- Of two texts of which one is a cut of the other: do numbers and names speak for each other? Of several
-- numbers in the same words one is compared, and which that is hangs on what was cut off; and among the names
-- are those of the papers, which stand in footers and datelines.
local function vouched(scores, terms)
  local wrong = scores.number_slots - scores.numbers
  if wrong == 0 then return scores.numbers >= 2 * terms.few end
  local shared, agreeing = scores.number_slots + scores.name_slots, scores.numbers + scores.names
  return wrong <= MOST_WRONG and scores.numbers > 0 and agreeing >= terms.numbers * shared
end

-- Are two articles, whose publication lies *seconds* apart and which are both of one source or not (*own*),
-- the same text? If not, which guard said so. Notes in *scores* the containment that was *needed*.
local function alike(scores, seconds, own, terms)
  local short = scores.shorter < terms.short_shingles
  local apart = seconds > (own and terms.own_days or terms.apart_days) * 86400
  local guard
  scores.needed, guard = needed(scores, short, apart, own, terms)
  if scores.containment < scores.needed then return false, guard end
  if apart and (short or scores.longer > terms.apart_ratio * scores.shorter) then return false, 'apart' end
  local cut = not short and scores.containment >= terms.contained
  if cut and vouched(scores, terms) then return true end
  local numbers, names = terms.numbers, terms.names
  if cut then numbers, names = math.min(numbers, 0.5), math.min(names, 0.5) end
  local wrong = scores.number_slots - scores.numbers
  if scores.numbers < numbers * scores.number_slots and (wrong > 1 or short) then return false, 'numbers' end
  if scores.name_slots >= terms.few and scores.names < names * scores.name_slots then return false, 'names' end
  return true
end

-- Is an article like enough to the first of a story that it is like another of?
local function with_leader(scores, terms)
  return scores.containment >= terms.leader
end

-- *scores*, after ``alike``, as the journal keeps them (likeness.py reads this).
local function line_of(scores)
  return string.format('%.2f %d %d %d/%d %d/%d %.2f %.2f', scores.containment, scores.shorter, scores.longer,
    scores.numbers, scores.number_slots, scores.names, scores.name_slots, scores.headline, scores.needed)
end
