"""cashews, which stores pickles as Django does, with this package's serializer 'django' on one Redis."""

import asyncio
from collections.abc import Iterator
from typing import Any

import edge_cache
import pytest
import redis
from cashews import Cache
from values import SHARED


class EdgeCache(edge_cache.RedisCache):
    def _kind(self) -> str:
        return "django"


@pytest.fixture
def edge(port: int) -> Iterator[EdgeCache]:
    cache = EdgeCache(port=port)
    yield cache
    cache.close()


def ask(port: int, method: str, *args: Any) -> Any:
    """Calls a method of cashews, whose connections belong to one event loop."""

    async def call() -> Any:
        cache = Cache()
        cache.setup(f"redis://127.0.0.1:{port}/0")
        try:
            return await getattr(cache, method)(*args)
        finally:
            await cache.close()

    return asyncio.run(call())


def is_portable(value: Any) -> bool:
    """cashews has a form of its own for bytes, and reads no negative int, not even its own."""
    return not (type(value) is bytes or (type(value) is int and value < 0))


@pytest.mark.parametrize("name", [name for name, value in SHARED.items() if is_portable(value)])
def test_values_go_both_ways(name: str, port: int, edge: EdgeCache, server: redis.Redis) -> None:
    value = SHARED[name]
    ask(port, "set", "cashews", value)
    found = edge.get("cashews")
    assert edge.reported == []
    assert (type(found), found) == (type(value), value)
    edge.set("edge", found)
    back = ask(port, "get", "edge")
    assert (type(back), back) == (type(value), value)
    assert server.get("edge") == server.get("cashews")


def test_negative_ints_are_read_here_alone(port: int, edge: EdgeCache) -> None:
    ask(port, "set", "k", -5)
    assert edge.get("k") == -5
    assert ask(port, "get", "k") is None


def test_bytes_are_not_shared(port: int, edge: EdgeCache, server: redis.Redis) -> None:
    edge.set("k", b"data")
    assert ask(port, "get", "k") is None
    ask(port, "set", "k", b"data")
    assert server.get("k") == b"bytes:data"
    assert edge.get("k") is None
    assert edge.reported == ["UNREADABLE"]


def test_counters(port: int, edge: EdgeCache) -> None:
    ask(port, "set", "n", 5)
    assert edge.inc("n", 2) == 7
    assert ask(port, "incr", "n") == 8
    assert edge.get("n") == 8
