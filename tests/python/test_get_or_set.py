"""The helper of examples/python: getOrSet for Python's cachelib, with the leases of this package."""

import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import cachelib
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

EXAMPLES = Path(__file__).parents[2] / "examples"
sys.path.insert(0, str(EXAMPLES / "python"))

import get_or_set as helper  # noqa: E402
from get_or_set import get_or_set  # noqa: E402
from gzip_serializer import GzipSerializer  # noqa: E402


class Factory:
    """Counts how often it is called."""

    def __init__(self, seconds: float = 0, error: Exception | None = None) -> None:
        self.runs = 0
        self.seconds = seconds
        self.error = error

    def __call__(self) -> int:
        self.runs += 1
        time.sleep(self.seconds)
        if self.error:
            raise self.error
        return self.runs


@pytest.fixture
def cache(port: int) -> cachelib.RedisCache:
    return cachelib.RedisCache(port=port, key_prefix="p:")


def in_threads(count: int, action: Any) -> list[Any]:
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(action())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_a_missing_value_is_computed_once(cache: cachelib.RedisCache, server: redis.Redis) -> None:
    factory = Factory(0.2)
    assert in_threads(20, lambda: get_or_set(cache, "k", factory, timeout=60, grace=30)) == [1] * 20
    assert factory.runs == 1
    assert 88_000 < server.pttl("p:k") <= 90_000
    assert server.keys() == [b"p:k"]
    assert cache.get("k") == 1


def test_a_stale_value_is_answered_while_one_computes(cache: cachelib.RedisCache) -> None:
    cache.set("k", "old", timeout=20)
    factory = Factory(0.3)
    answers = in_threads(5, lambda: get_or_set(cache, "k", factory, timeout=60, grace=30))
    assert sorted(map(str, answers)) == ["1", "old", "old", "old", "old"]
    assert cache.get("k") == 1


def test_after_a_failure_the_stale_value_is_answered_for_a_while(
    cache: cachelib.RedisCache, server: redis.Redis
) -> None:
    cache.set("k", "old", timeout=20)
    factory = Factory(error=ValueError("down"))
    for _ in range(3):
        assert get_or_set(cache, "k", factory, grace=30) == "old"
    assert factory.runs == 1
    assert server.get("p:k~lock") == b""
    with pytest.raises(ValueError, match="down"):
        get_or_set(cache, "missing", factory)
    assert server.keys("p:missing*") == []


def test_a_deletion_or_another_value_in_the_middle_wins(cache: cachelib.RedisCache, server: redis.Redis) -> None:
    def is_deleted() -> str:
        server.delete("p:k~lock", "p:k")
        return "old"

    def is_overwritten() -> str:
        cache.set("k", "new", timeout=100)
        return "old"

    assert get_or_set(cache, "k", is_deleted) == "old"
    assert cache.get("k") is None
    assert get_or_set(cache, "k", is_overwritten) == "old"
    assert cache.get("k") == "new"
    for timeout in (10, 1000):
        cache.set("k", "stale", timeout=timeout)
        assert get_or_set(cache, "k", is_overwritten, grace=2000) == "old"
        assert cache.get("k") == "new"


