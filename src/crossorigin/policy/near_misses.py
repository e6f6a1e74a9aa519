"""Near misses: how an origin that is listed differs from the one that asked.

Two strings that should have been the same origin are compared. What to write about it is in `denial_remedies`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from ..standards.origin import Origin, is_loopback, split_serialised
from ..standards.public_suffixes import open_to_registration
from .origin_patterns import InvalidOrigin, OriginPattern, covers_host, matches


class NearMiss(NamedTuple):
    """A listed text, and the cause for which it is not the page's origin."""

    cause: str
    listed: str


# The most telling difference first: of several near misses the first in this order is the one to name.
_ORDER: Final = (
    "mismatch-several-in-one",
    "mismatch-glob",
    "mismatch-trailing-slash",
    "mismatch-path",
    "mismatch-case",
    "mismatch-default-port",
    "mismatch-without-scheme",
    "mismatch-loopback-name",
    "mismatch-scheme",
    "mismatch-port",
    "mismatch-apex",
    "mismatch-subdomain",
)


def nearest(page: str, listed: Iterable[str], *, patterns: bool = False) -> NearMiss | None:
    """The nearest of the listed texts, and why it does not do; None where nothing is near.

    `patterns` says whether `*` in the list is understood as one (ours), or is a letter (Starlette's).
    """
    texts = [text for text in listed if text != "*"]
    found = [NearMiss(cause, text) for text in texts if (cause := _difference(page, text, patterns))]
    return min(found, key=lambda near: _ORDER.index(near.cause), default=None)


def most_similar(page: str, listed: Iterable[str]) -> str:
    """The listed text that looks most like the page's origin; empty where none does at all."""
    return next(iter(difflib.get_close_matches(page, list(listed), n=1, cutoff=0.5)), "")


def _difference(page: str, text: str, patterns: bool) -> str:
    if re.search(r"[,;\s]", text.strip()):
        return "mismatch-several-in-one" if page in re.split(r"[,;\s]+", text.rstrip("/")) else ""
    if "*" in text:
        return _glob(page, text, patterns)
    try:
        one, other = Origin.parse(page), Origin.parse(text)
    except ValueError:
        return "mismatch-without-scheme" if _schemeless(page, text) else ""
    if other.opaque or "://" not in text:
        return "mismatch-without-scheme" if _schemeless(page, text) else ""
    return _spelling(text, str(other)) if one == other else _parts(one, other)


def _schemeless(page: str, text: str) -> bool:
    return page.partition("://")[2] == text.lower().removeprefix("//").rstrip("/")


def _spelling(text: str, origin: str) -> str:
    """Both mean one origin, and are written in two ways."""
    if text == origin:
        return ""  # the page is written in another way than a browser writes it
    if text == origin + "/":
        return "mismatch-trailing-slash"
    if text.startswith(origin) and text[len(origin)] in "/?#":
        return "mismatch-path"
    return "mismatch-case" if text.lower().rstrip("/") == origin else "mismatch-default-port"


def _parts(one: Origin, other: Origin) -> str:
    """Two origins that are not the same: the one part in which they differ."""
    same = one.scheme == other.scheme, one.host == other.host, one.port == other.port
    if one.loopback and other.loopback and not same[1]:
        return "mismatch-loopback-name"
    if same[1]:
        return "mismatch-scheme" if not same[0] else "mismatch-port"
    above = one.host.endswith("." + other.host) or other.host.endswith("." + one.host)
    return "mismatch-subdomain" if above or _siblings(one.host, other.host) else ""


def _siblings(one: str, other: str) -> bool:
    """Whether two hosts differ in their first label alone, below a name that one owner has: not below `com`."""
    parent = one.partition(".")[2]
    return parent != "" and parent == other.partition(".")[2] and not open_to_registration(parent)


def _glob(page: str, text: str, patterns: bool) -> str:
    try:
        pattern = OriginPattern.parse(text)
    except InvalidOrigin:
        return "" if patterns else _loose_glob(page, text)
    try:
        origin = Origin.parse(page)
    except ValueError:  # nobody knows which page it was
        return ""
    inside = matches(pattern, origin)
    if not patterns:
        return "mismatch-glob" if inside else _loose_glob(page, text)
    listed = pattern.origin
    if pattern.subdomains and listed.host == origin.host and listed.scheme == origin.scheme:
        return "mismatch-apex"
    if not covers_host(pattern, origin.host):
        return "mismatch-loopback-name" if origin.loopback and listed.loopback else ""
    return "mismatch-scheme" if origin.scheme != listed.scheme else "mismatch-port"


def _loose_glob(page: str, text: str) -> str:
    """Whether a `*` anywhere, read as people mean it, would have covered the page."""
    wanted = re.escape(text.rstrip("/")).replace(r"\*", ".*")
    return "mismatch-glob" if re.fullmatch(wanted, page) else ""


_MOST_INDEXED: Final = 10_000
_MOST_CANDIDATES: Final = 64


class Neighbours:
    """The listed origins that are near to one that asks, found without comparing it with each.

    A server is asked by strangers, as often as they like; the cost of an answer depends on the number of labels of
    their host, not on the number of listed origins. Of more than 10,000 origins the first 10,000 are looked at, and
    of more than 64 with the same relation to a host the first 64.
    """

    def __init__(self, listed: Iterable[str]) -> None:
        self._hosts: dict[str, list[int]] = {}
        self._below: dict[str, list[int]] = {}
        self._parents: dict[str, list[int]] = {}
        self._loopback: list[int] = []
        self._listed = tuple(listed)[:_MOST_INDEXED]
        for number, entry in enumerate(self._listed):
            parts = split_serialised(entry.encode("latin-1", "replace"))  # the others cost more to read
            if parts is not None:
                self._add(number, parts[1].decode("ascii"))
            elif entry != "*":
                self._add(number, OriginPattern.parse(entry).origin.host)

    def _add(self, number: int, host: str) -> None:
        if is_loopback(host):
            _put(self._loopback, number)
        _put(self._hosts.setdefault(host, []), number)
        above = host.partition(".")[2]
        if above and not open_to_registration(above):
            _put(self._parents.setdefault(above, []), number)
        while above:
            _put(self._below.setdefault(above, []), number)
            above = above.partition(".")[2]

    def of(self, origin: str) -> NearMiss | None:
        """The nearest of the listed origins, as `nearest` finds it; None if none is near."""
        parts = split_serialised(origin.encode("latin-1", "replace"))
        if parts is None:
            return None
        host = parts[1].decode("ascii")
        found = {*self._hosts.get(host, ()), *self._below.get(host, ())}
        above = host.partition(".")[2]
        found.update(self._parents.get(above, ()))
        while above:
            found.update(self._hosts.get(above, ()))
            above = above.partition(".")[2]
        if self._loopback and is_loopback(host):
            found.update(self._loopback)
        if not found:
            return None
        return nearest(origin, [self._listed[number] for number in sorted(found)], patterns=True)


def _put(numbers: list[int], number: int) -> None:
    if len(numbers) < _MOST_CANDIDATES:
        numbers.append(number)
