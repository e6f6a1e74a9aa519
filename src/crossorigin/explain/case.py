"""The case: all that is known when a diagnosis is made.

Here belong the facts that the rules read, and how a diagnosis is written from them. Not here: the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from ..browser import Exchange, Failure, Outcome, Request, Response
from ..middleware.app_layers import AppFacts, CorsSettings, look
from ..policy.denial_remedies import UNKNOWN_PAGE
from ..standards.header_lists import get
from .causes import CAUSES, Diagnosis

UNKNOWN_URL: Final = "http://unknown.invalid/"  # if a message does not say what was asked for


@dataclass(frozen=True)
class Case:
    """One outcome, and what is known besides.

    `page` is the origin of the page, `app` the ASGI app if it is at hand, `read` the response headers that
    the page wants, `crash` what the app raised while it was asked.
    """

    outcome: Outcome
    page: str
    app: Any = None
    read: tuple[str, ...] = ()
    crash: BaseException | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def reason(self) -> str:
        return self.outcome.reason or ""

    @cached_property
    def about(self) -> str:
        """The reason, whichever of the two requests it is about."""
        return self.reason.removeprefix("preflight-") if self.reason not in _OF_PREFLIGHTS else self.reason

    @cached_property
    def last(self) -> Exchange | None:
        return self.outcome.requests[-1] if self.outcome.requests else None

    @cached_property
    def request(self) -> Request:
        return self.last.request if self.last else Request("GET", self.outcome.url, [])

    @cached_property
    def response(self) -> Response:
        """The last response; one without status if there is none."""
        answer = self.last.response if self.last else None
        return answer if isinstance(answer, Response) else Response(0, [])

    @cached_property
    def failure(self) -> Failure | None:
        """Why there is no last response; None if there is one, or none was asked for."""
        answer = self.last.response if self.last else None
        return answer if isinstance(answer, Failure) else None

    @cached_property
    def preflight(self) -> bool:
        return self.last is not None and self.last.preflight

    @cached_property
    def method(self) -> str:
        """The method that the page uses, in a preflight the one asked about."""
        return get(self.request.headers, "access-control-request-method") or self.request.method

    @cached_property
    def asked_headers(self) -> list[str]:
        """The header names that the preflight asks about."""
        names = get(self.request.headers, "access-control-request-headers") or ""
        return [name for name in names.split(",") if name]

    @cached_property
    def path(self) -> str:
        return urlsplit(self.request.url).path or "/"

    @cached_property
    def built(self) -> AppFacts | None:
        if self.app is None:
            return None
        return look(self.app, self.path, self.method, urlsplit(self.request.url).netloc)

    @cached_property
    def rules(self) -> CorsSettings | None:
        """The settings that answer: those of the outermost CORS layer."""
        return self.built.cors[0] if self.built is not None and self.built.cors else None

    def header(self, name: str) -> str | None:
        return get(self.response.headers, name)

    @cached_property
    def location(self) -> str:
        """The URL that the response redirects to; empty if it names none."""
        try:
            whole = urljoin(self.request.url, self.header("location") or "")
            urlsplit(whole)
        except ValueError:  # a server may write anything
            return ""
        return whole if self.header("location") is not None else ""

    @cached_property
    def heard(self) -> bool:
        """Whether all that is known is a message of the browser's console."""
        return not self.outcome.steps

    @cached_property
    def exchanged(self) -> str:
        """The last exchange in one line."""
        if self.last is None:
            return ""
        known = self.request.url != UNKNOWN_URL
        head = f"{self.request.method} {self.path}" if known else "the request"
        if self.failure is not None:
            return f"{head} → no response: {self.failure.message}"
        if not self.response.status:  # a console message, which tells of no exchange
            return ""
        allowed = self.header("access-control-allow-origin")
        if self.heard and allowed is None and self.about != "allow-origin-missing":
            return f"{head} → {self.response.status}"
        said = "no Access-Control-Allow-Origin" if allowed is None else f"Access-Control-Allow-Origin: {allowed}"
        return f"{head} → {self.response.status}, {said}"

    def is_(self, cause: str, *evidence: str, remedy: str = "", near_miss: str = "", **words: str) -> Diagnosis:
        """This cause. The evidence begins with the last exchange; `words` fill in the remedy, and are details."""
        row = CAUSES[cause]
        known = {"page": self.page or UNKNOWN_PAGE, "method": self.method, "url": self.request.url} | words
        own = _OWN if not self.outcome.allowed and self.rules is not None and self.rules.own else ""
        lines = tuple(line for line in (self.exchanged, own, *evidence) if line)
        return Diagnosis(cause, row.title, lines, remedy or row.remedy.format_map(known), near_miss, known)


_OWN: Final = "this path has a policy of its own, by @cors, cors_router() or a path rule"
_OF_PREFLIGHTS: Final = ("preflight-redirect", "preflight-status")
