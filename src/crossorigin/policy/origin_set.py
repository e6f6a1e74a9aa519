"""A set of allowed origins that is asked about every request; its cost does not depend on its size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..standards.origin import MAX_ORIGIN_BYTES, split_serialised
from .origin_patterns import OriginPattern


@dataclass(frozen=True, slots=True)
class _Ports:
    """The ports that one (scheme, host) of a pattern takes: listed ones, or any."""

    listed: frozenset[bytes | None]
    any: bool


class OriginSet:
    """A set of allowed origins that answers in a time independent of its size.

    A listed origin is one dictionary lookup. A pattern costs one lookup for each label of the host
    that asks, which the grammar bounds at 127.
    """

    __slots__ = ("_below", "_hosts", "exact")

    def __init__(self, patterns: Iterable[OriginPattern] = ()) -> None:
        exact: set[bytes] = set()
        tables: dict[bool, dict[tuple[bytes, bytes], list[OriginPattern]]] = {False: {}, True: {}}
        for pattern in patterns:
            if pattern.exact:
                exact.add(str(pattern.origin).encode())
            else:
                key = (pattern.origin.scheme.encode(), pattern.origin.host.encode())
                tables[pattern.subdomains].setdefault(key, []).append(pattern)
        self.exact: frozenset[bytes] = frozenset(exact)
        self._hosts = {key: _ports(found) for key, found in tables[False].items()}
        self._below = {key: _ports(found) for key, found in tables[True].items()}

    def __contains__(self, origin: bytes) -> bool:
        if len(origin) > MAX_ORIGIN_BYTES:
            return False
        return origin in self.exact or self.matches_pattern(origin)

    def __bool__(self) -> bool:
        return bool(self.exact) or self.patterned

    @property
    def patterned(self) -> bool:
        """Whether a pattern is in the set that is more than one origin."""
        return bool(self._hosts or self._below)

    def matches_pattern(self, origin: bytes) -> bool:
        """Whether a pattern takes this origin, of at most `MAX_ORIGIN_BYTES`; `exact` is not asked."""
        parts = split_serialised(origin)
        if parts is None:
            return False
        scheme, host, port = parts
        if _takes(self._hosts.get((scheme, host)), port):
            return True
        # Whole labels only: `https://*.example.com` never meets `https://barexample.com`, the
        # mistake of GHSA-vhxv-fg4m-p2w8 and of every suffix comparison without its dot.
        dot = host.find(b".")
        while dot != -1:
            if _takes(self._below.get((scheme, host[dot + 1 :])), port):
                return True
            dot = host.find(b".", dot + 1)
        return False


def _ports(patterns: list[OriginPattern]) -> _Ports:
    listed = {None if it.origin.port is None else str(it.origin.port).encode() for it in patterns if not it.any_port}
    return _Ports(frozenset(listed), any(it.any_port for it in patterns))


def _takes(ports: _Ports | None, port: bytes | None) -> bool:
    return ports is not None and (ports.any or port in ports.listed)
