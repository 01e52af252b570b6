/**
 * The scripts of the small methods: what must be atomic and takes more than one command. They return strings, which
 * client libraries pass on as they are, and write nothing before their first command that the server may refuse.
 * @module
 */

/** Adds to a counter, which gets its expiry only where it is new. */
export const COUNT = `local c,k=redis.call,KEYS[1]
local e=c('EXISTS',k)
c('INCRBY',k,ARGV[1])
if e==0 then c('PEXPIRE',k,ARGV[2]) end
return c('GET',k)`;

/** Shortens the life of a key; whether it exists. */
export const EXPIRE_SCRIPT = `local c,k=redis.call,KEYS[1]
local p=c('PTTL',k)
if p==-1 or p>tonumber(ARGV[1]) then c('PEXPIRE',k,ARGV[1]) end
return p==-2 and '0' or '1'`;

/** Takes the expiry from a key; whether it exists. */
export const PERSIST = `local c,k=redis.call,KEYS[1]
c('PERSIST',k)
return tostring(c('EXISTS',k))`;

/**
 * Deletes at most a thousand keys of a tag, with their locks; how many they were. While their hash slot moves it is sent again, to its
 * end: that does no harm, though some of them are deleted.
 */
export const DELETE_TAG_SCRIPT = `local c,g=redis.call,KEYS[1]
local m=c('ZRANGE',g,0,999)
for _,k in ipairs(m) do
local r=redis.pcall('UNLINK',k,k..'~lock')
if type(r)=='table' then
if r.err:find('non local') then return {err='TRYAGAIN '..r.err} end
c('UNLINK',k,k..'~lock')
end
end
c('ZREMRANGEBYRANK',g,0,999)
return tostring(#m)`;
