//! The scripts behind leases and tags: what must be atomic and takes more than one command.
//!
//! All of them take the same arguments: a fence, milliseconds (0: never), a value, and a lease's token where there is
//! one. They return bulk strings only, which client libraries pass on as they are. A value is written last: where the
//! server refuses a tag, there is no value without it.

/// One of the scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Stores the value under key 1 unless another was stored, or it was deleted, since [`Fence`](Self::Fence) has said what
    /// it held (no fence: in any case), and adds the key to the tags that are the keys from 3 on. With a token: only where
    /// key 2, the lock, holds it; the lock is deleted.
    Store,
    /// Sets the lock, key 1, to the value for the milliseconds, or deletes it where these are 0, if it holds the token.
    Hold,
    /// Adds key 1 to the tags that are the keys from 3 on, for the milliseconds.
    Register,
    /// What key 1 holds: when it expires, in milliseconds of the server's clock (-1: never, -2: it is missing), a space, and
    /// the SHA-1 of its value. Nothing where there is a key 2, the lock, that does not hold the token.
    Fence,
}

/// Redis 4 lets a script write after it has asked for the time only where it replicates its effects, as later ones do anyway.
macro_rules! begin {
    () => {
        "local c,k,t=redis.call,KEYS[1],tonumber(ARGV[2])
local r=redis.replicate_commands
if r then r() end
local n=c('TIME')
n=n[1]*1000+math.floor(n[2]/1000)
"
    };
}

/// Adds key 1 to the tags from key 3 on for `t` milliseconds. A tag is a sorted set of keys by their expiry, on the
/// server's clock. It lives as long as the key that lives longest, and loses the keys that have expired, so that it
/// does not grow for ever.
macro_rules! add_to_tags {
    () => {
        "local s=t>0 and n+t or math.huge
for i=3,#KEYS do
local g=KEYS[i]
local e=c('PTTL',g)
local o=c('ZSCORE',g,k)
if not o or tonumber(o)<s then c('ZADD',g,s,k) end
c('ZREMRANGEBYSCORE',g,'-inf',n)
if t==0 then c('PERSIST',g) elseif e~=-1 and e<t then c('PEXPIRE',g,t) end
end
"
    };
}

/// When key 1 expires by the server's clock, as [`Script::Fence`] has it.
macro_rules! expires_at {
    () => {
        "local p=c('PTTL',k)
if p>=0 then p=p+n end
"
    };
}

/// By the number of the [`Script`].
const TEXTS: [&str; 4] = [
    concat!(
        begin!(),
        "if ARGV[4] then
if c('GET',KEYS[2])~=ARGV[4] then return '0' end
c('DEL',KEYS[2])
end
local e,h=string.match(ARGV[1],'(%S+) (.*)')
if e then
e=tonumber(e)
",
        expires_at!(),
        "if e>=0 and p==-2 and n>e-20 then e=-2 end
if math.abs(p-e)>(e<0 and 0 or 20) then return '0' end
if p~=-2 and redis.sha1hex(c('GET',k))~=h then return '0' end
end
",
        add_to_tags!(),
        "if t>0 then c('SET',k,ARGV[3],'PX',t) else c('SET',k,ARGV[3]) end
return '1'"
    ),
    "local c,k,t=redis.call,KEYS[1],tonumber(ARGV[2])
if c('GET',k)~=ARGV[4] then return '0' end
if t==0 then c('DEL',k) else c('SET',k,ARGV[3],'PX',t) end
return '1'",
    concat!(begin!(), add_to_tags!(), "return '1'"),
    concat!(
        begin!(),
        "if KEYS[2] and c('GET',KEYS[2])~=ARGV[4] then return '' end
",
        expires_at!(),
        "return string.format('%.0f %s',p,p==-2 and '' or redis.sha1hex(c('GET',k)))"
    ),
];

impl Script {
    /// Its text in Lua.
    #[must_use]
    pub const fn text(self) -> &'static str {
        TEXTS[self as usize]
    }
}
