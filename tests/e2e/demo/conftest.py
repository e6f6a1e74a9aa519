"""The demo, served in this process on free ports, and a real Chromium in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from crossorigin.demo.front import Addresses
from crossorigin.demo.run import Ports, running

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def demo() -> Iterator[Addresses]:
    with running(Ports(api=0, front=0, other=0)) as here:
        yield here


# Of one module: Playwright keeps an event loop running in this thread, where other tests call asyncio.run.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing: run `tools/need chromium`, or `make test`, which does", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Console(list[str]):
    """What the browser wrote to its console: errors and warnings, and what no script caught."""

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.append(message.text)


@pytest.fixture(scope="module")
def loaded(chromium: Browser, demo: Addresses) -> Iterator[tuple[Page, Console]]:
    """The page in a fresh profile, opened once for a file of tests."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    console = Console()
    page.on("console", console.hear)
    page.on("pageerror", lambda error: console.append(f"uncaught: {error}"))
    open_page(page, demo.front)
    yield page, console
    context.close()


@pytest.fixture
def page(loaded: tuple[Page, Console]) -> Page:
    return loaded[0]


@pytest.fixture
def console(loaded: tuple[Page, Console]) -> Console:
    loaded[1].clear()
    return loaded[1]


def open_page(page: Page, url: str) -> None:
    page.set_default_timeout(10_000)
    page.goto(url)
    page.wait_for_selector("body[data-ready]")


def run_all(page: Page) -> str:
    """Presses "Run all" and returns what it says at the end."""
    page.click("#run-all")
    page.wait_for_selector("#tally .mark", timeout=30_000)
    return page.inner_text("#tally")
