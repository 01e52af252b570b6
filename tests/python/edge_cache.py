"""`cachelib.RedisCache` with this package behind it: a class with its signature that calls a JavaScript process."""

import atexit
import datetime as dt
import itertools
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cachelib.serializers import BaseSerializer, JSONSerializer, RedisSerializer
from wire import from_wire, to_wire

BRIDGE = Path(__file__).with_name("bridge.js")


class EdgeError(Exception):
    """An error that the package threw or rejected with."""

    def __init__(self, name: str, message: str, code: str = ""):
        super().__init__(f"{name} {code}: {message}")
        self.code = code


class Bridge:
    """The JavaScript process, which answers one request at a time."""

    def __init__(self) -> None:
        self.reported: list[str] = []
        self._ids = itertools.count()
        self._process = subprocess.Popen(
            ["node", str(BRIDGE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        atexit.register(self.close)

    def ask(self, **request: Any) -> Any:
        """Sends a request; `reported` then holds the codes of the errors that `onError` was told of."""
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the JavaScript process ended with {self._process.wait()}")
        answer = json.loads(line)
        self.reported = answer["reported"]
        if "error" in answer:
            raise EdgeError(**answer["error"])
        return from_wire(answer["value"])

    def create(self, host: str, options: dict[str, Any]) -> int:
        return self.ask(id=next(self._ids), create={"host": host, "options": options})

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


_bridge: Bridge | None = None


def bridge() -> Bridge:
    """The process that all caches share, started by the first of them."""
    global _bridge
    if _bridge is None:
        _bridge = Bridge()
    return _bridge


class RedisCache:
    """The signature of `cachelib.RedisCache`, the behaviour of this package."""

    serializer: BaseSerializer = RedisSerializer()

    def __init__(
        self,
        host: str = "localhost",
        port: int | None = 6379,
        password: str | None = None,
        db: int = 0,
        default_timeout: float | dt.timedelta = 300,
        key_prefix: str | Callable[[], str] | None = None,
        ignore_delete_many_errors: bool = True,
        check_connection: bool = False,
        socket_connect_timeout: float = 5,
    ):
        prefix = key_prefix() if callable(key_prefix) else key_prefix
        options = {
            "db": db,
            "defaultTimeout": _seconds(default_timeout),
            "keyPrefix": prefix or "",
            "connectTimeout": socket_connect_timeout,
            **({} if password is None else {"password": password}),
            **({} if port is None else {"port": port}),
        }
        self._cache = bridge().create(host, options)
        self._write_client = _WriteClient(self)
        if check_connection:
            try:
                self._call("checkConnection")
            except EdgeError as error:
                raise RuntimeError(f"could not connect to Redis server: {error}") from error

    def get(self, key: Any) -> Any:
        return self._load(self._call("get", _key(key)))

    def get_many(self, *keys: Any) -> list[Any]:
        return [self._load(stored) for stored in self._call("getMany", *map(_key, keys))]

    def get_dict(self, *keys: Any) -> dict[str, Any]:
        found = self._call("getDict", *map(_key, keys))
        return {key: self._load(stored) for key, stored in found.items()}

    def set(self, key: Any, value: Any, timeout: float | dt.timedelta | None = None) -> bool:
        return self._call("set", _key(key), self._dump(value), _seconds(timeout))

    def add(self, key: Any, value: Any, timeout: float | dt.timedelta | None = None) -> bool:
        return self._call("add", _key(key), self._dump(value), _seconds(timeout))

    def set_many(self, mapping: dict, timeout: float | dt.timedelta | None = None) -> list[Any]:
        entries = [[_key(key), self._dump(value)] for key, value in mapping.items()]
        return self._call("setMany", entries, _seconds(timeout))

    def delete(self, key: Any) -> bool:
        return self._call("delete", _key(key))

    def delete_many(self, *keys: Any) -> list[Any]:
        return self._call("deleteMany", *map(_key, keys))

    def has(self, key: Any) -> bool:
        return self._call("has", _key(key))

    def inc(self, key: Any, delta: int = 1) -> int | None:
        return self._call("inc", _key(key), delta)

    def dec(self, key: Any, delta: int = 1) -> int | None:
        return self._call("dec", _key(key), delta)

    def clear(self) -> bool:
        return self._call("clear")

    def close(self) -> None:
        self._call("close")

    @property
    def reported(self) -> list[str]:
        """The codes of the errors that the last call reported."""
        return bridge().reported

    def _call(self, method: str, *args: Any) -> Any:
        return bridge().ask(
            cache=self._cache,
            method=method,
            serializer=self._kind(),
            args=[to_wire(arg) for arg in args],
        )

    def _kind(self) -> str:
        """The package's own serializers serve for cachelib's; any other runs here, on bytes."""
        match self.serializer:
            case RedisSerializer():
                return "cachelib"
            case JSONSerializer():
                return "json"
        return "python"

    def _dump(self, value: Any) -> Any:
        return self.serializer.dumps(value) if self._kind() == "python" else value

    def _load(self, stored: Any) -> Any:
        return self.serializer.loads(stored) if self._kind() == "python" else stored


class _WriteClient:
    """What cachelib's tests use of the Redis client behind a cache."""

    def __init__(self, cache: RedisCache):
        self._cache = cache

    def flushdb(self) -> bool:
        return self._cache._call("flush")


def _key(key: Any) -> Any:
    """cachelib takes anything as a key, by its `str()`; this package strings and integers."""
    return key if type(key) in (str, int) else str(key)


def _seconds(timeout: float | dt.timedelta | None) -> float | None:
    return timeout.total_seconds() if isinstance(timeout, dt.timedelta) else timeout
