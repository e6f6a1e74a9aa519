"""A HAR file, asked again: every cross-origin call in it, judged by the responses that were recorded.

Here belong the entries of the file and the transport that plays them back. Nothing is sent. Not here: the verdict,
which is the browser half's, and reading the requests of other forms (`copied`).

Browsers record a request that CORS blocked in different ways. Firefox keeps the response. Chrome writes status 0 and no
headers, and the same for every other failure; only `_error` tells some of them apart. Safari writes the console's
sentence into `_error`. A preflight is an entry of its own, before or after the request, or is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import UnionType
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from ..browser import Browser, EngineName, Failure, Outcome, Request, Response
from ..browser.call import FetchOptions
from ..report.documents import parse_json
from ..standards.origin import same_origin
from .causes import Diagnosis
from .console import ConsoleMessage, read_console
from .copied import announced_headers
from .diagnose import diagnose
from .message_alone import diagnose_message
from .recorded import failure_kind, origin_of, script_headers
from .unsaid_credentials import blocked_with_credentials, without_verdict

_CHROME: Final = "WebInspector"  # as it names itself in `creator`
_MODES: Final = ("", "cors")
# What Chrome calls the requests of a script. What it calls otherwise is a cross-origin call only if it has an Origin.
_OF_SCRIPTS: Final = ("", "xhr", "fetch", "eventsource", "other")
_FOR_PAGES: Final = ("text/html", "image/", "text/css")  # how `Accept` begins if the request is not a script's


@dataclass(frozen=True, slots=True)
class HarEntry:
    """One cross-origin call of a page, and what was recorded of it and its redirects.

    `page` is empty if the file does not say which page made the call. `credentials` is None if the file does not say
    whether the call included them. `message` is what the browser wrote about a failure, if that says why.
    """

    page: str
    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    credentials: bool | None
    recorded: Recording
    answered: bool = True
    message: ConsoleMessage | None = None

    def run(self, engine: EngineName = "standard") -> Outcome:
        """What the recorded responses come to; without credentials, if the file does not say that there were any."""
        return Browser(self.page, transport=self.recorded, engine=engine).fetch(self.url, **self._options())

    def _options(self) -> FetchOptions:
        options: FetchOptions = {"method": self.method, "headers": self.headers, "body": self.body}
        options["credentials"] = "include" if self.credentials else "same-origin"
        return options

    def explain(self, engine: EngineName = "standard") -> tuple[Outcome, Diagnosis]:
        """What the recorded responses come to, and why; what to look at, if they do not tell."""
        if not self.page:
            return _unknown(self), diagnose(_unknown(self), facts={"cause": "page-not-recorded"})
        outcome = self.run(engine)
        last = outcome.requests[-1] if outcome.requests else None
        recorded = last is None or isinstance(last.response, Response)
        by_preflight = recorded and last is not None and last.preflight
        if self.message is not None and not by_preflight:  # the browser's own word
            message = replace(self.message, page=self.page)
            return message.outcome(), diagnose_message(message)[0]
        if recorded and self.credentials is None and self._depends(outcome, engine):
            depends = without_verdict(outcome)
            return depends, diagnose(depends, page=self.page, facts={"cause": "credentials-not-recorded"})
        if recorded and (self.answered or not outcome.allowed):
            return outcome, diagnose(outcome, page=self.page)
        unknown = replace(_unknown(self), requests=outcome.requests)
        return replace(unknown, requests=()), diagnose(unknown, page=self.page, facts={"cause": "not-recorded"})

    def _depends(self, outcome: Outcome, engine: EngineName) -> bool:
        return self.answered and blocked_with_credentials(outcome, self.page, self.url, self._options(), engine)


def _unknown(entry: HarEntry) -> Outcome:
    return Outcome(False, None, "error", entry.url, 0, {}, b"", (), ())


@dataclass(frozen=True, slots=True)
class Recording:
    """A transport that answers one call from a HAR file: from the entry of the call, then from the nearest entries."""

    calls: list[_Recorded]
    places: dict[tuple[str, str], list[int]]
    own: int

    def __call__(self, request: Request, /) -> Response | Failure:
        wanted = _header(request, b"access-control-request-method")
        places = self.places.get((request.method, request.url), [])
        fitting = [place for place in places if self.calls[place].asks == wanted]
        if not fitting:
            return self._implied(request) or Failure("the file has no response to this")
        nearest = min(fitting, key=lambda place: abs(place - self.own))
        answer = self.calls[nearest].answer
        if isinstance(answer, Response) and answer.status == 304:
            return self._revalidated(answer, [place for place in fitting if place < nearest])
        return answer

    def _revalidated(self, answer: Response, earlier: list[int]) -> Response | Failure:
        """The stored response with the new headers, which is what counts (Fetch § HTTP-network-or-cache fetch)."""
        for place in reversed(earlier):
            stored = self.calls[place].answer
            if isinstance(stored, Response) and 200 <= stored.status < 300:
                renewed = {name.lower() for name, _ in answer.headers}
                kept = [(name, value) for name, value in stored.headers if name.lower() not in renewed]
                return Response(stored.status, [*kept, *answer.headers], stored.body)
        return Failure("the file does not have the stored response")

    def _implied(self, request: Request) -> Response | None:
        """A preflight that is not in the file passed, if what it asked for was answered."""
        asked = _header(request, b"access-control-request-method")
        places = self.places.get((asked, request.url), [])
        answered = any(isinstance(self.calls[place].answer, Response) for place in places)
        if request.method != "OPTIONS" or not answered:
            return None
        echoed = [(b"access-control-allow-origin", _header(request, b"origin").encode("latin-1"))]
        echoed += [(b"access-control-allow-credentials", b"true")]
        echoed += [(b"access-control-allow-methods", asked.encode("latin-1"))]
        names = _header(request, b"access-control-request-headers")
        echoed += [(b"access-control-allow-headers", names.encode("latin-1"))]
        return Response(204, echoed)


def _header(request: Request, name: bytes) -> str:
    found = (value.decode("latin-1") for sent, value in request.headers if sent.lower() == name)
    return next(found, "")


def read_har(text: str) -> list[HarEntry]:
    """Every cross-origin call of a HAR file. Raises ValueError if it is not one: an entry that cannot be read may be
    the one that matters, so none is left out silently.
    """
    where, calls = "", list[_Recorded]()
    try:
        log = _member(parse_json(text), "log", dict, "the file")
        pages = _pages(_member(log, "pages", list, "log", []))
        by_chrome = _member(log, "creator", dict, "log", {}).get("name") == _CHROME
        for number, entry in enumerate(_member(log, "entries", list, "log"), 1):
            where = f"entry {number}: "
            calls.append(_recorded(entry, pages, by_chrome))
    except (ValueError, OverflowError) as error:  # int() of Infinity overflows
        raise ValueError(f"this is not a HAR file: {where}{error}") from None
    places: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, call in enumerate(calls):
        places[call.method, _without_fragment(call.url)].append(place)
    entries = []
    followed = _followed(calls)
    for place, call in enumerate(calls):
        try:
            entry = None if place in followed else _entry(call, Recording(calls, places, place))
        except ValueError:
            why = f"{call.url[:200]!r} or its page is not a URL"
            raise ValueError(f"this is not a HAR file: entry {place + 1}: {why}") from None
        if entry is not None:
            entries.append(entry)
    return entries


@dataclass(frozen=True, slots=True)
class _Recorded:
    """One entry of the file: what of it matters here. `asks` is the method that a preflight asks for."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    cookies: bool
    kind: str
    redirect: str
    answer: Response | Failure
    page: str
    error: str
    asks: str
    lower: dict[str, str]
    by_chrome: bool


