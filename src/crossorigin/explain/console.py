"""What the browser's console said, read back: which rule stopped the request, which page, which URL.

Here belong choosing among the lines of a console and putting together what they say. Not here: the words of each
browser (`console_messages`, `firefox_languages`), and the diagnosis (`diagnose`), which is made from the outcome that a
message amounts to.

A failure has more than one line, and each says something else. Chrome's first line names the rule, the second the
method and the status. Firefox adds "did not succeed" below each failed preflight, so that line tells a failed preflight
from a failed request. Safari's second line has the URL. A line about another request is left out.

Three messages do not mean what they say. Safari's "not allowed by Access-Control-Allow-Origin" is about a missing
header and about one that names another origin. Chrome's "not equal to the supplied origin" with the page's own origin
means that the request said `Origin: null`, after a redirect. On an error response the header is missing because of the
error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, cast
from urllib.parse import urlsplit

from ..browser import ENGINES, Exchange, Failure, Outcome, Reason, Request, Response
from ..browser.checks import cors_check
from ..standards.fetch import REDIRECT_STATUSES
from ..standards.messages import FailureKind, Headers
from .case import UNKNOWN_URL
from .causes import CAUSES
from .console_messages import PLACES, SECOND_LINE, STATUSES, TELLING, VOCABULARY, Wording
from .firefox_languages import read_translated
from .recorded import failure_kind, origin_of


@dataclass(frozen=True, slots=True)
class ConsoleMessage:
    """One message of a console: what each part of it says, empty (or 0) if it does not say it.

    `reason` is one of `browser.REASONS`. If the browser stopped for something that is not part of fetching, or does not
    say why, `reason` is empty and `cause` is one of `CAUSES`. If both are empty, the page can read the response.
    `others` are the reasons and causes for which the browser says the same. `value` is the value of the header that the
    message is about; `redirected_from` is the URL that the page asked for, if a redirect led to `url`; `location` is
    where a preflight was redirected to. `more` counts the messages about other requests.
    """

    engine: str
    reason: str
    page: str = ""
    url: str = ""
    method: str = ""
    header: str = ""
    value: str = ""
    status: int = 0
    redirected_from: str = ""
    failure: str = ""
    failure_kind: FailureKind = "unknown"
    location: str = ""
    cause: str = ""
    others: tuple[str, ...] = ()
    more: int = 0

    @property
    def preflight(self) -> bool:
        """Whether the message is about the preflight."""
        return self.reason.startswith(_OF_PREFLIGHTS) or self.reason.endswith("-not-allowed")

    @property
    def warning(self) -> bool:
        """Whether the browser only warns, and gives the page the response."""
        return self.cause in _WARNINGS

    @property
    def misleading(self) -> str:
        """What the message says and does not mean; empty if it can be taken at its word."""
        if self.reason.endswith("allow-origin-mismatch") and self.value and self.value == self.page:
            return "the header is equal to the page's origin: after a redirect the request said Origin: null"
        if self.reason.endswith("allow-origin-missing") and self.status >= 400:
            return f"the header is missing because the server answered {self.status}"
        if self.engine == "webkit" and self.reason.endswith("allow-origin-missing"):
            return "Safari says this for a missing header and for one that names another origin"
        if self.reason == "network-failure" and self.engine != "firefox":
            return "this has nothing to do with CORS: there was no response at all"
        return ""

    @property
    def facts(self) -> dict[str, str]:
        """What `diagnose` needs besides the outcome."""
        known = {"header": self.header, "cause": self.cause, "redirected_from": self.redirected_from}
        return {name: value for name, value in known.items() if value}

    @property
    def readings(self) -> tuple[ConsoleMessage, ...]:
        """This message once for each of its meanings; one, if it has no `others`."""
        if not self.others:
            return (self,)
        codes = (self.reason or self.cause, *self.others)
        meanings = [_meaning(code) for code in codes]
        return tuple(replace(self, reason=reason, cause=cause, others=()) for reason, cause in meanings)

    def outcome(self) -> Outcome:
        """The outcome that this message amounts to."""
        url = self.url or UNKNOWN_URL
        if self.warning:
            return Outcome(True, None, "cors", url, 0, {}, b"", (), ())
        if not self.reason and not self.cause:  # a response that the page can read
            request = Request(self.method or "GET", url, [])
            exchange = Exchange(request, Response(self.status, []))
            return Outcome(True, None, "cors", url, self.status, {}, b"", (exchange,), ())
        headers: Headers = []
        if self.page:
            headers.append((b"Origin", self.page.encode("latin-1", "replace")))
        if self.preflight:
            headers.append((b"Access-Control-Request-Method", (self.method or "GET").encode()))
            if self.header:
                headers.append((b"Access-Control-Request-Headers", self.header.lower().encode()))
        method = self.method or "GET"
        request = Request("OPTIONS", url, headers) if self.preflight else Request(method, url, headers)
        response: Response | Failure = Response(self.status, self._answered())
        if "network-failure" in self.reason:
            response = Failure(self.failure, self.failure_kind)
        exchanges = [Exchange(request, response, self.preflight)]
        if self.redirected_from:
            answer = Response(0, [(b"Location", url.encode("latin-1", "replace"))])
            exchanges.insert(0, Exchange(Request(self.method or "GET", self.redirected_from, headers), answer))
        if self.reason in _NOTHING_SENT or self.cause in _NOTHING_SENT:
            exchanges = []
        reason = cast(Reason, self.reason) if self.reason else None
        return Outcome(False, reason, "error", url, 0, {}, b"", tuple(exchanges), ())

    def _answered(self) -> Headers:
        """The response headers that the message tells of."""
        answered: Headers = []
        about = _ABOUT.get(self.reason.removeprefix("preflight-"))
        shown = "*" if self.reason.endswith("star-with-credentials") else self.value
        if about and (shown or self.reason.endswith("allow-origin-invalid")):
            answered.append((about, shown.encode("latin-1", "replace")))
        if self.location:
            answered.append((b"location", self.location.encode("latin-1", "replace")))
        return answered


_OF_PREFLIGHTS: Final = ("preflight-", "allow-methods", "allow-headers")
_WARNINGS: Final = ("authorization-not-covered",)
_NOTHING_SENT: Final = (
    "mixed-content",
    "bad-port",
    "scheme-not-http",
    "same-origin-mode",
    "no-cors-redirect-mode",
    "call-forbidden-method",
    "call-invalid-method",
    "call-invalid-header",
    "invalid-url",
    "url-has-credentials",
    "body-not-allowed",
    "no-cors-method",
    "content-security-policy",
    "connection-allowlist",
    "blocked-by-extension",
    "blocked-by-administrator",
    "tracking-protection",
    "local-network-insecure",
    "private-network-access",
    "target-address-space",
)
_ABOUT: Final[Mapping[str, bytes]] = {
    "allow-origin-mismatch": b"access-control-allow-origin",
    "allow-origin-invalid": b"access-control-allow-origin",
    "allow-origin-multiple": b"access-control-allow-origin",
    "allow-origin-star-with-credentials": b"access-control-allow-origin",
    "allow-credentials-invalid": b"access-control-allow-credentials",
    "allow-methods-invalid": b"access-control-allow-methods",
    "allow-headers-invalid": b"access-control-allow-headers",
}


_LONGEST_LINE, _MOST_LINES = 4_000, 500  # of a paste, which may come from a stranger


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a console that is understood: its row, and what it says."""

    row: Wording
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def urls(self) -> set[str]:
        return {url for name in ("url", "redirected_from") if (url := self.facts.get(name, ""))}


