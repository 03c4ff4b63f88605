-- Which article has this name? Begins with article.lua, table.lua, names.lua.
-- ARGV  prefix, now (ms), a name (a letter and the digest)
-- reply the id of the article that has it, or nothing

return (holder_of(ARGV[3], 1))
