"""A HAR file, asked again: every cross-origin call in it, judged by the responses that were recorded.

Here belong the entries of the file and the transport that plays them back. Nothing is sent. Not here: the
verdict, which is the browser half's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import UnionType
from typing import Any, Final
from urllib.parse import urlsplit

from ..browser import Browser, EngineName, Failure, Outcome, Request, Response
from ..browser.call import FetchOptions
from ..report.documents import parse_json
from ..standards.origin import same_origin
from .recorded import failure_kind, origin_of, script_headers

_KINDS: Final = ("", "cors")


@dataclass(frozen=True, slots=True)
class HarEntry:
    """One cross-origin call of a page, and what was recorded of it and its redirects."""

    page: str
    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    credentials: bool
    recorded: Recording

    def run(self, engine: EngineName = "standard") -> Outcome:
        """What the recorded responses come to."""
        options: FetchOptions = {"method": self.method, "headers": self.headers, "body": self.body}
        options["credentials"] = "include" if self.credentials else "same-origin"
        return Browser(self.page, transport=self.recorded, engine=engine).fetch(self.url, **options)


class Recording:
    """A transport that answers from a HAR file. The last recorded answer to a method and URL counts."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str], Response | Failure] = {}

    def add(self, method: str, url: str, answer: Response | Failure) -> None:
        self._answers[method, _without_fragment(url)] = answer

    def __call__(self, request: Request, /) -> Response | Failure:
        known = self._answers.get((request.method, request.url))
        if known is not None:
            return known
        return self._implied(request) or Failure("the file has no response to this")

    def _implied(self, request: Request) -> Response | None:
        """A preflight that is not in the file passed, if what it asked for was answered."""
        told = {name.lower(): value for name, value in request.headers}
        asked = told.get(b"access-control-request-method", b"")
        answered = self._answers.get((asked.decode("latin-1"), request.url))
        if request.method != "OPTIONS" or not isinstance(answered, Response):
            return None
        echoed = [(b"access-control-allow-origin", told[b"origin"]), (b"access-control-allow-credentials", b"true")]
        echoed += [(b"access-control-allow-methods", asked)]
        echoed += [(b"access-control-allow-headers", told.get(b"access-control-request-headers", b""))]
        return Response(204, echoed)


def read_har(text: str) -> list[HarEntry]:
    """Every cross-origin call of a HAR file. Raises ValueError if it is not one: an entry that cannot be read may be
    the one that matters, so none is left out silently.
    """
    where, calls = "", list[_Recorded]()
    try:
        log = _member(parse_json(text), "log", dict, "the file")
        for number, entry in enumerate(_member(log, "entries", list, "log"), 1):
            where = f"entry {number}: "
            calls.append(_recorded(entry))
    except (ValueError, OverflowError) as error:  # int() of Infinity overflows
        raise ValueError(f"this is no HAR file: {where}{error}") from None
    recorded = Recording()
    for call in calls:
        recorded.add(call.method, call.url, call.answer)
    redirected = {call.redirect for call in calls if call.redirect}
    entries = []
    for number, call in enumerate(calls, 1):
        try:
            entry = _entry(call, recorded)
        except ValueError:
            why = f"{call.url[:200]!r} or its page is not a URL"
            raise ValueError(f"this is no HAR file: entry {number}: {why}") from None
        if entry is not None and call.url not in redirected:
            entries.append(entry)
    return entries


@dataclass(frozen=True, slots=True)
class _Recorded:
    """One entry of the file: what of it matters here."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    cookies: bool
    kind: str
    redirect: str
    answer: Response | Failure


def _entry(call: _Recorded, recorded: Recording) -> HarEntry | None:
    """The call of a page; None for a preflight, a navigation and what is not cross-origin."""
    lower = {name.lower(): value for name, value in call.headers}
    page = lower.get("origin") or origin_of(lower.get("referer", ""))
    preflight = call.kind == "preflight" or "access-control-request-method" in lower
    if preflight or not page or lower.get("sec-fetch-mode", "") not in _KINDS:
        return None
    if urlsplit(call.url).scheme not in ("http", "https") or _same(page, call.url):
        return None
    script = tuple((name, value) for name, value in call.headers if script_headers(name))
    return HarEntry(page, call.url, call.method, script, call.body, call.cookies or "cookie" in lower, recorded)


def _recorded(entry: Any) -> _Recorded:
    """Raises ValueError, which names the member that is missing or of another type."""
    request = _member(entry, "request", dict, "it")
    url = _member(request, "url", str, "request")
    headers = tuple(_headers(request, "request"))
    for _, value in [("", url), *(pair for pair in headers if pair[0].lower() in ("origin", "referer"))]:
        urlsplit(value)  # raises ValueError for brackets that hold no address
    data = _member(request, "postData", dict, "request", {})
    response = _member(entry, "response", dict, "it")
    return _Recorded(
        _member(request, "method", str, "request"),
        url,
        headers,
        _member(data, "text", str, "postData", None),
        bool(_member(request, "cookies", list, "request", [])),
        _member(entry, "_resourceType", str, "it", ""),
        _member(response, "redirectURL", str, "response", ""),
        _answer(response),
    )


def _answer(response: Any) -> Response | Failure:
    """The recorded response; a failure where there is no status, and no header that would be one."""
    headers = [(name.encode(), value.encode()) for name, value in _headers(response, "response")]
    status = int(_member(response, "status", int | float | str, "response", 0) or 0)
    if not status:
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
    if not isinstance(found, kind):
        raise ValueError(f"{owner} has no {name}" if found is None else f"{name} of {owner} is of another type")
    return found


def _same(page: str, url: str) -> bool:
    return page != "null" and same_origin(page, url)


def _without_fragment(url: str) -> str:
    return url.partition("#")[0]
