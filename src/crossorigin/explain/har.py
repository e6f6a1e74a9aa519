"""A HAR file, asked again: every cross-origin call in it, judged by the responses that were recorded.

Here belong the entries of the file and the transport that plays them back. Nothing is sent. Not here: the
verdict, which is the browser half's.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from ..browser import Browser, EngineName, Failure, Outcome, Request, Response
from ..browser.call import FetchOptions
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
    """Every cross-origin call of a HAR file. Raises ValueError where the text is no HAR."""
    try:
        entries = json.loads(text)["log"]["entries"]
        return list(_entries([(it, it["request"], it["response"]) for it in entries]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this is no HAR file: {type(error).__name__}: {error}") from None


def _entries(entries: list[tuple[Any, Any, Any]]) -> Iterator[HarEntry]:
    recorded = Recording()
    for _, request, response in entries:
        recorded.add(request["method"], request["url"], _answer(response))
    redirected = {it["redirectURL"] for _, _, it in entries if it.get("redirectURL")}
    for entry, request, _ in entries:
        headers = [(it["name"], it["value"]) for it in request.get("headers", [])]
        lower = {name.lower(): value for name, value in headers}
        page = lower.get("origin") or origin_of(lower.get("referer", ""))
        preflight = entry.get("_resourceType") == "preflight" or "access-control-request-method" in lower
        if preflight or not page or request["url"] in redirected or lower.get("sec-fetch-mode", "") not in _KINDS:
            continue
        if urlsplit(request["url"]).scheme not in ("http", "https") or _same(page, request["url"]):
            continue
        body = (request.get("postData") or {}).get("text")
        script = tuple((name, value) for name, value in headers if script_headers(name))
        cookies = bool(request.get("cookies")) or "cookie" in lower
        yield HarEntry(page, request["url"], request["method"], script, body, cookies, recorded)


def _answer(response: Mapping[str, Any]) -> Response | Failure:
    """The recorded response; a failure where there is no status, and no header that would be one."""
    headers = [(it["name"].encode(), it["value"].encode()) for it in response.get("headers", [])]
    status = int(response.get("status") or 0)
    if not status:
        error = str(response.get("_error") or "")
        return Failure(error or "no response was recorded", failure_kind(error))
    return Response(status, headers, ((response.get("content") or {}).get("text") or "").encode())


def _same(page: str, url: str) -> bool:
    return page != "null" and same_origin(page, url)


def _without_fragment(url: str) -> str:
    return url.partition("#")[0]
