"""The whole of `verify`: every origin and call, both sides, one report.

Here belong the order of things, and how differences become findings. Not here: what is asked and compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Final
from urllib.parse import urlsplit

from ..browser import Outcome
from ..policy.policy import Policy
from ..report.catalogue import SEVERITIES
from ..report.errors import CannotRun
from ..report.findings import Finding, NotJudged, Report, finding, gravest_first, not_judged, one_for_each_cause
from ..standards.fetch import is_forbidden_method, is_forbidden_request_header, is_token
from ..standards.header_lists import elements, get, get_all
from ..transport.asgi import ASGITransport
from .calls import PageCall, in_browser, of_everybody, of_names, of_one, preflight_of
from .chromium import RealBrowser
from .differences import Difference, compare, compare_plain, verdict_of_browser
from .enforce import NO_WEBSOCKET, NOT_SENT, Handshake, HostVisit, handshakes, names
from .origins import ALWAYS, origins
from .sides import Headers, Server, Wire, answered, serve_policy

_LEARNED: Final = 20  # names beyond the policy's that a server lists, each asked for
_SHOWN: Final = 4  # calls or pages in one finding's evidence; its details have all

Asking = PageCall | Handshake | HostVisit
Asked = Asking | None  # None: the visit without an Origin
Seen = dict[Difference, list[Asked]]
Progress = Callable[[int, int], None]


def verify(
    url: str,
    policy: Policy,
    wire: Wire,
    *,
    app: Any = None,
    headers: Headers = (),
    more_origins: Iterable[str] = (),
    progress: Progress = lambda done, total: None,
    browser: RealBrowser | None = None,
) -> Report:
    """Whether the server at `url`, reached over `wire`, treats pages as the policy does.

    `app` is what answers for the policy, unless that is the policy alone: see `sides.serve_policy`. `headers` go with
    every request, `more_origins` are asked for beside those that the policy suggests, and `progress` is told how many
    calls of how many are done. With `browser`, each page also asks in a real browser. Sends GET and OPTIONS requests,
    and WebSocket handshakes, alone.
    """
    started = time.monotonic()
    theirs = Server(wire, url, headers)
    transport = ASGITransport(app or serve_policy(policy=policy))
    run = _Run(policy, Server(transport, url), theirs, progress)
    error = ""
    pages = origins(policy, more_origins)
    try:
        run.all(pages)
        if browser is not None:
            run.in_browser(browser, pages)
    except CannotRun as why:
        error = str(why)
    finally:
        transport.close()
    found = gravest_first(_findings(run.seen))
    notes = [] if found or error else [_NOTHING_FOUND]
    if policy.enforce is True and not error:
        notes += [NOT_SENT] if run.handshakes else [NOT_SENT, NO_WEBSOCKET]
    if browser is not None and not error:
        notes.append(_ASKED_IN_BROWSER.format(pages=run.in_real, browser=browser.name))
    unknown = tuple(one_for_each_cause(run.unknown))
    return Report("verify", url, found, tuple(notes), theirs.requests, time.monotonic() - started, error, unknown)


_NOTHING_FOUND: Final = (
    "A server that lets in one more origin, unlike any that the policy names, cannot be caught by asking; "
    "`--origin` asks for those you suspect."
)

_ASKED_IN_BROWSER: Final = (
    "{browser} made {pages} calls of pages, GET requests alone; other methods were judged by the simulated browser."
)


@dataclass(slots=True)
class _Run:
    """One run: what was asked already, and what differed."""

    policy: Policy
    ours: Server
    theirs: Server
    progress: Progress
    seen: Seen = field(default_factory=dict)
    asked: set[PageCall] = field(default_factory=set)
    handshakes: int = 0
    done: int = 0
    total: int = 0
    listed: dict[str, None] = field(default_factory=dict)
    in_real: int = 0
    unknown: list[NotJudged] = field(default_factory=list)

    def all(self, pages: list[str]) -> None:
        """Everything: the visit, every page, and one page of each kind in depth."""
        kinds = self._kinds(pages)
        preflighted = dict.fromkeys((*chain.from_iterable(kinds), *ALWAYS))
        calls = [of_everybody(page, self.policy) for page in pages]
        calls += [preflight_of(page, self.policy) for page in preflighted]
        self.total = len(calls) + sum(len(list(of_one(kind[0], self.policy))) for kind in kinds)
        for difference in compare_plain(self.ours.plain(), self.theirs.plain()):
            self.seen.setdefault(difference, []).append(None)
        self._ask_all(calls)
        verdicts = chain.from_iterable(calls for difference, calls in self.seen.items() if not difference.about)
        blocked = {call.page for call in verdicts if call is not None}
        for kind in kinds:
            # A page that the server treats as the policy does: of another one, the rest of its answers is hidden.
            page = next((page for page in kind if page not in blocked), kind[0])
            self._ask_all(of_one(page, self.policy))
            self._ask_all(self._learned(page))

        self._guarded([kind[0] for kind in kinds])

    def in_browser(self, browser: RealBrowser, pages: list[str]) -> None:
        """The calls that a real browser can make of anybody's server; what it could not make is not judged."""
        server = urlsplit(self.theirs.url)
        own = f"{server.scheme}://{server.netloc}"  # a page of the server's own needs no CORS
        calls = list(in_browser([page for page in pages if page != own], self.policy))
        self.total += len(calls)
        for call in calls:
            seen = browser.ask(call)
            if seen.allowed is None:
                self.unknown.append(not_judged("not-asked-in-browser", f"{call.page}: {seen.said}", page=call.page))
            else:
                self.in_real += 1
                different = verdict_of_browser(call, self.ours.ask(call), seen.allowed, f"{seen.said} ({browser.name})")
                if different is not None:
                    self.seen.setdefault(different, []).append(call)
            self.done += 1
            self.progress(self.done, max(self.done, self.total))

    def _guarded(self, pages: list[str]) -> None:
        for call, difference in handshakes(self.ours, self.theirs, pages):
            self.handshakes += 1
            if difference is not None:
                self.seen.setdefault(difference, []).append(call)
        for named, difference in names(self.policy, self.ours, self.theirs):
            self.seen.setdefault(difference, []).append(named)

    def _kinds(self, pages: list[str]) -> list[list[str]]:
        """The pages that the policy lets in, those together that get the same answers."""
        kinds: dict[tuple[bool, str | None], list[str]] = {}
        for page in pages:
            outcome = self.ours.ask(PageCall(page))
            if outcome.allowed:
                headers = answered(outcome)[1].headers
                star = get(headers, "access-control-allow-origin") == "*"
                kinds.setdefault((star, get(headers, "access-control-allow-credentials")), []).append(page)
        return list(kinds.values())

    def _ask_all(self, calls: Iterable[PageCall]) -> None:
        for call in calls:
            if call not in self.asked:
                self._ask(call)
            self.done += 1
            self.progress(self.done, max(self.done, self.total))

    def _ask(self, call: PageCall) -> None:
        self.asked.add(call)
        ours, theirs = self.ours.ask(call), self.theirs.ask(call)
        for difference in compare(call, ours, theirs):
            self.seen.setdefault(difference, []).append(call)
        self.listed |= dict.fromkeys(_extra(ours, theirs))

    def _learned(self, page: str) -> Iterator[PageCall]:
        """What the server's answers list and the policy's do not: would a browser let it pass?"""
        for listed in list(self.listed)[:_LEARNED]:
            kind, _, name = listed.partition(":")
            methods, headers = ((name,), ()) if kind == "methods" else ((), (name,))
            yield from of_names(page, methods, headers)
            yield from of_names(page, methods, headers, "include")


