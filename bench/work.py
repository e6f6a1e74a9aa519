"""The work that is measured: one null app, four ways to wrap it, and the requests.

Here belong the peers and the scenarios, and one round over them. Not here: statistics (`bench`).

The row `preflight` asks one question again and again: what it measures is an answer that is remembered
(`server.recent`), as a front end's is.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pyperf
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware as StarletteCORS

from crossorigin import ASGITransport, Browser, CORSMiddleware, Policy, install

App = Callable[[Any, Any, Any], Awaitable[None]]
LOOPS = 1000

ONE = ["https://app.example.com"]
MANY = [f"https://customer-{n}.example.com" for n in range(9_999)] + ONE

# Eleven headers of Chromium's for a cross-origin fetch(); each row adds its own up to twelve or more.
BROWSER = [
    (b"host", b"api.example.com"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36"),
    (b"accept", b"*/*"),
    (b"accept-language", b"en-US,en;q=0.9"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"connection", b"keep-alive"),
    (b"referer", b"https://app.example.com/"),
    (b"sec-fetch-dest", b"empty"),
    (b"sec-fetch-mode", b"cors"),
    (b"sec-fetch-site", b"same-site"),
    (b"sec-ch-ua-mobile", b"?0"),
    (b"sec-ch-ua-platform", b'"Linux"'),
]


@dataclass(frozen=True)
class Row:
    """One line of the table: a request with twelve headers, and the origins that are allowed."""

    name: str
    method: str
    extra: tuple[tuple[bytes, bytes], ...] = ()
    origins: tuple[str, ...] = tuple(ONE)
    barred: bool = True
    slow: bool = False
    # Requests that take turns, each from another origin: `sent % n` for n below `senders`.
    sent: bytes = b""
    senders: int = 0
    regex: str | None = None
    starlette_regex: str | None = None
    bar: float = 0.0  # of Starlette's, if it is another than that of every row

    @property
    def scopes(self) -> list[dict[str, Any]]:
        """The requests, each as often as makes `LOOPS` in all."""
        extras = [((b"origin", self.sent % n), *self.extra) for n in range(self.senders)] or [self.extra]
        scopes = [self._scope(extra) for extra in extras]
        return scopes * (LOOPS // len(scopes))

    @property
    def scope(self) -> dict[str, Any]:
        return self._scope(self.extra)

    def _scope(self, extra: tuple[tuple[bytes, bytes], ...]) -> dict[str, Any]:
        headers = BROWSER[: 12 - len(extra)] + list(extra)
        return {"type": "http", "method": self.method, "path": "/", "headers": headers}


ALLOWED = (b"origin", b"https://app.example.com")
ASKS = (b"access-control-request-method", b"PUT")
TENANTS = r"https://[a-z0-9-]+\.example\.com"
TENANT, STRANGER = b"https://tenant-%d.example.com", b"https://tenant-%d.evil.example"


def _tenants(name: str, sent: bytes, senders: int, method: str = "GET", *, by_regex: bool = False) -> Row:
    """A row of tenants under a pattern, or under the regular expression that Starlette's peer has in any case."""
    extra = (ASKS,) if method == "OPTIONS" else ()
    return Row(
        name,
        method,
        extra,
        () if by_regex else ("https://*.example.com",),
        sent=sent,
        senders=senders,
        regex=TENANTS if by_regex else None,
        starlette_regex=TENANTS,
        bar=0.3,
    )


ROWS = [
    Row("no Origin", "GET"),
    Row("allowed", "GET", (ALLOWED,)),
    Row("denied", "GET", ((b"origin", b"https://evil.example"),)),
    Row("preflight", "OPTIONS", (ALLOWED, ASKS, (b"access-control-request-headers", b"authorization,content-type"))),
    Row("10,000 origins", "GET", (ALLOWED,), tuple(MANY), barred=False),
    Row(
        "1 MB of ACRH",
        "OPTIONS",
        (ALLOWED, ASKS, (b"access-control-request-headers", b"," * 1_000_000)),
        barred=False,
        slow=True,
    ),
    _tenants("a tenant", TENANT, 1),
    _tenants("1,000 tenants", TENANT, 1000),
    _tenants("1,000 tenants by regex", TENANT, 1000, by_regex=True),
    _tenants("their preflights", TENANT, 1000, "OPTIONS"),
    _tenants("strangers, a pattern", STRANGER, 1000),
    _tenants("strangers, a regex", STRANGER, 1000, by_regex=True),
]


async def null(scope: Any, receive: Any, send: Any) -> None:
    """An app that does nothing but answer, with four headers."""
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"2"),
        (b"date", b"Mon, 23 Nov 2026 07:00:00 GMT"),
        (b"server", b"null"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


class Empty:
    """The least that a middleware can be that looks at responses: it wraps `send`."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def passing(message: Any) -> None:
            await send(message)

        await self.app(scope, receive, passing)


def peers(row: Row) -> dict[str, App]:
    """The four ways to wrap the null app; ours without the record of denials, which `observed` measures."""
    os.environ["CROSSORIGIN_LOG"] = "off"
    policy: dict[str, Any] = {
        "allow_methods": ["GET", "POST", "PUT", "DELETE"],
        "allow_headers": ["Authorization", "Content-Type"],
        "allow_credentials": True,
    }
    origins = list(row.origins)
    theirs = {"allow_origin_regex": row.starlette_regex} if row.starlette_regex else {"allow_origins": origins}
    return {
        "bare": null,
        "empty": Empty(null),
        "starlette": StarletteCORS(null, **policy, **theirs),
        "ours": CORSMiddleware(null, **policy, allow_origins=origins, allow_origin_regex=row.regex),
    }


async def receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: Any) -> None:
    return None


def seconds(app: App, scopes: list[Any]) -> float:
    """Seconds for one request, over all of these, each with a scope of its own, as from a server.

    Nothing suspends, so no event loop is in the figure.
    """
    start = pyperf.perf_counter()
    for scope in scopes:
        call = app(scope.copy(), receive, send)
        try:  # noqa: SIM105 (a context manager would be most of what is measured)
            call.send(None)  # type: ignore[attr-defined]
        except StopIteration:
            pass
    return (pyperf.perf_counter() - start) / len(scopes)


SIMULATED = "simulated fetch with preflight"


def simulated(rounds: int) -> list[float]:
    """Seconds for one simulated fetch() with its preflight, of a FastAPI app in this process."""
    app = FastAPI()

    @app.put("/items")
    async def items() -> dict[str, str]:
        return {}

    install(app, Policy(allow_origins=ONE, allow_methods=["PUT"], max_age=-1))
    browser = Browser(ONE[0], transport=ASGITransport(app))
    values = []
    for _ in range(rounds + 1):
        start = pyperf.perf_counter()
        for _ in range(20):
            outcome = browser.fetch("https://api.example.com/items", method="PUT")
            assert [it.request.method for it in outcome.requests] == ["OPTIONS", "PUT"]
        values.append((pyperf.perf_counter() - start) / 20)
    return values[1:]


def measure(rounds: int) -> dict[str, list[float]]:
    """`rounds` values for every (row, peer), taken in turns."""
    values: dict[str, list[float]] = {SIMULATED: simulated(rounds)}
    for row in ROWS:
        scopes, apps = row.scopes, peers(row)
        for turn in range(rounds + 1):
            for who, app in apps.items():
                value = seconds(app, scopes[:3] if row.slow and who == "starlette" else scopes)
                if turn:  # the first round warms up
                    values.setdefault(f"{row.name}/{who}", []).append(value)
    return values