def test_what_is_written_once_the_value_was_missed_wins(
    cache: cachelib.RedisCache, server: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, loads = helper._load, []

    def load_and_write(*args: Any) -> Any:
        found = load(*args)
        loads.append(found)
        # The second time under the lock.
        if len(loads) == 2:
            cache.set("k", "written", timeout=100)
        return found

    monkeypatch.setattr(helper, "_load", load_and_write)
    assert get_or_set(cache, "k", Factory(), timeout=60) == 1
    assert cache.get("k") == "written"
    assert server.keys() == [b"p:k"]


def test_a_lock_whose_reply_was_lost_keeps_nobody_waiting(
    cache: cachelib.RedisCache, server: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """redis-py sends the command again, and has the second reply: that the lock is there already."""
    client = cache._write_client
    monkeypatch.setattr(client, "set", lambda *args, **options: [redis.Redis.set(client, *args, **options) for _ in "12"][1])
    monkeypatch.setattr(helper, "_pauses", lambda: iter([0]))
    assert get_or_set(cache, "k", Factory(), timeout=60) == 1
    assert server.keys() == [b"p:k"]
    assert cache.get("k") == 1


def test_a_server_that_hangs_once_the_factory_has_ended_does_not_cost_its_value(
    port: int, server: redis.Redis, caplog: pytest.LogCaptureFixture
) -> None:
    cache = cachelib.RedisCache(redis.Redis(port=port, socket_timeout=0.2, retry=Retry(NoBackoff(), 0)))
    assert get_or_set(cache, "k", lambda: server.client_pause(1000) and "computed", timeout=60) == "computed"
    assert [record.getMessage() for record in caplog.records] == ["the value of k is not stored: TimeoutError"]
    # Once it goes on.
    assert server.ping()


def test_another_value_that_expires_at_the_same_time_wins(cache: cachelib.RedisCache, server: redis.Redis) -> None:
    cache.set("k", 1, timeout=20)
    assert get_or_set(cache, "k", lambda: cache.inc("k", 5) and "old", grace=30) == "old"
    assert cache.get("k") == 6
    server.set("p:k", "7", keepttl=True)
    assert get_or_set(cache, "k", lambda: "new", timeout=60, grace=30) == "new"
    assert cache.get("k") == "new"


def test_the_mark_of_a_failure_is_no_reason_to_compute_twice(cache: cachelib.RedisCache, server: redis.Redis) -> None:
    server.set("p:k~lock", "", px=10_000)
    factory = Factory(0.3)
    assert in_threads(5, lambda: get_or_set(cache, "k", factory, timeout=60)) == [1] * 5
    assert factory.runs == 1
    assert server.keys() == [b"p:k"]


def test_without_the_right_to_run_scripts_it_works_and_leaves_no_lock(port: int, server: redis.Redis) -> None:
    server.acl_setuser("plain", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@all", "-@scripting"])
    cache = cachelib.RedisCache(port=port, username="plain", password="pw", key_prefix="p:")
    assert get_or_set(cache, "k", lambda: 1, timeout=20) == 1
    assert server.keys() == [b"p:k"]
    failing = Factory(error=ValueError("down"))
    for _ in range(2):
        assert get_or_set(cache, "k", failing, grace=30, retry_after=5) == 1
    assert failing.runs == 1
    assert 4_000 < server.pttl("p:k~lock") <= 5_000
    cache.delete("k")
    assert get_or_set(cache, "k", lambda: 2, timeout=20) == 2
    with pytest.raises(ValueError, match="down"):
        get_or_set(cache, "missing", failing)
    assert server.keys() == [b"p:k"]
    server.acl_deluser("plain")


def test_a_deletion_that_knows_no_leases_wins_over_a_refresh(cache: cachelib.RedisCache) -> None:
    cache.set("k", "stale", timeout=10)
    assert get_or_set(cache, "k", lambda: cache.delete("k"), grace=30) is True
    assert cache.get("k") is None
    cache.set("k", "stale", timeout=10)
    assert get_or_set(cache, "k", lambda: "new", grace=30) == "new"
    assert cache.get("k") == "new"


def test_what_cannot_be_stored_and_what_stops_a_thread_leave_no_lock(
    cache: cachelib.RedisCache, server: redis.Redis
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(AttributeError, match="pickle"):
        get_or_set(cache, "k", lambda: lambda: 1)
    with pytest.raises(TypeError):
        get_or_set(cache, "k", lambda: 1, timeout="60")
    cache.set("stale", "old", timeout=10)
    for key in ("k", "stale"):
        with pytest.raises(KeyboardInterrupt):
            get_or_set(cache, key, interrupted, grace=30, retry_after=0)
    assert server.keys() == [b"p:stale"]


def test_what_a_lock_is_not_keeps_nobody_waiting(cache: cachelib.RedisCache, server: redis.Redis) -> None:
    server.set("p:a~lock", "somebody's")
    server.lpush("p:b~lock", "somebody's")
    server.set("p:c~lock", 1700000000123456)
    for key in "abc":
        assert get_or_set(cache, key, Factory()) == 1
    assert cache.get_many("a", "b", "c") == [1, 1, 1]


def test_a_lease_is_renewed(cache: cachelib.RedisCache, server: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("get_or_set.LEASE_MS", 200)
    factory = Factory(0.6)
    assert get_or_set(cache, "k", factory, timeout=60) == 1
    assert cache.get("k") == 1
    assert factory.runs == 1


def test_gzip_is_read_and_written_on_both_sides(port: int, server: redis.Redis) -> None:
    class GzipCache(cachelib.RedisCache):
        serializer = GzipSerializer()  # type: ignore[assignment]

    python = GzipCache(port=port)
    rows = [{"id": number, "text": "grüße"} for number in range(500)]
    python.set("from python", rows)
    python.set("small", {"a": 1})
    script = f"""
      import {{ RedisCache }} from '{EXAMPLES.parent}/js/entries/node.js';
      import {{ gzip }} from '{EXAMPLES}/node/gzip-serializer.js';
      const cache = new RedisCache('redis://127.0.0.1:{port}', {{ serializer: gzip, throwOnError: true }});
      await cache.set('from javascript', await cache.get('from python'));
      await cache.set('small too', await cache.get('small'));
      await cache.close();
    """
    subprocess.run(["node", "--input-type=module", "-e", script], check=True, timeout=60)
    assert server.get("from python")[:3] == server.get("from javascript")[:3] == b"\x1f\x8b\x08"
    assert python.get("from javascript") == rows
    assert python.get("small too") == {"a": 1}
    server.set("cut", server.get("from python")[:-9])
    with pytest.raises(ValueError, match="cut"):
        python.get("cut")
