"""Many callers of one key in threads of Python, with the helper of examples/python."""

import json
import os
import sys
import time
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cachelib
import redis

sys.path.insert(0, str(Path(__file__).parents[3] / "examples" / "python"))

import get_or_set as helper  # noqa: E402

redis_url, source_url, key, callers, lock = sys.argv[1:]
helper.LEASE_MS = int(float(lock) * 1000)
cache = cachelib.RedisCache(redis.Redis.from_url(redis_url, max_connections=int(callers)))


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
