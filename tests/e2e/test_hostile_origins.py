"""Which hostile hosts real browsers really send: each is visited, and what its page says of itself is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error, sync_playwright

from crossorigin.probes.origins import Names, Probe, around
from fidelity.firefox import Firefox
from tests.e2e.chromium import Served, chromium

# The page asks at once, and has loaded when the answer is there. Every name leads to this server.
PAGE = b"""<!doctype html><title>page</title><script>
const request = new XMLHttpRequest();
request.open("GET", `http://asked.example:${location.port}/seen${location.search}`, false);
request.send();
</script>"""

CODES = ("accepts-prefix", "accepts-suffix", "accepts-infix", "accepts-special-characters", "accepts-other-character")
# A host of another kind than a name: localhost and addresses are no matter of a name server.
PROBES: list[Probe] = [
    it
    for it in around("http://app.example.com", Names("browsers"))
    if it.engines
    and (it.code in CODES or it.code in ("accepts-look-alike", "accepts-trailing-dot", "accepts-subdomains"))
]


class Record:
    """An ASGI app that is every page, and the server that they ask: the `Origin` of each, by its number."""

    def __init__(self) -> None:
        self.seen: dict[int, str] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        if scope["path"] == "/seen":
            self.seen[int(scope["query_string"])] = headers[b"origin"].decode()
        answer = [(b"content-type", b"text/html"), (b"access-control-allow-origin", b"*")]
        await send({"type": "http.response.start", "status": 200, "headers": answer})
        await send({"type": "http.response.body", "body": PAGE if scope["path"] == "/" else b""})


@pytest.fixture
def record() -> Iterator[tuple[Record, int]]:
    app = Record()
    server = Served(app)
    yield app, server.port
    server.stop()


def at(probe: Probe, port: int) -> str:
    """The probe's host on a port that listens."""
    return f"http://{urlsplit(probe.origin).netloc.partition(':')[0]}:{port}"


def disagreements(engine: str, seen: dict[int, str], port: int) -> list[str]:
    """Probes that say of this engine what it does not do."""
    found = []
    for number, probe in enumerate(PROBES):
        sent = seen.get(number)
        if (sent == at(probe, port)) is not (engine in probe.engines):
            found.append(f"{probe.origin}: {engine} sent {sent}")
    return found


def test_chromium(record: tuple[Record, int], tmp_path: Path) -> None:
    app, port = record
    with sync_playwright() as playwright:
        browser = chromium(playwright, tmp_path, ["*"], {f":{port}": port})
        tab = browser.new_page()
        for number, probe in enumerate(PROBES):
            with suppress(Error):  # no URL to this engine: then nothing is recorded
                tab.goto(f"{at(probe, port)}/?{number}")
        browser.close()
    assert len(app.seen) > 20
    assert disagreements("chromium", app.seen, port) == []


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_firefox(record: tuple[Record, int]) -> None:
    app, port = record

    async def visit() -> None:
        async with Firefox() as browser:
            tab = await browser.tab()
            for number, probe in enumerate(PROBES):
                with suppress(RuntimeError):
                    await browser.navigate(tab, f"{at(probe, port)}/?{number}")

    asyncio.run(visit())
    assert len(app.seen) > 20
    assert disagreements("firefox", app.seen, port) == []
