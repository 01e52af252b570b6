"""Django's own Redis cache, and django-redis, with this package's serializer 'django' on one Redis: byte for byte, both ways."""

import pickle
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import edge_cache
import pytest
import redis
from django.conf import settings
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.redis import RedisCache as DjangoCache
from django_redis.cache import RedisCache as DjangoRedisCache
from values import READ, SHARED, random_value

settings.configure()

RANDOM_VALUES = 200
BACKENDS: dict[str, Callable[[int], BaseCache]] = {
    "Django": lambda port: DjangoCache(f"redis://127.0.0.1:{port}", {}),
    "django-redis": lambda port: DjangoRedisCache(f"redis://127.0.0.1:{port}", {}),
}


class EdgeCache(edge_cache.RedisCache):
    def _kind(self) -> str:
        return "django"


@pytest.fixture(params=BACKENDS)
def django(request: pytest.FixtureRequest, port: int) -> BaseCache:
    return BACKENDS[request.param](port)


@pytest.fixture
def edge(port: int) -> Iterator[EdgeCache]:
    """Django's keys are prefix, version and name: `:1:name` by default."""
    cache = EdgeCache(port=port, key_prefix=":1:")
    yield cache
    cache.close()


@pytest.mark.parametrize("name", SHARED)
def test_values_go_both_ways(name: str, django: BaseCache, edge: EdgeCache, server: redis.Redis) -> None:
    passes_both_ways(SHARED[name], django, edge, server)


def test_random_values(django: BaseCache, edge: EdgeCache, server: redis.Redis) -> None:
    source = random.Random(1870)
    for _ in range(RANDOM_VALUES):
        passes_both_ways(random_value(source), django, edge, server)


def passes_both_ways(value: Any, django: BaseCache, edge: EdgeCache, server: redis.Redis) -> None:
    django.set("django", value)
    found = edge.get("django")
    assert edge.reported == []
    assert (type(found), found) == (type(value), value)
    edge.set("edge", found)
    back = django.get("edge")
    assert (type(back), back) == (type(value), value)
    assert server.get(":1:edge") == like_django(server.get(":1:django"))


def like_django(stored: bytes) -> bytes:
    """django-redis writes protocol 4 on this Python, Django the highest: their bytes differ in the header alone."""
    return stored[:1] + b"\x05" + stored[2:] if stored.startswith(b"\x80\x04") else stored


@pytest.mark.parametrize("name", READ)
def test_forms_that_are_only_read(name: str, django: BaseCache, edge: EdgeCache) -> None:
    value, expected = READ[name]
    django.set("k", value)
    assert edge.get("k") == expected


def test_every_protocol(edge: EdgeCache, server: redis.Redis) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for value in ("text", [1, {"a": None}], 1.5):
            server.set(":1:k", pickle.dumps(value, protocol))
            assert edge.get("k") == value


def test_many_keys(django: BaseCache, edge: EdgeCache) -> None:
    edge.set_many({"a": 1, "b": "two", "c": [3]})
    assert django.get_many(["a", "b", "c", "d"]) == {"a": 1, "b": "two", "c": [3]}
    django.set_many({"a": None, "b": True})
    assert edge.get_many("a", "b", "c", "d") == [None, True, [3], None]
    assert edge.get_dict("b") == {"b": True}


def test_counters(django: BaseCache, edge: EdgeCache) -> None:
    django.set("visits", 10)
    assert edge.inc("visits", 5) == 15
    assert django.incr("visits") == 16
    edge.set("other", 2**40)
    assert django.decr("other") == 2**40 - 1
    assert edge.get("other") == 2**40 - 1


def test_lifetimes(django: BaseCache, edge: EdgeCache, server: redis.Redis) -> None:
    django.set("default", 1)
    edge.set("default", 1)
    assert 299 <= server.ttl(":1:default") <= 300
    edge.set("for-ever", 1, 0)
    assert server.ttl(":1:for-ever") == -1
    assert django.get("for-ever") == 1
    edge.set("short", 1, 0.02)
    time.sleep(0.04)
    assert django.get("short") is None


def test_add_and_delete(django: BaseCache, edge: EdgeCache) -> None:
    assert django.add("k", "django")
    assert not edge.add("k", "edge")
    assert edge.has("k")
    assert django.delete("k")
    assert edge.add("k", "edge")
    assert django.get("k") == "edge"
    edge.clear()
    assert not django.has_key("k")


@pytest.mark.parametrize("compressor", ["zlib", "gzip"])
@pytest.mark.parametrize("value", [7, 2**70, True, None, "short", "long" * 1000, {"a": [1, "b" * 50]}, b"x" * 16])
def test_values_that_django_redis_compresses(
    value: Any, compressor: str, port: int, edge: EdgeCache, server: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge, "_kind", lambda: f"django-{compressor}")
    path = f"django_redis.compressors.{compressor}.{compressor.capitalize()}Compressor"
    django = DjangoRedisCache(f"redis://127.0.0.1:{port}", {"OPTIONS": {"COMPRESSOR": path}})
    django.set("k", value)
    found = edge.get("k")
    assert (type(found), found) == (type(value), value)
    edge.set("k", value)
    assert len(server.get(":1:k")) < 200
    back = django.get("k")
    assert (type(back), back) == (type(value), value)
    assert edge.reported == []


class Unknown:
    """A class that JavaScript knows nothing of."""


@pytest.mark.parametrize("stored", [pickle.dumps(Unknown()), b"", b"!", b"no pickle", b"1.5", b"\x80\x05"])
def test_what_cannot_be_read_is_reported(stored: bytes, edge: EdgeCache, server: redis.Redis) -> None:
    server.set(":1:k", stored)
    assert edge.get("k") is None
    assert edge.reported == ["UNREADABLE"]
