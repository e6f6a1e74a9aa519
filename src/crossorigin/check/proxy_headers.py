"""The CORS headers that one place of a proxy's configuration sends, judged by themselves.

Here belongs what holds for every proxy: what a value can say, which go together, which are sent twice. Not here:
which headers are in force where, and under which condition (`nginx_findings`, `caddy_findings`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..policy.limits import MAX_AGE_LIMIT
from ..policy.origin_patterns import InvalidOrigin, OriginPattern
from ..policy.problems import write
from ..report.catalogue import Severity
from ..report.findings import Finding, Place, finding
from .proxy_remedies import REMEDIES, Language

ALLOW_ORIGIN: Final = "access-control-allow-origin"
ALLOW_CREDENTIALS: Final = "access-control-allow-credentials"
_ASKED: Final = ("access-control-allow-methods", "access-control-allow-headers")


def found(
    code: str,
    evidence: str,
    place: Place,
    *,
    severity: Severity | None = None,
    remedy: str = "",
    language: Language = "python",
    value: str = "",
    **details: object,
) -> Finding:
    """A finding in a proxy's configuration, with the remedy in its language; `value` is what the remedy is about."""
    row = REMEDIES[language].get(code)
    if row is not None and not remedy:
        remedy = row.text(value)
    return finding(code, evidence, severity=severity, remedy=remedy, place=place, **details)


_NAME: Final = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)  # RFC 9110, 5.1
_MEANT: Final = re.compile(r"(?:access-control-[a-z-]+|timing-allow-origin|vary)(?![\w-])", re.IGNORECASE)


def meant_name(written: str) -> str:
    """The header that a name means which no browser reads, because of a `:` or a blank in it; empty otherwise."""
    meant = _MEANT.match(written.strip())
    return meant[0] if meant is not None and not _NAME.fullmatch(written) else ""


@dataclass(frozen=True, slots=True)
class Sent:
    """One header as a configuration sends it: `always`, or not with errors; set, or `added` to one that is there."""

    name: str  # in lower case
    value: str
    place: Place
    always: bool = True
    added: bool = False
    source: str = ""  # the value as it is written, if it is made for each request
    made_at: Place | None = None  # where it is made, if not here
    said: str = ""  # what the configuration says, if that is not the header
    conditional: bool = False  # it is sent with others of its condition, and no header around that one is
    remedy: str = ""  # what to do if it lets in too many, or is not an origin, where the language's remedy does not fit
    missing_on_errors: str = "which is not sent with errors"

    def __str__(self) -> str:
        return f"{self.name.title()}: {self.value}"

    @property
    def written(self) -> str:
        """The header as it is written in the configuration."""
        return self.said or f"{self.name.title()}: {self.source or self.value}"

    @property
    def variable(self) -> bool:
        """Whether the value is made for each request."""
        return bool(self.source)

    @property
    def cors(self) -> bool:
        """Whether CORS has to do with it."""
        return self.name.startswith("access-control-") or self.name == "timing-allow-origin"


def first(headers: Iterable[Sent], name: str) -> Sent | None:
    """The header of this name, if it is sent."""
    return next((header for header in headers if header.name == name), None)


def tells_caches(headers: Iterable[Sent]) -> bool:
    """Whether a `Vary` says that the answer depends on the origin."""
    values = [header.value.lower() for header in headers if header.name == "vary"]
    return any("origin" in value or value == "*" for value in values)


def judge_preflight(
    written: str, status: int, headers: Sequence[Sent], place: Place, language: Language
) -> Iterator[Finding]:
    """What is wrong with an answer to a preflight: what it sends is all that the browser gets."""
    allowed = first(headers, ALLOW_ORIGIN)
    if allowed is None:
        why = f"{written} without Access-Control-Allow-Origin"
    elif not 200 <= status < 300:
        why = f"{written}: a preflight needs a status of 200 to 299"
    elif all(first(headers, name) is None for name in _ASKED):
        why = f"{written} without {' and '.join(name.title() for name in _ASKED)}"
    else:
        return
    yield found("preflight-refused", why, place, language=language)


