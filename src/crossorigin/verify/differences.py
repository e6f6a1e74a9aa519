"""What counts as a difference between the policy and the server.

Here belong verdicts, the headers that a browser or a cache acts on, and how much a difference matters. Not here: what
no browser can see: the order of headers, the case of names, a repeated or longer `Vary`, the endpoint's own status.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ..browser import REASONS, Outcome, Response
from ..report.catalogue import Severity
from ..standards.header_lists import elements, get, get_all
from ..standards.messages import Headers
from .calls import PageCall
from .sides import answered

Code = Literal["verdict-differs", "answer-differs"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: what our side said, and what the other one did. `about` is a header, or empty for a verdict."""

    code: Code
    severity: Severity
    about: str
    policy: str
    server: str


def compare(call: PageCall, ours: Outcome, theirs: Outcome) -> Iterator[Difference]:
    """Every difference that one call shows, the verdict first."""
    exchange, expected = answered(ours)
    _, real = answered(theirs)
    if ours.allowed != theirs.allowed or ours.reason != theirs.reason:
        yield _verdict(ours, theirs, real)
    if exchange.preflight:
        rules: tuple[_Rule, ...] = _ON_PREFLIGHTS if _lets_in(expected, call) and _lets_in(real, call) else ()
    else:
        rules = _ON_ANSWERS if ours.allowed and theirs.allowed else _ON_ALL
    yield from _headers(rules, expected, real)


def compare_plain(ours: Outcome, theirs: Outcome) -> Iterator[Difference]:
    """The same, of a visit without an `Origin`, whose answer a cache may give to a page."""
    yield from _headers((_SAID_TO_ALL, *_ON_ALL), answered(ours)[1], answered(theirs)[1])


def _verdict(ours: Outcome, theirs: Outcome, real: Response) -> Difference:
    if ours.allowed or theirs.allowed:
        opened = theirs.allowed and get(real.headers, "access-control-allow-credentials") == "true"
        severity: Severity = "critical" if opened else "high"
        return Difference("verdict-differs", severity, "", _words(ours), _words(theirs))
    return Difference("answer-differs", "low", "", _words(ours), _words(theirs))


def verdict_of_browser(call: PageCall, ours: Outcome, allowed: bool, said: str) -> Difference | None:
    """The difference between the policy's verdict and a real browser's; `said` is what the browser says of it."""
    if ours.allowed == allowed:
        return None
    opened = allowed and call.credentials == "include"
    severity: Severity = "critical" if opened else "high"
    return Difference("verdict-differs", severity, "", _words(ours), said)


def _words(outcome: Outcome) -> str:
    return "allowed" if outcome.reason is None else f"blocked: {REASONS[outcome.reason].meaning}"


def _lets_in(answer: Response, call: PageCall) -> bool:
    """Whether a preflight's answer lets this page in at all: what else it says means nothing otherwise."""
    return get(answer.headers, "access-control-allow-origin") in ("*", call.page) and 200 <= answer.status <= 299


@dataclass(frozen=True, slots=True)
class _Rule:
    """One header: how its value reads, whether the other side's agrees, and how grave it is where not."""

    name: str
    severity: Severity
    read: Callable[[Headers, str], str]
    agrees: Callable[[str, str], bool] = str.__eq__


def _headers(rules: tuple[_Rule, ...], expected: Response, real: Response) -> Iterator[Difference]:
    for rule in rules:
        one, other = rule.read(expected.headers, rule.name), rule.read(real.headers, rule.name)
        if not rule.agrees(one, other):
            yield Difference("answer-differs", rule.severity, rule.name, one, other)


def _value(headers: Headers, name: str) -> str:
    value = get(headers, name)
    return "none" if value is None else value


def _kind(headers: Headers, name: str) -> str:
    """An allowed origin as what it is: the same answer to two pages is the same."""
    value = _value(headers, name)
    return value if value in ("none", "*") else "the page's origin"


def _names(headers: Headers, name: str) -> str:
    """A list of names as a set. Methods tell case, header names do not."""
    names = set(elements(get_all(headers, name)))
    if name != "access-control-allow-methods":
        names = {each.lower() for each in names}
    return ", ".join(sorted(names)) or "none"


def _covers(one: str, other: str) -> bool:
    """Whether a `Vary` names at least what ours does."""
    has = set(other.split(", "))
    return one == "none" or "*" in has or set(one.split(", ")) <= has


_ORIGIN: Final = _Rule("access-control-allow-origin", "medium", _kind)
_SAID_TO_ALL: Final = _Rule("access-control-allow-origin", "medium", _value)
_ON_ALL: Final = (_Rule("vary", "medium", _names, _covers),)
_ON_ANSWERS: Final = (
    *_ON_ALL,
    _ORIGIN,
    _Rule("access-control-allow-credentials", "medium", _value),
    _Rule("access-control-expose-headers", "medium", _names),
)
# A preflight's answer is in no HTTP cache, so its Vary is nobody's business. Of the two lists every name is asked for
# by itself; a difference that is left is seen by no page.
_ON_PREFLIGHTS: Final = (
    _ORIGIN,
    _Rule("access-control-allow-credentials", "medium", _value),
    _Rule("access-control-max-age", "low", _value),
    _Rule("access-control-allow-private-network", "low", _value),
    _Rule("access-control-allow-methods", "info", _names),
    _Rule("access-control-allow-headers", "info", _names),
)