def _extra(ours: Outcome, theirs: Outcome) -> Iterator[str]:
    """`methods:PUT`, `headers:x-a`: what the server lists, the policy does not, and a page can send."""
    for kind in ("methods", "headers"):
        name = f"access-control-allow-{kind}"
        extras = _listed(theirs, name) - _listed(ours, name) - {"*"}
        for extra in sorted(extras):
            if _can_send(kind, extra):
                yield f"{kind}:{extra}"


def _listed(outcome: Outcome, name: str) -> set[str]:
    return set(elements(get_all(answered(outcome)[1].headers, name)))


def _can_send(kind: str, name: str) -> bool:
    """Whether a page can send this method or header at all. A server may list anything."""
    if not is_token(name):
        return False
    return not (is_forbidden_method(name) if kind == "methods" else is_forbidden_request_header(name))


def _findings(seen: Seen) -> list[Finding]:
    verdicts: dict[tuple[str, bool], list[tuple[Difference, Asking]]] = {}
    for difference, calls in seen.items():
        for call in calls:
            if difference.code == "verdict-differs" and call is not None:
                verdicts.setdefault((call.page, difference.policy == "allowed"), []).append((difference, call))
    found = [_verdict(page, wanted, rows) for (page, wanted), rows in verdicts.items()]
    told = {page for page, _ in verdicts}
    for difference, calls in seen.items():
        if difference.code == "answer-differs":
            # Why both sides block a page's call is no news where they already disagree about that page.
            rest = [call for call in calls if difference.about or call is None or call.page not in told]
            if rest:
                found.append(_answer(difference, rest))
    return found


def _verdict(page: str, wanted: bool, rows: list[tuple[Difference, Asking]]) -> Finding:
    alike: dict[tuple[str, str], list[str]] = {}
    for difference, call in rows:
        alike.setdefault((difference.policy, difference.server), []).append(str(call))
    lines = [page] if page else []
    for (policy, server), calls in alike.items():
        lines += _few(calls, "  ")
        lines += [f"    policy: {policy}", f"    server: {server}"]
    told = [{"call": str(call), "policy": seen.policy, "server": seen.server} for seen, call in rows]
    severity = max((difference.severity for difference, _ in rows), key=SEVERITIES.index)
    why = _KEPT_OUT if wanted else _LET_IN
    return replace(finding("verdict-differs", "\n".join(lines), severity=severity, page=page, calls=told), why=why)


_KEPT_OUT: Final = "The policy lets this page do it, and the server does not: the page is broken there."
_LET_IN: Final = "The server lets this page do it, and the policy does not: the page can read what it should not."


def _answer(difference: Difference, calls: list[Asked]) -> Finding:
    header = "-".join(word.capitalize() for word in difference.about.split("-"))
    places = [_place(call) for call in calls]
    lines = [header or "Both block it, for different reasons"]
    lines += [f"  policy: {difference.policy}", f"  server: {difference.server}"]
    remedy = ""
    if header:
        remedy = f"leave {header} out" if difference.policy == "none" else f"send {header}: {difference.policy}"
    return finding(
        "answer-differs",
        "\n".join([*lines, *_few(places, "  ")]),
        severity=difference.severity,
        remedy=remedy,
        header=header,
        policy=difference.policy,
        server=difference.server,
        calls=places,
    )


def _place(call: Asked) -> str:
    return "GET without an Origin" if call is None else f"{call} from {call.page}"


def _few(lines: list[str], indent: str) -> list[str]:
    shown = [indent + line for line in lines[:_SHOWN]]
    return shown if len(lines) <= _SHOWN else [*shown, f"{indent}and {len(lines) - _SHOWN} more"]
