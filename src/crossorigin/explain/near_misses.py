"""Near misses: how an origin that is listed differs from the one that asked.

Here belongs the comparison of two texts that should have been the same origin. Not here: where the list comes
from (`app`), and what is said about it (`policy_rules`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from ..policy.origin_patterns import InvalidOrigin, OriginPattern, covers_host, matches
from ..standards.origin import Origin


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
    texts = [it for it in listed if it != "*"]
    found = [NearMiss(cause, it) for it in texts if (cause := _difference(page, it, patterns))]
    return min(found, key=lambda it: _ORDER.index(it.cause), default=None)


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
    return "mismatch-subdomain" if above or one.host.partition(".")[2] == other.host.partition(".")[2] != "" else ""


def _glob(page: str, text: str, patterns: bool) -> str:
    try:
        pattern = OriginPattern.parse(text)
    except InvalidOrigin:
        return "" if patterns else _loose_glob(page, text)
    origin = Origin.parse(page)
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
