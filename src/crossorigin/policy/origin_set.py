"""A set of allowed origins that is asked about every request; its cost does not depend on its size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple

from ..standards.origin import MAX_ORIGIN_BYTES, split_serialised
from .origin_patterns import OriginPattern


class _Ports(NamedTuple):
    """The ports that one (scheme, host) of a pattern takes: listed ones, or any."""

    listed: frozenset[bytes | None]
    any: bool


class OriginSet:
    """A set of allowed origins that answers in a time independent of its size.

    A listed origin is one dictionary lookup. Patterns cost one lookup for each label of the host that asks, from the
    right, for as long as the labels are those of a pattern: a stranger costs one or two. A `*` that is part of a label
    costs one more for each pair of lengths before and after it that a pattern has.

    `exact` are further origins, as a browser sends them.
    """

    __slots__ = ("_above", "_below", "_ending", "_endings", "_hosts", "_labels", "_lengths", "_schemes", "exact")

    def __init__(self, patterns: Iterable[OriginPattern] = (), *, exact: Iterable[str] = ()) -> None:
        listed = set(map(str.encode, exact))
        hosts: set[tuple[bytes, bytes]] = set()
        below: _Patterns = {}
        labels: _Patterns = {}
        schemes: _Patterns = {}
        for pattern in patterns:
            scheme, host = pattern.origin.scheme.encode(), pattern.origin.host.encode()
            if pattern.exact:
                listed.add(str(pattern.origin).encode())
            elif pattern.subdomains:
                below.setdefault((scheme, host), []).append(pattern)
            elif pattern.any_host:
                schemes.setdefault((scheme,), []).append(pattern)
            elif b"*" in host:
                labels.setdefault((scheme, *_around_star(host)), []).append(pattern)
            else:
                hosts.add((scheme, host))
        self.exact = frozenset(listed)
        self._hosts = frozenset(hosts)  # with any port: one with a port is exact
        self._below = _with_ports(below)
        self._labels = _with_ports(labels)
        self._schemes = _with_ports(schemes)
        names = (key[-1] for key in (*below, *labels))
        self._above = frozenset(chain.from_iterable(map(_and_above, names)))
        length, self._endings = _endings({**self._below, **self._labels})
        self._ending = 0 if hosts or schemes else -length
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
        """Whether a pattern takes this origin; `exact` is not asked."""
        if self._ending and origin[self._ending :] not in self._endings:  # tells most strangers
            return False
        # Before anything reads it: matching a megabyte is work that a stranger would choose.
        if len(origin) > MAX_ORIGIN_BYTES:
            return False
        scheme, _, host = origin.partition(b"://")
        port = None
        colon = host.rfind(b":")
        if colon != -1 and not host.endswith(b"]"):
            host, port = host[:colon], host[colon + 1 :]
        # The grammar comes last, because it costs more than to tell a stranger.
        return self._takes(scheme, host, port) and split_serialised(origin) == (scheme, host, port)

    def _takes(self, scheme: bytes, host: bytes, port: bytes | None) -> bool:
        if self._hosts and (scheme, host) in self._hosts:
            return True
        if self._schemes and _takes(self._schemes.get((scheme,)), port):
            return True
        # Whole labels only: `https://*.example.com` never meets `https://barexample.com`, the
        # mistake of GHSA-vhxv-fg4m-p2w8 and of every suffix comparison without its dot.
        dot = host.rfind(b".")
        while dot != -1:
            name = host[dot + 1 :]
            if name not in self._above:
                return False
            if _takes(self._below.get((scheme, name)), port) or self._takes_label(scheme, host, dot, port):
                return True
            dot = host.rfind(b".", 0, dot)
        return False

    def _takes_label(self, scheme: bytes, host: bytes, end: int, port: bytes | None) -> bool:
        """Whether a pattern takes this host whose `*` is part of the label that ends here.

        The `*` stands for one or more of `a-z0-9-`, never for a dot.
        """
        start = host.rfind(b".", 0, end) + 1
        label = host[start:end]
        for before, after in self._lengths:
            if len(label) <= before + after:
                continue
            middle = label[before : len(label) - after]
            key = (scheme, host[:start], label[:before], label[len(label) - after :], host[end + 1 :])
            if not middle.translate(None, _LABEL_BYTES) and _takes(self._labels.get(key), port):
                return True
        return False


_Patterns = dict[tuple[bytes, ...], list[OriginPattern]]
_LABEL_BYTES: Final = b"abcdefghijklmnopqrstuvwxyz0123456789-"


def _around_star(host: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """What is before the label of the `*`, the label before and after the `*`, and what is after the label."""
    before, _, after = host.partition(b"*")
    left, dot, beginning = before.rpartition(b".")
    ending, _, right = after.partition(b".")
    return left + dot, beginning, ending, right


def _endings(patterns: dict[tuple[bytes, ...], _Ports]) -> tuple[int, frozenset[bytes]]:
    """How long the endings are that are compared, and the endings of all origins that such patterns take.

    An ending is a dot, a name, which is the last part of a key, and a port, or as much of their end as the shortest
    has. The length is 0 if a pattern takes any port.
    """
    endings = []
    for (*_, name), ports in patterns.items():
        for port in ports.listed:
            after = b":" + port if port else b""
            endings.append(b"." + name + after)
    if not endings or any(ports.any for ports in patterns.values()):
        return 0, frozenset()
    length = min(map(len, endings))
    return length, frozenset(ending[-length:] for ending in endings)


def _and_above(name: bytes) -> Iterator[bytes]:
    """This name and each one above it: `www.example.com`, `example.com`, `com`; above `com.` is the empty name."""
    yield name
    while b"." in name:
        name = name.partition(b".")[2]
        yield name


def _with_ports(patterns: _Patterns) -> dict[tuple[bytes, ...], _Ports]:
    return {key: _ports(found) for key, found in patterns.items()}


def _ports(patterns: list[OriginPattern]) -> _Ports:
    if any(pattern.any_port for pattern in patterns):
        return _Ports(frozenset(), any=True)
    return _Ports(frozenset(_written(pattern.origin.port) for pattern in patterns), any=False)


def _written(port: int | None) -> bytes | None:
    return None if port is None else str(port).encode()


def _takes(ports: _Ports | None, port: bytes | None) -> bool:
    return ports is not None and (ports.any or port in ports.listed)
