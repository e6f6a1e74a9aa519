"""Real servers as processes, each on free loopback ports, awaited by connecting and ended by its pid."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent.parent
OPENSSL = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
PATIENCE = 30.0

# Arguments after `python -m`. {plain} and {tls} are ports; what names {tls} listens with a certificate.
COMMANDS = {
    "uvicorn": (
        "uvicorn {app} --host 127.0.0.1 --port {plain}",
        "uvicorn {app} --host 127.0.0.1 --port {tls} --ssl-certfile {certificate} --ssl-keyfile {key}",
    ),
    # One process for both ports: --bind is the one with the certificate, --insecure-bind the one without.
    "hypercorn": (
        "hypercorn {app} --workers 0 --insecure-bind 127.0.0.1:{plain}"
        " --bind 127.0.0.1:{tls} --certfile {certificate} --keyfile {key}",
    ),
    "granian": (
        "granian {app} --interface asgi --host 127.0.0.1 --port {plain}",
        "granian {app} --interface asgi --host 127.0.0.1 --port {tls}"
        " --ssl-certificate {certificate} --ssl-keyfile {key}",
    ),
}


class Certificate(NamedTuple):
    """A certificate of our own, and its key."""

    certificate: Path
    key: Path

    @property
    def trusted(self) -> ssl.SSLContext:
        """A client's context that trusts this certificate and no other."""
        return ssl.create_default_context(cafile=self.certificate)


def make_certificate(folder: Path, names: Iterable[str] = ("localhost", "127.0.0.1")) -> Certificate:
    """For these names, signed by itself, by openssl."""
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    alternatives = ",".join(f"IP:{it}" if it[-1].isdigit() else f"DNS:{it}" for it in names)
    options = ["-addext", f"subjectAltName={alternatives}", "-keyout", str(made.key), "-out", str(made.certificate)]
    subprocess.run([*OPENSSL.split(), *options], check=True, capture_output=True, timeout=PATIENCE)
    return made


@dataclass(slots=True)
class Served:
    """One server that serves one app: the two addresses, how many processes they are, and where their output goes."""

    plain: str
    tls: str
    processes: int
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for it in sockets:
            it.bind(("127.0.0.1", 0))
        return [it.getsockname()[1] for it in sockets]


def launch(command: Sequence[str], log: Path, **environment: str) -> subprocess.Popen[bytes]:
    """A program, from the root of the repository."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CROSSORIGIN_")}
    with log.open("ab") as output:
        return subprocess.Popen(command, cwd=ROOT, env=clean | environment, stdout=output, stderr=output)


def start(command: str, log: Path, **environment: str) -> subprocess.Popen[bytes]:
    """`python -m` this command."""
    return launch([sys.executable, "-m", *command.split()], log, **environment)


def listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Waits until a server takes connections."""
    until = time.monotonic() + PATIENCE
    while True:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"no server on port {port}:\n{log.read_text()}")
        time.sleep(0.02)


def end(*processes: subprocess.Popen[bytes]) -> None:
    """As an operator ends servers: by a signal, and their own way down."""
    for process in processes:
        process.terminate()
    try:
        for process in processes:
            process.wait(PATIENCE)
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextmanager
def serving(servers: Iterable[str], app: str, certificate: Certificate, folder: Path) -> Iterator[dict[str, Served]]:
    """The app under each of these servers, all started before the first is awaited."""
    served: dict[str, Served] = {}
    started: list[tuple[subprocess.Popen[bytes], int, Path]] = []
    try:
        for name in servers:
            plain, tls = free_ports(2)
            log = folder / f"{app.partition(':')[0]}-{name}.log"
            names = {"app": app, "plain": plain, "tls": tls, **certificate._asdict()}
            for template in COMMANDS[name]:
                process = start(template.format(**names), log)
                started += [(process, names[it], log) for it in ("plain", "tls") if f"{{{it}}}" in template]
            served[name] = Served(f"http://localhost:{plain}", f"https://localhost:{tls}", len(COMMANDS[name]), log)
        for process, port, log in started:
            listening(process, port, log)
        yield served
    finally:
        end(*{process.pid: process for process, _, _ in started}.values())
