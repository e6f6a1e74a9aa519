"""What a source does when loads change, fail, hang, or return nothing; every load is a function of the test."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crossorigin import Policy
from crossorigin.origins import OriginSource, OriginsUnavailable, by_host, by_path_parameter
from crossorigin.origins.follower import Changed, backoff
from crossorigin.origins.source import _in_child
from tests.origins.stores import until

A, B = b"https://a.example", b"https://b.example"


class Store:
    """Rows that a test changes; `down` is the exception that a load raises, `held` is what it waits for."""

    def __init__(self, *rows: Any) -> None:
        self.rows = list(rows)
        self.loads = 0
        self.down: Exception | None = None
        self.held = threading.Event()
        self.held.set()

    def load(self) -> list[Any]:
        self.loads += 1
        self.held.wait()
        if self.down is not None:
            raise self.down
        return list(self.rows)

    async def load_async(self) -> list[Any]:
        self.loads += 1
        if self.down is not None:
            raise self.down
        return list(self.rows)


@contextmanager
def following(source: OriginSource) -> Iterator[OriginSource]:
    """A source that is followed in a thread while no event loop runs, as in a script."""
    source.follower.begin()
    try:
        until(source.follower.first.done)
        yield source
    finally:
        asyncio.run(source.stop())
        assert not source.running


def loaded(store: Store, **options: Any) -> OriginSource:
    return OriginSource(store.load, **options)


def test_rows_come_and_go() -> None:
    store = Store("a.example")
    with following(loaded(store)) as source:
        assert source.snapshot.allows(A)
        store.rows = ["b.example"]
        assert source.refresh_sync().version == 2
        assert not source.snapshot.allows(A)
        assert source.snapshot.allows(B)


def test_polling_takes_what_changed_and_no_new_version_if_nothing_did() -> None:
    store = Store("a.example")
    with following(loaded(store, refresh_interval=timedelta(milliseconds=60))) as source:
        until(lambda: store.loads >= 3)
        assert source.status.version == 1
        store.rows.append("b.example")
        until(lambda: source.snapshot.allows(B))
        assert source.status.version == 2


def test_a_refresh_that_begins_during_a_load_waits_for_the_next() -> None:
    store = Store("a.example")
    with following(loaded(store)) as source:
        store.held.clear()
        source.changed()
        until(lambda: store.loads == 2)
        refreshed = threading.Thread(target=source.refresh_sync)
        refreshed.start()
        store.rows.append("b.example")
        store.held.set()
        refreshed.join(10)
        assert store.loads == 3
        assert source.snapshot.allows(B)


def test_signals_are_coalesced() -> None:
    store = Store("a.example")
    with following(loaded(store)) as source:
        for _ in range(1000):
            source.changed()
        before = store.loads
        source.refresh_sync()
        assert store.loads <= before + 3


def test_a_store_that_fails_at_the_start_leaves_the_policy_alone(caplog: pytest.LogCaptureFixture) -> None:
    store = Store("a.example")
    store.down = ConnectionError("nobody listens")
    with following(loaded(store)) as source:
        status = source.status
        assert (status.ready, status.origins, status.stale) == (False, 0, True)
        assert status.error == "ConnectionError: nobody listens"
        assert status.loaded_at is None
        assert status.age is None
        store.down = None
        until(lambda: source.ready, patience=2)
        assert source.snapshot.allows(A)
    words = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert words == [
        "The origins' store cannot be read (ConnectionError: nobody listens): only the policy's own list is in force",
        "The origins' store can be read again",
    ]


def test_the_last_set_stays_for_max_stale(caplog: pytest.LogCaptureFixture) -> None:
    store = Store("a.example")
    with following(loaded(store, refresh_interval=0.1, max_stale=1.0)) as source:
        store.down = OSError("gone")
        until(lambda: source.status.stale)
        began = time.monotonic()
        assert source.ready
        assert source.snapshot.allows(A)
        until(lambda: not source.snapshot.allows(A), patience=5)
        assert 0.6 <= time.monotonic() - began <= 2.5
        assert not source.ready
        store.down = None
        until(lambda: source.snapshot.allows(A), patience=2)
    words = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert words == [
        "The origins' store cannot be read (OSError: gone): its last 1 origins stay in force for at most 1 s",
        "The origins' store has not been read for 1 s: only the policy's own list is in force",
        "The origins' store can be read again",
    ]


def test_a_load_that_hangs_is_given_up_and_what_it_returns_later_is_not_taken() -> None:
    store = Store("a.example")
    with following(loaded(store, refresh_interval=0.1, load_timeout=0.2, max_stale=1.0)) as source:
        store.held.clear()
        until(lambda: source.status.error == "TimeoutError")
        until(lambda: "earlier loads" in source.status.error)  # four threads hang, and no more
        assert sum(thread.name == "crossorigin-origins-load" for thread in threading.enumerate()) == 4
        until(lambda: not source.ready)
        store.rows = ["b.example"]
        store.held.set()
        until(lambda: source.snapshot.allows(B), patience=3)
        assert not source.snapshot.allows(A)


def test_an_empty_result_is_held_back_for_an_interval(caplog: pytest.LogCaptureFixture) -> None:
    store = Store("a.example")
    with following(loaded(store, refresh_interval=0.5)) as source:
        store.rows = []
        began = time.monotonic()
        source.refresh_sync()
        assert source.status.held_back
        source.refresh_sync()
        assert source.snapshot.allows(A)
        until(lambda: not source.snapshot.allows(A), patience=3)
        assert time.monotonic() - began >= 0.5
        assert not source.status.held_back
        assert source.ready
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        "The origins' store is empty, and was not before: its last 1 origins stay in force for 0.5 s more, "
        "unless refresh(force=True) is called"
    ]


def test_an_empty_result_is_forgotten_if_rows_come_back() -> None:
    store = Store("a.example")
    with following(loaded(store)) as source:
        store.rows = []
        source.refresh_sync()
        store.rows = ["b.example"]
        status = source.refresh_sync()
        assert (status.held_back, status.origins) == (False, 1)
        assert source.snapshot.allows(B)


@pytest.mark.parametrize("rows", [[], ["*"], ["null", "nonsense"]])
def test_force_takes_an_empty_result_now(rows: list[str]) -> None:
    store = Store("a.example")
    with following(loaded(store)) as source:
        store.rows = rows
        source.refresh_sync()
        assert source.snapshot.allows(A)
        source.refresh_sync(force=True)
        assert not source.snapshot.allows(A)


def test_rows_that_cannot_be_used_are_skipped_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    store = Store("a.example", "*", None, "null\u202e", "http://c.example", "https://*.com", "\n")
    with following(loaded(store)) as source:
        assert source.status.origins == 1
        assert source.status.skipped == 5
        source.refresh_sync()
    words = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(words) == 1
    assert words[0].startswith("6 rows of the origins' store cannot be used and are skipped. '*' [star-in-rows] ")
    assert "\u202e" not in words[0]


@pytest.mark.parametrize("elements", [None, 7])
def test_a_load_that_returns_something_else_has_failed(elements: object) -> None:
    source: OriginSource = OriginSource(lambda: elements)  # type: ignore[arg-type, return-value]
    with following(source):
        assert source.status.error.startswith("TypeError: ")


def test_a_source_that_was_not_started_is_not_ready_and_stops_at_once() -> None:
    source = loaded(Store("a.example"))
    asyncio.run(source.stop())
    assert (source.ready, source.running, len(source.snapshot)) == (False, False, 0)


@pytest.mark.parametrize("kind", ["load", "load_async"])
def test_on_a_servers_loop(kind: str) -> None:
    store = Store("a.example")
    source = OriginSource(getattr(store, kind))

    async def serve() -> None:
        store.loads, store.rows = 0, ["a.example"]
        await asyncio.gather(source.start(), source.start())
        assert source.snapshot.allows(A)
        assert store.loads == 1
        store.rows.append("b.example")
        status = await source.refresh()
        assert (status.origins, status.error) == (2, "")
        store.down = OSError("gone")
        assert (await source.refresh()).error == "OSError: gone"
        store.down = None
        await source.stop()
        assert not source.running

    asyncio.run(serve())
    asyncio.run(serve())  # another loop: it begins again


def test_an_async_source_whose_loop_ends_begins_again_on_the_next() -> None:
    store = Store("a.example")
    source = OriginSource(store.load_async)
    asyncio.run(source.start())
    assert not source.running
    assert source.snapshot.allows(A)
    store.rows = ["b.example"]
    asyncio.run(source.start())
    assert source.snapshot.allows(B)


def test_an_async_load_keeps_the_loop_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossorigin.origins.source._START", 60.0)
    source = OriginSource(Store(*[f"shop-{n}.example" for n in range(100_000)]).load_async)

    async def serve() -> tuple[float, float]:
        start = before = time.monotonic()
        longest = 0.0
        starting = asyncio.create_task(source.start())
        while not starting.done():
            await asyncio.sleep(0.001)
            now = time.monotonic()
            longest, before = max(longest, now - before), now
        whole = time.monotonic() - start
        await source.stop()
        return longest, whole

    longest, whole = asyncio.run(serve())
    assert longest < whole / 2  # a load on the loop would be one pause, as long as the whole
    assert len(source.snapshot) == 100_000


def test_an_async_load_in_a_sync_function() -> None:
    store = Store("a.example")
    with following(OriginSource(lambda: store.load_async())) as source:
        assert source.snapshot.allows(A)


@pytest.mark.parametrize("kind", ["load", "load_async"])
def test_required(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossorigin.origins.source._START", 0.3)
    store = Store("a.example")
    store.down = OSError("gone")
    source = OriginSource(getattr(store, kind), required=True)

    async def refuse() -> None:
        with pytest.raises(
            OriginsUnavailable, match=r"^the origins are required, and cannot be loaded: OSError: gone$"
        ):
            await source.start()
        await source.stop()

    asyncio.run(refuse())
    store.down = None

    async def serve() -> None:
        await source.start()
        assert source.ready
        await source.stop()

    asyncio.run(serve())


def test_since_when() -> None:
    store = Store("a.example")
    before = datetime.now(UTC)
    with following(loaded(store)) as source:
        first = source.since("a.example")
        assert first is not None
        assert before <= first
        store.rows.append("b.example")
        source.refresh_sync()
        later = source.since("b.example")
        assert later is not None
        assert later > first
        assert source.since("a.example") == first
        assert source.since("c.example") is None
        store.rows.remove("b.example")
        source.refresh_sync()
        assert source.since("b.example") is None


def test_rows_are_checked_by_the_policies_in_force() -> None:
    class Owner:
        pass

    owner, other = Owner(), Owner()
    plain = Policy(allow_origins=["https://app.example"])
    cookies = Policy(allow_origins=["https://app.example"], allow_credentials=True)
    with following(loaded(Store("http://a.example"))) as source:
        asked = b"http://a.example"
        assert not source.snapshot.allows(asked)  # nobody has said by which policy: by the strictest
        source.bind(owner, [plain])
        assert source.snapshot.allows(asked)
        source.bind(owner, [plain, cookies])
        assert not source.snapshot.allows(asked)
        source.bind(owner, [plain])
        source.bind(other, [cookies])
        assert not source.snapshot.allows(asked)
        del other
        source.bind(owner, [plain])
        source.refresh_sync()
        assert source.snapshot.allows(asked)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"load": "select domain from shop"}, TypeError),
        ({"refresh_interval": 0}, ValueError),
        ({"refresh_interval": float("inf")}, ValueError),
        ({"max_stale": -1.0}, ValueError),
        ({"max_stale": "1h"}, TypeError),
        ({"load_timeout": True}, TypeError),
        ({"tenant": "host"}, TypeError),
        ({"tenant": Store().load_async}, TypeError),
    ],
)
def test_arguments_that_cannot_be_meant(arguments: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        OriginSource(**{"load": Store().load} | arguments)


HOST = [(b"accept", b"*/*"), (b"host", b"Shop.Example:8443")]


@pytest.mark.parametrize(
    ("headers", "tenant"),
    [
        (HOST, "shop.example"),
        ([(b"host", b"shop.example.")], "shop.example"),
        ([(b"host", b"[::1]:8000")], "[::1]"),
        ([(b"host", b"[::1]")], "[::1]"),
        ([(b"host", b"")], None),
        ([(b"host", b":80")], ":80"),
        ([(b"host", b"x" * 253 + b".:65535")], "x" * 253),
        ([(b"host", b"x" * 262)], None),
        ([(b"host", b"caf\xe9.example")], "café.example"),
        ([], None),
        ([*HOST, (b"host", b"other.example")], None),
    ],
)
def test_by_host(headers: list[tuple[bytes, bytes]], tenant: str | None) -> None:
    source = OriginSource(Store().load, tenant=by_host)
    assert source.tenant_of({"headers": headers}) == tenant


@pytest.mark.parametrize(
    ("scope", "tenant"), [({"path_params": {"realm": 7}}, "7"), ({"path_params": {}}, None), ({}, None)]
)
def test_by_path_parameter(scope: dict[str, Any], tenant: str | None) -> None:
    source = OriginSource(Store().load, tenant=by_path_parameter("realm"))
    assert source.tenant_of(scope) == tenant


def test_a_tenant_function_that_raises_closes_and_is_recorded_once(caplog: pytest.LogCaptureFixture) -> None:
    source = OriginSource(Store().load, tenant=lambda scope: scope["state"].tenant)
    assert [source.tenant_of({}) for _ in range(3)] == [None] * 3
    assert [record.levelname for record in caplog.records if record.levelno >= logging.WARNING] == ["ERROR"]
    assert caplog.records[0].exc_info is not None


def test_without_tenants_every_request_is_nobodys() -> None:
    assert OriginSource(Store().load).tenant_of({}) is None


def test_a_child_process_begins_again() -> None:
    store = Store("a.example")
    with following(loaded(store)) as source:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                fresh = not source.running and source.snapshot.allows(A)
                store.rows = ["b.example"]
                source.refresh_sync()
                os.write(writer, b"yes" if fresh and source.snapshot.allows(B) else b"no")
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as answer:
            assert answer.read() == b"yes"
        os.waitpid(child, 0)
        assert source.running
        assert source.snapshot.allows(A)


def test_pauses_leave_the_applications_random_numbers_alone() -> None:
    before = random.getstate()
    source = OriginSource(lambda: ["https://a.example"], refresh_interval=30)
    assert 24 <= source.pause() <= 30
    assert 0 < backoff(3) <= 1
    assert random.getstate() == before


def test_attempts_are_never_in_step() -> None:
    waits = [backoff(failures) for failures in range(1, 30)]
    assert all(0.1 <= wait <= 1.0 for wait in waits)
    assert len(set(waits)) == len(waits)
    assert max(waits[:1]) <= 0.2


def test_the_hook_of_a_child_process_begins_anew_what_was_running() -> None:
    idle, source = loaded(Store("a.example")), loaded(Store("a.example"))
    with following(source):
        idle_loading, loading = idle.follower.loading, source.follower.loading
        loop, task = source.follower._loop, source.follower._task
        assert loop is not None
        assert task is not None
        _in_child()
        assert idle.follower.loading is idle_loading
        assert source.follower.loading is not loading
        assert (source.running, source.follower._loop) == (False, None)
        assert source.snapshot.allows(A)
        loop.call_soon_threadsafe(task.cancel)  # which a child has not got
        until(source.follower.ended.done)


FORKING = """
import os, sys, threading
from crossorigin.origins import OriginSource, source as module
module._FORK = float(sys.argv[1])
of_the_driver, loading, ended = threading.Lock(), threading.Event(), threading.Event()
rows = ["a.example"]
def load():
    with of_the_driver:
        loading.set()
        ended.wait(float(sys.argv[2]))
        return rows
