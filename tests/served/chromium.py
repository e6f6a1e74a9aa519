"""Real Chromium, and two pages for it: one of an allowed origin, one of a stranger's."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--ignore-certificate-errors",
    "--disable-features=LocalNetworkAccessChecks",  # which asks the user first; not every browser does
]
FETCH = """async ([url, options]) => {
    try {
        const answer = await fetch(url, {credentials: "include", ...options});
        const text = await answer.text();
        return {status: answer.status, text: text.trim(), headers: Object.fromEntries(answer.headers)};
    } catch (error) {
        return {error: error.name};
    }
}"""


class Empty(BaseHTTPRequestHandler):
    """An empty page, whatever is asked for."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def pages(*origins: str, elsewhere: Mapping[str, int] = MappingProxyType({})) -> Iterator[dict[str, Page]]:
    """An open page of each of these http origins, whatever their names and ports.

    `elsewhere` has origins whose names lead to another port once their page is open, as DNS rebinding does it.
    """
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: run `tools/need chromium`, or `make test`, which does", pytrace=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server, sync_playwright() as playwright:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        ports = dict.fromkeys(origins, server.server_port) | dict(elsewhere)
        rules = ",".join(
            f"MAP {urlsplit(origin).hostname}:{urlsplit(origin).port or 80} 127.0.0.1:{port}"
            for origin, port in ports.items()
        )
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, f"--host-resolver-rules={rules}"]
        )
        try:
            opened = {}
            for origin in ports:
                opened[origin] = browser.new_page()
                if origin in elsewhere:
                    opened[origin].route(origin + "/", lambda it: it.fulfill(content_type="text/html", body="<p>"))
                opened[origin].goto(origin)
            yield opened
        finally:
            browser.close()
            server.shutdown()
            thread.join()


def fetch(page: Page, url: str, **options: object) -> dict[str, object]:
    """What script in the page gets of `fetch(url, options)` with credentials."""
    got: dict[str, object] = page.evaluate(FETCH, [url, options])
    return got
