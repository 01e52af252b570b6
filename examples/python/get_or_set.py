"""cachelib-edge's ``getOrSet`` for Python: Flask and Workers compute a value once between them.

    from cachelib import RedisCache
    from get_or_set import get_or_set

    cache = RedisCache("cache.example.com", key_prefix="shop:")
    page = get_or_set(cache, "front", render_front_page, timeout=60, grace=30)

The same leases and the same rule of freshness as in JavaScript: a value is fresh as long as its key lives for
longer than ``grace``; whoever computes a value holds the lock ``<key>~lock``, in a cluster ``<key>~lock{<key>}`` unless the
key has braces, stores the value and frees the lock in one script, and only if the lock is still theirs. Values are
stored by the cache's own serializer.
"""

from __future__ import annotations

import hashlib
import logging
import random
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import redis

logger = logging.getLogger(__name__)

LEASE_MS = 10_000
#: Whoever computes for longer than so many leases is taken for dead.
MAX_LEASES = 6

#: What a server says that runs no scripts for this user.
NO_SCRIPTS = redis.exceptions.NoPermissionError

#: The time by the server's clock, in milliseconds, when a key expires; -1 for never, -2 when it is missing.
EXPIRES_AT = """
local p=redis.call('PTTL',KEYS[1])
local n=redis.call('TIME')
n=n[1]*1000+math.floor(n[2]/1000)
if p>=0 then p=p+n end
"""
#: Stores unless the lock was lost, or the key expires at another time than it should or holds another value than that of this
#: SHA-1: then somebody has written it.
STORE = f"""
if redis.replicate_commands then redis.replicate_commands() end
if redis.call('GET',KEYS[2])~=ARGV[1] then return '0' end
redis.call('DEL',KEYS[2])
local e=tonumber(ARGV[2])
{EXPIRES_AT}
if e>=0 and p==-2 and n>e-20 then e=-2 end
if math.abs(p-e)>(e<0 and 0 or 20) then return '0' end
if ARGV[5]~='' and p~=-2 and redis.sha1hex(redis.call('GET',KEYS[1]))~=ARGV[5] then return '0' end
if ARGV[3]=='0' then redis.call('SET',KEYS[1],ARGV[4]) else redis.call('SET',KEYS[1],ARGV[4],'PX',ARGV[3]) end
return '1'"""
#: Sets the lock to a value for some time, or deletes it, if it is still ours.
HOLD = """
if redis.call('GET',KEYS[1])~=ARGV[1] then return '0' end
if ARGV[3]=='0' then redis.call('DEL',KEYS[1]) else redis.call('SET',KEYS[1],ARGV[2],'PX',ARGV[3]) end
return '1'"""


def get_or_set(
    cache: Any,
    key: str,
    factory: Callable[[], Any],
    timeout: float | None = None,
    grace: float = 0,
    retry_after: float = 10,
) -> Any:
    """The value of a key of a ``cachelib.RedisCache``; if it is missing or stale, that of ``factory``, which is stored.

    A thread that finds a stale value and gets the lease computes it; all others have the stale value at once. When
    the factory fails, the stale value is answered if there is one, and nobody tries again for ``retry_after`` seconds.
    When Redis fails, that is raised, but for a value that has been computed: it is answered.
    All times are in seconds.
    """
    name = f"{cache._get_prefix()}{key}"
    ttl, stored = _load(cache, name)
    if stored is not None and _is_fresh(ttl, grace):
        return cache.serializer.loads(stored)
    lease = _Lease(cache._write_client, _lock_name(cache._write_client, name))
    for pause in _pauses():
        is_held = lease.acquire(name)
        ttl, stored = _load(cache, name)
        if stored is not None and (_is_fresh(ttl, grace) or not is_held):
            lease.release(0)
            return cache.serializer.loads(stored)
        if is_held or lease.is_unusable():
            break
        if not lease.free_after_failure():
            time.sleep(pause)
    return _compute(cache, name, factory, lease, (ttl, stored), timeout, grace, retry_after)


def _lock_name(client: Any, name: str) -> str:
    """In a cluster a lock has the hash slot of its key."""
    needs_tag = isinstance(client, redis.RedisCluster) and not set(name) & set("{}")
    return f"{name}~lock{{{name}}}" if needs_tag else f"{name}~lock"


