"""Python's cachelib and this package on one Redis: what one writes the other reads, byte for byte."""

import collections
import datetime as dt
import decimal
import pickle
import random
import uuid
from typing import Any

import cachelib
import edge_cache
import pytest
import redis
from edge_cache import RedisCache as EdgeCache
from values import READ, SHARED, random_value

RANDOM_VALUES = 300


@pytest.mark.parametrize("name", SHARED)
def test_python_to_javascript_and_back(
    name: str, python: cachelib.RedisCache, edge: EdgeCache, server: redis.Redis
) -> None:
    passes_both_ways(SHARED[name], python, edge, server)


def test_random_values(python: cachelib.RedisCache, edge: EdgeCache, server: redis.Redis) -> None:
    source = random.Random(20241)
    for _ in range(RANDOM_VALUES):
        passes_both_ways(random_value(source), python, edge, server)


def test_nan(python: cachelib.RedisCache, edge: EdgeCache) -> None:
    python.set("python", float("nan"))
    found = edge.get("python")
    assert found != found
    edge.set("edge", found)
    assert python.get("edge") != python.get("edge")


@pytest.mark.parametrize("name", READ)
def test_read_only_forms(name: str, python: cachelib.RedisCache, edge: EdgeCache) -> None:
    value, expected = READ[name]
    python.set("k", value)
    same(edge.get("k"), expected)
    python.set("inside", {"list": [value]})
    same(edge.get("inside"), {"list": [expected]})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (decimal.Decimal("1.50"), "1.50"),
        (uuid.UUID("12345678-1234-5678-1234-567812345678"), "12345678-1234-5678-1234-567812345678"),
        (dt.date(2024, 2, 29), "2024-02-29"),
        (dt.time(3, 4, 5), "03:04:05"),
        (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (collections.defaultdict(list, a=[1]), {"a": [1]}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_classes_that_are_read(
    value: Any, expected: Any, python: cachelib.RedisCache, edge: EdgeCache
) -> None:
    python.set("k", value)
    same(edge.get("k"), expected)
    assert edge.reported == []


def test_a_date_of_javascript_is_an_aware_datetime(
    python: cachelib.RedisCache, edge: EdgeCache, server: redis.Redis
) -> None:
    moment = dt.datetime(2024, 1, 2, 3, 4, 5, 678000, dt.timezone.utc)
    edge.set("edge", moment)
    found = python.get("edge")
    assert found == moment
    assert found.utcoffset() == dt.timedelta()
    python.set("python", moment)
    assert server.get("edge") == server.get("python")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol(protocol: int, server: redis.Redis, edge: EdgeCache) -> None:
    for name, value in SHARED.items():
        server.set("k", b"!" + pickle.dumps(value, protocol))
        same(edge.get("k"), value, name)
    for name, (value, expected) in READ.items():
        server.set("k", b"!" + pickle.dumps(value, protocol))
        same(edge.get("k"), expected, name)


def test_python_pickler(server: redis.Redis, edge: EdgeCache) -> None:
    """pickle.py frames and memoizes otherwise than the C pickler."""
    for name, value in SHARED.items():
        server.set("k", b"!" + pickle._dumps(value))
        same(edge.get("k"), value, name)


def test_shared_references(python: cachelib.RedisCache, edge: EdgeCache) -> None:
    shared = {"x": [1]}
    python.set("k", [shared, shared, shared["x"]])
    same(edge.get("k"), [{"x": [1]}, {"x": [1]}, [1]])


def test_a_cycle_is_unreadable(python: cachelib.RedisCache, edge: EdgeCache) -> None:
    cycle: list[Any] = []
    cycle.append(cycle)
    python.set("k", cycle)
    assert edge.get("k") is None
    assert edge.reported == ["UNREADABLE"]


class Unknown:
    """A class that JavaScript knows nothing of."""


def test_an_unknown_class_is_unreadable(python: cachelib.RedisCache, edge: EdgeCache) -> None:
    python.set("k", Unknown())
    assert edge.get("k") is None
    assert edge.reported == ["UNREADABLE"]


def test_what_was_never_serialized(server: redis.Redis, python: cachelib.RedisCache, edge: EdgeCache) -> None:
    stored = [b"", b"plain", b" 12 ", b"+7", b"1_000", b"1__0", b"_1", b"007", b"-0", b"1.5", b"0x10", b"\xff", b"12\n"]
    for bytes_ in stored:
        server.set("k", bytes_)
        same(edge.get("k"), python.get("k"), repr(bytes_))


def test_counters(python: cachelib.RedisCache, edge: EdgeCache) -> None:
    python.set("a", 10)
    assert edge.inc("a", 5) == 15
    assert python.dec("a", 3) == 12
    edge.set("b", 2**40)
    assert python.inc("b") == 2**40 + 1
    assert edge.get("b") == 2**40 + 1
    assert edge.dec("c", 2**60) == -(2**60)
    assert python.get("c") == -(2**60)


def test_lifetimes(python: cachelib.RedisCache, edge: EdgeCache, server: redis.Redis) -> None:
    for cache in (python, edge):
        cache.set("default", 1)
        cache.set("minute", 1, timeout=60)
        cache.set("never", 1, timeout=0)
        assert 299 <= server.ttl("default") <= 300
        assert 59 <= server.ttl("minute") <= 60
        assert server.ttl("never") == -1
        server.flushall()


def test_prefixes(port: int, server: redis.Redis) -> None:
    python = cachelib.RedisCache(port=port, key_prefix="shop:ü:")
    edge = EdgeCache(port=port, key_prefix="shop:ü:")
    python.set_many({"a": 1, "b": 2})
    assert edge.get_dict("a", "b") == {"a": 1, "b": 2}
    edge.set(5, "five")
    assert python.get(5) == "five"
    assert edge.delete_many("a", "zz") == ["a", "zz"]
    assert not python.has("a")
    server.set("other", "1")
    assert edge.clear()
    assert python.get_many("b", 5) == [None, None]
    assert server.keys() == [b"other"]


def test_json_serializer(python: cachelib.RedisCache, edge: EdgeCache, server: redis.Redis) -> None:
    python.serializer = edge.serializer = cachelib.serializers.JSONSerializer()
    value = {"a": [1, 2.5, None, True], "b": "ü"}
    python.set("python", value)
    same(edge.get("python"), value)
    edge.set("edge", value)
    same(python.get("edge"), value)


def test_add_is_seen_by_the_other(python: cachelib.RedisCache, edge: EdgeCache) -> None:
    assert edge.add("k", "edge")
    assert not python.add("k", "python")
    assert python.delete("k")
    assert python.add("k", "python")
    assert not edge.add("k", "edge")
    assert edge.get("k") == "python"


def passes_both_ways(
    value: Any, python: cachelib.RedisCache, edge: edge_cache.RedisCache, server: redis.Redis
) -> None:
    assert python.set("python", value)
    found = edge.get("python")
    same(found, value)
    assert edge.set("edge", found)
    same(python.get("edge"), value)
    assert server.get("edge") == server.get("python")


def same(actual: Any, expected: Any, name: str = "") -> None:
    """Equal, with equal types all the way down, and floats to the sign of zero."""
    assert type(actual) is type(expected), f"{name}: {actual!r:.200} is not {expected!r:.200}"
    match expected:
        case list():
            assert len(actual) == len(expected), name
            for one, other in zip(actual, expected):
                same(one, other, name)
        case dict():
            assert list(map(repr, actual)) == list(map(repr, expected)), name
            for one, other in zip(actual.values(), expected.values()):
                same(one, other, name)
        case float():
            assert repr(actual) == repr(expected), name
        case _:
            assert actual == expected, name
