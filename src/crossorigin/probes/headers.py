"""What the headers of the answers say, whoever asked.

Here belong the checks that need no hostile origin to be let in: values that no browser accepts, lines sent twice,
`Vary`, what denied origins and errors get. Not here: asking, and accepted origins (`verdicts`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ..browser import Response
from ..policy.limits import MAX_AGE_LIMIT
from ..report.findings import Finding, finding
from ..standards.header_lists import elements, get, get_all
from ..standards.origin import split_serialised

_ONCE: Final = (
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
)


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, and what it was given to: `asked` in words, `origin` where there was one."""

    asked: str
    origin: str | None
    answer: Response
    preflight: bool = False

    def value(self, name: str) -> str | None:
        """The header, as Fetch § get reads it."""
        return get(self.answer.headers, name)

    @property
    def allow_origin(self) -> str | None:
        """Access-Control-Allow-Origin."""
        return self.value("access-control-allow-origin")

    @property
    def credentials(self) -> bool:
        """Whether Access-Control-Allow-Credentials is what browsers take."""
        return self.value("access-control-allow-credentials") == "true"

    @property
    def reads(self) -> bool:
        """Whether the origin that asked may read it, without cookies."""
        return self.allow_origin is not None and self.allow_origin in ("*", self.origin)


def of_headers(seen: Sequence[Answered]) -> Iterator[Finding]:
    """The findings on all answers together: each once, with the first answer that shows it."""
    shown: dict[str, Finding] = {}
    for each in seen:
        for code, evidence in (*_values(each), *_preflight(each)):
            shown.setdefault(code, finding(code, f"{each.asked} → {evidence}"))
    yield from shown.values()
    yield from _vary([each for each in seen if not each.preflight])
    yield from _denied(seen)


def _values(seen: Answered) -> Iterator[tuple[str, str]]:
    headers = seen.answer.headers
    allow, said = seen.allow_origin, seen.value("access-control-allow-credentials")
    twice = [name for name in _ONCE if len(get_all(headers, name)) > 1]
    if twice:
        yield "duplicate-headers", f"{len(get_all(headers, twice[0]))} lines of {twice[0]}: {get(headers, twice[0])}"
    elif seen.origin is not None and allow not in (None, "*", "null", seen.origin) and not is_serialised(allow or ""):
        yield "sends-invalid-allow-origin", f"Access-Control-Allow-Origin: {allow}"
    if allow == "*" and seen.credentials:
        yield (
            "sends-star-with-credentials",
            "Access-Control-Allow-Origin: * with Access-Control-Allow-Credentials: true",
        )
    if said is not None and said != "true" and "access-control-allow-credentials" not in twice:
        yield "sends-invalid-allow-credentials", f"Access-Control-Allow-Credentials: {said}"
    if seen.credentials and seen.value("access-control-expose-headers") == "*":
        yield "sends-expose-star", "Access-Control-Expose-Headers: *"
    if seen.credentials and "*" in elements(get_all(headers, "timing-allow-origin")):
        yield "timing-allow-star", "Timing-Allow-Origin: *"
    if seen.value("access-control-allow-private-network") == "true":
        yield "private-network-granted", "Access-Control-Allow-Private-Network: true"


def _preflight(seen: Answered) -> Iterator[tuple[str, str]]:
    age = seen.value("access-control-max-age")
    if age is not None and age.isdecimal() and int(age) > MAX_AGE_LIMIT:
        yield "max-age-overlong", f"Access-Control-Max-Age: {age}"


def is_serialised(value: str) -> bool:
    """Whether it is one origin, as browsers write it; `null` is none."""
    try:
        return split_serialised(value.encode("ascii")) is not None
    except UnicodeEncodeError:
        return False


def _vary(seen: Sequence[Answered]) -> Iterator[Finding]:
    """Whether what depends on the origin says so, on every answer that does."""
    values = {each.allow_origin for each in seen if each.answer.status < 400}
    if len(values) < 2:
        return  # one answer for everybody
    public = values == {None, "*"}  # a kept `*` does for everybody, where none is named
    kept = [each for each in seen if each.answer.status < 400 and not (public and each.allow_origin == "*")]
    by = [each for each in kept if not _varies(each) and "no-store" not in (each.value("cache-control") or "").lower()]
    named = [each for each in by if each.allow_origin not in (None, "*")]
    if named and _cacheable(named[0].answer):
        each = named[0]
        cached = each.value("cache-control") or each.value("expires")
        yield finding(
            "cacheable-reflection", f"{each.asked} → {each.allow_origin}, kept by caches ({cached}), no Vary: Origin"
        )
    elif by:
        each = (named or by)[0]
        yield finding(
            "missing-vary",
            f"{each.asked} → Vary: {each.value('vary') or '(none)'}, and other origins get another answer",
        )
    plain = [_varied(each) - {"origin"} for each in seen if each.origin is None]
    lost = [(each, plain[0] - _varied(each)) for each in seen if each.origin is not None and each.reads and plain]
    for each, names in lost:
        if names and "*" not in _varied(each):
            yield finding(
                "clobbered-vary", f"{each.asked} → Vary: {each.value('vary')}, without {', '.join(sorted(names))}"
            )
            return


def _varied(seen: Answered) -> set[str]:
    return {each.lower() for each in elements(get_all(seen.answer.headers, "vary"))}


def _varies(seen: Answered) -> bool:
    return bool({"origin", "*"} & _varied(seen))


def _cacheable(answer: Response) -> bool:
    """Whether a shared cache may keep it (RFC 9111 § 3), where it says so itself."""
    control = (get(answer.headers, "cache-control") or "").lower()
    if re.search(r"private|no-store|no-cache", control):
        return False
    return bool(re.search(r"public|s-maxage|max-age=[1-9]", control)) or get(answer.headers, "expires") is not None


def _denied(seen: Sequence[Answered]) -> Iterator[Finding]:
    for each in seen:
        if each.origin is not None and each.allow_origin is None and each.credentials:
            yield finding(
                "credentials-to-denied", f"{each.asked} → Access-Control-Allow-Credentials: true, and no origin"
            )
            return


def of_errors(allowed: str, answers: Mapping[str, Response], fine: Answered) -> Iterable[Finding]:
    """What an allowed origin gets with errors, beside what it gets with the answer itself."""
    bad = {words: each for words, each in answers.items() if each.status >= 400}
    silent = {words: each for words, each in bad.items() if get(each.headers, "access-control-allow-origin") is None}
    if fine.reads and silent and fine.answer.status < 400:
        shown = "; ".join(f"{words} → {each.status} without CORS headers" for words, each in silent.items())
        yield finding("errors-without-cors", f"Origin: {allowed}: {shown}")
    if fine.allow_origin is None and fine.answer.status in (401, 407):
        yield finding("errors-without-cors", f"{fine.asked} → {fine.answer.status} without CORS headers")
    speaking = [words for words in bad if words not in silent]
    if not fine.reads and fine.answer.status < 400 and speaking and fine.allow_origin is None:
        words = speaking[0]
        yield finding(
            "cors-on-errors-only", f"{words} → {bad[words].status} with CORS headers, and {fine.asked} without"
        )