def _followed(calls: list[_Recorded]) -> set[int]:
    """The entries that a redirect led to: each is part of the call before it."""
    waiting: list[str] = []
    found: set[int] = set()
    for place, call in enumerate(calls):
        if call.url in waiting and not call.asks:
            waiting.remove(call.url)
            found.add(place)
        if call.redirect:
            waiting.append(call.redirect)
    return found


def _entry(call: _Recorded, recorded: Recording) -> HarEntry | None:
    """The call of a page; None for a navigation and what is not cross-origin, and for a preflight whose request is
    another entry.
    """
    page = _page(call)
    scheme = urlsplit(call.url).scheme
    if scheme not in ("http", "https") or call.lower.get("sec-fetch-mode", "") not in _MODES:
        return None
    if call.asks or call.kind == "preflight":
        announced = (call.asks, _without_fragment(call.url)) in recorded.places
        return None if announced or not page or not call.asks else _announced(call, page, recorded)
    if _same(page, call.url) or not (page or _is_cross_origin(call)):
        return None
    if "origin" not in call.lower and not _is_of_a_script(call):
        return None
    script = tuple((name, value) for name, value in call.headers if script_headers(name))
    answered = isinstance(call.answer, Response) and call.answer.status != 0
    credentials: bool | None = True if call.cookies or "cookie" in call.lower else None
    if call.by_chrome and answered:  # of what it blocks, it records no status
        credentials = bool(credentials)
    message = None if answered else _message(call)
    return HarEntry(page, call.url, call.method, script, call.body, credentials, recorded, answered, message)


