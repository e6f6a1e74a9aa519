"""The expectations, asked of the peers in real Chromium: one browser, and URLs of its own for each asking."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.peers.apps import PEERS, CannotSay, Peer, started
from bench.peers.expectations import API, BLOCKED, EXPECTATIONS, HOSTS, PORTS, Expectation, Step
from tests.e2e.chromium import Served, Switch, chromium_without_profile

MET = "✓"
CANNOT = "–"
_PATIENCE = 10  # times 50 ms, for a line of the console

# What a page's script gets: a status and the headers it wanted, or that it is blocked.
FETCH = """async ([url, options, names, websocket]) => {
    if (websocket) return await new Promise((done) => {
        const socket = new WebSocket(url.replace("http", "ws"));
        socket.onmessage = () => done({ result: 101, read: [] });
        socket.onclose = socket.onerror = () => done({ result: "blocked", read: [] });
    });
    try {
        const response = await fetch(url, options);
        await response.text();
        return { result: response.status, read: names.map((name) => response.headers.get(name)) };
    } catch (error) {
        return { result: "blocked", read: [] };
    }
}"""


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """Empty pages; /sandboxed has an opaque origin, as a sandboxed frame has."""
    headers = [(b"content-type", b"text/html")]
    if scope["path"] == "/sandboxed":
        headers.append((b"content-security-policy", b"sandbox allow-scripts"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"<!doctype html><title>page</title>"})


class Recorded:
    """An ASGI app around another, which notes the methods of what reaches it."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.methods: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.methods.append(scope["method"])
        await self.app(scope, receive, send)


class Stage:
    """The API's server, the pages' server and the browser."""

    def __init__(self, api: Switch, browser: Browser) -> None:
        self.api = api
        self.browser = browser
        self.page = browser.new_page()
        self.asked = 0

    def ask(self, peer: Peer, expectation: Expectation) -> str:
        """A cell of the table."""
        if expectation.websocket and not peer.websockets:
            return CANNOT
        try:
            app = Recorded(started(peer.cors(expectation.wanted)))
        except CannotSay:
            return CANNOT
        self.api.app = app
        self.asked += 1
        several = len({it.page for it in expectation.steps}) > 1
        for step in expectation.steps:
            # A query of its own: no answer and no preflight is in the browser's caches from another asking.
            found = _wrong(self.page, step, f"{API}{step.path}?{self.asked}", app)
            if found:
                where = f"{step.page.removeprefix('http://')}: " if several else ""
                return f"✗ {where}{found}"
        return MET


def _wrong(page: Page, step: Step, url: str, app: Recorded) -> str:
    """What is not as it should be, empty if everything is."""
    said: list[str] = []
    listen = lambda message: said.append(message.text)  # noqa: E731
    page.on("console", listen)
    page.goto(step.page)
    app.methods.clear()
    found = page.evaluate(FETCH, [url, step.options, [name for name, _ in step.reads], step.websocket])
    if found["result"] != step.right:
        return str(found["result"]) if found["result"] == BLOCKED else f"reads {found['result']}"
    for (name, right), read in zip(step.reads, found["read"], strict=True):
        if read != right:
            return f"reads {name}: {read}"
    if step.requests is not None and tuple(app.methods) != step.requests:
        return f"the API gets {', '.join(app.methods) or 'nothing'}"
    for _ in range(_PATIENCE if step.console else 0):
        if any(step.console in it for it in said):
            break
        page.wait_for_timeout(50)
    page.remove_listener("console", listen)
    if step.console and not any(step.console in it for it in said):
        return "the console does not name it"
    return ""


@contextmanager
def staged() -> Iterator[Stage]:
    """Servers and a browser."""
    api = Switch(pages)
    servers = {port: Served(api if port == ":8000" else pages) for port in PORTS}
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # the crashes are on purpose
    try:
        with sync_playwright() as playwright:
            ports = {port: it.port for port, it in servers.items()}
            browser = chromium_without_profile(playwright, HOSTS, ports)
            try:
                yield Stage(api, browser)
            finally:
                browser.close()
    finally:
        logging.disable(before)
        for it in servers.values():
            it.stop()


def ask_all(
    peers: Sequence[Peer] = PEERS, expectations: Iterable[Expectation] = EXPECTATIONS
) -> tuple[dict[str, dict[str, str]], str]:
    """The cells by expectation and peer, and the browser's version."""
    with staged() as stage:
        cells = {it.says: {peer.name: stage.ask(peer, it) for peer in peers} for it in expectations}
        return cells, stage.browser.version
