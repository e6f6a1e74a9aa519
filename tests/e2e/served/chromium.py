"""Pages in real Chromium, each of an origin of its own, and what script in them gets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from playwright.sync_api import Page, sync_playwright

from tests.e2e.chromium import Served, chromium, empty_page

FETCH = """async ([url, options]) => {
    try {
        const answer = await fetch(url, {credentials: "include", ...options});
        const text = await answer.text();
        return {status: answer.status, text: text.trim(), headers: Object.fromEntries(answer.headers)};
    } catch (error) {
        return {error: error.name};
    }
}"""


@contextmanager
def pages(*origins: str, rebound: str | None = None) -> Iterator[dict[str, Page]]:
    """An open page of each of these http origins. The name of `rebound` leads to that port of this machine itself."""
    urls = [urlsplit(it) for it in [*origins, *([rebound] if rebound else [])]]
    server = Served(empty_page)
    ports = {f":{it.port or 80}": server.port for it in urls}
    if rebound:
        ports[f":{urls[-1].port}"] = urls[-1].port
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile, sync_playwright() as playwright:
        browser = chromium(playwright, Path(profile), [it.hostname for it in urls], ports)
        try:
            opened = {}
            for url in urls:
                page = opened[url.geturl()] = browser.new_page()
                page.goto(url.geturl())
            yield opened
        finally:
            browser.close()
            server.stop()


def fetch(page: Page, url: str, **options: object) -> dict[str, object]:
    """What script in the page gets of `fetch(url, options)`, with credentials unless they say otherwise."""
    got: dict[str, object] = page.evaluate(FETCH, [url, options])
    return got
