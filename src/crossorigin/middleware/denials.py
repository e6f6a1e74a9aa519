"""The record of denials: who was turned away, why, and the line of the policy to write.

The first denial of each (origin, reason, culprit, route) is a WARNING of the logger `crossorigin`; those after it are
counted. The next request after a minute, or the end of the server, writes one line about what was counted. There is no
timer and no thread.

A stranger chooses what is in a request, and how many there are. So every string is escaped and cut, and the table is
bounded: each group of denials has places of its own, and a flood of one group cannot push out another. Near misses of
allowed origins are a group for each cause, and denied methods and headers of allowed origins are one; all other origins
share one. What finds no place is counted. A place that was not needed for an hour is given away.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from ..policy.policy import Policy
from ..server.compiled_policy import REPEATED, CompiledPolicy
from ..server.decision import Decision
from ..standards.origin import MAX_ORIGIN_BYTES
from ..standards.public_suffixes import read_list
from .denial import MAX_SHOWN, Denial, described, quoted
from .most_often import MostOften
from .types import Scope

logger = logging.getLogger("crossorigin")

SECONDS: Final = 60.0  # between two summaries
IDLE_SECONDS: Final = 3600.0  # after which a place is given away
_PLACES: Final = {"stranger": 24, "culprit": 48}
_PLACES_OF_OTHERS: Final = 12  # each cause of a near miss, `null`, repeated origins, hosts
_MOST_PATHS: Final = 128  # of one origin and reason whose routes are looked up
_LONGEST_PATH: Final = 256  # that is kept
_MOST_SHOWN: Final = 10  # in one summary
_MAX_CULPRIT: Final = 200

_OF_ALLOWED_ORIGINS: Final = frozenset(
    {"method-not-allowed", "header-not-allowed", "headers-too-long", "allowed-without-credentials"}
)
_GROUPS: Final = {"origin-null": "null", "origin-repeated": "repeated", "host-not-trusted": "host"}

RouteOf = Callable[[Scope, str], str | None]


@dataclass(slots=True)
class _Counted:
    """One line that was logged, and how often the same was denied since the last summary."""

    denial: Denial
    group: str
    count: int
    used: float


@dataclass(slots=True)
class _Kept:
    """What is known of one (origin, reason, culprit): an entry for each route, found by path or by route."""

    by_path: dict[str, _Counted] = field(default_factory=dict)
    by_route: dict[str | None, _Counted] = field(default_factory=dict)
    looked_up: int = 0

    def keep(self, path: str, entry: _Counted) -> None:
        """Finds the entry by this path from now on, unless the path is too long to be kept."""
        if len(path) <= _LONGEST_PATH:
            self.by_path[path] = entry


_Key = tuple[bytes, str, bytes, bool]


class DenialLog:
    """Writes the record; `mode` is `full`, or `summary` for the summaries alone.

    `route_of` finds the template of a route, from a scope and a method. `client` is whether the address of the client
    is in the record. `counts` are the denials by reason, since the start.
    """

    def __init__(self, mode: str, route_of: RouteOf, *, client: bool = True) -> None:
        self.counts: Counter[str] = Counter()
        self.due: float | None = None  # when the next summary is; None if nothing was counted
        self._full = mode == "full"
        self._client = client
        self._route_of = route_of
        self._rows: dict[_Key, _Kept] = {}
        self._taken: Counter[str] = Counter()
        self._others = MostOften()
        self._since = 0.0
        read_list()  # which near misses need, at the first denial

    def add(self, answers: CompiledPolicy, decision: Decision, scope: Scope, default: Policy, would: bool) -> None:
        """Records one denial.

        `answers` are those of the policy that denied, `default` is the policy of the whole app; `would` says that the
        request went on, because the policy is on trial.
        """
        self.counts[decision.reason] += 1
        origin = b""
        for name, value in scope.get("headers", ()):
            if name == b"origin":
                origin = value if not origin else REPEATED
        key = (origin[:MAX_ORIGIN_BYTES], decision.reason, decision.culprit[:_MAX_CULPRIT], would)
        row = self._rows.get(key)
        path = scope.get("path", "")
        entry = row.by_path.get(path) if row is not None else None
        if entry is None:
            entry = self._enter(key, row, answers, decision, scope, default)
            if entry is None:
                return
        entry.count += 1
        now = monotonic()
        if self.due is None:
            self._start(now)
        elif now >= self.due:
            self.summarise(now)

    def _start(self, now: float) -> None:
        self._since = now
        self.due = now + SECONDS

    def _enter(
        self,
        key: _Key,
        row: _Kept | None,
        answers: CompiledPolicy,
        decision: Decision,
        scope: Scope,
        default: Policy,
    ) -> _Counted | None:
        """The entry that counts this denial; None if it was logged, or has no entry to be counted in."""
        origin, reason, _, would = key
        near = None
        if reason in _OF_ALLOWED_ORIGINS:
            group = "culprit"
        elif reason in _GROUPS:
            group = _GROUPS[reason]
        else:
            near = answers.neighbours.of(origin.decode("latin-1"))
            group = "stranger" if near is None else near.cause
        if would:
            group = f"would {group}"
        if self._is_full(group) and row is None:
            self._count_other(origin)
            return None
        if row is not None and row.looked_up >= _MOST_PATHS:
            self._count_other(origin)
            return None
        denial = described(answers, decision, scope, near, default, would=would, client=self._client)
        route = self._route_of(scope, denial.method)
        if row is None:
            row = self._rows[key] = _Kept()
        row.looked_up += 1
        known = row.by_route.get(route)
        if known is not None:
            row.keep(scope.get("path", ""), known)
            return known
        if self._is_full(group):
            self._count_other(origin)
            return None
        self._taken[group] += 1
        denial = denial.at(route)
        entry = _Counted(denial, group, 0, monotonic())
        row.by_route[route] = entry
        row.keep(scope.get("path", ""), entry)
        if not self._full:
            return entry
        logger.warning("%s", denial.line, extra=denial.fields)
        return None

    def _is_full(self, group: str) -> bool:
        return self._taken[group] >= _PLACES.get(group.removeprefix("would "), _PLACES_OF_OTHERS)

    def _count_other(self, origin: bytes) -> None:
        self._others.add(origin.decode("latin-1")[:MAX_SHOWN])
        now = monotonic()
        if self.due is None:
            self._start(now)
        elif now >= self.due:
            self.summarise(now)

    def summarise_if_due(self) -> None:
        """Writes the summary, if a minute has passed since the first denial that was counted."""
        now = monotonic()
        if self.due is not None and now >= self.due:
            self.summarise(now)

    def close(self) -> None:
        """The end of the server: writes what was counted."""
        if self.due is not None:
            self.summarise(monotonic())

    def summarise(self, now: float) -> None:
        """Writes one line about what was counted, and gives away the places that nobody needed for an hour."""
        counted = sorted(self._counted(now), key=lambda pair: -pair[0])
        shown, rest = counted[:_MOST_SHOWN], counted[_MOST_SHOWN:]
        others = self._others.total + sum(count for count, _ in rest)
        seconds = round(now - self._since)
        total = others + sum(count for count, _ in shown)
        self.due = None
        mostly = self._others.most_often or (rest[0][1].origin if rest else "")
        self._others = MostOften()
        self._give_away(now)
        entries = [f"count={count} {denial.facts}" for count, denial in shown]
        if others:
            entries.append(f"others={others} mostly={quoted(mostly)}")
        line = f"crossorigin: denied again total={total} seconds={seconds}: " + "; ".join(entries)
        denials = [denial.counted | {"count": count} for count, denial in shown]
        extra = {
            "cors_event": "summary",
            "cors_total": total,
            "cors_seconds": seconds,
            "cors_others": others,
            "cors_mostly": mostly,
        }
        logger.warning("%s", line, extra=extra | {"cors_denials": denials})

    def _counted(self, now: float) -> Iterator[tuple[int, Denial]]:
        for row in list(self._rows.values()):
            for entry in list(row.by_route.values()):
                if entry.count:
                    count, entry.count, entry.used = entry.count, 0, now
                    yield count, entry.denial

    def _give_away(self, now: float) -> None:
        for key, row in list(self._rows.items()):
            old = {route for route, entry in row.by_route.items() if now - entry.used > IDLE_SECONDS}
            for route in old:
                self._taken[row.by_route.pop(route).group] -= 1
            if not row.by_route:
                del self._rows[key]
            elif old:
                row.looked_up = 0
                row.by_path = {path: each for path, each in row.by_path.items() if each.denial.route not in old}
