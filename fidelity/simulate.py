"""The same scenario in the simulator: same book of answers, same shape of result.

Here belongs the translation of a scenario into calls of `Browser`. Not here: any allowance for a
browser; that is the engine's row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from crossorigin.browser import Browser, EngineName, Failure, Outcome, Request, Response
from crossorigin.browser.sites import Page

from .names import Line, expected
from .scenario import PAGES, VISITED, Call, Scenario, World
from .server import Arrival, Book


@dataclass(slots=True)
class Played:
    """What came of a scenario: what script saw of each call, what arrived at the server, and the failures' names."""

    results: list[dict[str, Any]] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def simulate(scenario: Scenario, world: World, engine: EngineName) -> Played:
    """Play a resolved scenario. Time passes only where the scenario waits, and a little with each request."""
    played = Played()
    book = Book({scenario.name: scenario})
    now = 1_800_000_000.0

    def transport(request: Request) -> Response | Failure:
        nonlocal now
        now += 0.01
        port = request.url.split("/")[2].rpartition(":")[2]
        if port == str(world.ports["closed"]):
            return Failure("refused")
        headers = _joined(request)
        url = request.url.replace("ws", "http", 1) if request.url.startswith("ws") else request.url
        played.arrivals.append(Arrival(request.method, url, headers))
        answer = book.answer(request.method, url, headers)
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        if answer.status not in (101, 204, 304):
            raw.append((b"Content-Length", str(len(answer.body)).encode()))
        raw.append((b"Cache-Control", b"no-store"))
        return Response(answer.status, raw, answer.body.encode())

    url, frame = PAGES[scenario.page]
    top = world.fill(url)
    page = "data:text/html," if frame == "data" else top
    sandboxed = frame == "sandboxed"
    browser = Browser(page, transport=transport, engine=engine, sandboxed=sandboxed, top=top, clock=lambda: now)
    for place, line in VISITED:
        browser.cookies.set(world.origin(place) + f"/visit/{place}", line)
    for call in scenario.calls:
        now += call.wait
        outcome = browser.websocket(call.url) if call.websocket else _fetch(browser, call)
        played.outcomes.append(outcome)
        played.results.append(_seen(call, outcome))
    played.lines = expected(scenario.calls, played.outcomes, Page.of(page, sandboxed, top), engine)
    return played


def _fetch(browser: Browser, call: Call) -> Outcome:
    options: dict[str, Any] = {
        "method": call.method,
        "headers": call.headers,
        "mode": call.mode,
        "credentials": call.credentials,
        "redirect": call.redirect,
        "upload_listener": call.upload_listener,
    }
    if call.body is not None:
        kind, text = call.body
        if kind == "form":
            options["form"] = dict([text.split("=")])
        else:
            options["body"] = text if kind == "text" else text.encode()
    return browser.fetch(call.url, **options)


def _seen(call: Call, outcome: Outcome) -> dict[str, Any]:
    if not outcome.allowed:
        return {"type": "error"}
    if call.websocket:
        return {"type": "open"}
    kind = "xhr" if call.xhr else outcome.type
    return {"type": kind, "status": outcome.status, "headers": dict(outcome.headers), "body": outcome.text}


def _joined(request: Request) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw, value in request.headers:
        name, text = raw.decode("latin-1").lower(), value.decode("latin-1").strip(" \t")
        headers[name] = f"{headers[name]}, {text}" if name in headers else text
    return headers
