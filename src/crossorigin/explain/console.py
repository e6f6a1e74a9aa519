"""What the browser's console said, read back: which rule, which page, which URL.

Here belong the vocabularies of Chrome, Firefox and Safari, matched by fragments, since every version words
them anew. Not here: the cause (`diagnose`), which is found from the outcome that a message amounts to.

Three traps. Firefox adds a second line, "did not succeed", after every failed preflight: it is dropped where
another line says more. Safari says "not allowed by Access-Control-Allow-Origin" for a missing header and for
one that names another origin. And Chrome's "not equal to the supplied origin" with the page's own origin means
that a redirect made the request say `Origin: null`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, cast
from urllib.parse import urlsplit

from ..browser import Exchange, Failure, Outcome, Reason, Request, Response
from ..standards.messages import FailureKind, Headers
from .case import UNKNOWN_URL
from .recorded import failure_kind


@dataclass(frozen=True, slots=True)
class ConsoleMessage:
    """One message of a console: what each part of it says, empty (or 0) where it does not say.

    `reason` is one of `browser.REASONS`; `value` is the value of the header it is about; `redirected_from`
    is the URL that the page asked for, where a redirect led to `url`.
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

    @property
    def preflight(self) -> bool:
        """Whether the message is about the preflight."""
        return self.reason.startswith(("preflight-", "allow-methods", "allow-headers")) or self.reason.endswith(
            "-not-allowed"
        )

    @property
    def misleading(self) -> str:
        """What the message says and does not mean; empty where it can be taken at its word."""
        if self.reason.endswith("allow-origin-mismatch") and self.value and self.value == self.page:
            return "the header is equal to the page's origin: after a redirect the request said Origin: null"
        if self.reason.endswith("allow-origin-missing") and self.status >= 400:
            return f"the header is missing because the server answered {self.status}"
        if self.engine == "webkit" and self.reason.endswith("allow-origin-missing"):
            return "Safari says this for a missing header and for one that names another origin"
        if self.reason == "network-failure":
            return "this is no CORS: there was no response at all"
        return ""

    def outcome(self) -> Outcome:
        """The outcome that this message amounts to."""
        url = self.url or UNKNOWN_URL
        headers: Headers = [(b"Origin", self.page.encode("latin-1", "replace"))] if self.page else []
        if self.preflight:
            headers.append((b"Access-Control-Request-Method", (self.method or "GET").encode()))
            if self.header:
                headers.append((b"Access-Control-Request-Headers", self.header.lower().encode()))
        answered: Headers = []
        about = _ABOUT.get(self.reason.removeprefix("preflight-"))
        if about and (self.value or self.reason.endswith("star-with-credentials")):
            answered.append((about, (self.value or "*").encode("latin-1", "replace")))
        request = Request("OPTIONS" if self.preflight else self.method or "GET", url, headers)
        response: Response | Failure = Response(self.status, answered)
        if "network-failure" in self.reason:
            response = Failure(self.failure, self.failure_kind)
        sent = () if self.reason in _NOTHING_SENT else (Exchange(request, response, self.preflight),)
        return Outcome(False, cast(Reason, self.reason), "error", url, 0, {}, b"", sent, ())


_NOTHING_SENT: Final = ("mixed-content", "bad-port", "scheme-not-http", "same-origin-mode")
_ABOUT: Final[Mapping[str, bytes]] = {
    "allow-origin-mismatch": b"access-control-allow-origin",
    "allow-origin-invalid": b"access-control-allow-origin",
    "allow-origin-multiple": b"access-control-allow-origin",
    "allow-origin-star-with-credentials": b"access-control-allow-origin",
    "allow-credentials-invalid": b"access-control-allow-credentials",
    "allow-methods-invalid": b"access-control-allow-methods",
    "allow-headers-invalid": b"access-control-allow-headers",
}


class _Row(NamedTuple):
    """One message: a fragment, what it means, and what its groups are. `generic` gives way to any other."""

    engine: str
    fragment: str
    reason: str
    generic: bool = False


_Q: Final = "['‘’“”\"`]"  # Firefox writes typographic quotes, people who copy often do not

