"""A shop whose products a Worker shows too: both keep what they know in one cache.

    REDIS_URL=redis://localhost:6379 flask --app app run
"""

import os
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Flask, Response
from flask_caching import Cache

PRODUCTS = {1: ("Espresso", "2.40"), 2: ("Flat white", "3.90")}

app = Flask(__name__)
cache = Cache(
    app,
    config={
        "CACHE_TYPE": "RedisCache",
        "CACHE_REDIS_URL": os.environ.get("REDIS_URL", "redis://localhost:6379"),
        "CACHE_KEY_PREFIX": "shop:",
    },
)


@app.get("/products/<int:number>")
def product(number: int) -> dict[str, Any] | tuple[str, int]:
    """A product, its views, and who looked last: the Worker writes both."""
    if number not in PRODUCTS:
        return "no such product", 404
    found = load(number)
    views, seen = cache.get_many(f"views:{number}", f"seen:{number}")
    return {"name": found["name"], "price": str(found["price"]), "views": views or 0, "seen": seen}


@app.get("/")
@cache.cached(timeout=60)
def front() -> str:
    """The Worker answers this without asking here, once it is in the cache."""
    return f"{len(PRODUCTS)} products, as of {datetime.now():%H:%M:%S.%f}"


@app.get("/prices.csv")
@cache.cached(timeout=60)
def prices() -> Response:
    """Kept as an object of Flask's, with its headers."""
    lines = [f"{name},{price}\n" for name, price in PRODUCTS.values()]
    return Response(lines, mimetype="text/csv")


def load(number: int) -> dict[str, Any]:
    """From the cache, or from what stands for a slow database."""
    key = f"product:{number}"
    found = cache.get(key)
    if found is None:
        name, price = PRODUCTS[number]
        found = {"name": name, "price": Decimal(price), "tags": {"hot", "drink"}}
        cache.set(key, found, timeout=60)
    return found
