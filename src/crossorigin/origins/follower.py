"""The follower: one coroutine that runs one load after another, so that a version never goes back.

    load → wait for a signal, or for the interval to end → load → …

It runs in a thread of its own, on an event loop of its own, so that it delays no request and works under every
server. Only for an async load it is a task on the server's loop, because that load's connections belong there.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import random
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import partial
from queue import SimpleQueue
from time import monotonic
from typing import Final, Protocol

# Which rows a signal says have changed, as the store writes them; None for any.
Changed = Collection[str] | None
Waiting = concurrent.futures.Future[None]

HEARTBEAT: Final = 1.0  # seconds without a signal, until the connection that brings them is asked for a sign of life

# Seconds between the beginnings of two loads: signals that come faster are answered by one load.
LEAST_PAUSE: Final = 0.05

_STOP: Final = 5.0  # seconds for which a shutdown waits
_FIRST_RETRY: Final = 0.1
_LAST_RETRY: Final = 1.0
# Python's own generator is the application's: what it has seeded must not change in a thread of ours. This one has
# no state, so a forked worker does not draw what its parent draws.
JITTER: Final = random.SystemRandom()
_MAX_HUNG: Final = 4  # calls in threads that do not end; Python cannot end a thread


@dataclass(slots=True)
class NextLoad:
    """What the next load is for."""

    everything: bool = False
    force: bool = False
    keys: set[str] = field(default_factory=set)
    signalled: bool = False
    waiting: list[Waiting] = field(default_factory=list)


class Followed(Protocol):
    """What a follower asks of a source."""

    signals: Callable[[], AsyncIterator[Changed]] | None
    on_server_loop: bool

    def attempt(self, asked: NextLoad) -> Awaitable[None]:
        """One load. Never raises."""

    def pause(self) -> float:
        """Seconds until the next load, if nothing asks for one before."""

    def signals_lost(self, error: Exception) -> None:
        """The signals ended with this error, and did not before."""

    def close(self) -> Awaitable[None]:
        """Gives up connections of the follower's loop, which ends."""


