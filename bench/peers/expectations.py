"""What a page may expect of an API, in a browser: each with the policy, who asks, what, and what is right.

Nothing here is particular to a library. An expectation is met if every one of its steps has the right result.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bench.peers.apps import Wanted

API = "http://api.test:8000"
APP = "http://app.test:3000"
OTHER_APP = "http://other.test:3000"
STRANGER = "http://evil.test:3000"
SIBLINGS = ("http://a.pages.test:3000", "http://b.pages.test:3000")  # of one site: they share one part of the cache
NULL = f"{APP}/sandboxed"  # an opaque origin: Origin is null
HOSTS = (
    "api.test",
    "a.pages.test",
    "b.pages.test",
    "app.test",
    "other.test",
    "evil.test",
    "preview-7.pages.test",
    "preview-7.pages.test.evil.test",
    "evilapp.test",
    "app.test.evil.test",
    "sub.app.test",
    "preview-xpages.test",
)
PORTS = (":3000", ":3001", ":8000")

NAMED = Wanted((APP, OTHER_APP))
SAME_SITE = Wanted(SIBLINGS)
PUBLIC = Wanted(("*",), credentials=False)
PATTERN = Wanted(pattern="http://*.pages.test:3000")
ANY_PORT = Wanted(pattern="http://app.test:*")
GUARDED = Wanted((APP,), enforce=True)
MANY_HEADERS = tuple(f"X-Custom-{n}" for n in range(40))

BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Step:
    """A page asks; `right` is what its script gets: a status, or BLOCKED.

    `reads` are headers and what the script may read of each; `console` is what the browser's console has to say;
    `requests` are the methods that reach the server, preflights included, or None if that does not matter.
    """

    page: str
    path: str = "/"
    options: dict[str, Any] = field(default_factory=dict)
    right: int | str = 200
    reads: tuple[tuple[str, str | None], ...] = ()
    console: str = ""
    requests: tuple[str, ...] | None = None
    websocket: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """A sentence, the policy, and the steps in order, in one browser with one cache."""

    says: str
    wanted: Wanted
    steps: tuple[Step, ...]
    websocket: bool = False


def _put(**headers: str) -> dict[str, Any]:
    return {"method": "PUT", "headers": {"Content-Type": "application/json", **headers}, "body": "{}"}


_COOKIES = {"credentials": "include"}
_PLAIN_PUT = {"method": "PUT"}
_CUSTOM = {"headers": {"X-Custom": "1"}}

EXPECTATIONS = [
    Expectation("An allowed page reads a 200", NAMED, (Step(APP),)),
    Expectation("An allowed page reads it with cookies", NAMED, (Step(APP, options=_COOKIES),)),
    Expectation("An allowed page reads a 401 that the API raises", NAMED, (Step(APP, "/auth", right=401),)),
    Expectation("An allowed page reads a 404", NAMED, (Step(APP, "/missing", right=404),)),
    Expectation("An allowed page reads a 500 of a crash", NAMED, (Step(APP, "/crash", right=500),)),
    Expectation("An allowed page sends a PUT with JSON", NAMED, (Step(APP, options=_put()),)),
    Expectation("An allowed page sends a DELETE", NAMED, (Step(APP, options={"method": "DELETE"}),)),
    Expectation("An allowed page sets an allowed header", NAMED, (Step(APP, options=_CUSTOM),)),
    Expectation(
        "A preflight of a path that is missing lets the 404 be read", NAMED, (Step(APP, "/gone", _CUSTOM, 404),)
    ),
    Expectation(
        "A method that is not allowed is blocked, and the console names it",
        Wanted((APP,), methods=("GET",)),
        (Step(APP, options=_PLAIN_PUT, right=BLOCKED, console="Method PUT is not allowed"),),
    ),
    Expectation(
        "A header that is not allowed is blocked, and the console names it",
        NAMED,
        (
            Step(
                APP,
                options={"headers": {"X-Secret": "1"}},
                right=BLOCKED,
                console="Request header field x-secret is not allowed",
            ),
        ),
    ),
    Expectation(
        "`patch` in lower case, as pages write it by mistake, is blocked by its name",
        NAMED,
        (Step(APP, options={"method": "patch"}, right=BLOCKED, console="Method patch is not allowed"),),
    ),
    Expectation("A stranger reads nothing", NAMED, (Step(STRANGER, right=BLOCKED),)),
    Expectation("A stranger reads nothing with cookies", NAMED, (Step(STRANGER, options=_COOKIES, right=BLOCKED),)),
    Expectation("A stranger reads no error", NAMED, (Step(STRANGER, "/crash", right=BLOCKED),)),
    Expectation(
        "A stranger's PUT never reaches the API",
        NAMED,
        (Step(STRANGER, options=_PLAIN_PUT, right=BLOCKED, requests=("OPTIONS",)),),
    ),
    Expectation("A page of origin null reads nothing", NAMED, (Step(NULL, right=BLOCKED),)),
    Expectation("Two origins are both allowed", NAMED, (Step(APP), Step(OTHER_APP))),
    Expectation("`*` lets everybody read", PUBLIC, (Step(STRANGER), Step(NULL))),
    Expectation(
        "`*` does not let a stranger read with cookies", PUBLIC, (Step(STRANGER, options=_COOKIES, right=BLOCKED),)
    ),
    Expectation(
        "A pattern lets in what it means",
        PATTERN,
        (Step("http://preview-7.pages.test:3000"), Step("http://preview-7.pages.test:3000", options=_put())),
    ),
    Expectation(
        "A pattern does not let in a name with a suffix",
        PATTERN,
        (Step("http://preview-7.pages.test.evil.test:3000", right=BLOCKED),),
    ),
    Expectation(
        "A pattern does not let in a name with a prefix",
        PATTERN,
        (Step("http://preview-xpages.test:3000", right=BLOCKED),),
    ),
    Expectation(
        "A listed origin does not let in look-alikes, subdomains or other ports",
        NAMED,
        tuple(
            Step(it, right=BLOCKED)
            for it in (
                "http://evilapp.test:3000",
                "http://app.test.evil.test:3000",
                "http://sub.app.test:3000",
                "http://app.test:3001",
            )
        ),
    ),
    Expectation(
        "Any port of a host is allowed, and no other host",
        ANY_PORT,
        (Step(APP), Step("http://app.test:3001"), Step("http://app.test.evil.test:3000", right=BLOCKED)),
    ),
    Expectation(
        "An answer in the browser's cache is not taken for another page's",
        SAME_SITE,
        (Step(SIBLINGS[0], "/cached"), Step(SIBLINGS[1], "/cached")),
    ),
    Expectation(
        "A picture's answer in the browser's cache does not block a fetch of the same URL",
        SAME_SITE,
        (Step(SIBLINGS[0], "/cached", {"mode": "no-cors"}, 0), Step(SIBLINGS[0], "/cached")),
    ),
    Expectation(
        "An allowed page reads exposed headers and no others",
        NAMED,
        (Step(APP, reads=(("x-total", "7"), ("x-hidden", None))),),
    ),
    Expectation(
        "A preflight is remembered for max_age",
        NAMED,
        (
            Step(APP, options=_CUSTOM, requests=("OPTIONS", "GET")),
            Step(APP, options=_CUSTOM, requests=("GET",)),
        ),
    ),
    Expectation("An allowed page follows a redirect", NAMED, (Step(APP, "/redirect"),)),
    Expectation(
        "An allowed page asks for a range", NAMED, (Step(APP, "/range", {"headers": {"Range": "bytes=0-3"}}, 206),)
    ),
    Expectation(
        "Forty allowed headers at once",
        Wanted((APP,), headers=MANY_HEADERS),
        (Step(APP, options={"headers": dict.fromkeys(MANY_HEADERS, "1")}),),
    ),
    Expectation(
        "An allowed page opens a WebSocket, a stranger does not",
        GUARDED,
        (Step(APP, "/ws", right=101, websocket=True), Step(STRANGER, "/ws", right=BLOCKED, websocket=True)),
        websocket=True,
    ),
]
