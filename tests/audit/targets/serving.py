"""All targets at once, each on a loopback port of its own.

Here belongs starting and ending them: the apps share one process, so do nginx's sites and Caddy's. Not here: what
is asked of them.

`python -m tests.audit.targets.serving NAME=PORT...` serves the apps that it is given, until it is ended.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from tests.e2e.served.servers import end, free_ports, launch, listening

from .target import APP, TARGETS, ASGIApp, Target

NGINX = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {sites}
}}
"""
CADDY = "{{\n\tadmin off\n\tauto_https off\n}}\n{sites}\n"


@contextmanager
def served(targets: Iterable[Target], folder: Path) -> Iterator[dict[str, str]]:
    """`127.0.0.1:port` of each target, by its name, while they run."""
    targets = list(targets)
    *ports, backend = free_ports(len(targets) + 1)
    where = dict(zip((it.name for it in targets), ports, strict=True))
    apps = [f"backend={backend}", *(f"{it.name}={where[it.name]}" for it in targets if it.app is not None)]
    commands = {"apps": [sys.executable, "-m", "tests.audit.targets.serving", *apps]}
    for kind, frame, command in (
        ("nginx", NGINX, ["nginx", "-c", "{file}", "-e", "{folder}/error.log"]),
        (
            "caddy",
            CADDY,
            [f"{Path(sys.executable).parent}/caddy", "run", "--adapter", "caddyfile", "--config", "{file}"],
        ),
    ):
        sites = [_site(it.file, where[it.name], backend) for it in targets if it.made_with == kind and it.file]
        if sites:
            file = folder / f"{kind}.conf"
            file.write_text(frame.format(folder=folder, sites="\n".join(sites)))
            commands[kind] = [it.format(file=file, folder=folder) for it in command]
    logs = {it: folder / f"{it}.log" for it in commands}
    running = {it: launch(command, logs[it]) for it, command in commands.items()}
    try:
        for it in targets:
            by = "apps" if it.file is None else it.made_with
            listening(running[by], where[it.name], logs[by])
        listening(running["apps"], backend, logs["apps"])
        yield {name: f"127.0.0.1:{port}" for name, port in where.items()}
    finally:
        end(*running.values())


def _site(file: Path, port: int, backend: int) -> str:
    return file.read_text().replace("{port}", str(port)).replace("{backend}", f"127.0.0.1:{backend}")


def backend() -> ASGIApp:
    """What proxies stand before: an API without a word of CORS, a WebSocket, and below /own a sound policy."""
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Mount, Route, WebSocketRoute
    from starlette.websockets import WebSocket

    from crossorigin import CORSMiddleware, Policy

    async def news(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    items = Route("/items", lambda _: JSONResponse([1, 2, 3]), methods=["GET", "POST"])
    policy = Policy(
        allow_origins=[APP], allow_credentials=True, allow_methods=["GET", "POST"], allow_headers=["content-type"]
    )
    own = Mount("/own", CORSMiddleware(Starlette(routes=[items]), policy=policy))
    return Starlette(routes=[items, WebSocketRoute("/ws", news), own])


class _Plain(uvicorn.Server):
    """One of many in a process, which a signal ends as it ends any other."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(named: dict[str, int]) -> None:
    apps: dict[str, ASGIApp] = {name: TARGETS[name].app() for name in named if name != "backend"}  # type: ignore[misc]
    apps["backend"] = backend()
    servers = [
        _Plain(uvicorn.Config(apps[name], host="127.0.0.1", port=port, log_level="warning", lifespan="auto"))
        for name, port in named.items()
    ]
    await asyncio.gather(*(it.serve() for it in servers))


if __name__ == "__main__":
    import tests.audit.targets.all  # noqa: F401  fills TARGETS

    asyncio.run(_serve({name: int(port) for name, _, port in (it.partition("=") for it in sys.argv[1:])}))
