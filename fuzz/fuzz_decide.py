"""`decide` against an independent model of a policy, as an independent model browser sees it; and our own browser half.

What a policy means is written a second time in `fuzz/model.py` and here; what a browser makes of an answer is in
`tests/server/model_browser.py`, from the Fetch Standard. The browser half of the package has to come to the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

import ada_url

from crossorigin import Browser, Policy, decide
from crossorigin.browser import Request, Response
from fuzz import model
from fuzz.common import FuzzedDataProvider, bounded, fuzz
from tests.server.model_browser import Call, Raw, Verdict, fetch

LISTS: Final = (
    ("*",), ("https://app.example.com",), ("https://*.example.com",), ("https://pr-*.example.com:*",), ("http://localhost:*",),
    ("https://app.example.com", "https://*.example.org:8443"), ("*",), ("*", "https://app.example.com"), (),
    ("https://example.com:*", "capacitor://localhost"), ("moz-extension://*",), ("https://[::1]:8443",),
)  # fmt: skip
REGEXES: Final = (
    None, None, None, r"https://.*\.example\.org", r"https://[a-z]+\.example\.com", r"http://(localhost|127\.0\.0\.1)(:\d+)?",
)  # fmt: skip
METHODS: Final = (("GET",), ("PUT",), ("*",), (), ("PATCH", "DELETE"))
HEADERS: Final = ((), ("x-a",), ("*",), ("authorization", "x-a", "range"), ("*", "x-a"))
EXPOSED: Final = ((), ("x-total-count",), ("etag", "x-total-count"))
ASKED: Final = ("GET", "POST", "PUT", "put", "PATCH", "patch", "DELETE", "HEAD", "PURGE", "TRACE", "a b", "x" * 65)
# A header that a script sets, and the name that a policy must allow for it.
SET: Final = (
    ("Accept", "application/json", ""), ("accept", "a(b)", ""), ("Content-Type", "application/json", ""),
    ("Content-Type", "text/plain", ""), ("Authorization", "Bearer x", "authorization"), ("X-A", "1", "x-a"),
    ("x-b", "", "x-b"), ("Range", "bytes=0-9", ""), ("Range", "bytes=-5", "range"), ("Cookie", "a=1", ""),
)  # fmt: skip
MODES: Final = ("omit", "same-origin", "include")
NEAR: Final = (
    "https://app.example.com", "https://a.b.example.com", "https://pr-7.example.com:8443", "http://localhost:3000",
    "http://localhost", "https://a.example.org:8443", "https://example.com", "https://example.com:9", "null",
    "capacitor://localhost", "moz-extension://abc", "https://[::1]:8443", "http://127.0.0.1:5173", "http://[::1]",
    "https://evil.com/.example.org", "app://localhost:3000", "capacitor://localhost",
    "https://evil.com#.example.org", "https://a.example.org", "https://A.example.org",
)  # fmt: skip
APP: Final[Raw] = [
    (b"content-type", b"application/json"), (b"x-total-count", b"7"), (b"x-secret", b"s"), (b"etag", b'"1"'),
    (b"access-control-expose-headers", b"x-secret"), (b"Access-Control-Allow-Credentials", b"true"),
]  # fmt: skip
SEEDS = [bytes(range(number, number + 24)) for number in range(0, 96, 4)]


@dataclass(frozen=True)
class Case:
    """A policy, a page and a call."""

    origins: tuple[str, ...]
    regex: str | None
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    exposed: tuple[str, ...]
    credentials: bool
    environment: str
    max_age: int

    @property
    def keywords(self) -> dict[str, Any]:
        return {
            "allow_origins": self.origins,
            "allow_origin_regex": self.regex,
            "allow_methods": self.methods,
            "allow_headers": self.headers,
            "expose_headers": self.exposed,
            "allow_credentials": self.credentials,
            "environment": self.environment,
            "max_age": self.max_age,
            "accept_risks": ["whole-scheme"] if "moz-extension://*" in self.origins and self.credentials else [],
        }


def case(given: FuzzedDataProvider) -> Case:
    origins, regex = given.PickValueInList(LISTS), given.PickValueInList(REGEXES)
    credentials = given.ConsumeBool()
    environment = given.PickValueInList(("production", "development"))
    if not origins and regex is None:
        regex = REGEXES[3]
    if origins == ("*",) and credentials and regex is None:
        environment = "development"
    methods, headers = given.PickValueInList(METHODS), given.PickValueInList(HEADERS)
    exposed = given.PickValueInList(EXPOSED)
    max_age = given.PickValueInList((600, 0, -1, 86400))
    return Case(origins, regex, methods, headers, exposed, credentials, environment, max_age)


@lru_cache(maxsize=512)
def policy_of(meant: Case) -> Policy:
    """The policy, made once: making one takes longer than all that is asked of it."""
    return Policy(**meant.keywords)


def page(given: FuzzedDataProvider) -> str:
    return given.PickValueInList(NEAR) if given.ConsumeBool() else model.origin(given)


def access(meant: Case, origin: str) -> str:
    """As whom a page may read: `nobody`, `anonymous` or `credentialed`."""
    public = "*" in meant.origins and not meant.credentials
    if origin == "\0" and not public:  # it is in no header (RFC 9110, 5.5), and stands for repeated lines here
        return "nobody"
    named = any(model.takes(text, origin) for text in meant.origins if text != "*")
    by_regex = meant.regex is not None and model.parts(origin) is not None
    named = named or (by_regex and re.fullmatch(str(meant.regex), origin) is not None)
    if "*" in meant.origins:
        development = meant.environment == "development" and model.is_loopback_page(origin)
        return "credentialed" if meant.credentials and (named or development) else "anonymous"
    if not named:
        return "nobody"
    return "credentialed" if meant.credentials else "anonymous"


def may(meant: Case, call: Call, names: set[str]) -> bool:
    """Whether a page may make this call and read the response."""
    who = access(meant, call.origin)
    if who == "nobody" or (call.credentials == "include" and who != "credentialed"):
        return False
    upper = call.method.upper()
    method = upper if upper in ("DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT") else call.method
    if re.fullmatch(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+", method) is None or upper in ("CONNECT", "TRACE", "TRACK"):
        return False
    public = "*" in meant.origins and not meant.credentials
    if method not in ("GET", "HEAD", "POST", *meant.methods) and "*" not in meant.methods:
        return False
    if len(method) > 64 and not public:
        return False
    return "*" in meant.headers or names <= set(meant.headers)


class Deciding:
    """A server that is `decide` alone."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def __call__(self, method: str, headers: Raw) -> tuple[int, Raw]:
        decision = decide(self.policy, method, headers)
        if decision.status is not None:
            return decision.status, decision.answer()
        return 200, decision.answer(APP)

    def send(self, request: Request) -> Response:
        """The same, as a transport of our browser half."""
        raw = [(name.lower(), value) for name, value in request.headers]
        status, headers = self(request.method, raw)
        return Response(status, headers)