def _announced(call: _Recorded, page: str, recorded: Recording) -> HarEntry:
    """The request that a preflight announced, if the file holds the preflight alone."""
    headers = announced_headers(call.lower)
    return HarEntry(page, call.url, call.asks, headers, None, None, recorded, answered=False)


def _page(call: _Recorded) -> str:
    """The page's origin, as the request's headers tell it, or the page of the file to which the entry belongs."""
    if call.lower.get("sec-fetch-site") == "same-origin":
        return origin_of(call.url)
    return call.lower.get("origin") or origin_of(call.lower.get("referer", "")) or call.page


def _is_cross_origin(call: _Recorded) -> bool:
    """Whether an entry without a page is a call to another origin all the same."""
    return call.lower.get("sec-fetch-site") in ("cross-site", "same-site")


def _is_of_a_script(call: _Recorded) -> bool:
    return call.kind in _OF_SCRIPTS and not call.lower.get("accept", "").startswith(_FOR_PAGES)


def _message(call: _Recorded) -> ConsoleMessage | None:
    """What the browser wrote about a failure; None if that does not say why."""
    if not call.error:
        return None
    try:
        message = read_console(call.error)
    except ValueError:
        return None
    says_why = bool(message.reason) or not message.cause.startswith("said-")
    return replace(message, url=call.url, method=call.method) if says_why else None


def _pages(pages: list[Any]) -> dict[str, str]:
    """The origins of the file's pages, by their id. Chrome and Firefox write a page's URL into its title."""
    found: dict[str, str] = {}
    for page in pages:
        if isinstance(page, dict) and isinstance(page.get("id"), str) and isinstance(page.get("title"), str):
            title = page["title"]
            if title.startswith(("http://", "https://")):
                found[page["id"]] = origin_of(title)
    return found


def _recorded(entry: Any, pages: dict[str, str], by_chrome: bool) -> _Recorded:
    """Raises ValueError, which names the member that is missing or of another type."""
    request = _member(entry, "request", dict, "it")
    url = _member(request, "url", str, "request")
    headers = tuple(_headers(request, "request"))
    for _, value in [("", url), *(pair for pair in headers if pair[0].lower() in ("origin", "referer"))]:
        urlsplit(value)  # raises ValueError for brackets that hold no address
    data = _member(request, "postData", dict, "request", {})
    response = _member(entry, "response", dict, "it")
    redirect = _member(response, "redirectURL", str, "response", "")
    reference = entry.get("pageref")
    page = pages.get(reference, "") if isinstance(reference, str) else ""
    target = urljoin(url, redirect) if redirect else ""
    lower = {name.lower(): value for name, value in headers}
    return _Recorded(
        _member(request, "method", str, "request"),
        url,
        headers,
        _member(data, "text", str, "postData", None),
        bool(_member(request, "cookies", list, "request", [])),
        _member(entry, "_resourceType", str, "it", ""),
        target,
        _answer(response),
        page,
        _member(response, "_error", str, "response", ""),
        lower.get("access-control-request-method", ""),
        lower,
        by_chrome,
    )


def _answer(response: Any) -> Response | Failure:
    """The recorded response; a failure if there is neither a status nor a header.

    Without a status, the headers are all that is known, and they say whether CORS blocked the response.
    """
    headers = [(name.encode(), value.encode()) for name, value in _headers(response, "response")]
    status = int(_member(response, "status", int | float | str, "response", 0) or 0)
    if not status and not headers:
        error = _member(response, "_error", str, "response", "")
        return Failure(error or "no response was recorded", failure_kind(error))
    content = _member(response, "content", dict, "response", {})
    return Response(status, headers, _member(content, "text", str, "content", "").encode("utf-8", "replace"))


def _headers(message: Any, name: str) -> Iterator[tuple[str, str]]:
    for header in _member(message, "headers", list, name, []):
        yield _member(header, "name", str, "a header"), _member(header, "value", str, "a header")


def _member(value: Any, name: str, kind: type | UnionType, owner: str, absent: Any = ...) -> Any:
    """A member of a JSON object. Raises ValueError if it is of another type, or missing without a value for that."""
    if not isinstance(value, dict):
        raise ValueError(f"{owner} is not an object")
    found = value.get(name)
    if found is None and absent is not ...:
        return absent
    if found is None:
        raise ValueError(f"{owner} has no {name}")
    if not isinstance(found, kind):
        raise ValueError(f"{name} of {owner} is of another type")
    return found


def _same(page: str, url: str) -> bool:
    return page not in ("", "null") and same_origin(page, url)


def _without_fragment(url: str) -> str:
    return url.partition("#")[0]
