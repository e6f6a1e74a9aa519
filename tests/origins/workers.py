"""Servers with several workers, and one connection to each: what one worker enforces is seen through its own."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.served.servers import end, free_ports, listening, start
from tests.origins.stores import until

PATIENCE = 120.0  # eight workers start at once, on a machine that may have other work to do


OPEN: list[http.client.HTTPConnection] = []  # closed with the server


def connect(port: int) -> http.client.HTTPConnection:
    """A connection that is closed when its server ends."""
    OPEN.append(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE))
    return OPEN[-1]


class Worker:
    """A connection that stays with one worker."""

    def __init__(self, port: int) -> None:
        self.connection = connect(port)
        self.pid = self.json("/pid")

    def ask(self, origin: str, method: str = "OPTIONS", path: str = "/pid", **headers: str) -> tuple[int, bool]:
        """The status, and whether a page of this origin may go on."""
        headers |= {"Origin": origin}
        if method == "OPTIONS":
            headers["Access-Control-Request-Method"] = "PUT"
        self.connection.request(method, path, headers=headers)
        response = self.connection.getresponse()
        response.read()
        return response.status, response.getheader("access-control-allow-origin") == origin

    def allows(self, origin: str) -> bool:
        return self.ask(origin)[1]

    def json(self, path: str) -> Any:
        self.connection.request("GET", path)
        return json.loads(self.connection.getresponse().read())


@contextmanager
def server(folder: Path, app: str = "tests.origins.shops:app", workers: int = 1, **environment: str) -> Iterator[int]:
    """uvicorn with so many workers; its port."""
    port = free_ports(1)[0]
    log = folder / f"uvicorn-{port}.log"
    command = f"uvicorn {app} --host 127.0.0.1 --port {port} --workers {workers} --no-access-log"
    command += " --timeout-worker-healthcheck 60 --timeout-keep-alive 600"  # the machine may have other work to do
    process = start(command, log, **environment)
    try:
        until(lambda: process.poll() is not None or _answers(port), "uvicorn answers", patience=PATIENCE)
        assert process.poll() is None, log.read_text()
        yield port
    finally:
        while OPEN:
            OPEN.pop().close()
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def every(port: int, count: int) -> list[Worker]:
    """A connection to each of the workers of a server."""
    found: dict[int, Worker] = {}
    began = time.monotonic()
    while len(found) < count:
        worker = Worker(port)
        if found.setdefault(worker.pid, worker) is not worker:
            worker.connection.close()
        assert time.monotonic() - began < PATIENCE, f"{len(found)} of {count} workers answer"
    return list(found.values())


def enforced(workers: list[Worker], origin: str, allowed: bool, patience: float) -> float:
    """Seconds until every worker allows an origin, or none does. Raises AssertionError after `patience`."""
    began = time.monotonic()
    waiting = list(workers)
    while True:
        waiting = [worker for worker in waiting if worker.allows(origin) is not allowed]
        took = time.monotonic() - began
        if not waiting:
            return took
        assert took < patience, f"{origin}: {len(waiting)} workers are not at allowed={allowed} after {took:.1f} s"


@contextmanager
def nginx(folder: Path, *ports: int) -> Iterator[int]:
    """nginx in front of servers; its port."""
    port = free_ports(1)[0]
    servers = "".join(f"server 127.0.0.1:{target};" for target in ports)
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; events {{}}\n"
        f"http {{ access_log off; upstream api {{ {servers} }}\n"
        f"server {{ listen 127.0.0.1:{port};\n"
        "location / { proxy_pass http://api; proxy_set_header Host $host; } } }\n"
    )
    log = folder / "nginx.out"
    with log.open("ab") as output:
        process = subprocess.Popen(["nginx", "-c", str(configuration), "-p", str(folder)], stdout=output, stderr=output)
    try:
        listening(process, port, log)
        yield port
    finally:
        end(process)