def judge(headers: Sequence[Sent], language: Language = "python", origin: str = "") -> Iterator[Finding]:
    """What is wrong with headers that are sent together, to a page of this origin."""
    yield from _twice(headers, language)
    allowed, credentials = first(headers, ALLOW_ORIGIN), first(headers, ALLOW_CREDENTIALS)
    with_cookies = credentials is not None and credentials.value == "true"
    if credentials is not None and not with_cookies:
        yield found("sends-invalid-allow-credentials", credentials.written, credentials.place, language=language)
    if allowed is not None and allowed.value and (allowed.value != origin or not allowed.variable):
        yield from _origin(allowed, language, with_cookies=with_cookies)
    starred = with_cookies and allowed is not None and allowed.value == "*"
    for header in headers:
        yield from _other(header, language, named=with_cookies and not starred, with_cookies=with_cookies)


def _twice(headers: Sequence[Sent], language: Language) -> Iterator[Finding]:
    seen: dict[str, Sent] = {}
    for header in headers:
        if header.cors and header.name in seen:
            before = seen[header.name]
            evidence = f"{before.written}\n{header.written}"
            yield found("duplicate-headers", evidence, header.place, language=language, first=str(before.place))
        seen.setdefault(header.name, header)


def _origin(allowed: Sent, language: Language, *, with_cookies: bool) -> Iterator[Finding]:
    place = allowed.made_at or allowed.place
    if allowed.value == "*":
        code = "sends-star-with-credentials" if with_cookies else "sends-star"
        yield found(code, str(allowed), place, language=language, remedy=allowed.remedy)
        return
    evidence = str(allowed) if allowed.written == str(allowed) else f"{allowed.written}, which is {allowed.value}"
    # What is written for each request cannot be written otherwise.
    made = allowed.variable and allowed.made_at is None
    remedy = allowed.remedy or made * _ONE_ORIGIN
    for result in listed(allowed.value, place, evidence, language):
        yield replace(result, remedy=remedy or result.remedy)


def listed(value: str, place: Place, evidence: str, language: Language = "python") -> Iterator[Finding]:
    """One origin written out: whether a browser can send it so, and whose it is."""
    if value.lower() == "null":
        yield found("accepts-null", evidence, place, language=language)
        return
    if len(re.split(r"[,\s]+", value.strip())) > 1 or "*" in value:
        yield found("sends-invalid-allow-origin", evidence, place, language=language)
        return
    try:
        nearest = str(OriginPattern.parse(value))
    except InvalidOrigin as why:
        remedy = write(why.suggestion)
        yield found("sends-invalid-allow-origin", evidence, place, remedy=remedy, language=language)
        return
    if nearest != value:
        yield found("no-effect", evidence, place, remedy=f'write "{nearest}"', language=language)


_ONE_ORIGIN: Final = "send the one origin that asked, if it is in a list of yours"
_LISTS: Final = ("access-control-allow-headers", "access-control-allow-methods")


def _other(header: Sent, language: Language, *, named: bool, with_cookies: bool) -> Iterator[Finding]:
    """Every header that can be wrong by itself. `named`: `*` is a name like any other, because cookies may come."""
    value = header.value
    if header.name == "access-control-expose-headers" and value == "*" and with_cookies:
        yield found("sends-expose-star", header.written, header.place, language=language)
    elif header.name in _LISTS and value == "*" and named:
        remedy = "name them: beside credentials `*` is a name like any other"
        yield found("no-effect", header.written, header.place, remedy=remedy, language=language)
    elif header.name == "access-control-max-age" and _seconds(value) > MAX_AGE_LIMIT:
        yield found("max-age-overlong", header.written, header.place, language=language)
    elif header.name == "access-control-allow-private-network" and value == "true":
        yield found("private-network-granted", header.written, header.place, language=language)
    elif header.name == "timing-allow-origin" and value == "*" and with_cookies:
        yield found("timing-allow-star", header.written, header.place, language=language)


def _seconds(value: str) -> int:
    digits = value.removesuffix("s")
    return int(digits) if re.fullmatch(r"[0-9]{1,18}", digits) else 0