def read_console(text: str) -> ConsoleMessage:
    """What some lines of a console say. Raises ValueError if no browser is known to say any of it."""
    kept = [line[:_LONGEST_LINE] for line in text.split("\n") if line.strip()][:_MOST_LINES]
    texts = [re.sub(r"[ \t\r]+", " ", line).strip(" ") for line in kept]
    lines = [line for each in texts if (line := _read(each)) is not None]
    if all(line.row.rank > TELLING for line in lines):
        whole = _read(" ".join(texts))  # a terminal or a mail broke the message into lines
        if whole is not None and (not lines or whole.row.rank < min(line.row.rank for line in lines)):
            lines = [whole]
    if not lines:
        raise ValueError("no browser is known to say this; copy the whole line from the console")
    chosen = min(lines, key=lambda line: line.row.rank)
    mine = [line for line in lines if line is not chosen and _same_request(line, chosen)]
    strangers = [line for line in lines if line.row.rank == TELLING and not _same_request(line, chosen)]
    facts = dict(chosen.facts)
    rest = [_facts(each) for each in texts if _read(each) is None]
    for other in [*(line.facts for line in mine), *rest]:
        for name in ("url", "page", "method", "status"):
            if other.get(name):
                facts.setdefault(name, other[name])
    return _message(chosen, facts, mine, len(strangers))


def _read(text: str) -> _Line | None:
    """The first row that a line matches; in another language, what its parts say."""
    for row in VOCABULARY:
        if match := row.fragment.search(text):
            said = {name: value for name, value in match.groupdict().items() if value is not None}
            return _Line(row, text, _facts(text) | said)
    found = read_translated(text)
    if found is None:
        return None
    first, *others = found.meanings
    rank = SECOND_LINE if first == "network-failure" else TELLING
    row = Wording("firefox", re.compile(""), *_meaning(first), rank=rank, others=tuple(others))
    named = "header" if first == "header-not-allowed" else "value"
    return _Line(row, text, {"url": found.url, "status": found.status, named: found.value})


