"""Plays scenarios in real Firefox, driven over WebDriver BiDi.

Here belongs the driving, and reading the console: a fresh profile, and for each batch a fresh container, so neither
cookies nor preflights travel from one batch to the next. Not here: what is compared.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from .names import Line, Seen, by_scenario
from .scenario import PAGES, VISITED, Scenario, World

RUNNER = Path(__file__).with_name("runner.js").read_text()

# Names resolve to loopback, and the browser talks to nobody else. Nothing of fetching is changed.
PREFERENCES = {
    "network.dns.forceResolve": "127.0.0.1",
    "intl.locale.requested": "en-US",
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


def _messages(firefox: str) -> dict[str, re.Pattern[str]]:
    """What the console says of each failure, by its id: this Firefox's own words, its first value caught."""
    with zipfile.ZipFile(Path(firefox).resolve().with_name("omni.ja")) as archive:
        place = next(name for name in archive.namelist() if name.endswith("/security/security.properties"))
        lines = archive.read(place).decode().splitlines()
    found = {}
    for line in lines:
        name, equals, words = line.partition("=")
        if equals and name.startswith("CORS"):
            parts = [re.escape(part) for part in re.split(r"%[0-9]\$S", words)]
            found[name] = re.compile("(.*?)".join(parts), re.DOTALL)
    return found


class Firefox:
    """One headless Firefox: `async with Firefox(world) as browser: await browser.play(scenarios)`."""

    name = "firefox"

    def __init__(self, world: World | None = None) -> None:
        self.world = world  # where scenarios are played
        self.version = ""
        self._ids = itertools.count(1)
        self._said: list[str] = []  # in the console

    async def __aenter__(self) -> Firefox:
        self._profile = tempfile.TemporaryDirectory()
        _write_preferences(Path(self._profile.name))
        path = shutil.which("firefox-esr") or shutil.which("firefox") or "firefox"
        self._messages = _messages(path)
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
        await self._command("session.subscribe", events=["log.entryAdded"])
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._socket.close()
        self._process.terminate()
        await self._process.wait()
        self._profile.cleanup()

    async def play(self, scenarios: Sequence[Scenario]) -> dict[str, Seen]:
        """What script and the console saw, by scenario; the scenarios share one container."""
        assert self.world is not None
        self._said.clear()
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
            await self._settle(target)
        await self._command("browsingContext.close", context=tab)
        await self._command("browser.removeUserContext", userContext=container)
        return by_scenario(results, self._lines(), self._said)

    async def _settle(self, context: str) -> None:
        """Wait until every line before is in: until one more, about the last failure, is."""
        assert self.world is not None
        before = len(self._said)
        words = f"fetch({json.dumps(self.world.last)}).catch(() => null)"
        await self._command("script.evaluate", expression=words, target={"context": context}, awaitPromise=True)
        async with asyncio.timeout(10):
            while not any(self.world.last in text for text in self._said[before:]):
                await self._command("session.status")

    def _lines(self) -> list[Line]:
        """The lines of the console that are about CORS."""
        lines = []
        for text in self._said:
            for name, words in self._messages.items():
                if match := words.fullmatch(text):
                    lines.append(Line(name, match[1]))
        return lines

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
            if answer["type"] == "event":
                self._said.append(answer["params"]["text"])
            if answer.get("id") == number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
                return dict(answer["result"])
        raise RuntimeError(f"{method}: the connection ended")