ended.set()
source = OriginSource(load)
source.refresh_sync()
ended.clear()
loading.clear()
source.changed()
loading.wait()
if os.fork() == 0:
    rows.append("b.example")
    ended.set()
    source.load_timeout = 0.5
    print(source.refresh_sync().error, *source.snapshot.exact, flush=True)
    os._exit(0)
ended.set()
os.wait()
print(source.refresh_sync().error, *source.snapshot.exact)
"""


@pytest.mark.parametrize(
    ("patience", "load_takes", "said"),
    [
        ("10", "0.3", " b'https://a.example' b'https://b.example'\n b'https://a.example'\n"),
        # A store that hangs does not keep the server from forking; the child cannot read it, and says so.
        ("0.2", "60", "TimeoutError b'https://a.example'\n b'https://a.example'\n"),
    ],
    ids=["load", "hung"],
)
def test_a_fork_waits_for_a_load_whose_driver_holds_a_lock(patience: str, load_takes: str, said: str) -> None:
    command = [sys.executable, "-c", FORKING, patience, load_takes]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert made.stdout == said


def test_a_load_that_hangs_does_not_keep_a_process_from_forking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crossorigin.origins.source._FORK", 0.05)
    store = Store("a.example")
    with following(loaded(store)) as source:
        store.held.clear()
        source.changed()
        until(lambda: store.loads == 2)
        child = os.fork()
        if child == 0:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        store.held.set()
        until(lambda: source.status.error == "")


@pytest.mark.parametrize("kind", ["load", "load_async"])
def test_on_a_loop_that_is_not_asyncios(kind: str) -> None:
    """As on trio: nothing of asyncio runs in this thread, and nothing is awaited that another loop does not know."""
    source = OriginSource(getattr(Store("a.example"), kind))
    with pytest.raises(StopIteration):
        source.start().send(None)
    assert source.snapshot.allows(A)
    with pytest.raises(StopIteration):
        source.stop().send(None)
    assert not source.running


def test_a_change_before_the_start_is_read_by_the_first_load() -> None:
    store = Store("a.example")
    source = loaded(store)
    source.changed(["a.example"])
    assert store.loads == 0
    with following(source):
        assert source.snapshot.allows(A)


def test_a_source_has_no_single_rows_unless_it_says_so() -> None:
    with pytest.raises(NotImplementedError):
        loaded(Store()).load_some(["a.example"])


def test_signals_that_end_or_fail_are_asked_for_again(caplog: pytest.LogCaptureFixture) -> None:
    store = Store("a.example")
    begun: list[int] = []

    class Signalling(OriginSource):
        async def _signals(self) -> AsyncIterator[Changed]:
            begun.append(len(begun))
            if len(begun) in (1, 2):
                raise OSError("gone")
            if len(begun) == 4:
                store.rows.append("b.example")
            yield None

    source = Signalling(store.load, refresh_interval=600)
    source.signals = source._signals
    with following(source):
        until(lambda: source.snapshot.allows(B))
    lost = "The signals of the origins' store are lost (OSError: gone)"
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [lost]
