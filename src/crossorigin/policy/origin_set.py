"""A set of allowed origins that is asked about every request; its cost does not depend on its size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

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
    that asks, which the grammar bounds at 127; a `*` that is part of a label, one more for each pair of lengths before
    and after it that a pattern has.
    """

    __slots__ = ("_below", "_hosts", "_labels", "_lengths", "_schemes", "exact")

    def __init__(self, patterns: Iterable[OriginPattern] = ()) -> None:
        exact: set[bytes] = set()
        hosts: _Patterns = {}
        below: _Patterns = {}
        labels: _Patterns = {}
        schemes: _Patterns = {}
        for pattern in patterns:
            scheme, host = pattern.origin.scheme.encode(), pattern.origin.host.encode()
            if pattern.exact:
                exact.add(str(pattern.origin).encode())
            elif pattern.subdomains:
                below.setdefault((scheme, host), []).append(pattern)
            elif pattern.any_host:
                schemes.setdefault((scheme,), []).append(pattern)
            elif b"*" in host:
                labels.setdefault((scheme, *_around_star(host)), []).append(pattern)
            else:
                hosts.setdefault((scheme, host), []).append(pattern)
        self.exact: frozenset[bytes] = frozenset(exact)
        self._hosts = _with_ports(hosts)
        self._below = _with_ports(below)
        self._labels = _with_ports(labels)
        self._schemes = _with_ports(schemes)
        self._lengths = frozenset((len(before), len(after)) for _, _, before, after, _ in self._labels)

    def __contains__(self, origin: bytes) -> bool:
        if len(origin) > MAX_ORIGIN_BYTES:
            return False
        return origin in self.exact or self.matches_pattern(origin)

    def __bool__(self) -> bool:
        return bool(self.exact) or self.patterned

    @property
    def patterned(self) -> bool:
        """Whether a pattern is in the set that is more than one origin."""
        return bool(self._hosts or self._below or self._labels or self._schemes)

    def matches_pattern(self, origin: bytes) -> bool:
        """Whether a pattern takes this origin, of at most `MAX_ORIGIN_BYTES`; `exact` is not asked."""
        parts = split_serialised(origin)
        if parts is None:
            return False
        scheme, host, port = parts
        if _takes(self._hosts.get((scheme, host)), port) or _takes(self._schemes.get((scheme,)), port):
            return True
        if self._lengths and self._matches_label(scheme, host, port):
            return True
        # Whole labels only: `https://*.example.com` never meets `https://barexample.com`, the
        # mistake of GHSA-vhxv-fg4m-p2w8 and of every suffix comparison without its dot.
        dot = host.find(b".")
        while dot != -1:
            if _takes(self._below.get((scheme, host[dot + 1 :])), port):
                return True
            dot = host.find(b".", dot + 1)
        return False

    def _matches_label(self, scheme: bytes, host: bytes, port: bytes | None) -> bool:
        """Whether a pattern takes this host whose `*` is part of a label: one or more of `a-z0-9-`, never a dot."""
        start = 0
        while start <= len(host):
            end = host.find(b".", start)
            end = len(host) if end == -1 else end
            label = host[start:end]
            for before, after in self._lengths:
                middle = label[before : len(label) - after]
                if not middle or middle.translate(None, _LABEL_BYTES):
                    continue
                key = (scheme, host[:start], label[:before], label[len(label) - after :], host[end:])
                if len(label) > before + after and _takes(self._labels.get(key), port):
                    return True
            start = end + 1
        return False


_Patterns = dict[tuple[bytes, ...], list[OriginPattern]]
_LABEL_BYTES: Final = b"abcdefghijklmnopqrstuvwxyz0123456789-"


def _around_star(host: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """What is before the label of the `*`, the label before and after the `*`, and what is after the label."""
    before, _, after = host.partition(b"*")
    start = before.rfind(b".") + 1
    end = after.find(b".")
    end = len(after) if end == -1 else end
    return before[:start], before[start:], after[:end], after[end:]


def _with_ports(patterns: _Patterns) -> dict[tuple[bytes, ...], _Ports]:
    return {key: _ports(found) for key, found in patterns.items()}


def _ports(patterns: list[OriginPattern]) -> _Ports:
    listed = {None if it.origin.port is None else str(it.origin.port).encode() for it in patterns if not it.any_port}
    return _Ports(frozenset(listed), any(it.any_port for it in patterns))


def _takes(ports: _Ports | None, port: bytes | None) -> bool:
    return ports is not None and (ports.any or port in ports.listed)
