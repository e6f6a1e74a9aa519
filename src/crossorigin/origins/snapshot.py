"""The snapshot: all origins of a source at one time, which the request path reads.

A snapshot never changes. A new one shares with the one before what did not change, so that one more origin among
100,000 costs neither 100,000 checks nor a copy of 100,000 entries. Nothing here waits, locks or raises.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, TypeVar

from ..policy.origin_patterns import OriginPattern
from ..policy.origin_set import OriginSet
from ..policy.problems import Problem
from ..standards.origin import MAX_ORIGIN_BYTES
from .rows import Owner, Terms, read_origin

_EXAMPLES: Final = 3
_MAX_RECENT: Final = 1000  # changes beside a large dictionary, before it is made anew
_SAME: Final[Any] = object()
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

Texts = str | tuple[str, ...]  # the rows that say one origin: nearly always one
Owners = tuple[Owner, ...]


class Table(Mapping[_Key, _Value]):
    """A mapping that never changes: a large dictionary, and what is different since, with None for what is gone."""

    __slots__ = ("_size", "base", "recent")

    def __init__(self, base: dict[_Key, _Value], recent: dict[_Key, _Value | None], size: int) -> None:
        self.base = base
        self.recent = recent
        self._size = size

    def __getitem__(self, key: _Key) -> _Value:
        if key not in self.recent:
            return self.base[key]
        value = self.recent[key]
        if value is None:
            raise KeyError(key)
        return value

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[_Key]:
        return iter(self.merged())

    def merged(self) -> dict[_Key, _Value]:
        """All of it as one dictionary, which nobody may change."""
        if not self.recent:
            return self.base
        merged = dict(self.base)
        for key, value in self.recent.items():
            if value is None:
                merged.pop(key, None)
            else:
                merged[key] = value
        return merged

    def changed(self, changes: Mapping[_Key, _Value | None]) -> Table[_Key, _Value]:
        """The mapping after these changes; None takes a key away."""
        size = self._size
        for key, value in changes.items():
            size += (value is not None) - (key in self)
        together = Table(self.base, {**self.recent, **changes}, size)
        return together if len(together.recent) <= _MAX_RECENT else Table(together.merged(), {}, size)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All origins of a source at one time.

    `version` grows with every change. `rows` is what the store said, `exact` has the rows of each origin, and
    `skipped` counts the rows that cannot be used. With `tenanted`, an origin is allowed for its tenants only.
    """

    version: int = 0
    tenanted: bool = False
    rows: Table[str, Owners] = field(default_factory=lambda: Table({}, {}, 0), repr=False)
    exact: Table[bytes, Texts] = field(default_factory=lambda: Table({}, {}, 0), repr=False)
    patterns: Table[OriginPattern, Texts] = field(default_factory=lambda: Table({}, {}, 0), repr=False)
    skipped: int = 0
    examples: tuple[Problem, ...] = ()  # of what the last change skipped
    _matchers: Mapping[str | None, OriginSet] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        """How many origins and patterns are allowed."""
        return len(self.exact) + len(self.patterns)

    def allows(self, origin: bytes, tenant: str | None = None) -> bool:
        """Whether the value of an `Origin` header is allowed, for this tenant if the source has tenants."""
        exact = self.exact
        texts = exact.recent.get(origin, _SAME) if exact.recent else _SAME
        if texts is _SAME:
            texts = exact.base.get(origin)
        if texts is not None:
            if not self.tenanted:
                return True
            for text in (texts,) if isinstance(texts, str) else texts:
                for owner in self.rows[text]:
                    if owner[0] == tenant:
                        return True
        if not self._matchers:
            return False
        group = tenant if self.tenanted else None
        matcher = self._matchers.get(group)
        # Matching a megabyte is work that a stranger would choose.
        return matcher is not None and len(origin) <= MAX_ORIGIN_BYTES and matcher.matches_pattern(origin)

    def changed(self, changes: Mapping[str, Owners | None], every: Collection[Terms]) -> Snapshot:
        """The snapshot after these rows changed; None for a row that is gone."""
        exact: dict[bytes, Texts | None] = {}
        patterns: dict[OriginPattern, Texts | None] = {}
        regrouped: set[str | None] = set()
        examples: list[Problem] = []
        skipped = self.skipped
        for text, owners in changes.items():
            allowed = read_origin(text, every)
            if isinstance(allowed, Problem):
                skipped += (owners is not None) - (text in self.rows)
                if owners is not None and len(examples) < _EXAMPLES:
                    examples.append(allowed)
            elif isinstance(allowed, bytes):
                _put(exact, self.exact, allowed, text, present=owners is not None)
            else:
                _put(patterns, self.patterns, allowed, text, present=owners is not None)
                concerned = (*self.rows.get(text, ()), *(owners or ()))
                regrouped |= {owner.tenant for owner in concerned} if self.tenanted else {None}
        rows, all_patterns = self.rows.changed(changes), self.patterns.changed(patterns)
        matchers = self._matchers
        if regrouped:
            matchers = {**matchers, **_matchers(regrouped, all_patterns, rows, tenanted=self.tenanted)}
        return Snapshot(
            self.version + 1,
            self.tenanted,
            rows,
            self.exact.changed(exact),
            all_patterns,
            skipped,
            tuple(examples),
            matchers,
        )

    def rebuilt(self, every: Collection[Terms]) -> Snapshot:
        """The snapshot of the same rows, all checked again."""
        return Snapshot(self.version, self.tenanted).changed(self.rows.merged(), every)

    def emptied(self) -> Snapshot:
        """The snapshot that allows nothing, as the next version."""
        return Snapshot(self.version + 1, self.tenanted)


def listed(texts: Texts) -> tuple[str, ...]:
    """The rows that say one origin, as a tuple."""
    return (texts,) if isinstance(texts, str) else texts


def _put(changes: dict[_Key, Texts | None], table: Table[_Key, Texts], key: _Key, text: str, *, present: bool) -> None:
    before = changes[key] if key in changes else table.get(key)
    others = tuple(other for other in listed(before or ()) if other != text)
    texts = (*others, text) if present else others
    changes[key] = texts[0] if len(texts) == 1 else texts or None


def _matchers(
    tenants: Collection[str | None],
    patterns: Mapping[OriginPattern, Texts],
    rows: Table[str, Owners],
    *,
    tenanted: bool,
) -> dict[str | None, OriginSet]:
    """A matcher for each of these tenants; without tenants, one for all, under None."""
    groups: dict[str | None, list[OriginPattern]] = {tenant: [] for tenant in tenants}
    for pattern, texts in patterns.items():
        for tenant in _tenants(texts, rows) if tenanted else (None,):
            if tenant in groups:
                groups[tenant].append(pattern)
    return {tenant: OriginSet(group) for tenant, group in groups.items()}


def _tenants(texts: Texts, rows: Table[str, Owners]) -> Iterable[str | None]:
    owners = chain.from_iterable(rows[text] for text in listed(texts))
    return {owner.tenant for owner in owners}