_ROWS: Final = (
    # Chromium: one sentence for each `CorsError`.
    _Row("chromium", r"must not be the wildcard '\*' when", "allow-origin-star-with-credentials"),
    _Row("chromium", r"header contains multiple values '(?P<value>[^']*)'", "allow-origin-multiple"),
    _Row("chromium", r"header contains the invalid value '(?P<value>[^']*)'", "allow-origin-invalid"),
    _Row("chromium", r"has a value '(?P<value>[^']*)' that is not equal to", "allow-origin-mismatch"),
    _Row("chromium", r"Allow-Credentials' header in the response is '' which", "allow-credentials-missing"),
    _Row("chromium", r"-Credentials' header in the response is '(?P<value>[^']+)' which", "allow-credentials-invalid"),
    _Row("chromium", r"It does not have HTTP ok status", "preflight-status"),
    _Row("chromium", r"Redirect is not allowed for a preflight request", "preflight-redirect"),
    _Row("chromium", r"Cannot parse Access-Control-Allow-Methods", "allow-methods-invalid"),
    _Row("chromium", r"Cannot parse Access-Control-Allow-Headers", "allow-headers-invalid"),
    _Row("chromium", r"Method (?P<method>\S+) is not allowed by Access-Control-Allow-Methods in", "method-not-allowed"),
    _Row("chromium", r"header field (?P<header>\S+) is not allowed by [\w-]+ in preflight", "header-not-allowed"),
    _Row("chromium", r"contains a username and password", "redirect-credentials"),
    _Row("chromium", r"only supported for (?:protocol|HTTP)", "scheme-not-http"),
    _Row(
        "chromium", r"(?:Permission was denied.*|request client is not a secure context.*)address space", _LNA := "lna"
    ),
    _Row("chromium", r"ERR_BLOCKED_BY_(?:LOCAL|PRIVATE)_NETWORK_ACCESS\w*", _LNA),
    _Row("chromium", r"No 'Access-Control-Allow-Origin' header is present", "allow-origin-missing"),
    _Row("chromium", r"Mixed Content:.*requested an insecure", "mixed-content"),
    _Row("chromium", r"net::ERR_UNSAFE_PORT", "bad-port"),
    _Row("chromium", r"net::ERR_BLOCKED_BY_RESPONSE\.NotSameOrigin", "cross-origin-resource-policy"),
    _Row("chromium", r"net::ERR_FAILED", "network-failure", True),
    _Row("chromium", r"(?P<failure>net::ERR_\w+)", "network-failure"),
    _Row("chromium", r"WebSocket.*Unexpected response code: (?P<status>\d+)", "websocket-refused"),
    # Firefox: one sentence for each message id.
    _Row("firefox", rf"CORS header {_Q}Access-Control-Allow-Origin{_Q} missing", "allow-origin-missing"),
    _Row("firefox", rf"Multiple CORS header {_Q}Access-Control-Allow-Origin{_Q} not", "allow-origin-multiple"),
    _Row("firefox", rf"Allow-Origin{_Q} does not match {_Q}(?P<value>[^’'”\"]*){_Q}", "allow-origin-mismatch"),
    _Row("firefox", r"Credential is not supported if the CORS header", "allow-origin-star-with-credentials"),
    _Row("firefox", rf"expected {_Q}true{_Q} in CORS header", "allow-credentials-missing"),
    _Row("firefox", r"preflight response did not succeed", "preflight-status"),
    _Row("firefox", r"external redirect not allowed", "preflight-redirect"),
    _Row("firefox", r"Did not find method in CORS header", "method-not-allowed"),
    _Row("firefox", rf"invalid token {_Q}(?P<value>[^’'”\"]*){_Q} in CORS header.*Methods", "allow-methods-invalid"),
    _Row("firefox", rf"invalid token {_Q}(?P<value>[^’'”\"]*){_Q} in CORS header.*Headers", "allow-headers-invalid"),
    _Row("firefox", rf"header {_Q}(?P<header>[^’'”\"]+){_Q} is not allowed according to", "header-not-allowed"),
    _Row("firefox", rf"missing token {_Q}(?P<header>[^’'”\"]+){_Q} in CORS header.*Headers", "header-not-allowed"),
    _Row("firefox", r"CORS request not http", "scheme-not-http"),
    _Row("firefox", r"Blocked loading mixed active content", "mixed-content"),
    _Row("firefox", r"CORS request did not succeed", "network-failure", True),
    _Row("firefox", r"can.t establish a connection to the server at wss?:", "websocket-refused"),
    # WebKit: few sentences, most of them with the status.
    _Row("webkit", r"is not allowed by Access-Control-Allow-Origin", "allow-origin-missing"),
    _Row("webkit", r"Cannot use wildcard in Access-Control-Allow-Origin", "allow-origin-star-with-credentials"),
    _Row("webkit", r"Access-Control-Allow-Origin cannot contain more than one", "allow-origin-multiple"),
    _Row("webkit", r"Access-Control-Allow-Credentials is not \"?true", "allow-credentials-missing"),
    _Row("webkit", r"Preflight response is not successful", "preflight-status"),
    _Row("webkit", r"Method (?P<method>\S+) is not allowed by Access-Control-Allow-Methods", "method-not-allowed"),
    _Row("webkit", r"header field (?P<header>\S+) is not allowed by Access-Control-Allow", "header-not-allowed"),
    _Row("webkit", r"Access-Control-Allow-Methods has an invalid value: (?P<value>.*)", "allow-methods-invalid"),
    _Row("webkit", r"Access-Control-Allow-Headers has an invalid value: (?P<value>.*)", "allow-headers-invalid"),
    _Row("webkit", r"insecure content from", "mixed-content"),
    _Row("webkit", r"(?P<failure>Could not connect to the server)", "network-failure"),
    _Row("webkit", r"due to access control checks", "network-failure", True),
)

