"""Plays scenarios in real Firefox, driven over WebDriver BiDi.

Here belongs the driving: a fresh profile, and for each batch a fresh container, so neither cookies
nor preflights travel from one batch to the next. Not here: what is compared.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from .scenario import PAGES, VISITED, Scenario, World

RUNNER = Path(__file__).with_name("runner.js").read_text()

# Names resolve to loopback, and the browser talks to nobody else. Nothing of fetching is changed.
PREFERENCES = {
    "network.dns.forceResolve": "127.0.0.1",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.proxy.type": 0,
    "network.dns.disableIPv6": True,
    "app.update.disabledForTesting": True,
    "app.normandy.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0,
    "browser.region.network.url": "",
    "datareporting.policy.dataSubmissionEnabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "dom.push.connection.enabled": False,
    "extensions.update.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "services.settings.server": "data:,none",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "data:,none",
}


def _write_preferences(profile: Path) -> None:
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))


class Firefox:
    """One headless Firefox: `async with Firefox(world) as browser: await browser.play(scenarios)`."""

    name = "firefox"

    def __init__(self, world: World | None = None) -> None:
        self.world = world  # where scenarios are played
        self.version = ""
        self._ids = itertools.count(1)

    async def __aenter__(self) -> Firefox:
        self._profile = tempfile.TemporaryDirectory()
        _write_preferences(Path(self._profile.name))
        path = shutil.which("firefox-esr") or shutil.which("firefox") or "firefox"
        self._process = await asyncio.create_subprocess_exec(
            path,
            "-headless",
            "-no-remote",
            "-profile",
            self._profile.name,
            "-remote-debugging-port",
            "0",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        self._socket: ClientConnection = await connect(await self._address() + "/session", max_size=None)
        asked = {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}}
        session = await self._command("session.new", **asked)
        self.version = session["capabilities"]["browserVersion"]
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._socket.close()
        self._process.terminate()
        await self._process.wait()
        self._profile.cleanup()

    async def play(self, scenarios: Sequence[Scenario]) -> dict[str, list[dict[str, Any]]]:
        """What script saw, by scenario; the scenarios share one container."""
        container = (await self._command("browser.createUserContext"))["userContext"]
        tab = (await self._command("browsingContext.create", type="tab", userContext=container))["context"]
        for place in dict.fromkeys(place for place, _ in VISITED):
            await self.navigate(tab, f"{self.world.origin(place)}/visit/{place}")
        results: dict[str, list[dict[str, Any]]] = {}
        for kind in dict.fromkeys(it.page for it in scenarios):
            url, frame = PAGES[kind]
            url = self.world.fill(url)
            await self.navigate(tab, url.replace("/page", f"/frame/{frame}") if frame else url)
            target = tab
            if frame:
                tree = await self._command("browsingContext.getTree", root=tab)
                target = tree["contexts"][0]["children"][0]["context"]
            mine = [asdict(it) for it in scenarios if it.page == kind]
            results.update(await self._evaluate(target, mine))
        await self._command("browsingContext.close", context=tab)
        await self._command("browser.removeUserContext", userContext=container)
        return results

    async def tab(self) -> str:
        """A new tab, by its context."""
        return str((await self._command("browsingContext.create", type="tab"))["context"])

    async def navigate(self, context: str, url: str) -> None:
        """Goes there, and waits until it has loaded. Raises RuntimeError where that is no address."""
        await self._command("browsingContext.navigate", context=context, url=url, wait="complete")

    async def _evaluate(self, context: str, scenarios: list[dict[str, Any]]) -> dict[str, Any]:
        function = f"async (text) => JSON.stringify(await ({RUNNER})(JSON.parse(text)))"
        found = await self._command(
            "script.callFunction",
            functionDeclaration=function,
            arguments=[{"type": "string", "value": json.dumps(scenarios)}],
            target={"context": context},
            awaitPromise=True,
        )
        if found["type"] != "success":
            raise RuntimeError(f"the page's script failed: {found}")
        return dict(json.loads(found["result"]["value"]))

    async def _address(self) -> str:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            if match := re.search(rb"listening on (ws://\S+)", line):
                self._drain = asyncio.create_task(self._process.stderr.read())
                return match[1].decode()
        raise RuntimeError("Firefox ended before it listened")

    async def _command(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._ids)
        await self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        async for message in self._socket:
            answer = json.loads(message)
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
                return dict(answer["result"])
        raise RuntimeError(f"{method}: the connection ended")
