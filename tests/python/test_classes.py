"""Objects of Python classes: in whatever form pickle makes them, a reviver gets their state, arguments and items."""

import collections
import dataclasses
import datetime as dt
import enum
import pickle
import zoneinfo
from collections.abc import Callable
from typing import Any

import cachelib
import pytest
import redis
from edge_cache import RedisCache as EdgeCache


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


class Level(enum.IntEnum):
    LOW = 1


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


@dataclasses.dataclass
class Record:
    a: int
    b: list[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    a: int
    b: str


class Slots:
    __slots__ = ("a", "b")

    def __init__(self) -> None:
        self.a, self.b = 1, Colour.RED


class Members(set):
    pass


class Row(tuple):
    pass


class Queue(collections.deque):
    pass


class Tally(collections.Counter):
    pass


class Data(bytes):
    pass


class Buffer(bytearray):
    pass


class Ratio(float):
    pass


class Moment(dt.datetime):
    pass


class Elsewhere(dt.tzinfo):
    def utcoffset(self, _: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(hours=1)


class Zoned:
    def __init__(self) -> None:
        hours = dt.timedelta(hours=-3, minutes=-30)
        self.zones = [dt.timezone.utc, dt.timezone(hours), zoneinfo.ZoneInfo("Europe/Berlin")]


class Outer:
    class Inner:
        def __init__(self) -> None:
            self.a = 1


class Made:
    """Made by a method of its class."""

    @classmethod
    def of(cls, *_: int) -> "Made":
        return cls()

    def __reduce__(self) -> Any:
        return self.of, (1, 2)


class Failed(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.hint = "h"


class Nothing:
    """A singleton, such as pandas.NA."""

    def __reduce__(self) -> str:
        return "NOTHING"


NOTHING = Nothing()


class Factory:
    def __init__(self) -> None:
        self.make = [dict, dict]


class ByName:
    """As Python 3.11.0 to 3.11.3 writes members of enums."""

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (Colour, "RED")


def shown(state: Any = None, args: list[Any] | None = None, items: Any = None) -> dict[str, Any]:
    return {"state": state, "args": args or [], "items": items}


GLOBAL = {"state": None, "args": None, "items": None}
WRITES_ENUMS_BY_NAME = Colour.RED.__reduce_ex__(2)[0] is getattr


def member(value: Any) -> dict[str, Any]:
    return GLOBAL if WRITES_ENUMS_BY_NAME else shown(args=[value])


SHOWN: dict[str, tuple[Any, dict[str, Any]]] = {
    "object": (Plain(), shown({"name": "x"})),
    "dataclass": (Record(1, ["b"]), shown({"a": 1, "b": ["b"]})),
    "str": (Text("t"), shown(args=["t"])),
    "int": (Number(5), shown(args=[5])),
    "enum": (Colour.RED, member("red")),
    "enum by name": (ByName(), GLOBAL),
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
    "int enum": (Level.LOW, member(1)),
    "flags": (
        Rights.READ | Rights.WRITE,
        shown(args=["test_classes.Rights.WRITE", "test_classes.Rights.READ"]) if WRITES_ENUMS_BY_NAME else shown(args=[3]),
    ),
    "slotted dataclass": (Slotted(1, "b"), shown([1, "b"])),
    "slots": (Slots(), shown([None, {"a": 1, "b": member("red")}])),
    "set": (Members([1]), shown(args=[[1]])),
    "tuple": (Row((1, "a")), shown(args=[[1, "a"]])),
    "deque": (Queue([1, 2]), shown(items=[1, 2])),
    "counter": (Tally("aab"), shown(args=[{"a": 2, "b": 1}])),
    "bytes": (Data(b"d"), shown(args=[b"d"])),
    "float": (Ratio(0.5), shown(args=[0.5])),
    "datetime of a zone": (
        Moment(2024, 1, 2, 3, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        shown(args=[bytes([7, 232, 1, 2, 3, 0, 0, 0, 0, 0]), "UTC+02:00"]),
    ),
    "zones": (Zoned(), shown({"zones": ["UTC", "UTC-03:30", "Europe/Berlin"]})),
    "nested class": (Outer.Inner(), shown({"a": 1})),
    "exception": (Failed("r"), shown({"hint": "h"}, args=["r"])),
    "plain object": (object(), shown()),
    "made by a class method": (Made(), shown(args=[1, 2])),
    "global": (NOTHING, GLOBAL),
    "classes in a state": (Factory(), shown({"make": [GLOBAL] * 2})),
    "datetime of a zone's class": (
        dt.datetime(2024, 1, 2, tzinfo=Elsewhere()),
        shown(args=[bytes([7, 232, 1, 2, 0, 0, 0, 0, 0, 0]), shown()]),
    ),
}

# What is to be listed, where it is not the object's own class alone.
LISTED = {
    "enum": ["Colour", "Colour.RED"],
    "enum by name": ["Colour.RED"],
    "int enum": ["Level", "Level.LOW"],
    "flags": ["Rights", "Rights.READ", "Rights.WRITE", "_operator.or_"],
    "slots": ["Slots", "Colour", "Colour.RED"],
    "made by a class method": ["Made.of"],
    "global": ["NOTHING"],
    "classes in a state": ["Factory", "builtins.dict"],
    "datetime of a zone's class": ["Elsewhere", "datetime.datetime"],
}


@pytest.fixture
def show(edge: EdgeCache, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    def show_object(value: Any, name: str = "") -> Any:
        kind = type(value)
        listed = LISTED.get(name, [f"{kind.__module__}.{kind.__qualname__}"])
        names = [name if "." in name and not name[0].isupper() else f"{__name__}.{name}" for name in listed]
        monkeypatch.setattr(edge, "_kind", lambda: names)
        return edge.get("k")

    return show_object


@pytest.mark.parametrize("name", SHOWN)
def test_what_a_reviver_gets(
    name: str, python: cachelib.RedisCache, edge: EdgeCache, show: Callable[[Any], Any]
) -> None:
    value, expected = SHOWN[name]
    python.set("k", value)
    assert show(value, name) == expected
    assert edge.reported == []


def test_objects_in_objects(python: cachelib.RedisCache, show: Callable[[Any], Any]) -> None:
    inner = Items([Items([1]), 2])
    python.set("k", inner)
    assert show(inner) == shown(items=[shown(items=[1]), 2])


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol(protocol: int, server: redis.Redis, edge: EdgeCache, show: Callable[..., Any]) -> None:
    for name, (value, expected) in SHOWN.items():
        if protocol >= SINCE.get(name, 0):
            server.set("k", b"!" + pickle.dumps(value, protocol))
            assert (show(value, name), edge.reported) == (expected, []), name


# Protocols before have another form for it, or none.
SINCE = {
    "keywords": 4,  # a functools.partial
    "namedtuple": 2,  # its tuple is one argument
    "empty list": 2,  # it says that it is empty
    "slots": 2,
    "slotted dataclass": 2,
    "nested class": 2,
    "plain object": 2,  # copyreg._reconstructor is not called for its class
}


def test_a_class_by_itself_has_no_arguments(python: cachelib.RedisCache, show: Callable[..., Any]) -> None:
    python.set("k", [Plain(), Plain])
    assert show(Plain()) == [shown({"name": "x"}), GLOBAL]


@pytest.mark.parametrize("name", [name for name in SHOWN if name != "object"])
def test_a_class_that_is_not_listed(
    name: str, python: cachelib.RedisCache, edge: EdgeCache, show: Callable[..., Any]
) -> None:
    value, _ = SHOWN[name]
    python.set("k", value)
    assert show(Plain()) is None
    assert edge.reported == ["UNREADABLE"]
    assert edge.get("k") is None
