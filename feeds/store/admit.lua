-- Admit a batch of articles: decide a verdict for each and store what follows from it, in one step.
-- Idempotent: an arrival that shows its receipt again gets its first answer again.
-- Begins with article.lua, table.lua, names.lua, likeness.lua, index.lua, stories.lua.
--
-- ARGV  prefix, now (ms), identity ttl (days), receipt ttl (s), article ttl (s), most category feeds,
--       window of likeness (s), bytes of a print, terms of likeness;
--       then 21 for each article, named at the bottom.
-- reply one string for each article: verdict \t id \t rule \t other source \t other admitted (ms)
--       \t what was likest, with its scores

local FIRST, FIELDS = 10, 21
local identity_days, receipt_ttl, article_ttl = tonumber(ARGV[3]), ARGV[4], ARGV[5]
local feed_limit = tonumber(ARGV[6])
local terms = terms_of(ARGV[9])
local RULE = {u = 'upstream id', l = 'link', q = 'link', h = 'headline', c = 'content', i = 'id'}
local tally = {}

local function store(id, a, old)
  local changed = {
    entry_id = old and old.entry_id or a.entry_id,
    revision = old and old.revision + 1 or 1,
    admitted = old and old.admitted or now,
    changed = now,
    digest = a.digest, stamped = a.stamped, version = a.version, modified = a.modified,
    state = a.state, owner = a.owner, source = a.source, reason = a.reason,
    score = a.score, record = a.record, rank = a.rank, number = old and old.number,
  }
  if a.print ~= '' then
    if not a.shelves then candidates(a) end
    changed.number = enter_print(id, a, changed.number)
  end
  -- A stub stands in every feed that held the story.
  if old and a.state == 'withdrawn' then
    a.feeds, a.feed_titles = old.feeds, old.feeds:gsub(' ', '\n')
    changed.record = old.record
  end
  changed.feeds = place(id, old and old.feeds or '', a, a.state == 'live' or (old and a.state == 'withdrawn'))
  write(id, changed)
  if a.due ~= '' or a.state == 'held' or old then stands(id, a.state, a.due) end
  if old then redis.call('DEL', prefix .. 'fragments:' .. id) end
  if a.state ~= 'held' or old then fresh_pages[id] = changed.revision end
end

-- What *a* says as one copy of a story; its feeds exist from now on.
local function as_copy(id, a, old)
  if a.due ~= '' or old then stands(id, '', a.due) end
  return {
    entry_id = old and old.entry_id or a.entry_id, revision = old and old.revision + 1 or 1,
    admitted = old and old.admitted or now, changed = now,
    digest = a.digest, stamped = a.stamped, version = a.version, modified = a.modified,
    state = a.state, owner = a.owner, source = a.source, reason = a.reason, score = a.score,
    record = a.record, rank = a.rank, feeds = existing(a),
    number = a.print ~= '' and enter_print(id, a, old and old.number) or old and old.number,
    story = old and old.story, hand = old and old.hand,
  }
end

-- Another text of *id*, which is one copy of a story: it stays while it is the same story.
local function rewrite(id, a, known)
  local best, same
  if a.print ~= '' then
    best = seek(id, a, terms)
    same = best and best.story == known.story or belongs(id, a, known.story, terms)
  end
  local copy = as_copy(id, a, known)
  if same or a.state ~= 'live' or known.hand ~= '' then return change(id, copy, known.story, a.reason) end
  write(id, copy, 'copy')
  part(id, copy)
  if best and best.story ~= '' and best.story ~= id then give_up(id, best.story) end
end

-- Another text of *id*, which stands alone, is another story's by now: the two were told before they
-- were one. Returns whether that is so.
local function meets(id, a, known)
  if a.print == '' or a.state ~= 'live' or known.state ~= 'live' then return false end
  local best = seek(id, a, terms)
  if not best or best.story == '' then return false end
  give_up(id, best.story, as_copy(id, a, known))
  return true
end

local function older(a, known)
  if a.version ~= '' and known.version ~= '' and a.version ~= known.version then
    return tonumber(a.version) < tonumber(known.version)
  end
  return a.modified ~= '' and known.modified ~= '' and tonumber(a.modified) < tonumber(known.modified)
end

-- What becomes of an article that is known as *id*; *letter* names the identity that said so.
local function again(a, id, letter, known)
  if known.state == 'withdrawn' then return 'withdrawn' end
  local own = owns(a.owner, known.owner)
  local edit = own and (letter ~= 'c' or not string.find('ulq', string.sub(a.identities, 1, 1), 1, true))
  if a.digest == known.digest and a.stamped == known.stamped then
    return own and a.again or 'duplicate'
  end
  if not edit then return 'duplicate' end
  if a.state == 'withdrawn' then
    if known.story == '' then store(id, a, known) return 'withdrawn' end
    known.state, known.reason = 'withdrawn', a.reason
    change(id, known, known.story, a.reason)
    return 'withdrawn'
  end
  if older(a, known) then return 'stale' end
  if a.digest == known.digest then
    known.stamped, known.version, known.modified = a.stamped, a.version, a.modified
    write(id, known, known.story ~= '' and 'copy')
    return 'unchanged'
  end
  if known.story ~= '' then
    rewrite(id, a, known)
  elseif not meets(id, a, known) then
    store(id, a, known)
  end
  return a.state == 'held' and 'held' or 'updated'
