"""The broken apps in real Chromium: really blocked as they are, really not with the remedy applied.

One browser, one uvicorn for http and one for https, one server of empty pages; the names of hosts and their ports lead
to these by `--host-resolver-rules`, so that origins are what the apps say they are.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.e2e.chromium import Served, Switch, chromium, empty_page
from tests.e2e.served.servers import make_certificate
from tests.explain.broken_apps import NAMES, Broken, load

# What the page does, and what its script gets: a status and the headers it wanted, or the error's name.
FETCH = """async ([url, options, read, websocket]) => {
    if (websocket) return await new Promise((done) => {
        const socket = new WebSocket(url);
        socket.onopen = () => done({ status: 101, read: [], type: "basic" });
        socket.onerror = () => done({ error: "WebSocket" });
    });
    try {
        const response = await fetch(url, options);
        await response.text();
        return { status: response.status, type: response.type, read: read.map((it) => response.headers.get(it)) };
    } catch (error) {
        return { error: error.name };
    }
}"""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A certificate of our own; the browser is told to take any."""
    made = make_certificate(tmp_path_factory.mktemp("tls"))
    return {"ssl_keyfile": str(made.key), "ssl_certfile": str(made.certificate)}


@pytest.fixture(scope="module")
def stage(certificate: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Switch, Page]]:
    api = Switch(empty_page)
    servers = {
        ":3000": Served(empty_page),
        ":3443": Served(empty_page, **certificate),
        ":8000": Served(api),
        ":8443": Served(api, **certificate),
    }
    servers[":80"] = servers[":3000"]
    hosts = ["localhost", "127.0.0.1", *(f"{it}.test" for it in ("app", "api", "login", "shop.app", "www.app"))]
    # Third-party cookies are allowed, said aloud: a profile without this was seen to keep them back.
    profile: Path = tmp_path_factory.mktemp("profile")
    (profile / "Default").mkdir()
    (profile / "Default" / "Preferences").write_text('{"profile": {"cookie_controls_mode": 0}}')
    with sync_playwright() as playwright:
        browser = chromium(playwright, profile, hosts, {port: it.port for port, it in servers.items()})
        yield api, browser.new_page()
        browser.close()
    for server in set(servers.values()):
        server.stop()


_NUMBERS = itertools.count()


def works(case: Broken, api: Switch, page: Page) -> bool:
    """Whether the page gets what it wants."""
    api.app = case.app
    page.context.clear_cookies()
    if case.visit:
        page.goto(case.base + case.visit)
    page.goto("data:text/html,<p>page" if case.page == "null" else case.page + "/")
    call = dict(case.call)
    if "json" in call:
        call |= {"body": json.dumps(call.pop("json")), "headers": {"Content-Type": "application/json"}}
    # A URL of its own for each call: the preflight cache goes by URL.
    got = page.evaluate(FETCH, [f"{case.url}?{next(_NUMBERS)}", call, list(case.read), case.websocket])
    if "error" in got or got["type"] == "opaque":
        return False
    return None not in got["read"] and case.status in (None, got["status"])


@pytest.mark.parametrize("name", NAMES)
def test_blocked_and_with_the_remedy_not(name: str, stage: tuple[Switch, Page]) -> None:
    assert not works(load(name), *stage)
    assert works(load(name, fixed=True), *stage)
