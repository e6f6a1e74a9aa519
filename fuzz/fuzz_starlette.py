"""Beside Starlette's middleware: with safe and plain settings, a page may do and read the same.

Safe and plain is what docs/differences.md says nothing about: listed origins as browsers send them, methods in upper
case that are asked for as they are listed, headers in one line. `tests/server/model_browser.py` is the browser.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, cast

from starlette.middleware.cors import CORSMiddleware as StarletteCORS

from crossorigin import CORSMiddleware
from fuzz import model
from fuzz.common import FuzzedDataProvider, bounded, fuzz
from tests.middleware.test_hostile_bytes import App, body, drive, http, start
from tests.server.model_browser import Call, Raw, Verdict, fetch

LISTS: Final = (
    ("https://app.example.com",), ("https://app.example.com", "http://localhost:3000"), ("https://[::1]:8443",), ("*",),
    ("https://example.com.",),
)  # fmt: skip
REGEXES: Final = (None, None, r"https://[a-z]+\.example\.org", r"https://x\.example\.net:(8443|9443)")
METHODS: Final = (("GET", "POST", "HEAD"), ("GET", "POST", "HEAD", "PUT"), ("*",))
HEADERS: Final = ((), ("X-A",), ("authorization", "X-Request-ID"), ("*",))
ASKED: Final = ("GET", "POST", "HEAD", "PUT", "DELETE", "put")
SET: Final = (
    ("X-A", "1"), ("x-request-id", "7"), ("Authorization", "Bearer x"), ("Content-Type", "application/json"),
    ("Accept", "text/html"), ("Content-Type", "text/plain"),
)  # fmt: skip
NEAR: Final = (
    "https://app.example.com", "http://localhost:3000", "https://APP.example.com", "https://a.example.org", "null",
    "https://x.example.net:8443", "https://[::1]:8443", "https://example.com.", "https://app.example.com:443",
    "https://app.example.com.evil.example", "https://app.example.com/",
)  # fmt: skip
APP: Final[Raw] = [(b"content-type", b"text/plain"), (b"x-total-count", b"7"), (b"etag", b'"1"')]
SEEDS = [bytes(range(number, number + 16)) for number in range(0, 64, 3)]


@lru_cache(maxsize=512)
def servers(settings: tuple[Any, ...]) -> tuple[Any, Any]:
    """An app behind Starlette's middleware, and behind ours, with the same settings."""
    origins, regex, methods, headers, exposed, credentials = settings
    keywords: dict[str, Any] = {
        "allow_origins": list(origins),
        "allow_origin_regex": regex,
        "allow_methods": list(methods),
        "allow_headers": list(headers),
        "expose_headers": list(exposed),
        "allow_credentials": credentials,
    }
    app = App(start(APP), body())
    return StarletteCORS(app, **keywords), CORSMiddleware(app, **keywords)


def told(call: Call, middleware: Any) -> Verdict:
    """What a page is told by an app behind a middleware."""

    def server(method: str, headers: Raw) -> tuple[int, Raw]:
        # An app that holds more and more is at last too much to be looked through, and counts as hiding others.
        middleware.app.scopes.clear()
        sent = drive(middleware, http(method, *headers))
        return sent[0]["status"], sent[0]["headers"]

    return fetch(call, server)


def own(verdict: Verdict) -> list[tuple[str, str]]:
    """The app's own headers that a page reads."""
    return [pair for pair in verdict.readable if pair[0] != "vary" and not pair[0].startswith("access-control-")]


@bounded
def check(data: bytes) -> None:
    """Raises if a page may read, or reads, with one and not with the other."""
    given = FuzzedDataProvider(data)
    origins, regex = given.PickValueInList(LISTS), given.PickValueInList(REGEXES)
    credentials = given.ConsumeBool() and origins != ("*",)
    exposed = given.PickValueInList(((), ("X-Total-Count",)))
    settings = (origins, regex, given.PickValueInList(METHODS), given.PickValueInList(HEADERS), exposed, credentials)
    theirs, ours = servers(settings)
    origin = given.PickValueInList(NEAR) if given.ConsumeIntInRange(0, 3) else model.origin(given)
    headers = tuple(given.some(SET, 3))
    for mode in ("omit", "same-origin", "include"):
        call = Call(origin.encode().decode("latin-1"), given.PickValueInList(ASKED), headers, cast(Any, mode))
        one, other = told(call, theirs), told(call, ours)
        # Starlette compares with the regex alone; ours also wants an origin that a browser sends.
        if model.parts(origin) is None and origin != "null" and "*" not in origins:
            assert not other.may_read, (settings, call)
            continue
        assert one.may_read is other.may_read, (settings, call, one.why, other.why)
        assert own(one) == own(other), (settings, call)


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