end

-- A new article that is another copy of a story, as *rule* says; nothing if it is none. One under an embargo
-- is a copy that is not shown until that ends.
local function another_copy(a, rule)
  if a.state ~= 'live' and a.state ~= 'held' or a.print == '' then return nil end
  local best, refused = seek(a.id, a, terms)
  local likest = best or refused
  a.likest = likest and told(likest, best and '' or likest.veto) or ''
  if not best then return nil end
  remember(a.identities, a.id, false, identity_days)
  if best.story == '' then return {'stale', best.id, 'purged', '', ''} end
  join(a.id, as_copy(a.id, a, nil), best.story)
  a.joined = true
  local waits = a.state == 'held' or read(best.story).state == 'withdrawn'
  return {waits and 'held' or 'duplicate', best.story, rule, best.source, best.admitted}
end

-- Does *known*, whose text was once that of *a*, say something else by now?
local function says_other(a, known)
  local one = a.print ~= '' and known.number ~= '' and print_of(tonumber(known.number))
  return one and compare(a.print, one.print).containment < terms.contained
end

local function decide(a)
  if a.state == 'rejected' then return 'rejected', '', '', '', '' end
  local id, letter = find(a.identities, a.id)
  local known = id and known_as(id)
  local repeated = known and is_repeated(letter, a.owner, known)
  if not id or repeated and says_other(a, known) then
    local reply = another_copy(a, 'likeness')
    if reply then return unpack(reply) end
    if a.state ~= 'backlog' then store(a.id, a, nil) end
    remember(a.identities, a.id, false, identity_days)
    if a.state == 'backlog' then return 'stale', a.id, 'backlog', '', '' end
    return ({live = 'new', held = 'held', withdrawn = 'withdrawn'})[a.state], a.id, '', '', ''
  end
  if a.state == 'backlog' then a.state = 'live' end
  local reply = repeated and another_copy(a, RULE[letter])
  a.likest = ''
  if reply then return unpack(reply) end
  remember(a.identities, id, true, identity_days)
  if not known then return 'stale', id, 'purged', '', '' end
  return again(a, id, letter, known), id, RULE[letter], known.source, known.admitted
end

-- What happened goes into the journal; a source that says the same thing at each poll adds no line.
local function note(id, verdict, rest)
  local journal, what = prefix .. 'journal:' .. id, verdict .. '\t' .. rest
  if verdict ~= 'new' and verdict ~= 'updated' then
    for _, line in ipairs(redis.call('LRANGE', journal, -10, -1)) do
      if string.match(line, '^%d+\t(.*)$') == what then return end
    end
  end
  if redis.call('RPUSH', journal, now .. '\t' .. what) > 50 then redis.call('LTRIM', journal, -50, -1) end
  redis.call('EXPIRE', journal, article_ttl)
end

local compared = tonumber(ARGV[8]) > 0
if compared then open_index(tonumber(ARGV[8]), ARGV[7]) end
local replies = {}
for at = FIRST, #ARGV, FIELDS do
  local a = {
    id = ARGV[at], entry_id = ARGV[at + 1], identities = ARGV[at + 2],
    digest = string.sub(ARGV[at + 3], 1, 32), stamped = string.sub(ARGV[at + 3], 33),
    version = ARGV[at + 4], modified = ARGV[at + 5], state = ARGV[at + 6], reason = ARGV[at + 7],
    owner = ARGV[at + 8], again = ARGV[at + 9], feeds = ARGV[at + 10], feed_titles = ARGV[at + 11],
    score = ARGV[at + 12], receipt = ARGV[at + 13], place = ARGV[at + 14], record = ARGV[at + 15],
    due = ARGV[at + 16], rank = ARGV[at + 17], time = tonumber(ARGV[at + 18]), bands = ARGV[at + 19],
    print = ARGV[at + 20], feed_limit = feed_limit, likest = '',
  }
  a.source = string.match(a.owner, '^[^\t]*')
  local receipt, field = string.match(a.receipt, '^(.*)#(%d+)$')
  local reply = receipt and redis.call('HGET', prefix .. 'receipt:' .. receipt, field)
  if not reply then
    local verdict, id, rule, source, admitted = decide(a)
    reply = table.concat({verdict, id, rule, source, admitted, a.likest}, '\t')
    local kind = string.match(a.source, '^[^:]*') .. ' ' .. verdict
    tally[kind] = (tally[kind] or 0) + 1
    if receipt then
      redis.call('HSET', prefix .. 'receipt:' .. receipt, field, reply)
      redis.call('EXPIRE', prefix .. 'receipt:' .. receipt, receipt_ttl)
    end
    if id ~= '' and verdict ~= 'unchanged' then
      local own = a.joined and a.id or id
      note(own, verdict, table.concat({rule, a.source, a.place, a.reason ~= '' and a.reason or a.likest}, '\t'))
    end
  end
  replies[#replies + 1] = reply
end

for kind, count in pairs(tally) do redis.call('HINCRBY', prefix .. 'tally', kind, count) end
close_names()
if compared then close_index() end
flush()
return replies
