"""Plays scenarios in real Chromium, driven by Playwright.

Here belongs the driving, and reading what the inspector says of each failure. Each batch starts with the same
cookies; preflights do not travel, since each scenario has URLs of its own. Not here: what is compared.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playwright.async_api import Frame, Page, async_playwright

from .names import Line, Seen, by_scenario
from .scenario import PAGES, VISITED, Scenario, World

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
]
RUNNER = Path(__file__).with_name("runner.js").read_text()
# Fails by CORS on every page, in each of the three places from which Chromium reports that: what is reported from one
# comes in order.
LAST = """async (url) => {
  for (const options of [{}, { method: "PUT" }, { mode: "same-origin" }]) await fetch(url, options).catch(() => null);
}"""
LAST_LINES = 3


def _write_preferences(profile: Path) -> None:
    preferences = profile / "Default" / "Preferences"
    preferences.parent.mkdir()
    preferences.write_text(json.dumps({"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}))


class Chromium:
    """One headless Chromium: `async with Chromium(world) as browser: await browser.play(scenarios)`."""

    name = "chromium"

    def __init__(self, world: World) -> None:
        self.world = world
        self.version = ""
        self._lines: list[Line] = []
        self._said: list[str] = []  # in the console
        self._settled = asyncio.Event()
        self._last = 0

    async def __aenter__(self) -> Chromium:
        self._playwright = await async_playwright().start()
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        # A profile on disk, since an incognito context blocks third-party cookies; Debian's build does so in any
        # profile, and upstream's does not: the preference says what upstream's default is.
        self._profile = tempfile.TemporaryDirectory()
        _write_preferences(Path(self._profile.name))
        self._context = await self._playwright.chromium.launch_persistent_context(
            self._profile.name, executable_path=path, args=ARGUMENTS, ignore_https_errors=True
        )
        self._page = self._context.pages[0]
        await self._listen(self._page)
        self.version = (await self._page.evaluate("navigator.userAgent")).partition("Chrome/")[2].split(" ")[0]
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._context.close()
        await self._playwright.stop()
        self._profile.cleanup()

    async def _listen(self, target: Page | Frame) -> None:
        """Note each failure of CORS in a page, or in a frame that has a process of its own."""
        session = await self._context.new_cdp_session(target)
        session.on("Audits.issueAdded", self._note)
        session.on("Log.entryAdded", self._hear)
        await session.send("Audits.enable")
        await session.send("Log.enable")

    def _hear(self, event: dict[str, Any]) -> None:
        entry = event["entry"]
        named = "://" in entry["text"]  # the second line of a failure has its URL beside it
        self._said.append(entry["text"] if named else f"{entry['text']} {entry.get('url', '')}")

    def _note(self, event: dict[str, Any]) -> None:
        details = event["issue"]["details"].get("corsIssueDetails")
        if details is not None and not details["isWarning"]:
            request = details["request"]
            # The number of the request: those of one page count up. A call that was not sent has none.
            number = int(request.get("requestId", "0").rpartition(".")[2])
            self._lines.append(Line(details["corsErrorStatus"]["corsError"], request["url"], number))
            self._last += request["url"] == self.world.last
            if self._last == LAST_LINES:
                self._settled.set()

    async def _settle(self, target: Frame) -> None:
        """Wait until every failure before is noted: until some more, the last, are."""
        self._settled = asyncio.Event()
        self._last = 0
        await target.evaluate(LAST, self.world.last)
        async with asyncio.timeout(10):
            await self._settled.wait()

    async def play(self, scenarios: Sequence[Scenario]) -> dict[str, Seen]:
        """What script and the inspector saw, by scenario; the scenarios start from the same cookies."""
        page = self._page
        self._lines.clear()
        self._said.clear()
        await self._context.clear_cookies()
        for place in dict.fromkeys(place for place, _ in VISITED):
            await page.goto(f"{self.world.origin(place)}/visit/{place}")
        results: dict[str, list[dict[str, Any]]] = {}
        for kind in dict.fromkeys(it.page for it in scenarios):
            url, frame = PAGES[kind]
            url = self.world.fill(url)
            await page.goto(url.replace("/page", f"/frame/{frame}") if frame else url)
            target = page.frames[-1] if frame else page.main_frame
            await target.wait_for_load_state()
            if frame == "sandboxed":
                await self._listen(target)
            mine = [asdict(it) for it in scenarios if it.page == kind]
            results.update(await target.evaluate(RUNNER, mine))
            await self._settle(target)
        return by_scenario(results, self._lines, self._said)
