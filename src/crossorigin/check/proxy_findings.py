"""What is wrong with a proxy's answers, whichever proxy it is.

Here belongs what follows from the answers themselves: which strangers read them, whether caches and errors are
provided for, what happens to preflights. Not here: working an answer out (`nginx_answers`, `caddy_answers`,
`envoy_answers`).

A new finding needs a row in `report.catalogue`, a remedy for each proxy in `proxy_remedies`, and its place:
`proxy_headers` if the headers of one answer show it, `origin_matching` if a comparison does, here if it takes several
answers, and `nginx_findings` (`caddy_findings`, `envoy_findings`) if it follows from what is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, product
from typing import Final

from ..policy.lookalikes import STRANGER
from ..policy.problems import CATALOGUE
from ..report.catalogue import WITHOUT_COOKIES
from ..report.findings import Finding, Place, Result, RunTimeValue, not_judged
from ..standards.origin import is_loopback, split_serialised
from .bounds import MAX_COMPARISON
from .origin_matching import Hole, anybody, closed_regex, hosts_in, of_regex, of_text
from .policy_findings import GRADES, sentence
from .proxy_answers import THIS_SERVER, Answer, OriginTest, PageRequest, Reader, Unread
from .proxy_headers import ALLOW_ORIGIN, Sent, first, found, judge, judge_preflight, listed, tells_caches
from .proxy_remedies import HIDING, OUTSIDE, Language

_STRANGERS: Final = (STRANGER, "https://some.where.test", "http://a1.dev:8443")
_MAX_ORIGINS: Final = 24
_MAX_QUESTIONS: Final = 20_000

_OF_THE_URL: Final = re.compile(r"\$\{?arg_|\{(?:http\.request\.uri\.)?query\.")

Ask = Callable[[PageRequest], Sequence[Answer]]


@dataclass(slots=True)
class Allowance:
    """How many questions one target may take, and the origins that its tests let in, each test judged once."""

    left: int = _MAX_QUESTIONS
    let_in: dict[OriginTest, list[str]] = field(default_factory=dict)

    def origins_of(self, test: OriginTest) -> list[str]:
        """Origins that a test lets in whose text names no host: `https://app.`, as a start."""
        if test not in self.let_in:
            self.let_in[test] = _let_in(test)
        return self.let_in[test]


class Endpoint:
    """One part of a proxy that answers requests, with every answer that it was asked for.

    `sends`: the configuration has a header there that allows an origin, in whatever case.
    """

    def __init__(
        self, ask: Ask, allowance: Allowance, methods: Sequence[str] = ("GET",), *, sends: bool = True
    ) -> None:
        self.sends = sends
        self._ask = ask
        self._allowance = allowance
        self._methods = methods
        self._known: dict[PageRequest, Sequence[Answer]] = {}

    def answers(self, asked: PageRequest) -> Sequence[Answer]:
        """The answers to a request, each question asked once."""
        if asked not in self._known:
            self._allowance.left -= 1
            unknown = not_judged("unread-part", f"more than {_MAX_QUESTIONS:,} requests would have to be worked out")
            self._known[asked] = self._ask(asked) if self._allowance.left >= 0 else [Answer(0, unknown=(unknown,))]
        return self._known[asked]

    def pages(self, origin: str) -> list[tuple[PageRequest, Answer]]:
        """The answers to a page's requests themselves, by every method."""
        made: list[tuple[PageRequest, Answer]] = []
        for method in self._methods:
            asked = PageRequest(origin, method=method)
            made += [(asked, answer) for answer in self.answers(asked)]
        return made

    def reads(self, origin: str, *, passed: OriginTest | None = None) -> Reader:
        """Who may read an answer that goes to this origin, at the most. `passed` is a test that it has to pass."""
        read = [(asked, answer) for asked, answer in self.pages(origin) if answer.status < 400]
        return _most({answer.readers(asked) for asked, answer in read if passed is None or passed in answer.passed})

    @cached_property
    def origins(self) -> list[str]:
        """Origins whose answers show what the configuration distinguishes: strangers, and those near what it names."""
        texts: dict[str, None] = {}
        tests: dict[OriginTest, None] = {}
        for origin in (STRANGER, "null"):
            preflights = self.answers(PageRequest(origin, preflight=True))
            pages = [answer for _, answer in self.pages(origin)]
            for answer in (*pages, *preflights):
                tests.update(dict.fromkeys(answer.tests))
                texts.update(dict.fromkeys(test.text for test in answer.tests))
                texts.update(dict.fromkeys(sent.value for sent in answer.headers if sent.name == ALLOW_ORIGIN))
        near = chain(
            chain.from_iterable(self._allowance.origins_of(test) for test in tests),
            chain.from_iterable(_near(text) for text in texts),
        )
        return [*_STRANGERS, "null", *dict.fromkeys(near)][: _MAX_ORIGINS + len(_STRANGERS)]

    @cached_property
    def tests(self) -> Mapping[OriginTest, None]:
        """Every test of the origin that is made."""
        pages = chain.from_iterable(self.pages(origin) for origin in self.origins)
        made = {id(answer.tests): answer.tests for _, answer in pages}  # a map may make thousands, for every answer
        return dict.fromkeys(chain.from_iterable(made.values()))

    @cached_property
    def readable(self) -> list[str]:
        """The origins that read something."""
        return [origin for origin in self.origins if self.reads(origin) != "nobody"]


