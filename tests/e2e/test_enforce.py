"""enforce in a real browser and over real sockets: forms and WebSockets of allowed, foreign, own and opaque pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, sync_playwright
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from crossorigin import Policy, install
from tests.e2e.chromium import Served, Switch, chromium, empty_page

API = "http://api.test:8000"
PAGES = {
    "allowed": "http://app.test:3000",
    "denied": "http://evil.test:3000",
    "same-site": "http://other.api.test:8001",
    "same-origin": API,
    "null": "data:text/html,<!doctype html><title>page</title>",
}


@dataclass
class Shop:
    """An API that notes what reaches its endpoints."""

    enforce: Any
    reached: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        async def reach(request: Any) -> PlainTextResponse:
            self.reached.append(request.url.path)
            return PlainTextResponse("done")

        async def page(request: Any) -> HTMLResponse:
            return HTMLResponse("<!doctype html><title>page</title>")

        async def socket(websocket: Any) -> None:
            await websocket.accept()
            self.reached.append("/ws")
            await websocket.send_text("secret")
            await websocket.close()

        routes = [
            Route("/", page),
            Route("/pay", reach, methods=["POST"]),
            Route("/webhooks/pay", reach, methods=["POST"]),
            WebSocketRoute("/ws", socket),
        ]
        self.app = Starlette(routes=routes)
        exempt = ["/webhooks/*"] if self.enforce else []
        hosts = ["api.test", "127.0.0.1"] if self.enforce else []
        policy = Policy(
            allow_origins=[PAGES["allowed"]],
            enforce=self.enforce,
            exempt=exempt,
            trusted_hosts=hosts,
            max_age=-1,
            accept_risks=["insecure-origin"] if self.enforce else [],  # the pages of this test are http://
        )
        install(self.app, policy)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Switch, Page, int]]:
    api = Switch(empty_page)
    servers = {":3000": Served(empty_page), ":8000": Served(api), ":8001": Served(empty_page)}
    hosts = ["app.test", "evil.test", "api.test", "other.api.test", "rebound.test"]
    with sync_playwright() as playwright:
        browser = chromium(
            playwright, tmp_path_factory.mktemp("profile"), hosts, {port: it.port for port, it in servers.items()}
        )
        yield api, browser.new_page(), servers[":8000"].port
        browser.close()
    for it in servers.values():
        it.stop()


def submit(tab: Page, url: str) -> int:
    """Submits a form of the page that the tab shows, and says the status of what it leads to."""
    with tab.expect_navigation() as gone:
        tab.evaluate(
            """(url) => {
                const form = document.body.appendChild(document.createElement("form"));
                form.method = "post";
                form.action = url;
                form.submit();
            }""",
            url,
        )
    response = gone.value
    assert response is not None
    return response.status


@pytest.mark.parametrize(
    ("page", "path", "enforce", "reaches"),
    [
        ("denied", "/pay", False, True),  # what CORS leaves open
        ("denied", "/pay", True, False),
        ("denied", "/pay", "report-only", True),
        ("same-site", "/pay", True, False),
        ("null", "/pay", True, False),
        ("same-origin", "/pay", True, True),
        ("allowed", "/pay", True, True),
        ("denied", "/webhooks/pay", True, True),
    ],
)
def test_a_form(page: str, path: str, enforce: Any, reaches: bool, stage: tuple[Switch, Page, int]) -> None:
    api, tab, _ = stage
    shop = Shop(enforce)
    api.app = shop.app
    tab.goto(PAGES[page])
    assert submit(tab, API + path) == (200 if reaches else 403)
    assert shop.reached == ([path] if reaches else [])


SOCKET = """(url) => new Promise((done) => {
    const socket = new WebSocket(url);
    socket.onmessage = (event) => done(event.data);
    socket.onerror = () => done("error");
})"""


def opened(tab: Page, page: str) -> Page | Frame:
    """The page, or for the opaque one a sandboxed frame: Chromium keeps data: pages from sockets on this machine."""
    if page != "null":
        tab.goto(PAGES[page])
        return tab
    tab.goto(PAGES["denied"])
    with tab.expect_event("framenavigated") as gone:
        tab.evaluate(
            """() => {
                const frame = document.createElement("iframe");
                frame.sandbox = "allow-scripts";
                frame.srcdoc = "<!doctype html><title>frame</title>";
                document.body.append(frame);
            }"""
        )
    frame: Frame = gone.value
    assert frame.evaluate("self.origin") == "null"
    return frame


@pytest.mark.parametrize("enforce", [True, False])
@pytest.mark.parametrize("page", PAGES)
def test_a_websocket_of_a_page(page: str, enforce: bool, stage: tuple[Switch, Page, int]) -> None:
    api, tab, _ = stage
    shop = Shop(enforce)
    api.app = shop.app
    shown = opened(tab, page)
    opens = not enforce or page in ("allowed", "same-origin")
    assert shown.evaluate(SOCKET, API.replace("http", "ws") + "/ws") == ("secret" if opens else "error")
    assert shop.reached == (["/ws"] if opens else [])


@pytest.mark.parametrize("enforce", [True, False])
@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        (PAGES["allowed"], True),
        (PAGES["denied"], False),
        ("http://127.0.0.1:{port}", True),
        ("null", False),
        (None, True),
    ],
)
def test_a_websocket_of_a_program(
    origin: str | None, let_in: bool, enforce: bool, stage: tuple[Switch, Page, int]
) -> None:
    api, _, port = stage
    shop = Shop(enforce)
    api.app = shop.app
    said: Any = origin.format(port=port) if origin is not None else None
    url = f"ws://127.0.0.1:{port}/ws"
    if let_in or not enforce:
        with connect(url, origin=said, proxy=None) as socket:
            assert socket.recv() == "secret"
    else:
        with pytest.raises(InvalidStatus) as caught, connect(url, origin=said, proxy=None):
            pass
        assert caught.value.response.status_code == 403
        assert shop.reached == []


@pytest.mark.parametrize(("enforce", "status"), [(True, 403), (False, 200)])
def test_a_name_that_was_pointed_here(enforce: bool, status: int, stage: tuple[Switch, Page, int]) -> None:
    """DNS rebinding: the page's own name leads to this machine, so to the browser it is the same origin."""
    api, tab, _ = stage
    api.app = Shop(enforce).app
    response = tab.goto("http://rebound.test:8000/")
    assert response is not None
    assert response.status == status
