"""The CORS-preflight cache: what a preflight settled, and for how long (Fetch § CORS-preflight cache).

Here belong its entries and how they match. Not here: when a preflight is made. One cache serves
one page, so the standard's network partition key has nothing to tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, Literal, NamedTuple, TypeAlias

from ..standards.fetch import NON_WILDCARD_REQUEST_HEADERS
from .engines import Engine

_Kind: TypeAlias = Literal["method", "header"]
_WILDCARD: Final = "*"


class CacheKey(NamedTuple):
    """For whom an entry holds: serialised request origin, URL, and credentials mode `include` or not.

    `origin` has more than the serialisation in it where the engine tells one `null` from another.
    """

    origin: str
    url: str
    credentials: bool


@dataclass(slots=True)
class _Entry:
    credentials: bool
    kind: _Kind
    name: str
    expires: float


class PreflightCache:
    """The cache of one page. `clock` counts seconds."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self._entries: dict[tuple[str, str], list[_Entry]] = {}

    def __len__(self) -> int:
        """How many entries are in force, a method or a header name each."""
        now = self._clock()
        return sum(entry.expires > now for entry in chain.from_iterable(self._entries.values()))

    def has_method(self, key: CacheKey, method: str) -> bool:
        """Fetch § method cache entry match."""
        names = {method, _WILDCARD} if self._takes_wildcard(key) else {method}
        return self._has(key, "method", names)

    def has_header(self, key: CacheKey, name: str) -> bool:
        """Fetch § header-name cache entry match; the name is lower-case."""
        covered = self._engine.cached_wildcard_covers_authorization or name not in NON_WILDCARD_REQUEST_HEADERS
        names = {name, _WILDCARD} if covered and self._takes_wildcard(key) else {name}
        return self._has(key, "header", names)

    def store(self, key: CacheKey, max_age: int, methods: Iterable[str], headers: Iterable[str]) -> None:
        """Fetch § CORS-preflight fetch, steps 7.15 to 7.20: update and create entries."""
        if self._engine.max_age_cap is not None:
            max_age = min(max_age, self._engine.max_age_cap)
        if self._engine.cache_replaces:
            self.clear(key)
        now = self._clock()
        entries = [entry for entry in self._of_url(key) if entry.expires > now]
        wanted: list[tuple[_Kind, str]] = [("method", name) for name in methods]
        wanted += [("header", name.lower()) for name in headers]
        for kind, name in wanted:
            named = [entry for entry in entries if (entry.kind, entry.name) == (kind, name)]
            matching = [entry for entry in named if self._matches(entry, key)]
            for entry in matching:
                entry.expires = now + max_age
            if not matching:
                entries.append(_Entry(key.credentials, kind, name, now + max_age))
        self._entries[key.origin, key.url] = entries

    def clear(self, key: CacheKey) -> None:
        """Fetch § clear cache entries: every entry of this origin and URL, with credentials or without."""
        self._entries.pop((key.origin, key.url), None)

    def _takes_wildcard(self, key: CacheKey) -> bool:
        engine = self._engine
        return engine.wildcard_cached and (engine.wildcard_cached_with_credentials or not key.credentials)

    def _has(self, key: CacheKey, kind: _Kind, names: set[str]) -> bool:
        now = self._clock()
        named = [entry for entry in self._of_url(key) if entry.kind == kind and entry.name in names]
        return any(entry.expires > now and self._matches(entry, key) for entry in named)

    def _of_url(self, key: CacheKey) -> Sequence[_Entry]:
        return self._entries.get((key.origin, key.url), ())

    def _matches(self, entry: _Entry, key: CacheKey) -> bool:
        if entry.credentials == key.credentials:
            return True
        return entry.credentials and self._engine.credentialed_entry_serves_all
