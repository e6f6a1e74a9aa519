"""Running the demo: three servers on loopback, in one process.

Here belong ports, servers, and their start and stop. Not here: what they serve (`api`, `front`), and
what is printed meanwhile (`cli.demo`).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Final

import uvicorn

from ..report.errors import CannotRun
from .api import api
from .front import Addresses, front
from .record import Log

HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports to listen on; 0 is any that is free."""

    api: int = 8000
    front: int = 3000
    other: int = 3001


@contextmanager
def running(ports: Ports) -> Iterator[Addresses]:
    """Serves the demo for as long as the block lasts. Raises CannotRun before anything is served."""
    with ExitStack() as stack:
        listened = {"front": ports.front, "other": ports.other, "api": ports.api}
        sockets = {name: stack.enter_context(_listen(name, port)) for name, port in listened.items()}
        here = Addresses(**{name: f"http://localhost:{one.getsockname()[1]}" for name, one in sockets.items()})
        log = Log()
        apps = {
            "front": front("index.html", here, log),
            "other": front("other.html", here, log),
            "api": api(here.front, log),
        }
        # A policy's warnings are for whoever wrote it; those of the demo are on the page.
        quiet = logging.NullHandler()
        logging.getLogger("crossorigin").addHandler(quiet)
        stack.callback(logging.getLogger("crossorigin").removeHandler, quiet)
        servers = {name: _Server(app) for name, app in apps.items()}
        thread = Thread(target=lambda: asyncio.run(_serve(servers, sockets)), name="crossorigin demo")
        thread.start()
        try:
            for server in servers.values():
                server.ready.wait()
            yield here
        finally:
            for server in servers.values():
                server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    """A server that is stopped by whoever started it; signals are not its business."""

    def __init__(self, app: object) -> None:
        super().__init__(
            uvicorn.Config(
                app,  # type: ignore[arg-type]
                interface="asgi3",
                lifespan="off",
                ws="none",
                access_log=False,
                log_config=None,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self.ready = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


async def _serve(servers: dict[str, _Server], sockets: dict[str, socket.socket]) -> None:
    await asyncio.gather(*(server.serve(sockets=[sockets[name]]) for name, server in servers.items()))


def _listen(name: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # at once: a second demo that takes the same port finds out now, not later
    except OSError as error:
        listener.close()
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be opened ({error.strerror})"
        choose = f"choose another: crossorigin demo --{name}-port PORT (0: any free)"
        raise CannotRun(f"port {port} {why}; {choose}") from None
    return listener
