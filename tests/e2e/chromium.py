"""Real Chromium before servers of ours: names of hosts, and their ports, lead to loopback."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Playwright

CHROMIUM = "/usr/bin/chromium"
_FLAGS = "--no-sandbox --disable-background-networking --disable-component-update --disable-sync --no-proxy-server"


def _arguments(hosts: Iterable[str], ports: Mapping[str, int]) -> list[str]:
    """`host:port` of each host leads to the port of this machine that stands for it."""
    rules = ",".join(f"MAP {host}{port} 127.0.0.1:{here}" for host in hosts for port, here in ports.items())
    return [*_FLAGS.split(), "--ignore-certificate-errors", f"--host-resolver-rules={rules}"]


def chromium(playwright: Playwright, profile: Path, hosts: Iterable[str], ports: Mapping[str, int]) -> BrowserContext:
    """A headless browser in which `host:port` of each host leads to the port of this machine that stands for it."""
    return playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM, ignore_https_errors=True, args=_arguments(hosts, ports)
    )


def chromium_without_profile(playwright: Playwright, hosts: Iterable[str], ports: Mapping[str, int]) -> Browser:
    """The same, whose `new_context()` has caches of its own each time."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=_arguments(hosts, ports))


class Switch:
    """An ASGI app that is whichever app stands in it."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


async def empty_page(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": b"<!doctype html><title>page</title>"})


class Served:
    """uvicorn in a thread, on a free port."""

    def __init__(self, app: Any, **options: Any) -> None:
        config = uvicorn.Config(
            app, "127.0.0.1", 0, lifespan="off", log_config=None, proxy_headers=False, ws="wsproto", **options
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join()
