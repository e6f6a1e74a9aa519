"""What the browsers call each failure, beside what the simulator calls it.

Here belong the lines of the console (Firefox) and of the inspector (Chromium), and which of them the simulator's reason
stands for. Not here: reading them out of a browser (`chromium`, `firefox`), and the names themselves (`REASONS`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from crossorigin.browser import REASONS, EngineName, Exchange, Outcome, Response
from crossorigin.browser.checks import is_mixed_content
from crossorigin.browser.locations import location_url
from crossorigin.browser.sites import Page, Url, parse
from crossorigin.standards.header_lists import get_all
from crossorigin.standards.origin import Origin, same_origin

from .scenario import Call

# Firefox repeats itself: whatever ended a preflight, the fetch "did not succeed" either, and a redirected preflight is
# one without success as well, whose Access-Control-Allow-Origin does not match the `null` that a redirect makes of its
# Origin. Only the first line for a URL says what was wrong.
REDIRECTED: Final = "CORSExternalRedirectNotAllowed"
ECHOES: Final = {
    "CORSDidNotSucceed2": None,
    "CORSPreflightDidNotSucceed3": REDIRECTED,
    "CORSAllowOriginNotMatchingOrigin": REDIRECTED,
}


class Line(NamedTuple):
    """One line about a failure: its name in this browser, the URL that it names, and its place where lines have one."""

    name: str
    url: str
    number: int = 0


@dataclass(slots=True)
class Seen:
    """What a browser showed of a scenario: what script saw of each call, each failure's line, and the console."""

    calls: list[dict[str, Any]]
    lines: list[Line] = field(default_factory=list)
    console: list[str] = field(default_factory=list)


def by_scenario(
    results: dict[str, list[dict[str, Any]]], lines: Iterable[Line], console: Iterable[str]
) -> dict[str, Seen]:
    """The lines beside the results of their scenario, which the path of each URL names."""
    seen = {name: Seen(calls) for name, calls in results.items()}
    for line in sorted(lines, key=_place):
        _, _, rest = line.url.partition("/s/")
        name = rest.partition("/")[0]
        if name in seen:
            seen[name].lines.append(line)
    for text in console:
        _, _, rest = text.partition("/s/")
        name = rest.partition("/")[0]
        if name in seen:
            seen[name].console.append(text)
    return seen


# What Chromium does not send has no number: it stands before the rest.
UNSENT: Final = ("DisallowedByMode", "NoCorsRedirectModeNotFollow")


def _place(line: Line) -> int:
    return -1 if line.name in UNSENT else line.number


@dataclass(frozen=True, slots=True)
class Failed:
    """One call that failed, with what decides whether a browser has a name for that."""

    call: Call
    outcome: Outcome
    page: Page

    @property
    def cors(self) -> bool:
        """Whether the call asked for CORS: without, no failure is one of CORS."""
        return self.call.xhr or self.call.mode == "cors"

    @property
    def sent(self) -> tuple[Exchange, ...]:
        return self.outcome.requests

    @property
    def crossed(self) -> bool:
        """Whether the request came to another origin, or was on its way there from a redirect."""
        urls = [exchange.request.url for exchange in self.sent]
        if self.outcome.reason in ("bad-port", "redirect-credentials") and self.target is not None:
            urls.append(self.target.href)
        return any(not same_origin(self.page.origin, Origin.parse(url)) for url in urls)

    @property
    def target(self) -> Url | None:
        """Where the last response leads; None without a response, or where its Location does not parse."""
        last = self.sent[-1] if self.sent else None
        if last is None or not isinstance(last.response, Response):
            return None
        values, base = get_all(last.response.headers, "location"), parse(last.request.url)
        return location_url(values, base) if values and base is not None else None

    @property
    def repeated(self) -> bool:
        """Whether `Access-Control-Allow-Origin`, so spelled, stands on two lines: Firefox tells case there."""
        answer = self.sent[-1].response
        assert isinstance(answer, Response)
        return [name for name, _ in answer.headers].count(b"Access-Control-Allow-Origin") > 1


# Firefox says this of every failed request of CORS for which it has nothing better.
FAILED: Final = "CORSDidNotSucceed2"


def expected(calls: Sequence[Call], outcomes: Sequence[Outcome], page: Page, engine: EngineName) -> list[Line]:
    """The lines that the browser has for these outcomes; none for a failure that it has no name for."""
    lines: list[Line] = []
    for call, outcome in zip(calls, outcomes, strict=True):
        failed = Failed(call, outcome, page)
        name = _chromium(failed) if engine == "chromium" else _firefox(failed)
        if name:
            url = failed.sent[-1].request.url if failed.sent else outcome.url
            lines.append(Line(name, url))
    return sorted(lines, key=_place)


def _chromium(failed: Failed) -> str:
    """Chromium's name. What its network stack stops has none: it leaves redirects to it in mode no-cors, for one."""
    reason = failed.outcome.reason
    if reason is None or failed.call.websocket:
        return ""
    silent = {
        "same-origin-mode": bool(failed.sent),
        "redirect-credentials": not (failed.cors and failed.crossed),
        "redirect-scheme": not failed.cors or _leads_to(failed, "data"),
        "preflight-redirect": reason == "preflight-redirect" and failed.target is None,
    }
    return "" if silent.get(reason) else REASONS[reason].chromium


def _firefox(failed: Failed) -> str:
    """Firefox's name. A redirect that it stops by itself is a failed request to CORS, if the request came to it."""
    reason = failed.outcome.reason
    if reason is None or not failed.cors or failed.call.websocket:
        return ""
    names = REASONS[reason]
    name = names.firefox_repeated if names.firefox_repeated and failed.repeated else names.firefox
    if reason == "redirect-scheme" and _leads_to(failed, "data"):
        name = FAILED
    if reason == "preflight-redirect" and not _may_lead(failed):
        name = FAILED
    if name == FAILED and not failed.crossed:
        return ""
    return name


def _leads_to(failed: Failed, scheme: str) -> bool:
    return failed.target is not None and failed.target.scheme == scheme


def _may_lead(failed: Failed) -> bool:
    """Whether Firefox comes to ask its listener of CORS about this redirect."""
    target = failed.target
    if target is None or target.scheme not in ("http", "https"):
        return False
    return not is_mixed_content(failed.page, target)


def without_echoes(lines: Iterable[Line]) -> list[str]:
    """The names alone, each failure's first."""
    names: list[str] = []
    first = Line("", "")
    for line in lines:
        echo_of = ECHOES.get(line.name, "")
        same_failure = first.url == line.url or first.name == "CORSRequestNotHttp"
        if not (same_failure and echo_of in (None, first.name)):
            names.append(line.name)
            first = line
    return names
