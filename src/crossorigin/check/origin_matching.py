"""How a proxy compares origins: what a regular expression, a prefix, a suffix lets in that nobody meant.

Here belongs the judgement of one comparison, by what it accepts: origins that an attacker can have are derived from
the hosts in it, and tried. Where it accepts a whole family, the automaton of our own checks says which. Not here:
finding comparisons in a file (`nginx_findings`, `caddy_findings`, `envoy_findings`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Final

from ..policy.lookalikes import STRANGER_HOST, continued, dots_replaced, glued, longer
from ..policy.origin_regex import examine
from ..policy.regex_automaton import Automaton, Matcher
from ..policy.regex_judging import Hosts, witness
from ..policy.regex_syntax import UnsupportedRegex, parse
from ..report.catalogue import Severity
from ..report.findings import Finding, NotJudged, Place, not_judged
from ..standards.origin import is_loopback, split_serialised
from ..standards.public_suffixes import open_to_registration, registrable_domain
from .bounds import MAX_COMPARISON, MAX_REGEX_POSITIONS, spend_on_regexes
from .proxy_answers import OriginTest
from .proxy_headers import found
from .regex_dialects import in_full

_SHOWN: Final = 200  # characters of what cannot be judged
_HOST: Final = re.compile(r"[a-z0-9-]+(?:\\?\.[a-z0-9-]+)+|localhost", re.IGNORECASE)
_STRANGERS: Final = (STRANGER_HOST, "some.where.test", "a1.dev:8443")


def hosts_in(text: str) -> list[str]:
    """The hosts that a text or an expression names, each once."""
    plain = text.lower().replace("[.]", ".")
    return list(dict.fromkeys(host.replace("\\", "") for host in _HOST.findall(plain)))


Accepts = Callable[[str], bool]


def anybody(origin: str) -> bool:
    """Whether an origin passes a test that is none."""
    return True


@dataclass(frozen=True, slots=True)
class Hole:
    """A code of the catalogue, and an origin that shows it."""

    code: str
    origin: str


def judge_regex(
    pattern: str, place: Place, *, whole: bool, ignore_case: bool = False, cookies: bool
) -> Iterator[Finding | NotJudged]:
    """The results for a regular expression."""

    def seen() -> Iterator[Hole]:
        yield from of_regex(pattern, whole=whole, ignore_case=ignore_case)

    yield from judge(seen(), pattern, place, cookies=cookies)


def judge(seen: Iterable[Hole], written: str, place: Place, *, cookies: bool) -> Iterator[Finding | NotJudged]:
    """The results for what a comparison lets in. `cookies`: whether such a page may bring any.

    A ValueError says that it cannot be judged, and why.
    """
    try:
        for hole in seen:
            severity: Severity | None = "low" if hole.code == "accepts-http" and not cookies else None
            yield found(hole.code, f"{written} accepts {hole.origin}", place, severity=severity, origin=hole.origin)
    except ValueError as why:
        yield not_judged("unread-part", f"{written[:_SHOWN]}: {why}", place=place)


def holes(accepts: Callable[[str], bool], written: str) -> Iterator[Hole]:
    """What a comparison lets in beside what it means; `written` is its text, which names the hosts meant.

    Raises ValueError if that is too long.
    """
    if len(written) > MAX_COMPARISON:
        raise ValueError(f"it is longer than {MAX_COMPARISON:,} characters")
    for scheme in ("https", "http"):
        if all(accepts(f"{scheme}://{host}") for host in _STRANGERS):
            yield Hole("accepts-any-origin", f"{scheme}://{_STRANGERS[0]}")
            return
    if accepts("null"):
        yield Hole("accepts-null", "null")
    hosts = hosts_in(written)
    if not hosts:
        yield from _nameless(written, accepts)
        return
    seen: dict[str, Hole] = {}
    for host in hosts:
        for code, origin in _candidates(host, accepts):
            if code not in seen and accepts(origin) and split_serialised(origin.encode()):
                seen[code] = Hole(code, origin)
    if "accepts-infix" in seen:
        seen = {"accepts-infix": seen["accepts-infix"]}  # which is all of the others at once
    yield from seen.values()


def _candidates(host: str, accepts: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Origins that a stranger can have, near one host."""
    schemes = ("https", "http")
    varied = product(schemes, ("", "app.", "www."), ("", ":3000"))
    witnesses = [f"{scheme}://{below}{host}{port}" for scheme, below, port in varied]
    good = next((origin for origin in witnesses if accepts(origin)), None)
    mine = registrable_domain(host) or host
    if host != "localhost" and open_to_registration(host):
        yield from (("accepts-shared-platform", f"{scheme}://evil.{host}") for scheme in schemes)
        return
    for scheme in schemes:
        for label in ("x", "x.a"):
            for near, parent in zip(glued(host, label), glued(mine, label), strict=True):
                yield "accepts-infix", f"{scheme}://{continued(near)}"
                yield "accepts-suffix", f"{scheme}://{parent}"
                yield "accepts-suffix", f"{scheme}://{near}"
    if good is None:
        return
    without_port = good.removesuffix(":3000")
    yield "accepts-prefix", continued(good)
    yield "accepts-prefix", continued(without_port)
    yield "accepts-prefix", longer(without_port)
    if host != "localhost":
        yield from (("accepts-other-character", replaced) for replaced in dots_replaced(good))
    if good.startswith("https://") and not is_loopback(host):
        yield "accepts-http", "http" + good.removeprefix("https")


