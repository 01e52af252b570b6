"""A page that counts its visitors in a Redis Cluster, which a Worker shares.

    REDIS_CLUSTER=127.0.0.1:7000,127.0.0.1:7001 flask --app app run
"""

import os
from typing import Any

from flask import Flask
from flask_caching import Cache

app = Flask(__name__)
cache = Cache(
    app,
    config={
        "CACHE_TYPE": "cluster_cache.RedisClusterCache",
        "CACHE_REDIS_CLUSTER": os.environ.get("REDIS_CLUSTER", "localhost:7000"),
        "CACHE_KEY_PREFIX": "shop:",
    },
)


@app.get("/visits/<name>")
def visits(name: str) -> dict[str, Any]:
    """Counts a visit, and tells what the Worker has noted of the visitor."""
    count = cache.inc(f"visits:{name}")
    note, language = cache.get_many(f"note:{name}", f"language:{name}")
    return {"visits": count, "note": note, "language": language}


@app.delete("/")
def forget() -> dict[str, bool]:
    """Clears what both have stored, on every node."""
    return {"cleared": cache.clear()}
