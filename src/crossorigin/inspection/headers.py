"""The CORS headers that one place of a proxy's configuration sends, judged by themselves.

Here belongs what holds for every proxy: what a value can say, which go together, which are sent twice. Not here:
which headers are in force where, and under which condition (`nginx`, `caddy`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..findings import Finding, Place, finding
from ..origin import InvalidOrigin, OriginPattern

ALLOW_ORIGIN: Final = "access-control-allow-origin"
ALLOW_CREDENTIALS: Final = "access-control-allow-credentials"
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Sent:
    """One header as a configuration sends it. `always` is false where errors go without it."""

    name: str  # in lower case
    value: str
    place: Place
    always: bool = True

    def __str__(self) -> str:
        return f"{self.name.title()}: {self.value}"

    @property
    def variable(self) -> bool:
        """Whether the value is made for each request."""
        return "$" in self.value or "{" in self.value

    @property
    def cors(self) -> bool:
        """Whether CORS has to do with it."""
        return self.name.startswith("access-control-") or self.name == "timing-allow-origin"


def first(headers: Iterable[Sent], name: str) -> Sent | None:
    """The header of this name, if it is sent."""
    return next((it for it in headers if it.name == name), None)


def judge(headers: Sequence[Sent]) -> Iterator[Finding]:
    """What is wrong with headers that are sent together."""
    yield from _twice(headers)
    allowed, credentials = first(headers, ALLOW_ORIGIN), first(headers, ALLOW_CREDENTIALS)
    with_cookies = credentials is not None and credentials.value == "true"
    if credentials is not None and not with_cookies and not credentials.variable:
        yield finding("invalid-allow-credentials", str(credentials), place=credentials.place)
    if allowed is not None:
        yield from _origin(allowed, with_cookies)
    for it in headers:
        yield from _other(it, with_cookies)


def _twice(headers: Sequence[Sent]) -> Iterator[Finding]:
    seen: dict[str, Sent] = {}
    for it in headers:
        if it.cors and it.name in seen:
            yield finding("duplicate-headers", f"{seen[it.name]}\n{it}", place=it.place, first=str(seen[it.name].place))
        seen.setdefault(it.name, it)


def _origin(it: Sent, with_cookies: bool) -> Iterator[Finding]:
    value = it.value
    if value == "*":
        yield finding("wildcard-with-credentials" if with_cookies else "wildcard-origin", str(it), place=it.place)
    elif value.lower() == "null":
        yield finding("null-origin", str(it), place=it.place)
    elif not it.variable:
        yield from listed(value, it.place, str(it))


def listed(value: str, place: Place, evidence: str) -> Iterator[Finding]:
    """One origin written out: whether a browser can send it so."""
    if len(re.split(r"[,\s]+", value.strip())) > 1:
        yield finding("invalid-allow-origin", evidence, place=place)
        return
    try:
        nearest = str(OriginPattern.parse(value))
    except InvalidOrigin as why:
        remedy = f'write "{why.remedy}"' if why.remedy else ""
        yield finding("invalid-allow-origin", evidence, place=place, remedy=remedy)
        return
    if "*" in value:
        yield finding("invalid-allow-origin", evidence, place=place)
    elif nearest != value:
        yield finding("no-effect", evidence, place=place, remedy=f'write "{nearest}"')


def _other(it: Sent, with_cookies: bool) -> Iterator[Finding]:
    """Every header that can be wrong by itself."""
    if it.name == "access-control-expose-headers" and it.value == "*" and with_cookies:
        yield finding("expose-star-with-credentials", str(it), place=it.place)
    elif (
        it.name in ("access-control-allow-headers", "access-control-allow-methods") and it.value == "*" and with_cookies
    ):
        remedy = "name them: beside credentials `*` is a name like any other"
        yield finding("no-effect", str(it), place=it.place, remedy=remedy)
    elif it.name == "access-control-max-age" and it.value.strip("s").isdigit() and int(it.value.strip("s")) > _DAY:
        yield finding("max-age-overlong", str(it), place=it.place)
    elif it.name == "access-control-allow-private-network" and it.value == "true":
        yield finding("private-network-granted", str(it), place=it.place)
    elif it.name == "timing-allow-origin" and it.value == "*" and with_cookies:
        yield finding("timing-allow-star", str(it), place=it.place)