def _nameless(written: str, accepts: Accepts) -> Iterator[Hole]:
    """What a comparison that names no host leaves open, by the first origin that a stranger can have."""
    for part in _LITERAL.findall(written.lower().replace("\\", "")):
        origins = [around.format(part) for around in _AROUND]
        if accepts(f"https://evil{part}"):  # not only below `.com`, which is another mistake
            origins.append(f"https://evil.{part}")
        for origin in origins:
            if _of_a_stranger(origin) and accepts(origin):
                yield Hole(_open_side(origin, accepts), origin)
                return


_LITERAL: Final = re.compile(r"[a-z0-9.:/-]+")
_AROUND: Final = (
    f"{{}}.{STRANGER_HOST}",
    f"{{}}{STRANGER_HOST}",
    f"https:{{}}{STRANGER_HOST}",
    f"https{{}}{STRANGER_HOST}",
    f"https://{{}}.{STRANGER_HOST}",
    f"https://{{}}{STRANGER_HOST}",
    f"https://{STRANGER_HOST}{{}}",
)


def _of_a_stranger(origin: str) -> bool:
    """Whether its host is `evil.example`, or ends like that, or is `evil` below a name that is open to registration."""
    parts = split_serialised(origin.encode())
    if parts is None:
        return False
    host = parts[1].decode()
    return host.endswith(STRANGER_HOST) or (host.startswith("evil.") and open_to_registration(host[5:]))


def _open_side(origin: str, accepts: Accepts) -> str:
    """Which end of an accepted origin is not compared: the start of its host, the end, or both."""
    start = accepts(origin.replace("://", "://x", 1))
    end = accepts(continued(origin))
    if start and end:
        return "accepts-infix"
    return "accepts-suffix" if start else "accepts-prefix"


_LOCALHOST: Final = "localhost"


def _of_one_customer(host: str) -> str:
    """A host that one person has: below one where everybody can register, a name that stands for theirs."""
    return f"my-app.{host}" if open_to_registration(host) else host


def closed_regex(text: str, *, whole: bool) -> str:
    """An expression for the hosts that a test names, which lets in nobody else; empty if there is none.

    Names below a host are meant if the test leaves the start of the host open.
    """
    hosts = [host for host in hosts_in(text) if host != _LOCALHOST]
    if not hosts or len(text) > MAX_COMPARISON:
        return ""
    named = [_of_one_customer(host) for host in hosts]
    escaped = [host.replace(".", r"\.") for host in named]
    below = "" if named != hosts or not _OPEN_START.search(text) else r"([a-z0-9-]+\.)*"
    one = escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"
    pattern = f"https://{below}{one}" if whole else f"^https://{below}{one}$"
    return pattern if not of_regex(pattern, whole=whole) else ""


