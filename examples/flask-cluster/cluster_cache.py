"""cachelib and Flask-Caching over a Redis Cluster, with the two methods that fail there put right.

    CACHE_TYPE = "cluster_cache.RedisClusterCache"              # Flask-Caching
    cache = ClusterCache(RedisCluster.from_url("redis://a:6379"))   # cachelib

Over a cluster, cachelib's own `get_many` and `get_dict` raise unless all keys have one hash slot, and `clear()` with a prefix
removes the keys of one node and answers True. All other methods work as they are.
"""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import cachelib
from flask_caching.backends.rediscache import RedisClusterCache as FlaskRedisClusterCache
from redis import RedisCluster

KEYS_AT_ONCE = 1000


class AcrossSlots:
    """What `cachelib.RedisCache` must do otherwise where its client is a `redis.RedisCluster`."""

    def get_many(self, *keys: str) -> list[Any]:
        if not keys:
            return []
        prefix = self._get_prefix()
        stored = self._read_client.mget_nonatomic([f"{prefix}{key}" for key in keys])
        return [self.serializer.loads(each) for each in stored]

    def clear(self) -> bool:
        prefix = self._get_prefix()
        client = self._write_client
        if not prefix:
            return bool(client.flushdb(target_nodes=RedisCluster.PRIMARIES))
        pattern = f"{escape_glob(prefix)}*"
        keys = client.scan_iter(pattern, KEYS_AT_ONCE, target_nodes=RedisCluster.PRIMARIES)
        for some in batches(keys):
            client.unlink(*some)
        return True


class ClusterCache(AcrossSlots, cachelib.RedisCache):
    """`cachelib.RedisCache`: its first argument is the `RedisCluster`."""


class RedisClusterCache(AcrossSlots, FlaskRedisClusterCache):
    """Flask-Caching's class, by its settings `CACHE_REDIS_CLUSTER` or `CACHE_REDIS_URL`."""


def escape_glob(prefix: str) -> str:
    """The prefix as it is, in a pattern of SCAN."""
    return "".join(f"\\{char}" if char in "\\*?[]^-" else char for char in prefix)


def batches(keys: Iterable[bytes]) -> Iterator[list[bytes]]:
    iterator = iter(keys)
    while some := list(islice(iterator, KEYS_AT_ONCE)):
        yield some