class Follower:
    """Follows a source, from `begin` to `stop`, or to the end of the server's loop."""

    def __init__(self, source: Followed) -> None:
        self._source = source
        self.loading = LoadingThread()
        self.running = self.listening = False
        self.serving = False  # whether requests need not wait: the first load, or the patience with it, is over
        self.first: Waiting = Waiting()
        self.ended: Waiting = Waiting()
        self._lock = threading.Lock()  # for what other threads ask for; no request takes it
        self._asked = NextLoad()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Begins to follow; does nothing once begun."""
        with self._lock:
            if self.running:
                return
            self.running = True
            self._asked.everything = True
            self.first, self.ended = Waiting(), Waiting()
        loop = running_loop() if self._source.on_server_loop else None
        if loop is not None:
            self._task = loop.create_task(self._run())
            return
        threading.Thread(target=lambda: asyncio.run(self._run()), name="crossorigin-origins", daemon=True).start()

    async def stop(self) -> None:
        """Ends it, and waits for that."""
        loop, task = self._loop, self._task
        if not self.running or loop is None or task is None:
            return
        with suppress(RuntimeError):  # the server's loop ended first, and the task with it
            loop.call_soon_threadsafe(task.cancel)
            await settled(self.ended, _STOP)

    def ask(
        self, *, keys: Changed = None, force: bool = False, signalled: bool = False, waiting: Waiting | None = None
    ) -> None:
        """Asks for a load that begins from now on; in any thread. `waiting` is done when it is over."""
        with self._lock:
            asked = self._asked
            asked.force = asked.force or force
            asked.signalled = asked.signalled or signalled
            asked.everything = asked.everything or keys is None
            asked.keys.update(keys or ())
            if waiting is not None:
                asked.waiting.append(waiting)
            loop, wake = self._loop, self._wake
        if loop is None or wake is None:
            return
        if loop is running_loop():
            wake.set()
            return
        with suppress(RuntimeError):  # the loop has ended; who begins again loads everything
            loop.call_soon_threadsafe(wake.set)

    async def _run(self) -> None:
        self._wake = wake = asyncio.Event()
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        listener = asyncio.create_task(self._listen())
        try:
            while True:
                began = monotonic()
                asked = self._take()
                await self._source.attempt(asked)
                for waiting in asked.waiting:
                    done(waiting)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._source.pause()):
                        await wake.wait()
                await asyncio.sleep(began + LEAST_PAUSE - monotonic())
        except asyncio.CancelledError:
            pass
        finally:
            listener.cancel()
            await asyncio.wait([listener], timeout=_STOP)
            with suppress(Exception):
                await self._source.close()
            self.loading.end()
            self.running = self.listening = self.serving = False
            for waiting in [*self._asked.waiting, self.first, self.ended]:
                done(waiting)

    def _take(self) -> NextLoad:
        """What was asked for since the last load began; if nothing was, the interval is over: everything."""
        assert self._wake is not None
        with self._lock:
            asked, self._asked = self._asked, NextLoad()
            self._wake.clear()
        asked.everything = asked.everything or not asked.keys
        return asked

    async def _listen(self) -> None:
        failures = 0
        while self._source.signals is not None:
            try:
                async with aclosing(self._source.signals()) as signals:  # type: ignore[type-var]
                    async for keys in signals:
                        failures = 0
                        self.listening = True
                        self.ask(keys=keys, signalled=True)
            except Exception as error:
                if not failures:
                    self._source.signals_lost(error)
            self.listening = False
            failures += 1
            await asyncio.sleep(backoff(failures))


class LoadingThread:
    """Calls functions in a daemon thread, one after another; a shutdown does not wait for it if the store is hung."""

    def __init__(self) -> None:
        self.busy = threading.RLock()  # held while a function runs: a fork waits for that
        self._calls: SimpleQueue[Callable[[], None] | None] | None = None
        self._hung: set[Waiting] = set()

    async def call(self, function: Callable[[], None]) -> None:
        """Calls a function, and waits for it; if the caller is cancelled, the function goes on alone."""
        self._hung = {call for call in self._hung if not call.done()}
        if len(self._hung) >= _MAX_HUNG:
            raise TimeoutError("earlier loads have not ended")
        if self._calls is None:
            self._calls = SimpleQueue()
            serve = partial(_call_each, self._calls)
            threading.Thread(target=serve, name="crossorigin-origins-load", daemon=True).start()
        ended = Waiting()

        def run() -> None:
            try:
                with self.busy:
                    function()
            except BaseException as error:
                ended.set_exception(error)
            else:
                ended.set_result(None)

        self._calls.put(run)
        try:
            await settled(ended, None)
        except asyncio.CancelledError:
            self._hung.add(ended)
            self.end()
            raise
        ended.result()

    def end(self) -> None:
        """Lets the thread end after what it does now; the next call begins another."""
        calls, self._calls = self._calls, None
        if calls is not None:
            calls.put(None)


def _call_each(calls: SimpleQueue[Callable[[], None] | None]) -> None:
    while (call := calls.get()) is not None:
        call()


def backoff(failures: int) -> float:
    """Seconds until the next attempt: twice as long each time, up to a second, and never in step with others."""
    longest = min(_LAST_RETRY, _FIRST_RETRY * 2.0 ** min(failures, 10))
    return longest * JITTER.uniform(0.5, 1.0)


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop of asyncio that runs in this thread."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


async def settled(waiting: Waiting, seconds: float | None) -> None:
    """Waits until another thread is done, at most so long."""
    loop = running_loop()
    if loop is None:  # trio
        concurrent.futures.wait([waiting], seconds)
        return
    found: asyncio.Future[bool] = loop.create_future()

    def tell(_: object) -> None:
        with suppress(RuntimeError):  # nobody waits any more, and the loop has ended
            loop.call_soon_threadsafe(settle, found, True)

    waiting.add_done_callback(tell)
    await within(seconds, found)


async def within(seconds: float | None, found: asyncio.Future[bool]) -> bool:
    """What is found, or False after so many seconds."""
    timer = None if seconds is None else asyncio.get_running_loop().call_later(seconds, settle, found, False)
    try:
        return await found
    finally:
        if timer is not None:
            timer.cancel()


def settle(found: asyncio.Future[bool], answer: bool) -> None:
    """The first answer is taken."""
    if not found.done():
        found.set_result(answer)


def done(waiting: Waiting) -> None:
    """Lets the one that waits go on."""
    with suppress(concurrent.futures.InvalidStateError):
        waiting.set_result(None)