def sound_regex(pattern: str) -> str:
    """An expression that is searched for, if it compares whole origins and lets in nobody else; else `closed_regex`."""
    try:
        sound = pattern.startswith("^") and pattern.endswith("$") and not of_regex(pattern, whole=False)
    except ValueError:
        sound = False
    return pattern if sound else closed_regex(pattern, whole=False)


_OPEN_START: Final = re.compile(r"^(?:\W*[a-z0-9]+(?:\\?\.|\[\.\])[a-z])|\*|\+", re.IGNORECASE)


def of_regex(pattern: str, *, whole: bool, ignore_case: bool = False, also: Accepts = anybody) -> list[Hole]:
    """The holes of a regular expression that is matched against the whole origin, or searched in it.

    `also` is what an origin has to pass beside it.

    It is never run by a matcher that backtracks: whoever wrote it could make that one take hours. Raises ValueError
    for an expression that our own matcher does not understand.
    """
    if len(pattern) > MAX_COMPARISON:
        raise ValueError(f"it is longer than {MAX_COMPARISON:,} characters")
    source = in_full(pattern, whole=whole, ignore_case=ignore_case)
    try:
        automaton = Automaton(parse(source), MAX_REGEX_POSITIONS)
    except UnsupportedRegex as why:
        raise ValueError(f"{why.construct} is not judged") from None
    spend_on_regexes(len(automaton.leaves))
    matcher = Matcher(automaton)

    def accepts(origin: str) -> bool:
        return matcher.matches(origin.encode()) and also(origin)

    seen = list(holes(accepts, pattern))
    family = _family(source, pattern, {hole.code for hole in seen}, accepts)
    seen += [hole for hole in family if also(hole.origin)]
    if ignore_case and not seen:
        accepted = witness(automaton, Hosts())
        if accepted is not None and accepts(accepted.upper()):
            seen.append(Hole("accepts-any-case", accepted.upper()))
    return seen


_TEXT_TESTS: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "contains": str.__contains__,
}


_AS_REGEX: Final[Mapping[str, str]] = {"prefix": "{}.*", "suffix": ".*{}", "contains": ".*{}.*"}


def of_text(test: OriginTest, also: Accepts) -> Iterator[Hole]:
    """The holes of a prefix, a suffix, or what an origin has to contain. Raises ValueError if it is too long."""
    compare = _TEXT_TESTS[test.kind]
    text = test.text.lower() if test.ignore_case else test.text

    def accepts(origin: str) -> bool:
        given = origin.lower() if test.ignore_case else origin
        return compare(given, text) and also(origin)

    seen = list(holes(accepts, test.text))
    if not seen:  # a text that names no host may still leave its end open: `https://app.`
        pattern = _AS_REGEX[test.kind].format(re.escape(text))
        regex = of_regex(pattern, whole=True, ignore_case=test.ignore_case, also=also)
        seen = [hole for hole in regex if hole.code in _OPEN]
    yield from seen


# What our own judgement of an expression is called among a proxy's mistakes.
_FAMILIES: Final = {
    "regex-dot": "accepts-other-character",
    "public-suffix": "accepts-shared-platform",
    "regex-look-alike": "accepts-prefix",
}
_OPEN: Final = frozenset(("accepts-prefix", "accepts-suffix", "accepts-infix", "accepts-shared-platform"))


def _family(source: str, pattern: str, known: set[str], accepts: Accepts) -> Iterator[Hole]:
    """What the automaton knows and no guess has shown: a bare dot, an open end of the host."""
    if known & {"accepts-any-origin", "accepts-infix"}:
        return
    hosts = hosts_in(pattern)
    for problem in examine(source, credentials=False):
        code = _FAMILIES.get(problem.code)
        if code is None or problem.witness is None:
            continue
        shown = problem.witness
        if code == "accepts-prefix" and not hosts:
            likelier = shown.replace("x://x", f"https://{STRANGER_HOST}", 1)
            if _of_a_stranger(likelier) and accepts(likelier):
                shown = likelier
            code = _open_side(shown, accepts)
        elif code == "accepts-prefix" and shown.endswith(tuple(hosts)):
            code = "accepts-suffix"
        if code not in known and not (code in _OPEN and known & _OPEN):
            yield Hole(code, shown)
