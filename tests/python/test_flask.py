"""A Flask application with Flask-Caching and this package on one cache."""

from collections.abc import Iterator

import pytest
from edge_cache import RedisCache as EdgeCache
from flask import Flask
from flask_caching import Cache

PREFIX = "flask_cache_"  # Flask-Caching's default


@pytest.fixture
def cache(port: int) -> Cache:
    return Cache(config={"CACHE_TYPE": "RedisCache", "CACHE_REDIS_HOST": "localhost", "CACHE_REDIS_PORT": port})


@pytest.fixture
def app(cache: Cache) -> Iterator[Flask]:
    app = Flask(__name__)
    cache.init_app(app)
    calls = 0

    @app.get("/hello")
    @cache.cached(timeout=60)
    def hello() -> str:
        nonlocal calls
        calls += 1
        return f"Hello number {calls}"

    with app.app_context():
        yield app


@pytest.fixture
def shared(port: int) -> Iterator[EdgeCache]:
    edge = EdgeCache(port=port, key_prefix=PREFIX)
    yield edge
    edge.close()


def test_values_go_both_ways(app: Flask, cache: Cache, shared: EdgeCache) -> None:
    cache.set("user", {"id": 7, "tags": ["a", "b"]})
    assert shared.get("user") == {"id": 7, "tags": ["a", "b"]}
    shared.set_many({"x": 1.5, "y": b"bytes"})
    assert cache.get_many("x", "y") == [1.5, b"bytes"]
    shared.inc("visits", 2)
    assert cache.cache.inc("visits") == 3


def test_a_cached_view_is_read_and_dropped(app: Flask, shared: EdgeCache) -> None:
    client = app.test_client()
    assert client.get("/hello").text == "Hello number 1"
    assert shared.get("view//hello") == "Hello number 1"
    assert client.get("/hello").text == "Hello number 1"
    assert shared.delete("view//hello")
    assert client.get("/hello").text == "Hello number 2"


def test_a_view_that_javascript_has_stored(app: Flask, shared: EdgeCache) -> None:
    shared.set("view//hello", "from the edge", 60)
    assert app.test_client().get("/hello").text == "from the edge"