def readable(verdict: Verdict) -> set[str]:
    """The app's own headers that a page reads."""
    return {name for name, _ in verdict.readable if name != "vary" and not name.startswith("access-control-")}


@bounded
def check(data: bytes) -> None:
    """Raises if the server half, the browser half and the models disagree."""
    given = FuzzedDataProvider(data)
    meant = case(given)
    policy = policy_of(meant)
    method = given.PickValueInList(ASKED)
    asked = given.some(SET, 3)
    names = {name for _, _, name in asked if name}
    headers = tuple((name, value) for name, value, _ in asked)
    server = Deciding(policy)
    for origin in (page(given), page(given)):
        sent = origin.encode().decode("latin-1")
        for mode in MODES:
            call = Call(sent, method, headers, cast(Any, mode))
            verdict = fetch(call, server)
            expected = may(meant, Call(origin, method, headers, cast(Any, mode)), names)
            assert verdict.may_read is expected, (meant, origin, method, headers, mode, verdict.why)
            exposed = {"content-type", *meant.exposed} if expected else set()
            assert readable(verdict) == exposed, (meant, origin, mode, verdict.readable)
        _headers_of(meant, policy, origin)
        ours(meant, server, origin, method, headers, names)


def _headers_of(meant: Case, policy: Policy, origin: str) -> None:
    """The exact headers of a plain response, and `Vary` on it, whoever asks."""
    who = access(meant, origin)
    public = "*" in meant.origins and not meant.credentials
    decision = decide(policy, "GET", [(b"origin", origin.encode())])
    answer = dict(decision.answer())
    assert answer.pop(b"vary", b"") == (b"" if public else b"Origin"), (meant, origin)
    assert decision.allowed is (who != "nobody"), (meant, origin)
    written = b"*" if who == "anonymous" and "*" in meant.origins else origin.encode()
    expected: dict[bytes, bytes] = {}
    if who != "nobody":
        expected[b"access-control-allow-origin"] = written
        if meant.exposed:
            expected[b"access-control-expose-headers"] = ", ".join(meant.exposed).encode()
    if who == "credentialed":
        expected[b"access-control-allow-credentials"] = b"true"
    assert answer == expected, (meant, origin, answer)
    twice = decide(policy, "GET", [(b"origin", origin.encode()), (b"origin", origin.encode())])
    granted = dict(twice.answer()).get(b"access-control-allow-origin")
    assert granted == (b"*" if public else None), (meant, origin)


def is_url(text: str) -> bool:
    """Whether a browser can have such a page."""
    try:
        return ada_url.URL(text).origin == text
    except ValueError:
        return False


def ours(
    meant: Case, server: Deciding, origin: str, method: str, headers: tuple[tuple[str, str], ...], names: set[str]
) -> None:
    """Our browser half, from the same page: it reads what the model says that it may."""
    if model.parts(origin) is None or not origin.startswith(("http://", "https://")) or not is_url(origin):
        return
    for mode in MODES:
        browser = Browser(page=origin, transport=server.send)
        url = "https://api.test/"
        outcome = browser.fetch(url, method=method, headers=headers, credentials=cast(Any, mode))
        call = Call(origin, method, headers, cast(Any, mode))
        assert outcome.allowed is may(meant, call, names), (meant, origin, method, headers, mode, outcome.reason)


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
