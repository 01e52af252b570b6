"""Many callers of one key in threads of Python, with the helper of examples/python."""

import json
import os
import sys
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cachelib
import redis

sys.path.insert(0, str(Path(__file__).parents[3] / "examples" / "python"))

import get_or_set as helper  # noqa: E402

redis_url, source_url, key, callers, lock = sys.argv[1:]
helper.LEASE_MS = int(float(lock) * 1000)


def connect() -> Any:
    """A client with a connection for each caller."""
    if not redis_url.startswith("redis+cluster:"):
        return redis.Redis.from_url(redis_url, max_connections=int(callers))
    host, port = urllib.parse.urlsplit(redis_url.split(",")[0]).netloc.split(":")
    return redis.RedisCluster(host=host, port=int(port), max_connections=int(callers))


cache = cachelib.RedisCache(connect())


def factory() -> str:
    query = urllib.parse.urlencode({"key": key, "who": os.getpid()})
    with urllib.request.urlopen(f"{source_url}?{query}") as response:
        return response.read().decode()


def call(_: int) -> str:
    return helper.get_or_set(cache, key, factory, timeout=60)


print("ready", flush=True)
sys.stdin.readline()
begun = time.monotonic()
with ThreadPoolExecutor(int(callers)) as pool:
    answers = set(pool.map(call, range(int(callers))))
milliseconds = round((time.monotonic() - begun) * 1000)
print(json.dumps({"answers": list(answers), "milliseconds": milliseconds}), flush=True)
