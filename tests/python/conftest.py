"""A Redis for the tests of this folder, and the two caches that share it."""

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import cachelib
import edge_cache
import pytest
import redis
from deployment import Deployment

pytest_plugins = ["cachelib_suite"]

START_TIMEOUT_SECONDS = 10


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[redis.Redis]:
    """A client of a Redis of our own, on a free port."""
    port = free_port()
    folder: Path = tmp_path_factory.mktemp("redis")
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    wait_for(client)
    yield client
    client.close()
    process.terminate()
    process.wait()


@pytest.fixture
def port(server: redis.Redis) -> int:
    """The port of an empty server."""
    server.flushall()
    return server.connection_pool.connection_kwargs["port"]


@pytest.fixture
def python(port: int) -> cachelib.RedisCache:
    """Python's cache."""
    return cachelib.RedisCache(port=port)


@pytest.fixture
def edge(port: int) -> Iterator[edge_cache.RedisCache]:
    """This package's cache."""
    cache = edge_cache.RedisCache(port=port)
    yield cache
    cache.close()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Deployment]:
    deployment = Deployment("cluster")
    yield deployment
    deployment.stop()


@pytest.fixture(scope="session")
def sentinels() -> Iterator[Deployment]:
    deployment = Deployment("sentinel")
    yield deployment
    deployment.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(client: redis.Redis) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        try:
            client.ping()
            return
        except redis.ConnectionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
