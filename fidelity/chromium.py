"""Plays scenarios in real Chromium, driven by Playwright.

Here belongs the driving. Each batch starts with the same cookies; preflights do not travel,
since each scenario has URLs of its own. Not here: what is compared.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from .scenario import PAGES, VISITED, Scenario, World

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
]
RUNNER = Path(__file__).with_name("runner.js").read_text()


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
        self.version = (await self._page.evaluate("navigator.userAgent")).partition("Chrome/")[2].split(" ")[0]
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._context.close()
        await self._playwright.stop()
        self._profile.cleanup()

    async def play(self, scenarios: Sequence[Scenario]) -> dict[str, list[dict[str, Any]]]:
        """What script saw, by scenario; the scenarios start from the same cookies."""
        page = self._page
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
            mine = [asdict(it) for it in scenarios if it.page == kind]
            results.update(await target.evaluate(RUNNER, mine))
        return results