def _most(seen: Collection[Reader | None]) -> Reader:
    """The most that one of these readers may do."""
    if "with cookies" in seen:
        return "with cookies"
    return "without cookies" if "without cookies" in seen else "nobody"


def _near(text: str) -> list[str]:
    """Origins that a text with hosts in it may mean."""
    if len(text) > MAX_COMPARISON:
        return []
    hosts = dict.fromkeys(hosts_in(text))
    varied = product(hosts, ("https", "http"), ("", "app."))
    starts = [f"{scheme}://{below}{host}" for host, scheme, below in varied]
    port = re.search(r"(?<=:)[0-9]{2,5}", text)
    if port is None:
        return starts
    return [*starts, *(f"{start}:{port[0]}" for start in starts)]


def _let_in(test: OriginTest) -> list[str]:
    if test.kind not in _PARTIAL or len(test.text) > MAX_COMPARISON or hosts_in(test.text):
        return []
    try:
        return [hole.origin for hole in _holes(Judged(test, cookies=False), anybody)]
    except ValueError:  # which is said where the test is judged
        return []


_PARTIAL: Final = frozenset(("regex", "prefix", "suffix", "contains"))


@dataclass(frozen=True, slots=True)
class Judged:
    """A test of the origin that stands in a configuration. `cookies`: whether the configuration grants any at all."""

    test: OriginTest
    cookies: bool
    must_be_used: bool = False
    evidence: str = ""
    whole: bool = False


