"""Objects of Python classes: in whatever form pickle makes them, a reviver gets their state, arguments and items."""

import collections
import dataclasses
import enum
import pickle
from collections.abc import Callable
from typing import Any

import cachelib
import pytest
import redis
from edge_cache import RedisCache as EdgeCache
from flask import Flask, Response
from flask_caching import CachedResponse
from markupsafe import Markup
from werkzeug import exceptions
from werkzeug.datastructures import Headers, ImmutableMultiDict, MultiDict


class Plain:
    def __init__(self) -> None:
        self.name = "x"


class Text(str):
    pass


class Number(int):
    pass


class Items(list):
    pass


class Table(dict):
    pass


class Ordered(collections.OrderedDict):
    pass


class Defaulting(collections.defaultdict):
    pass


class Labelled(dict):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.label = "l"


class Keyed:
    def __getnewargs_ex__(self) -> tuple[tuple[int], dict[str, int]]:
        return (1,), {"b": 2}

    def __new__(cls, a: int, b: int) -> "Keyed":
        return super().__new__(cls)


class Colour(enum.Enum):
    RED = "red"


class Point(collections.namedtuple("Point", "x y")):
    pass


@dataclasses.dataclass
class Record:
    a: int
    b: list[str]


def shown(state: Any = None, args: list[Any] | None = None, items: Any = None) -> dict[str, Any]:
    return {"state": state, "args": args or [], "items": items}


SHOWN: dict[str, tuple[Any, dict[str, Any]]] = {
    "object": (Plain(), shown({"name": "x"})),
    "dataclass": (Record(1, ["b"]), shown({"a": 1, "b": ["b"]})),
    "str": (Text("t"), shown(args=["t"])),
    "int": (Number(5), shown(args=[5])),
    "enum": (Colour.RED, shown(args=["red"])),
    "namedtuple": (Point(1, 2), shown(args=[1, 2])),
    "list": (Items([1, [2]]), shown(items=[1, [2]])),
    "long list": (Items(range(2500)), shown(items=list(range(2500)))),
    "empty list": (Items(), shown()),
    "dict": (Table(a=1), shown(items={"a": 1})),
    "dict of ints": (Table({1: "a"}), shown(items={1: "a"})),
    "dict with attributes": (Labelled({"a": 1}), shown({"label": "l"}, items={"a": 1})),
    "ordered dict": (Ordered(b=1, a=2), shown(items={"b": 1, "a": 2})),
    "default dict": (Defaulting(list, a=[1]), shown(args=["builtins.list"], items={"a": [1]})),
    "default dict of a class": (Defaulting(Plain), shown(args=["test_classes.Plain"])),
    "keywords": (Keyed(1, b=2), shown(args=[1, {"b": 2}])),
}


@pytest.fixture
def show(edge: EdgeCache, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    def show_object(value: Any) -> Any:
        kind = type(value)
        monkeypatch.setattr(edge, "_kind", lambda: [f"{kind.__module__}.{kind.__qualname__}"])
        return edge.get("k")

    return show_object


@pytest.mark.parametrize("name", SHOWN)
def test_what_a_reviver_gets(
    name: str, python: cachelib.RedisCache, edge: EdgeCache, show: Callable[[Any], Any]
) -> None:
    value, expected = SHOWN[name]
    python.set("k", value)
    assert show(value) == expected
    assert edge.reported == []


def test_objects_in_objects(python: cachelib.RedisCache, show: Callable[[Any], Any]) -> None:
    inner = Items([Items([1]), 2])
    python.set("k", inner)
    assert show(inner) == shown(items=[shown(items=[1]), 2])


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_that_makes_objects(
    protocol: int, server: redis.Redis, show: Callable[[Any], Any]
) -> None:
    for name, (value, expected) in SHOWN.items():
        if name != "keywords" or protocol >= 4:  # before, it takes a functools.partial
            server.set("k", b"!" + pickle.dumps(value, protocol))
            assert show(value) == expected, name


def test_a_class_by_itself_is_no_value(python: cachelib.RedisCache, edge: EdgeCache, show: Callable[[Any], Any]) -> None:
    python.set("k", [Plain(), Plain])
    assert show(Plain()) is None
    assert edge.reported == ["UNREADABLE"]


@pytest.mark.parametrize("name", [name for name in SHOWN if name != "object"])
def test_a_class_that_is_not_listed(name: str, python: cachelib.RedisCache, edge: EdgeCache, show: Callable[[Any], Any]) -> None:
    value, _ = SHOWN[name]
    python.set("k", value)
    assert show(Plain()) is None
    assert edge.reported == ["UNREADABLE"]


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
