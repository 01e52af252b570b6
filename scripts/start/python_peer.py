"""Python's side of `npm start`: cachelib, told by lines of JSON what to do.

    REDIS_URL=… python_peer.py <key prefix>

Each line that is read has an "action" and its arguments; each is answered by one line, the action's result or its
"error". Ends when the standard input does.
"""

import json
import os
import platform
import re
import sys
from datetime import datetime, timezone
from importlib.metadata import version

import redis
from cachelib import RedisCache

# Where the example Worker looks for what was written here.
WRITTEN = "python:written"

DEMO = {
    "python:greeting": "Grüße aus Python",
    "python:visits": 1041,
    "python:order": {"id": 17, "lines": [("espresso", 2), ("tea & <b>cake</b>", 1.5)], "paid": True, "note": None},
    "python:opened": datetime(2026, 1, 31, 8, 30, tzinfo=timezone.utc),
    "python:magic": b"\x89PNG\r\n",
}


class PythonPeer:
    def __init__(self, url, prefix):
        self.client = connect(url)
        self.prefix = prefix
        self.cache = RedisCache(self.client, key_prefix=prefix)
        self.seen = {}

    def hello(self):
        server = self.client.info("server")["redis_version"]
        return {"server": server, "by": written_by()}

    def write(self, key, source):
        """Sets a key to the value of a Python expression."""
        value = evaluate(source)
        self.cache.set(key, value, timeout=60)
        return self.describe(key, value)

    def inc(self, key, delta):
        value = self.cache.inc(key, delta)
        return self.describe(key, value)

    def read(self, key, source):
        """Gets a key, and holds it against the value of a Python expression."""
        value, expected = self.cache.get(key), evaluate(source)
        return {
            **self.describe(key, value),
            "equal": type(value) is type(expected) and value == expected,
            "as_python_stores": self.cache.serializer.dumps(expected).hex(),
        }

    def delete(self, keys):
        self.cache.delete_many(*keys)
        return {}

    def demo(self, timeout):
        """Writes the values that the page shows, unless they are there."""
        if self.cache.get(WRITTEN) is not None:
            return {"wrote": []}
        source = {key: repr(value) for key, value in DEMO.items()}
        written = {"by": written_by(), "at": datetime.now(timezone.utc), "timeout": timeout, "source": source}
        self.cache.set_many({**DEMO, WRITTEN: written}, timeout=timeout)
        return {"wrote": [[self.prefix + key, text] for key, text in source.items()]}

    def changes(self):
        """What the visitor's keys hold, of those that changed since the last time."""
        found = {}
        for name in self.client.scan_iter(match=self.prefix + "*", count=1000):
            key = name.decode().removeprefix(self.prefix)
            if not key.startswith("python:") and key != "fragment":
                found[key] = repr(self.cache.get(key))
        changed = [[key, text] for key, text in found.items() if self.seen.get(key) != text]
        gone = [[key, None] for key in self.seen if key not in found]
        self.seen = found
        return {"changes": [[self.prefix + key, text] for key, text in changed + gone]}

    def describe(self, key, value):
        stored = self.client.get(self.prefix + key)
        return {"value": repr(value), "type": type(value).__name__, "stored": stored.hex() if stored else ""}


def connect(url):
    """A client of the server, or of the cluster, that the URL names."""
    timeouts = {"socket_timeout": 5, "socket_connect_timeout": 5}
    if "+cluster://" not in url:
        return redis.Redis.from_url(url, **timeouts)
    # redis-py takes one of the nodes, and asks it for the others.
    return redis.RedisCluster.from_url(re.sub(r"\+cluster(://[^,/]*).*", r"\1", url), **timeouts)


def written_by():
    return f"Python {platform.python_version()} with cachelib {version('cachelib')}"


def evaluate(source):
    """The value of an expression from scripts/start/round-trip-cases.js."""
    return eval(source, {"datetime": datetime, "timezone": timezone})  # noqa: S307


def main():
    peer = PythonPeer(os.environ["REDIS_URL"], sys.argv[1])
    for line in sys.stdin:
        command = json.loads(line)
        action = command.pop("action")
        try:
            answer = getattr(peer, action)(**command)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


try:
    main()
except KeyboardInterrupt:
    # Ctrl-C reaches the whole group of processes: who started this one says what there is to say.
    pass
