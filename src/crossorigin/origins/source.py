"""OriginSource: origins that a function loads, kept up to date while the server runs.

A source has a load and signals. The load returns every row. A signal only says that something changed, so a
forged one causes a load and nothing else. The request path reads `snapshot`.
A subclass for a store says `signals`, `by_key` and `load_some`, `close`, `after_fork` and `on_server_loop`.

What happens if the store fails: the last set stays in force for `max_stale`, then the source allows nothing, and
the policy's own list is all there is. An empty result after one that was not empty is nearly always a mistake (a
restored backup, a cache that was restarted), so it has to stand for an interval before it is taken.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import threading
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any, Final, TypeVar

from ..policy.policy import Policy
from .api_keys import only
from .base import OriginsUnavailable, Source, is_async
from .follower import JITTER, LEAST_PAUSE, Changed, Follower, NextLoad, Waiting, backoff, done, settled
from .rows import Terms, collect, terms
from .snapshot import Snapshot
from .tenants import Tenant

logger = logging.getLogger("crossorigin")

Load = Callable[[], Iterable[Any] | Awaitable[Iterable[Any]]]
_T = TypeVar("_T")

_START: Final = 5.0  # seconds for which a start waits for the first load
_FORK: Final = 5.0  # seconds for which a fork waits for loads that are under way
_MAX_KEYS: Final = 100  # changed rows that are asked for one by one
_QUIET: Final = 2  # changes in a row that no signal announced, until it is said
_STRICTEST: Final = frozenset({Terms(credentials=True, environment="production")})  # until a policy is known


@dataclass(frozen=True, slots=True)
class Status:
    """What a source is up to, for readiness probes and dashboards.

    `age` is seconds since the store was last read, None before the first time. `error` is why the last load
    failed. `listening` is None for a source without signals.
    """

    ready: bool
    version: int
    origins: int
    skipped: int
    loaded_at: datetime | None
    age: float | None
    stale: bool
    held_back: bool
    listening: bool | None
    error: str


class OriginSource(Source):
    """Allowed origins that `load` returns: `install(app, policy, origins=OriginSource(load))`.

    `load` is a function without arguments, sync (it is called in a thread) or async (it is awaited on the server's
    loop). It returns all rows: strings, or tuples of a string, optionally its tenant, optionally since when. A
    string is an origin, a domain, a URL or a pattern. Rows are checked as in the policy; those that cannot be used
    are skipped and logged.

    The rows are loaded again every `refresh_interval` seconds, a little less by chance. They stay in force for
    `max_stale` seconds while the store cannot be read. With `required`, a server whose first load fails does not
    start. `tenant` is a function of the scope that returns the tenant of a request: an origin is then allowed for
    the tenants of its rows only. Raises ValueError and TypeError for arguments of another kind.
    """

    signals: Callable[[], AsyncIterator[Changed]] | None = None
    """An async generator function of a subclass, which yields which rows changed, None for any."""

    by_key = False
    """Whether a subclass can load single rows."""

    on_server_loop: bool
    """Whether its connections belong to the server's event loop: then it is followed there, else in a thread."""

    only = staticmethod(only)

    def __init__(
        self,
        load: Load,
        *,
        refresh_interval: float | timedelta = 30.0,
        max_stale: float | timedelta = 3600.0,
        load_timeout: float | timedelta = 10.0,
        required: bool = False,
        tenant: Tenant | None = None,
    ) -> None:
        if not callable(load):
            raise TypeError(f"load is a function that returns rows, not {type(load).__name__}")
        if tenant is not None and (not callable(tenant) or is_async(tenant)):
            raise TypeError("tenant is a sync function of the scope: it is called on the request path")
        self.load = load
        self.tenant = tenant
        self.required = required
        self.snapshot = Snapshot(tenanted=tenant is not None)
        self.refresh_interval = _seconds("refresh_interval", refresh_interval)
        self.max_stale = _seconds("max_stale", max_stale)
        self.load_timeout = _seconds("load_timeout", load_timeout)
        self._is_async = self.on_server_loop = is_async(load)
        self._terms: weakref.WeakKeyDictionary[object, frozenset[Terms]] = weakref.WeakKeyDictionary()
        self._checked_by = _STRICTEST
        self._loaded_at: datetime | None = None
        self._since: dict[str, datetime] = {}  # of rows that came after the first load
        self._read_at: float | None = None
        self._failures = 0
        self._error = ""
        self._expired = False
        self._held_until: float | None = None
        self._unannounced = 0
        self._tenant_failed = False
        self.follower = Follower(self)
        self._begin_anew()
        _alive.add(self)

    def _begin_anew(self) -> None:
        self.follower.__init__(self)  # type: ignore[misc]
        self._changing = threading.Lock()  # held while a snapshot is made
        self._load_number = 0

    # -- what a request reads -------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether the store is followed."""
        return self.follower.running

    def tenant_of(self, scope: Any) -> str | None:
        """The tenant of a request; None if it belongs to nobody. Never raises."""
        try:
            tenant = self.tenant(scope) if self.tenant is not None else None
            return tenant if isinstance(tenant, str) or tenant is None else str(tenant)
        except Exception:
            # With its traceback once: a stranger sends the request, and may not fill a disk with it.
            level, self._tenant_failed = (logging.DEBUG if self._tenant_failed else logging.ERROR), True
            logger.log(level, "tenant= raised, so no other origin is let in", exc_info=True)
            return None

    # -- for the team ---------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether the rows of the store are in force, read less than `max_stale` ago."""
        return self._read_at is not None and not self._expired

    @property
    def status(self) -> Status:
        """What the source is up to."""
        snapshot = self.snapshot
        age = None if self._read_at is None else monotonic() - self._read_at
        listening = None if self.signals is None else self.follower.listening
        return Status(
            ready=self.ready,
            version=snapshot.version,
            origins=len(snapshot),
            skipped=snapshot.skipped,
            loaded_at=self._loaded_at,
            age=age,
            stale=self._failures > 0,
            held_back=self._held_until is not None,
            listening=listening,
            error=self._error,
        )

    def since(self, text: str) -> datetime | None:
        """Since when this process has the row that says this; None for no such row."""
        return self._since.get(text, self._loaded_at) if text in self.snapshot.rows else None

    def changed(self, keys: Changed = None) -> None:
        """Says that something changed; may be called in any thread. The store is then read."""
        self.follower.ask(keys=keys, signalled=True)

    async def refresh(self, *, force: bool = False) -> Status:
        """Loads now, and returns when the result is in force or the load has failed (`Status.error`).

        Call it after a write of one's own. `force` also takes a result that is empty at once.
        """
        await self.start()
        ended = Waiting()
        self.follower.ask(force=force, waiting=ended)
        await settled(ended, self.load_timeout * 2)
        return self.status

    def refresh_sync(self, *, force: bool = False) -> Status:
        """`refresh()` for sync endpoints and scripts, which run outside the server's event loop."""
        return asyncio.run(self.refresh(force=force))

    # -- for the middleware ---------------------------------------------------------------------

    def bind(self, owner: object, policies: Iterable[Policy]) -> None:
        """Says by which policies of `owner` the rows are checked from now on: each row must suit them all."""
        with self._changing:
            self._terms[owner] = frozenset(terms(policy) for policy in policies)
            self._check_again()

    async def start(self) -> None:
        """Begins to follow and waits a few seconds for the first load; once it is there, returns at once.

        Raises OriginsUnavailable if the first load is required and there is none.
        """
        self.follower.begin()
        if not self.follower.first.done():
            await settled(self.follower.first, _START)
        self.follower.serving = self.follower.running
        self._check_required()

    def _check_required(self) -> None:
        if self.required and self._read_at is None:
            why = self._error or "no answer"
            raise OriginsUnavailable(f"the origins are required, and cannot be loaded: {why}")

    async def stop(self) -> None:
        """Ends what `start` began."""
        await self.follower.stop()

    # -- what a subclass says -------------------------------------------------------------------

    def load_some(self, keys: Collection[str]) -> Iterable[Any] | Awaitable[Iterable[Any]]:
        """The rows that say one of these strings, as `load` returns all; asked if `by_key`."""
        raise NotImplementedError

    async def close(self) -> None:
        """Gives up connections of the follower's loop, which ends."""

    def after_fork(self) -> None:
        """In a child process of one that followed: gives up connections that the two would share."""

    # -- for the follower -----------------------------------------------------------------------

    def pause(self) -> float:
        """Seconds until the next load: a retry, the end of what is held back, or the interval."""
        if self._failures:
            return min(backoff(self._failures), self.refresh_interval)
        if self._held_until is not None:
            return self._held_until - monotonic() + LEAST_PAUSE
        return self.refresh_interval * JITTER.uniform(0.8, 1.0)

    async def attempt(self, asked: NextLoad) -> None:
        """One load, and what comes of it."""
        self._load_number = number = self._load_number + 1
        # Single rows are asked for only if all others are known for sure.
        certain = self.ready and not self._failures and self._held_until is None
        keys = None
        if self.by_key and certain and not asked.everything and len(asked.keys) <= _MAX_KEYS:
            keys = frozenset(asked.keys)
        try:
            async with asyncio.timeout(self._longest_load()):
                await self._load_and_apply(keys, asked, number)
        except Exception as error:
            self._load_number += 1  # what a hung load returns later is not taken
            self._fail(error)
        if not self.required or self._read_at is not None:
            self.follower.serving = True
            done(self.follower.first)

    def _longest_load(self) -> float:
        """The time limit of a load; shorter if `max_stale` ends within it."""
        if self._read_at is None or self._expired:
            return self.load_timeout
        return min(self.load_timeout, max(LEAST_PAUSE, self._read_at + self.max_stale - monotonic()))

    async def _load_and_apply(self, keys: Changed, asked: NextLoad, number: int) -> None:
        load: Callable[[], Any] = self.load if keys is None else partial(self.load_some, keys)
        if not self._is_async:
            await self.follower.loading.call(lambda: self._apply(_loaded(load), keys, asked, number))
            return
        elements = await load()
        if keys is not None:
            self._apply(elements, keys, asked, number)
        else:  # to read 100,000 rows takes a while, and the server's loop has to go on
            await self.follower.loading.call(lambda: self._apply(elements, keys, asked, number))

    def _apply(self, elements: Iterable[Any], keys: Changed, asked: NextLoad, number: int) -> None:
        """Puts what a load returned in force. Runs in any thread."""
        rows, unusable = collect(elements, tenants=self.tenant is not None)
        with self._changing:
            if number != self._load_number:  # given up meanwhile
                return
            self._check_again()  # an app and its policy may be gone
            before = self.snapshot
            concerned: Collection[str]
            if keys is not None:
                concerned = {text for text in {*keys, *rows} if before.rows.get(text) != rows.get(text)}
            elif before.rows:
                concerned = {text for text, _ in rows.items() ^ before.rows.merged().items()}
            else:
                concerned = rows.keys()
            known = bool(before.rows) and not self._failures  # else what is new may have been announced before
            self._succeed()
            changes = {text: rows.get(text) for text in concerned}
            snapshot = before.changed(changes, self._checked_by) if changes else before
            if len(before) and not len(snapshot) and not asked.force and not self._held_long_enough():
                return
            self._held_until = None
            if snapshot is not before:
                self._record(before, snapshot, changes, unusable)
                self.snapshot = snapshot
                self._note_silence(asked, known=known)

    def _held_long_enough(self) -> bool:
        if self._held_until is None:
            self._held_until = monotonic() + self.refresh_interval
            logger.error(
                "The origins' store is empty, and was not before: its last %d origins stay in force for %g s more, "
                "unless refresh(force=True) is called",
                len(self.snapshot),
                self.refresh_interval,
            )
        return monotonic() >= self._held_until

    def _check_again(self) -> None:
        """Checks the rows by the policies that there are now, if these are others than when they were checked."""
        every = frozenset[Terms]().union(*self._terms.values()) or _STRICTEST
        if every != self._checked_by:
            self._checked_by = every
            if self.snapshot.rows:
                self.snapshot = self.snapshot.rebuilt(every)

    # -- what is written down -------------------------------------------------------------------

    def _record(self, before: Snapshot, after: Snapshot, changes: Collection[str], unusable: int) -> None:
        now = datetime.now(UTC)
        if self._loaded_at is None:
            self._loaded_at = now
        else:
            for text in changes:
                self._since.pop(text, None)
                if text in after.rows:
                    self._since[text] = now
        logger.info("Version %d of the origins is in force: %d origins", after.version, len(after))
        skipped = after.skipped - before.skipped + unusable
        if skipped > 0:
            examples = "; ".join(f"{_shown(one.value)} [{one.code}] {_plain(one.message)}" for one in after.examples)
            logger.warning("%d rows of the origins' store cannot be used and are skipped. %s", skipped, examples)

    def _note_silence(self, asked: NextLoad, *, known: bool) -> None:
        """Notifications are lost without an error behind PgBouncer's transaction pooling, for one."""
        if asked.signalled or asked.waiting or not known or not self.follower.listening:
            self._unannounced = 0
            return
        self._unannounced += 1
        if self._unannounced == _QUIET:
            logger.warning(
                "The origins' store changed %d times without a signal: does the trigger exist, and does the "
                "listening connection go to the store itself, not through a pooler?",
                _QUIET,
            )

    def _succeed(self) -> None:
        if self._failures:
            logger.warning("The origins' store can be read again")
        self._read_at, self._failures, self._error, self._expired = monotonic(), 0, "", False

    def _fail(self, error: Exception) -> None:
        with self._changing:
            self._failures += 1
            self._error = _in_words(error)
            if self._failures == 1:
                bug = isinstance(error, TypeError | AttributeError | NameError | LookupError)
                words = "The origins' store cannot be read (%s): %s"
                logger.warning(words, self._error, self._meanwhile(), exc_info=bug)
            if self._read_at is None or self._expired or monotonic() - self._read_at < self.max_stale:
                return
            self._expired = True
            self.snapshot = self.snapshot.emptied()
            words = "The origins' store has not been read for %g s: only the policy's own list is in force"
            logger.error(words, self.max_stale)

    def _meanwhile(self) -> str:
        if not self.ready:
            return "only the policy's own list is in force"
        return f"its last {len(self.snapshot)} origins stay in force for at most {self.max_stale:g} s"

    def signals_lost(self, error: Exception) -> None:
        """Writes down that nothing announces changes for a while."""
        logger.warning("The signals of the origins' store are lost (%s)", _in_words(error))


