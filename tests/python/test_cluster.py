"""Python's caches and this package on one Redis Cluster: what cachelib does there, and what the example's subclass puts right."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cachelib
import pytest
from deployment import Deployment
from edge_cache import RedisCache as EdgeCache
from flask import Flask
from flask_caching import Cache
from redis import RedisCluster
from redis.cluster import ClusterNode
from redis.exceptions import RedisClusterException

EXAMPLES = Path(__file__).parents[2] / "examples"
sys.path += [str(EXAMPLES / "flask-cluster"), str(EXAMPLES / "python")]
from cluster_cache import ClusterCache  # noqa: E402
from get_or_set import get_or_set  # noqa: E402

PREFIX = "shop[1]*:"
KEYS = [f"key-{number}" for number in range(100)]


@pytest.fixture
def client(cluster: Deployment) -> Iterator[RedisCluster]:
    """A client of an empty cluster."""
    client = RedisCluster(startup_nodes=[ClusterNode(*address) for address in cluster.addresses])
    client.flushdb(target_nodes=RedisCluster.PRIMARIES)
    yield client
    client.close()


@pytest.fixture
def edge(cluster: Deployment) -> Iterator[EdgeCache]:
    """This package's cache, with a prefix that has characters of a glob pattern."""
    cache = EdgeCache(cluster.url, port=None, key_prefix=PREFIX)
    yield cache
    cache.close()


@pytest.fixture
def flask_cache(cluster: Deployment, client: RedisCluster) -> Callable[[str], Cache]:
    """Makes Flask-Caching's cache, by its type."""
    app = Flask(__name__)
    nodes = ",".join(f"{host}:{port}" for host, port in cluster.addresses)

    def make(kind: str) -> Cache:
        config = {"CACHE_TYPE": kind, "CACHE_REDIS_CLUSTER": nodes, "CACHE_KEY_PREFIX": PREFIX}
        return Cache(app, config=config)

    with app.app_context():
        yield make


def test_values_go_both_ways(client: RedisCluster, edge: EdgeCache) -> None:
    python = cachelib.RedisCache(client, key_prefix=PREFIX)
    assert python.set_many({key: {"n": number} for number, key in enumerate(KEYS)}) == KEYS
    assert edge.get_many(*KEYS) == [{"n": number} for number in range(100)]
    assert edge.set_many(dict.fromkeys(KEYS, b"from the edge")) == KEYS
    assert [python.get(key) for key in KEYS] == [b"from the edge"] * 100
    assert edge.add("once", 1) and not python.add("once", 2)
    assert (edge.inc("count", 2), python.inc("count", 3), python.dec("count")) == (2, 5, 4)
    assert python.delete_many(*KEYS[:50]) == KEYS[:50]
    assert edge.get_many("key-49", "key-50") == [None, b"from the edge"]
    assert edge.reported == []


def test_flask_caching_shares_the_keys(flask_cache: Callable[[str], Cache], edge: EdgeCache) -> None:
    cache = flask_cache("RedisClusterCache")
    cache.set("user", {"id": 7})
    assert edge.get("user") == {"id": 7}
    edge.set("view//hello", "from the edge")
    assert cache.get("view//hello") == "from the edge"


def test_cachelib_itself_gets_many_in_one_slot_only(client: RedisCluster, edge: EdgeCache) -> None:
    python = cachelib.RedisCache(client, key_prefix=PREFIX)
    edge.set_many({"{tag}a": 1, "{tag}b": 2, "c": 3})
    assert python.get_many("{tag}a", "{tag}b") == [1, 2]
    with pytest.raises(RedisClusterException):
        python.get_many("{tag}a", "c")


def test_cachelib_itself_clears_one_node_and_answers_true(client: RedisCluster, edge: EdgeCache) -> None:
    python = cachelib.RedisCache(client, key_prefix="plain:")
    python.set_many(dict.fromkeys(KEYS, 1))
    assert python.clear() is True
    left = sum(python.has(key) for key in KEYS)
    assert 0 < left < 100


def test_javascript_clears_every_node(client: RedisCluster, edge: EdgeCache) -> None:
    edge.set_many(dict.fromkeys(KEYS, 1))
    client.set("shop1:foreign", "stays")
    assert edge.clear() is True
    assert edge.get_many(*KEYS) == [None] * 100
    assert client.get("shop1:foreign") == b"stays"


def test_the_subclass_gets_many_and_clears_every_node(client: RedisCluster, edge: EdgeCache) -> None:
    python = ClusterCache(client, key_prefix=PREFIX)
    edge.set_many({key: number for number, key in enumerate(KEYS)})
    client.set("shop1:foreign", "stays")
    assert python.get_many(*KEYS, "missing", "key-7") == [*range(100), None, 7]
    assert python.get_dict("key-1", "missing") == {"key-1": 1, "missing": None}
    assert python.get_many() == []
    assert python.clear() is True
    assert edge.get_many(*KEYS) == [None] * 100
    assert client.get("shop1:foreign") == b"stays"


def test_the_subclass_clears_all_without_a_prefix(client: RedisCluster, edge: EdgeCache) -> None:
    edge.set_many(dict.fromkeys(KEYS, 1))
    assert ClusterCache(client).clear() is True
    assert client.dbsize(target_nodes=RedisCluster.PRIMARIES) == 0


def test_flask_caching_takes_the_subclass(flask_cache: Callable[[str], Cache], edge: EdgeCache) -> None:
    cache = flask_cache("cluster_cache.RedisClusterCache")
    edge.set_many({key: number for number, key in enumerate(KEYS)})
    assert cache.get_many(*KEYS) == list(range(100))
    assert cache.clear() is True
    assert edge.get_many(*KEYS) == [None] * 100


def test_a_deletion_at_the_edge_cancels_the_lease_of_python(client: RedisCluster, edge: EdgeCache) -> None:
    """The lock has one name in both languages, in the slot of its key."""
    python = cachelib.RedisCache(client, key_prefix=PREFIX)

    def deleted() -> str:
        assert client.exists(f"{PREFIX}k~lock{{{PREFIX}k}}") == 1
        edge.delete("k")
        return "old"

    assert get_or_set(python, "k", deleted, timeout=60) == "old"
    assert python.get("k") is None
    assert get_or_set(python, "k", lambda: "new", timeout=60, grace=5) == "new"
    assert edge.get("k") == "new"
    assert client.dbsize(target_nodes=RedisCluster.PRIMARIES) == 1