def _facts(text: str) -> dict[str, str]:
    """Who asked whom, and the status of the response, as far as a line says it."""
    facts: dict[str, str] = {}
    for place in PLACES:
        if match := place.search(text):
            for name, value in match.groupdict().items():
                if value:
                    facts.setdefault(name, value)
    for pattern in STATUSES:
        if match := pattern.search(text):
            facts.setdefault("status", match[1])
    return facts


def _same_request(one: _Line, other: _Line) -> bool:
    """Whether two lines are about one request, as far as they say it."""
    return not one.urls or not other.urls or bool(one.urls & other.urls)


def _message(line: _Line, facts: dict[str, str], mine: Sequence[_Line], more: int) -> ConsoleMessage:
    written = facts.pop("status", "")
    status = int(written) if written.isdigit() else 0
    for name in ("page", "url", "redirected_from", "location"):
        facts[name] = _readable(facts.get(name, ""))
    facts["page"] = origin_of(facts["page"]) or facts["page"]
    facts["url"] = facts["url"].rstrip(".")
    if "redirected_to" in facts:  # Safari's second line has the URL that the page asked for
        facts["redirected_from"], facts["url"] = facts["url"], _readable(facts.pop("redirected_to"))
    failure, kind = _failure(line.row, facts.pop("failure", ""))
    message = ConsoleMessage(
        line.row.engine,
        line.row.reason,
        status=status,
        failure=failure,
        failure_kind=kind,
        cause=line.row.cause,
        others=line.row.others,
        more=more,
        **facts,
    )
    return _refined(message, line, mine)


def _refined(message: ConsoleMessage, line: _Line, mine: Sequence[_Line]) -> ConsoleMessage:
    """The reason, after a second look at the value, the status and the lines around it."""
    reason, others = message.reason, message.others
    if message.engine == "firefox" and reason == "allow-origin-mismatch":
        reason = _why_not(message.page, message.value)
    if reason == "preflight-status" and message.status in REDIRECT_STATUSES:
        others = ("preflight-redirect",)  # Firefox looks at the status alone if the Location is missing
    if reason.startswith("preflight-") and message.method == "OPTIONS":
        message = replace(message, method="")  # that of the preflight; nothing tells the page's
    if reason == "scheme-not-http" and message.redirected_from:
        reason = "redirect-scheme"
    if message.engine == "webkit" and reason == "allow-origin-missing" and message.status < 300:
        others = ("allow-origin-mismatch",)
    if reason.startswith(_OF_CHECK):
        reason, others = _of_which(reason, others, message.engine, message.status, line, mine)
    return replace(message, reason=reason, others=others)


_OF_CHECK: Final = ("allow-origin", "allow-credentials")


def _of_which(
    reason: str, others: tuple[str, ...], engine: str, status: int, line: _Line, mine: Sequence[_Line]
) -> tuple[str, tuple[str, ...]]:
    """Which of the two requests failed the CORS check. Chrome says it; Firefox only hints, and Safari does not say."""
    of_preflight = f"preflight-{reason}", tuple(_of_preflight(code) for code in others)
    if engine == "chromium":
        return of_preflight if "Response to preflight request" in line.text else (reason, others)
    if any(other.row.rank == SECOND_LINE for other in mine) and engine == "firefox":
        redirect = status in REDIRECT_STATUSES or not status  # Firefox adds that line below a failed redirect, too
        return of_preflight[0], (*of_preflight[1], reason, *others) if redirect else of_preflight[1]
    if engine == "webkit" and status >= 300:  # Safari says something else of a preflight with such a status
        return reason, others
    return reason, (*others, of_preflight[0], *of_preflight[1])


def _why_not(page: str, value: str) -> str:
    """Firefox has one sentence for each value that is not the page's origin; the browser half tells them apart."""
    headers = [(b"access-control-allow-origin", value.encode("latin-1", "replace"))]
    found = cors_check("null", "include", headers, ENGINES["firefox"])
    same = bool(value) and value == page
    return "allow-origin-mismatch" if same or value == "null" else str(found.reason)


def _of_preflight(code: str) -> str:
    return f"preflight-{code}" if code.startswith(_OF_CHECK) else code


def _meaning(code: str) -> tuple[str, str]:
    """A reason or a cause, as the two fields of a message."""
    return ("", code) if code in CAUSES else (code, "")


def _readable(url: str) -> str:
    """The URL; empty if it cannot be read."""
    try:
        urlsplit(url)
    except ValueError:
        return ""
    return url


def _failure(row: Wording, named: str) -> tuple[str, FailureKind]:
    """The words for why there is no response, and what they stand for; `named` is the console's own name for it."""
    if row.reason != "network-failure":
        return "", "unknown"
    kind = row.failure_kind if row.failure_kind != "unknown" else failure_kind(named)
    if kind == "local-network":
        return "local network access was not allowed", kind
    return named or "the console does not say why", kind