def _seconds(name: str, value: float | timedelta) -> float:
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError(f"{name} is seconds, as a number or a timedelta")
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{name} is more than 0 seconds")
    return float(seconds)


def _loaded(load: Callable[[], Any]) -> Iterable[Any]:
    """What a sync function returns; if that is an awaitable, its result, on an event loop of its own."""
    returned = load()
    return asyncio.run(_awaited(returned)) if inspect.isawaitable(returned) else returned


async def _awaited(awaitable: Awaitable[_T]) -> _T:
    return await awaitable


def _in_words(error: BaseException) -> str:
    first = (str(error).splitlines() or [""])[0][:200]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _shown(value: object) -> str:
    return ascii(value)[:120]


def _plain(message: str) -> str:
    return message.encode("ascii", "backslashreplace").decode()[:200]


_alive: Final[weakref.WeakSet[OriginSource]] = weakref.WeakSet()
_stopped: list[threading.RLock] = []  # the locks of the loads that a fork has waited for


def _before_fork() -> None:
    """Waits until no load runs: in a child, a lock that a driver holds then is held for ever, SQLite's own for one."""
    until = monotonic() + _FORK
    for source in list(_alive):
        busy = source.follower.loading.busy
        if busy.acquire(timeout=max(0.0, until - monotonic())):
            _stopped.append(busy)


def _after_fork() -> None:
    while _stopped:
        _stopped.pop().release()


def _in_child() -> None:
    """A child has the snapshot, and neither thread nor loop: its first request starts a follower of its own."""
    _after_fork()
    for source in list(_alive):
        if source.running:
            source._begin_anew()
            source.after_fork()


with suppress(AttributeError):  # Windows, which cannot fork
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
