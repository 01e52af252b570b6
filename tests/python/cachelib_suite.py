"""A pytest plug-in that runs cachelib's own `tests/test_redis_cache.py`, unchanged, on this package.

The tests come from cachelib's source distribution on PyPI, of the version that is installed. While their module is
imported, `cachelib.RedisCache` is the class of `edge_cache`. With `--on cluster` or `--on sentinel` it runs alone, on a Redis
Cluster or behind Sentinels.
"""

import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cachelib
import pytest
from deployment import Deployment
from edge_cache import RedisCache

VERSION = version("cachelib")
SUITE = Path("tests", "test_redis_cache.py")
PORT = 6360  # of the server that the suite starts

deployment: Deployment | None = None


class CacheOnDeployment(RedisCache):
    """A cache on the deployment, where the suite asks for one on its server."""

    def __init__(self, *, port: int, **options: Any):
        if port == PORT:
            super().__init__(deployment.url, port=None, **options)
        else:
            super().__init__(port=port, **options)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--on", choices=["cluster", "sentinel"], help="run cachelib's suite on several servers")


def pytest_configure(config: pytest.Config) -> None:
    global deployment
    config.addinivalue_line("markers", "network: needs a Redis server")
    # cachelib's fixture takes it as a promise that a Redis is running already.
    os.environ.pop("CI", None)
    if kind := config.getoption("on"):
        deployment = Deployment(kind)
        config.args[:] = [str(source() / SUITE)]
    elif [Path(arg).resolve() for arg in config.args] == [Path(__file__).parent]:
        config.args.append(str(source() / SUITE))


def pytest_unconfigure() -> None:
    if deployment:
        deployment.stop()


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector):
    if not isinstance(collector, pytest.Module) or not collector.path.match(f"cachelib-*/{SUITE}"):
        return (yield)
    genuine = cachelib.RedisCache
    cachelib.RedisCache = CacheOnDeployment if deployment else RedisCache
    try:
        return (yield)
    finally:
        cachelib.RedisCache = genuine


def source() -> Path:
    """cachelib's source distribution, unpacked beside the installed packages."""
    folder = Path(sys.prefix, f"cachelib-{VERSION}")
    if not folder.exists():
        download(folder.parent)
    return folder


def download(into: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", "cachelib"]
    subprocess.run([*pip, "--dest", str(into), f"cachelib=={VERSION}"], check=True)
    # Debian 12 has Python 3.11.2: filters came to 3.11 with 3.11.4, and are the default from 3.14 on.
    options = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(into / f"cachelib-{VERSION}.tar.gz") as archive:
        archive.extractall(into, **options)