_URLS: Final = (
    re.compile(
        r" at '(?P<url>[^']+)'(?: \(redirected from '(?P<redirected_from>[^']+)'\))? from origin '(?P<page>[^']+)'"
    ),
    re.compile(rf"remote resource at {_Q}?(?P<url>\w+://[^\s’'”\"]+?){_Q}?\.? \(Reason"),
    re.compile(r"The page at '(?P<page>[^']+)' was loaded.* insecure [^']*'(?P<url>[^']+)'"),
    re.compile(r"mixed active content [“\"'](?P<url>[^”\"']+)"),
    re.compile(r"page at (?P<page>\S+) .*insecure content from (?P<url>\w+://\S+?)\.?(?:\s|$)"),
    re.compile(r"Origin (?P<page>\S+) is not allowed by"),
    re.compile(r"cannot load (?P<url>\w+://\S+?) due to"),
    re.compile(r"WebSocket connection to '(?P<url>[^']+)'"),
    re.compile(r"server at (?P<url>wss?://\S+?)\.?(?:\s|$)"),
    re.compile(r"(?P<method>[A-Z]+) (?P<url>https?://\S+)"),
)
_STATUS: Final = re.compile(r"[Ss]tatus code: (\d+)")
_PREFLIGHT: Final = "Response to preflight request"


def read_console(text: str) -> ConsoleMessage:
    """The most telling message of some lines of a console. Raises ValueError where no line is known."""
    lines = [" ".join(it.split()) for it in text.splitlines() if it.strip()]
    found = [it for line in lines if (it := _row(line))]
    specific = [it for it in found if not it[0].generic] or found
    if not specific:
        raise ValueError("no browser is known to say this; copy the whole line from the console")
    row, words, line = specific[0]
    facts: dict[str, str] = {}
    for other in (line, *lines):
        for pattern in _URLS:
            match = pattern.search(other)
            for name, value in (match.groupdict() if match else {}).items():
                facts.setdefault(name, value or "")
    facts |= {name: value for name, value in words.items() if value}
    status = _STATUS.search(line)
    code = facts.pop("status", "") or (status.group(1) if status else "0")
    page = facts.get("page", "")
    facts["page"] = _origin(page)
    facts["url"] = facts.get("url", "").rstrip(".")
    failure, kind = _failure(row, facts.pop("failure", ""))
    reason = _reason(row, line)
    return ConsoleMessage(row.engine, reason, status=int(code), failure=failure, failure_kind=kind, **facts)


def _row(line: str) -> tuple[_Row, dict[str, str], str] | None:
    for row in _ROWS:
        match = re.search(row.fragment, line)
        if match:
            return row, match.groupdict(), line
    return None


def _reason(row: _Row, line: str) -> str:
    if row.reason == _LNA:
        return "network-failure"
    of_check = row.reason.startswith(("allow-origin", "allow-credentials"))
    return f"preflight-{row.reason}" if of_check and _PREFLIGHT in line else row.reason


def _failure(row: _Row, named: str) -> tuple[str, FailureKind]:
    """The words for why there is no response, and what they stand for; `named` is the console's own name for it."""
    if row.reason == _LNA:
        return "local network access was not allowed", "local-network"
    if row.reason != "network-failure":
        return "", "unknown"
    if row.engine == "webkit" and named:  # its one sentence for a server that cannot be reached
        return named, "refused"
    return named or "the console does not say why", failure_kind(named)


def _origin(page: str) -> str:
    """The origin of a page that may be a URL."""
    parts = urlsplit(page)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else page