def _compute(
    cache: Any,
    name: str,
    factory: Callable[[], Any],
    lease: _Lease,
    found: tuple[int, bytes | None],
    timeout: float | None,
    grace: float,
    retry_after: float,
) -> Any:
    ttl, stored = found
    try:
        with lease.renewed():
            value = factory()
    except BaseException as error:
        lease.release(0 if stored is None else min(round(retry_after * 1000), ttl))
        if stored is None or not isinstance(error, Exception):
            raise
        return cache.serializer.loads(stored)
    try:
        seconds = cache._normalize_timeout(timeout)
        life = 0 if seconds == -1 else max(1, round((seconds + grace) * 1000))
        digest = "" if stored is None else hashlib.sha1(stored).hexdigest()
        lease.store(name, cache.serializer.dumps(value), digest, life)
    except redis.RedisError as error:
        # It is there all the same.
        lease.release(0)
        logger.warning("the value of %s is not stored: %s", name, type(error).__name__)
    except BaseException:
        lease.release(0)
        raise
    return value


def _load(cache: Any, name: str) -> tuple[int, bytes | None]:
    """PTTL comes first: a value that is written between the two then looks older than it is."""
    pipe = cache._write_client.pipeline(transaction=False)
    ttl, stored = pipe.pttl(name).get(name).execute()
    return (ttl if stored is not None else -2), stored


def _is_fresh(ttl: int, grace: float) -> bool:
    return ttl < 0 or ttl > grace * 1000


def _pauses():
    pause = 0.05
    while True:
        yield pause * random.uniform(0.5, 1)
        pause = min(pause * 1.5, 0.5)


class _Lease:
    """The right to compute a value. Whoever may run no scripts renews none, and stores without a fence."""

    def __init__(self, client: Any, lock: str) -> None:
        self._client = client
        self._lock = lock
        #: A "t", for no number to be one, and 15 hexadecimal digits.
        self._token = f"t{secrets.token_hex(8)[1:]}"
        self._is_held = False
        self._expected = -2

    def acquire(self, name: str) -> bool:
        """Takes the lock, and notes when the key expires: before its value is read, so that what is written since is told from it."""
        self._is_held = bool(self._client.set(self._lock, self._token, nx=True, px=LEASE_MS)) or self._was_set()
        self._expected = self._expires_at(name) if self._is_held else -2
        return self._is_held

    def _was_set(self) -> bool:
        """Whether the lock is ours all the same: redis-py sends a command again whose reply was lost."""
        with suppress(redis.ResponseError):
            return self._client.get(self._lock) == self._token.encode()
        return False

    def is_unusable(self) -> bool:
        """Whether the key holds something else: nobody waits for that."""
        if self._client.type(self._lock) not in (b"string", b"none"):
            return True
        holder = self._client.get(self._lock)
        return bool(holder) and (len(holder) != 16 or holder[:1] != b"t" or holder[1:].strip(b"0123456789abcdef") != b"")

    def free_after_failure(self) -> bool:
        """Deletes the mark of a failure, which keeps nobody waiting who has no value; whether there was one."""
        if self._client.get(self._lock) != b"":
            return False
        try:
            return self._client.eval(HOLD, 1, self._lock, "", "", 0) == b"1"
        except NO_SCRIPTS:
            return self._client.delete(self._lock) == 1

    def renewed(self) -> _Renewal:
        return _Renewal(self)

    def renew(self) -> None:
        self._hold(self._token, LEASE_MS)

    def release(self, backoff_ms: int) -> None:
        if self._hold("", max(0, backoff_ms)):
            return
        with suppress(redis.RedisError):
            self._end(backoff_ms)

    def _hold(self, value: str, life_ms: int) -> bool:
        """False where that takes a script that must not run. Without Redis a lock ends by itself."""
        try:
            if self._is_held:
                self._client.eval(HOLD, 1, self._lock, self._token, value, life_ms)
        except NO_SCRIPTS:
            return False
        except redis.RedisError:
            pass
        return True

    def _end(self, backoff_ms: int) -> None:
        if backoff_ms > 0:
            self._client.set(self._lock, "", px=backoff_ms)
        else:
            self._client.delete(self._lock)

    def _expires_at(self, name: str) -> int:
        with suppress(NO_SCRIPTS):
            return self._client.eval(f"{EXPIRES_AT} return p", 1, name)
        return -2

    def store(self, name: str, value: bytes | str, digest: str, life_ms: int) -> None:
        if self._is_held:
            with suppress(NO_SCRIPTS):
                self._client.eval(STORE, 2, name, self._lock, self._token, self._expected, life_ms, value, digest)
                return
        self._client.set(name, value, px=life_ms or None)
        if self._is_held:
            self._end(0)


class _Renewal:
    """Renews a lease in a thread of its own."""

    def __init__(self, lease: _Lease) -> None:
        self._lease = lease
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        for _ in range(3 * (MAX_LEASES - 1)):
            if self._ended.wait(LEASE_MS / 3000):
                return
            self._lease.renew()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