@dataclass(slots=True)
class Judgement:
    """The results for one configuration, each said once for one place."""

    language: Language
    endpoints: Sequence[Endpoint]
    tests: Sequence[Judged] = ()
    _said: set[tuple[str, Place | None]] = field(default_factory=set)

    def results(self) -> Iterator[Result]:
        """Everything that is wrong, and everything that is not known."""
        yield from self.new(self._all())

    def new(self, results: Iterable[Result]) -> Iterator[Result]:
        """Those that were not said of their place before."""
        for result in results:
            code = result.setting if isinstance(result, RunTimeValue) else result.code
            key = code, result.place
            if key not in self._said:
                self._said.add(key)
                yield result

    def _all(self) -> Iterator[Result]:
        for judged in self.tests:
            if judged.test.kind != "mixed":
                yield from self._test(judged)
        for endpoint in self.endpoints:
            yield from self._endpoint(endpoint)
        for endpoint in self.endpoints:
            yield from self._unknown(endpoint)

    # -- the tests of the origin ----------------------------------------------------------------------

    def _test(self, judged: Judged) -> Iterator[Result]:
        test = judged.test
        using = [endpoint for endpoint in self.endpoints if self._uses(endpoint, test)]
        if judged.must_be_used and not using:
            return
        evidence = judged.evidence or test.text
        if test.kind == "equal":
            yield from self._equal(judged, evidence, using)
            return

        def read(origin: str) -> bool:
            return not using or self._reader(origin, test, using) != "nobody"

        try:
            for hole in _holes(judged, read):
                cookies = self._reader(hole.origin, test, using) == "with cookies" if using else judged.cookies
                yield self._hole(hole, evidence, judged, cookies=cookies)
        except ValueError as why:
            yield not_judged("unread-part", f"{evidence[:200]}: {why}", place=test.place)

    def _equal(self, judged: Judged, evidence: str, using: Sequence[Endpoint]) -> Iterator[Finding]:
        test = judged.test
        reader = self._reader("null", test, using)
        for result in listed(test.text, test.place, evidence, self.language):
            cookies = reader == "with cookies" if using else judged.cookies
            if result.code != "accepts-null":
                yield result
            elif not using or reader != "nobody":
                yield self._graded(result, cookies=cookies)

    def _uses(self, endpoint: Endpoint, test: OriginTest) -> bool:
        """Whether the test decides anything at an endpoint that may allow an origin."""
        return test in endpoint.tests and endpoint.sends

    def _reader(self, origin: str, test: OriginTest, using: Sequence[Endpoint]) -> Reader:
        return _most({endpoint.reads(origin, passed=test) for endpoint in using})

    def _hole(self, hole: Hole, evidence: str, judged: Judged, *, cookies: bool) -> Finding:
        test = judged.test
        shown = f"{evidence} accepts {hole.origin}"
        if hole.code == "accepts-any-case":
            return self._found(hole.code, shown, test.place, cookies, origin=hole.origin)
        within_host = test.kind == "prefix" and test.text.endswith(".")  # nobody knows which host is meant
        closed = "" if within_host else closed_regex(test.text, whole=judged.whole)
        written = closed if test.kind == "regex" else _AS_REGEX[self.language].format(closed)
        remedy = f"compare the whole origin: {written}" if closed else ""
        result = found(
            hole.code, shown, test.place, remedy=remedy, language=self.language, origin=hole.origin, instead=written
        )
        if not closed:
            result = replace(result, details={"origin": hole.origin})
        return self._graded(result, cookies=cookies)

    def _found(self, code: str, evidence: str, place: Place, cookies: bool, origin: str) -> Finding:
        """A finding about somebody who is let in: without cookies it weighs less."""
        return self._graded(found(code, evidence, place, language=self.language, origin=origin), cookies=cookies)

    def _graded(self, result: Finding, *, cookies: bool) -> Finding:
        return result if cookies else replace(result, severity=WITHOUT_COOKIES[result.severity])

    # -- one endpoint ---------------------------------------------------------------------------------

    def _endpoint(self, endpoint: Endpoint) -> Iterator[Result]:
        yield from self._strangers(endpoint)
        for origin in endpoint.origins:
            for asked, answer in endpoint.pages(origin):
                yield from judge(answer.headers, self.language, asked.origin)
                yield from self._added(answer)
                yield from self._own(answer)
        yield from self._vary(endpoint)
        yield from self._errors(endpoint)
        yield from self._preflights(endpoint)

    def _unknown(self, endpoint: Endpoint) -> Iterator[Unread]:
        for origin in endpoint.origins:
            answers = [answer for _, answer in endpoint.pages(origin)]
            answers += endpoint.answers(PageRequest(origin, preflight=True))
            for answer in answers:
                yield from answer.unknown
                yield from answer.doubts

    def _strangers(self, endpoint: Endpoint) -> Iterator[Finding]:
        """Who is let in and named in no test: everybody, `null`, pages without encryption."""
        readers = {endpoint.reads(origin) for origin in _STRANGERS}
        allowed = self._shown(endpoint, STRANGER)
        if "nobody" not in readers and allowed is not None:
            cookies = "with cookies" in readers
            if allowed.said.endswith(": *") and not cookies:
                yield found("sends-star", allowed.written, allowed.place, language=self.language, remedy=allowed.remedy)
            else:
                result = self._found("accepts-any-origin", allowed.written, allowed.place, cookies, origin=STRANGER)
                yield replace(result, remedy=allowed.remedy or result.remedy)
            return
        allowed = self._shown(endpoint, "null")
        if allowed is not None:
            cookies = endpoint.reads("null") == "with cookies"
            yield self._found("accepts-null", f"{allowed.written} for null", allowed.place, cookies, origin="null")
        for origin in endpoint.readable:
            yield from self._insecure(endpoint, origin)

    def _shown(self, endpoint: Endpoint, origin: str) -> Sent | None:
        """The header that lets an origin in by its own name, at the place that decides it."""
        for asked, answer in endpoint.pages(origin):
            allowed = first(answer.headers, ALLOW_ORIGIN)
            read = answer.status < 400 and answer.readers(asked) not in (None, "nobody")
            if allowed is not None and allowed.value == origin and read:
                last = answer.passed[-1].place if answer.passed else None
                return replace(allowed, place=allowed.made_at or last or allowed.place)
        return None

    def _insecure(self, endpoint: Endpoint, origin: str) -> Iterator[Finding]:
        parts = split_serialised(origin.encode())
        if not origin.startswith("http:") or parts is None or is_loopback(parts[1].decode()):
            return
        twin = origin.replace("http:", "https:", 1)
        allowed = self._shown(endpoint, origin)
        if allowed is None or endpoint.reads(origin) != "with cookies" or endpoint.reads(twin) != "nobody":
            return
        yield insecure(origin, allowed.written, allowed.place)

    def _added(self, answer: Answer) -> Iterator[Finding]:
        allowed = first(answer.headers, ALLOW_ORIGIN)
        if answer.adds and allowed is not None:
            evidence = f"{allowed.written}, and whatever {answer.adds} sends under that name"
            remedy = HIDING[self.language]
            yield found("duplicate-headers", evidence, allowed.place, severity="info", remedy=remedy)

    def _own(self, answer: Answer) -> Iterator[Finding]:
        allowed = first(answer.headers, ALLOW_ORIGIN)
        if allowed is not None and THIS_SERVER in allowed.value and re.match(r"https?://", allowed.value):
            evidence = f"{allowed.written} is the origin of this server itself, which needs no CORS"
            remedy = "name the origin of the page"
            yield found("no-effect", evidence, allowed.place, remedy=remedy, language=self.language)

    def _vary(self, endpoint: Endpoint) -> Iterator[Finding]:
        """A preflight's answer is not cached by anybody who reads `Vary` (RFC 9110, 9.3.7)."""
        if len({_allowed(endpoint, origin) for origin in endpoint.origins}) == 1:
            return
        for origin in endpoint.readable:
            for asked, answer in endpoint.pages(origin):
                allowed = first(answer.headers, ALLOW_ORIGIN)
                if allowed is None or allowed.value == "*" or answer.unknown:
                    continue
                if _OF_THE_URL.search(allowed.source):  # which is part of the URL, and of a cache's key
                    continue
                if tells_caches(answer.headers):
                    yield from self._bare(endpoint, asked, answer)
                    continue
                evidence = f"{allowed.written}, and no `Vary: Origin`"
                remedy = OUTSIDE[self.language] if allowed.conditional else ""
                graded = answer.no_vary
                yield found(
                    "missing-vary", evidence, allowed.place, language=self.language, severity=graded, remedy=remedy
                )

    def _bare(self, endpoint: Endpoint, asked: PageRequest, answer: Answer) -> Iterator[Finding]:
        """`Vary` that a request without Origin does not get: its cached answer goes to pages (Fetch, HTTP caches)."""
        vary = first(answer.headers, "vary")
        for bare in endpoint.answers(replace(asked, origin="")):
            known = bare.status < 400 and not bare.unknown and not bare.doubts
            if vary is not None and known and answer.may_go_with(bare) and not tells_caches(bare.headers):
                evidence = f"{vary.written}, and not if a request has no Origin"
                remedy = OUTSIDE[self.language]
                yield found("missing-vary", evidence, vary.place, remedy=remedy, severity=answer.no_vary)

    def _errors(self, endpoint: Endpoint) -> Iterator[Finding]:
        for origin in endpoint.readable:
            for asked, answer in endpoint.pages(origin):
                allowed = first(answer.headers, ALLOW_ORIGIN)
                if allowed is None or answer.unknown or answer.readers(asked) == "nobody":
                    continue
                failing = replace(asked, fails=True)
                errors = [
                    error for error in endpoint.answers(failing) if error.status >= 400 and answer.may_go_with(error)
                ]
                if any(error.readers(failing) == "nobody" for error in errors):
                    evidence = f"{allowed.written}, {allowed.missing_on_errors}"
                    value = allowed.source or allowed.value
                    yield found("errors-without-cors", evidence, allowed.place, language=self.language, value=value)

    def _preflights(self, endpoint: Endpoint) -> Iterator[Finding]:
        if not endpoint.readable:
            yield from self._bare_preflights(endpoint)
        for origin in endpoint.readable:
            elsewhere = {answer.at for _, answer in endpoint.pages(origin)}
            for answer in endpoint.answers(PageRequest(origin, preflight=True)):
                yield from judge(answer.headers, self.language, origin)
                if answer.unknown or answer.at is None:
                    continue
                if answer.by == "login":
                    evidence = f"{answer.written}: a preflight is answered {answer.status}"
                    value = answer.written.partition(" ")[0]
                    yield found("preflight-behind-auth", evidence, answer.at, language=self.language, value=value)
                elif answer.by == "proxy" and answer.at not in elsewhere:
                    yield from judge_preflight(answer.written, answer.status, answer.headers, answer.at, self.language)

    def _bare_preflights(self, endpoint: Endpoint) -> Iterator[Finding]:
        """Preflights that are answered for nobody, where no page reads anything. One that is refused may be meant."""
        elsewhere = {answer.at for _, answer in endpoint.pages(STRANGER)}
        asked = [endpoint.answers(PageRequest(origin, preflight=True)) for origin in endpoint.origins]
        answers = list(chain.from_iterable(asked))
        if any(answer.values(ALLOW_ORIGIN) for answer in answers):
            return
        for answer in answers:
            meant = answer.by == "proxy" and 200 <= answer.status < 300 and not answer.unknown
            if meant and answer.at is not None and answer.at not in elsewhere:
                yield from judge_preflight(answer.written, answer.status, answer.headers, answer.at, self.language)


