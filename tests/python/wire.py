"""Python values as tagged JSON, which loses nothing on the way to JavaScript: bridge.js has the other half."""

import base64
import datetime as dt
from typing import Any


def to_wire(value: Any) -> Any:
    match value:
        case None | bool() | str():
            return value
        case int():
            return {"int": str(value)}
        case float():
            return {"float": repr(value)}
        case bytes() | bytearray():
            return {"bytes": base64.b64encode(value).decode()}
        case list() | tuple():
            return {"list": [to_wire(item) for item in value]}
        case set() | frozenset():
            return {"set": [to_wire(item) for item in value]}
        case dict():
            return {"dict": [[to_wire(key), to_wire(item)] for key, item in value.items()]}
        case dt.datetime():
            return {"date": round(value.timestamp() * 1000)}
    raise TypeError(f"{type(value).__name__} has no form on the wire")


def from_wire(wire: Any) -> Any:
    if not isinstance(wire, dict):
        return wire
    [(tag, content)] = wire.items()
    match tag:
        case "int":
            return int(content)
        case "float":
            return float(content)
        case "bytes":
            return base64.b64decode(content)
        case "list":
            return [from_wire(item) for item in content]
        case "set":
            return {frozen(from_wire(item)) for item in content}
        case "dict":
            return {frozen(from_wire(key)): from_wire(item) for key, item in content}
        case "date":
            return dt.datetime.fromtimestamp(content / 1000, dt.timezone.utc)
    raise ValueError(f"unknown tag {tag}")


def frozen(key: Any) -> Any:
    """What the package makes of an Array or a Set that is a key or a member."""
    match key:
        case list():
            return tuple(map(frozen, key))
        case set():
            return frozenset(map(frozen, key))
    return key
