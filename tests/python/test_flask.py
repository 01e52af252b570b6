"""A Flask application with Flask-Caching and this package on one cache, and the classes of Flask in it."""

from collections.abc import Callable, Iterator
from typing import Any

import cachelib
import pytest
from edge_cache import RedisCache as EdgeCache
from flask import Flask, Response
from flask_caching import Cache, CachedResponse
from markupsafe import Markup
from werkzeug import exceptions
from werkzeug.datastructures import Headers, ImmutableMultiDict, MultiDict

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


PAGE: dict[str, Any] = {"status": 201, "headers": [["content-type", "text/html; charset=utf-8"]], "body": "<p>"}


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: Response("<p>", 201), PAGE),
        (lambda: CachedResponse(Response("<p>", 201), 5), PAGE),
        (lambda: Headers([("A", "b")]), [["A", "b"]]),
        (lambda: MultiDict([("a", 1), ("a", 2), ("b", 3)]), {"a": [1, 2], "b": [3]}),
        (lambda: ImmutableMultiDict([("a", 1), ("a", 2)]), {"a": [1, 2]}),
        (lambda: Markup("<b>"), "<b>"),
        (lambda: {"title": Markup("<b>")}, {"title": "<b>"}),
        (
            lambda: exceptions.NotFound("gone"),
            {"status": 404, "headers": [["content-type", "text/plain;charset=UTF-8"]], "body": "gone"},
        ),
    ],
    ids=["Response", "CachedResponse", "Headers", "MultiDict", "ImmutableMultiDict", "Markup", "inside", "NotFound"],
)
def test_the_classes_of_flask(
    make: Callable[[], Any], expected: Any, python: cachelib.RedisCache, edge: EdgeCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Flask("shop").app_context():
        value = make()
        if isinstance(value, Response):
            value.headers.remove("Content-Length")
        python.set("k", value)
    monkeypatch.setattr(edge, "_kind", lambda: "flask")
    found = edge.get("k")
    assert edge.reported == []
    assert found == expected