# How a test by a regular expression is written, where a string was compared.
_AS_REGEX: Final[dict[Language, str]] = {
    "nginx": '"~{}"',
    "caddy": "header_regexp Origin {}",
    "envoy": "safe_regex: {{regex: '{}'}}",
    "python": "{}",
}


def _allowed(endpoint: Endpoint, origin: str) -> tuple[tuple[str, ...], ...]:
    """The values of Access-Control-Allow-Origin in each answer to a page of this origin."""
    return tuple(tuple(answer.values(ALLOW_ORIGIN)) for _, answer in endpoint.pages(origin))


def _holes(judged: Judged, read: Callable[[str], bool]) -> list[Hole]:
    test = judged.test
    if test.kind == "regex":
        return of_regex(test.text, whole=judged.whole, ignore_case=test.ignore_case, also=read)
    return list(of_text(test, read))


def insecure(origin: str, written: str, place: Place) -> Finding:
    """An http: origin that may bring cookies."""
    code = "origin-insecure"
    meaning = sentence(CATALOGUE[code].meaning)
    remedy = f"write {origin.replace('http:', 'https:', 1)}"
    why = "Anybody on the network between can be any http: page, and read this with the visitor's cookies."
    return Finding(code, GRADES[code], meaning, why, written, remedy, place, "scheme", {"origin": origin})
