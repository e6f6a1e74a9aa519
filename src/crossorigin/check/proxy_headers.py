"""The CORS headers that one place of a proxy's configuration sends, judged by themselves.

Here belongs what holds for every proxy: what a value can say, which go together, which are sent twice. Not here:
which headers are in force where, and under which condition (`nginx`, `caddy`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ..policy.limits import MAX_AGE_LIMIT
from ..policy.origin_patterns import InvalidOrigin, OriginPattern
from ..policy.problems import write
from ..report.catalogue import Severity
from ..report.findings import Finding, Place, finding

ALLOW_ORIGIN: Final = "access-control-allow-origin"
ALLOW_CREDENTIALS: Final = "access-control-allow-credentials"
_ASKED: Final = ("access-control-allow-methods", "access-control-allow-headers")

# What to do in a proxy's configuration, where the catalogue speaks of an app's policy.
_REMEDIES: Final = {
    **dict.fromkeys(
        ("accepts-infix", "accepts-prefix", "accepts-suffix"),
        r"list the origins, or compare the whole of each: ^https://([a-z0-9-]+\.)*example\.com$",
    ),
    "accepts-other-character": r"write `\.` for a dot",
    "accepts-any-case": "compare letter by letter: browsers send lower case",
    "accepts-any-origin": "list the origins that may read it, and send nothing to any other",
    "sends-star-with-credentials": "name the one origin that may bring cookies, or take the credentials out",
    "sends-star": "leave it, if this is public; else name the origin",
    "sends-invalid-allow-origin": "send the one origin that asked, if it is in a list of yours",
    "errors-without-cors": "send the headers with every status",
    "preflight-refused": "answer it 204 with Access-Control-Allow-Origin, -Methods and -Headers",
    "preflight-behind-auth": "put CORS before what asks for a login",
    "middleware-order": "put CORS first",
    "duplicate-headers": "let one place send it",
}


def found(
    code: str,
    evidence: str,
    place: Place,
    *,
    severity: Severity | None = None,
    remedy: str = "",
    **details: object,
) -> Finding:
    """A finding in a proxy's configuration."""
    remedy = remedy or _REMEDIES.get(code, "")
    return finding(code, evidence, severity=severity, remedy=remedy, place=place, **details)


@dataclass(frozen=True, slots=True)
class Sent:
    """One header as a configuration sends it: `always`, or not with errors; set, or `added` to one that is there."""

    name: str  # in lower case
    value: str
    place: Place
    always: bool = True
    added: bool = False

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


def tells_caches(headers: Iterable[Sent]) -> bool:
    """Whether a `Vary` says that the answer depends on the origin."""
    return any(it.name == "vary" and ("origin" in it.value.lower() or it.value == "*") for it in headers)


def judge_preflight(answer: str, status: str, headers: Sequence[Sent], place: Place) -> Iterator[Finding]:
    """What is wrong with an `answer`, as it is written, to a preflight: what it sends is all that the browser gets."""
    if first(headers, ALLOW_ORIGIN) is None:
        yield found("preflight-refused", f"{answer} without Access-Control-Allow-Origin", place)
    elif not 200 <= int(status) < 300:
        yield found("preflight-refused", f"{answer}: a preflight needs a status of 200 to 299", place)
    elif all(first(headers, it) is None for it in _ASKED):
        yield found("preflight-refused", f"{answer} without {' and '.join(it.title() for it in _ASKED)}", place)


def judge(headers: Sequence[Sent]) -> Iterator[Finding]:
    """What is wrong with headers that are sent together."""
    yield from _twice(headers)
    allowed, credentials = first(headers, ALLOW_ORIGIN), first(headers, ALLOW_CREDENTIALS)
    with_cookies = credentials is not None and credentials.value == "true"
    if credentials is not None and not with_cookies and not credentials.variable:
        yield found("sends-invalid-allow-credentials", str(credentials), credentials.place)
    if allowed is not None:
        yield from _origin(allowed, with_cookies)
    for it in headers:
        yield from _other(it, with_cookies)


def _twice(headers: Sequence[Sent]) -> Iterator[Finding]:
    seen: dict[str, Sent] = {}
    for it in headers:
        if it.cors and it.name in seen:
            yield found("duplicate-headers", f"{seen[it.name]}\n{it}", it.place, first=str(seen[it.name].place))
        seen.setdefault(it.name, it)


def _origin(it: Sent, with_cookies: bool) -> Iterator[Finding]:
    value = it.value
    if value == "*":
        yield found("sends-star-with-credentials" if with_cookies else "sends-star", str(it), it.place)
    elif not it.variable:
        yield from listed(value, it.place, str(it))


def listed(value: str, place: Place, evidence: str) -> Iterator[Finding]:
    """One origin written out: whether a browser can send it so, and whose it is."""
    if value.lower() == "null":
        yield found("accepts-null", evidence, place)
        return
    if len(re.split(r"[,\s]+", value.strip())) > 1:
        yield found("sends-invalid-allow-origin", evidence, place)
        return
    try:
        nearest = str(OriginPattern.parse(value))
    except InvalidOrigin as why:
        remedy = write(why.suggestion)
        yield found("sends-invalid-allow-origin", evidence, place, remedy=remedy)
        return
    if "*" in value:
        yield found("sends-invalid-allow-origin", evidence, place)
    elif nearest != value:
        yield found("no-effect", evidence, place, remedy=f'write "{nearest}"')


def _other(it: Sent, with_cookies: bool) -> Iterator[Finding]:
    """Every header that can be wrong by itself."""
    if it.name == "access-control-expose-headers" and it.value == "*" and with_cookies:
        yield found("sends-expose-star", str(it), it.place)
    elif (
        it.name in ("access-control-allow-headers", "access-control-allow-methods") and it.value == "*" and with_cookies
    ):
        remedy = "name them: beside credentials `*` is a name like any other"
        yield found("no-effect", str(it), it.place, remedy=remedy)
    elif (
        it.name == "access-control-max-age"
        and it.value.strip("s").isdigit()
        and int(it.value.strip("s")) > MAX_AGE_LIMIT
    ):
        yield found("max-age-overlong", str(it), it.place)
    elif it.name == "access-control-allow-private-network" and it.value == "true":
        yield found("private-network-granted", str(it), it.place)
    elif it.name == "timing-allow-origin" and it.value == "*" and with_cookies:
        yield found("timing-allow-star", str(it), it.place)
