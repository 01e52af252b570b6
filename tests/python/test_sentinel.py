"""Flask-Caching's RedisSentinelCache and this package on one primary with its replica."""

import time
from collections.abc import Iterator

import pytest
from deployment import Deployment
from edge_cache import RedisCache as EdgeCache
from flask import Flask
from flask_caching import Cache

PREFIX = "flask_cache_"  # Flask-Caching's default
REPLICATION_SECONDS = 10


@pytest.fixture
def edge(sentinels: Deployment) -> Iterator[EdgeCache]:
    cache = EdgeCache(sentinels.url, port=None, key_prefix=PREFIX)
    cache.clear()
    yield cache
    cache.close()


@pytest.fixture
def cache(sentinels: Deployment) -> Iterator[Cache]:
    app = Flask(__name__)
    cache = Cache(app, config={"CACHE_TYPE": "RedisSentinelCache", "CACHE_REDIS_SENTINELS": sentinels.addresses})
    with app.app_context():
        yield cache


def test_flask_caching_shares_the_keys(cache: Cache, edge: EdgeCache) -> None:
    cache.set("user", {"id": 7})
    assert edge.get("user") == {"id": 7}
    edge.set("view//hello", "from the edge")
    assert soon(lambda: cache.get("view//hello")) == "from the edge"
    assert (edge.inc("count", 2), cache.cache.inc("count", 3)) == (2, 5)
    assert cache.clear() is True
    assert edge.get("user") is None


def soon(read):
    """What a replica answers, from which Flask-Caching reads, once it has the last write."""
    deadline = time.monotonic() + REPLICATION_SECONDS
    while (found := read()) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return found
