"""Values that Python and JavaScript share, and many more made of them by chance."""

import datetime as dt
import random
from typing import Any

UTC = dt.timezone.utc

# Each comes back as it went, types included, and has the same stored bytes from both sides.
SHARED: dict[str, Any] = {
    "zero": 0,
    "one": 1,
    "negative": -5,
    "byte-sized": 255,
    "two bytes": 65535,
    "four bytes": 2**31 - 1,
    "beyond int32": 2**31,
    "lowest int32": -(2**31),
    "largest safe": 2**53 - 1,
    "beyond safe": 2**53 + 1,
    "int64": -(2**63),
    "beyond int64": 2**70,
    "long": -(2**3000) + 7,
    "true": True,
    "false": False,
    "none": None,
    "float": 3.14,
    "tiny": 5e-324,
    "huge": 1.7976931348623157e308,
    "third": 1 / 3,
    "minus zero": -0.0,
    "infinity": float("inf"),
    "minus infinity": float("-inf"),
    "string": "foo",
    "empty string": "",
    "umlauts": "ümläut, 漢字, 😀",
    "control characters": "\0\r\n\"\\\u2028",
    "lone surrogate": "a\ud800b",
    "256 characters": "x" * 256,
    "a frame of text": "y" * 65_536,
    "much text": "z€" * 100_000,
    "bytes": b"bytes",
    "empty bytes": b"",
    "all bytes": bytes(range(256)),
    "a frame of bytes": bytes(range(256)) * 256,
    "empty list": [],
    "one item": [1],
    "list": [1, 2],
    "mixed list": [1, "two", 3.5, None, True, b"six", [7], {"eight": 8}],
    "1000 items": list(range(1000)),
    "1001 items": list(range(1001)),
    "2001 items": list(range(2001)),
    "empty dict": {},
    "dict": {"a": 1},
    "1001 entries": {f"key {n}": n for n in range(1001)},
    "int keys": {"sauce": [], 256: "truffle"},
    "odd keys": {None: 1, True: 2, 1.5: 3, b"k": 4, -7: 5},
    "tuples as keys": {(): 0, (1, b"two"): 3, ("a", 4, None, (5.5, ((),))): [6], (7, frozenset({8})): {(9,): 10}},
    "sets of tuples and sets": {frozenset({(1, 2), frozenset()}), (3, (4,))},
    "prototype": {"__proto__": {"polluted": True}, "constructor": 1},
    "nested": {"a": [{"b": [{"c": [{}]}]}]},
    "int set": {1, 2},
    "one-item set": {"x"},
    "ints in a list": [0, -1, 255, 256, 65536, 2**31, -(2**31) - 1, 2**64, -(2**64)],
    "many frames": ["w" * 1000 + str(n) for n in range(300)],
    "big strings in a list": ["u" * 70_000, "v" * 70_000, 1],
    "deep": [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]],
}

# (what Python stores, what JavaScript makes of it, as JavaScript hands it back)
READ: dict[str, tuple[Any, Any]] = {
    "whole float": (2.0, 2),
    "tuple": ((1, ("a",), ()), [1, ["a"], []]),
    "frozenset": (frozenset({1, 2}), {1, 2}),
    "bytearray": (bytearray(b"abc"), b"abc"),
    "aware datetime": (
        dt.datetime(2024, 1, 2, 3, 4, 5, 678000, UTC),
        dt.datetime(2024, 1, 2, 3, 4, 5, 678000, UTC),
    ),
    "datetime elsewhere": (
        dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
        dt.datetime(2024, 1, 1, 21, 34, 5, tzinfo=UTC),
    ),
    "naive datetime": (dt.datetime(1999, 12, 31, 23, 59, 59), dt.datetime(1999, 12, 31, 23, 59, 59, 0, UTC)),
    "before 1970": (dt.datetime(1901, 2, 3, 4, 5, 6, tzinfo=UTC), dt.datetime(1901, 2, 3, 4, 5, 6, tzinfo=UTC)),
    "timedelta": (dt.timedelta(days=1, seconds=2, milliseconds=500), 86402.5),
}


def random_value(source: random.Random, depth: int = 4) -> Any:
    """A value that comes back as it went. No two parts of it are one object, as short strings and bytes would be."""
    leaves = [
        lambda: source.randrange(-(2**70), 2**70) >> source.randrange(70),
        # None is whole and safe, which would come back as an int.
        lambda: source.random() * 10.0 ** source.choice([source.randrange(-300, 10), source.randrange(20, 300)]),
        lambda: "".join(chr(source.choice([97, 233, 0x6F22, 0x1F600])) for _ in range(source.randrange(2, 40))),
        lambda: source.randbytes(source.randrange(2, 300)),
        lambda: source.choice([None, True, False]),
    ]
    if depth == 0 or source.random() < 0.3:
        return source.choice(leaves)()
    size = source.choice([0, 1, 2, 3, 8])
    match source.randrange(4):
        case 0:
            return [random_value(source, depth - 1) for _ in range(size)]
        case 1:
            return {(n, source.random(), (n,)): random_value(source, depth - 1) for n in range(size)}
        case 2:
            return {f"key-{n}-{source.random()}": random_value(source, depth - 1) for n in range(size)}
    return {source.randrange(10**6): random_value(source, depth - 1) for _ in range(size)}
