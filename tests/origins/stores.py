"""Real stores as processes, in folders of their own and on free ports: PostgreSQL, Redis, and a network to cut.

Also here: what another program does to a store.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import redis
from sqlalchemy import Connection, create_engine

from tests.e2e.served.servers import ROOT, free_ports

PATIENCE = 30.0


def until(condition: Callable[[], object], what: str = "", *, patience: float = PATIENCE) -> float:
    """Waits for a condition; the seconds that it took. Raises AssertionError if it never holds."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > patience:
            raise AssertionError(f"not after {patience} s: {what or condition}")
        time.sleep(0.002)
    return time.monotonic() - began


@contextmanager
def changing(url: str) -> Iterator[Connection]:
    """A connection of another program, which is closed behind it."""
    engine = create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


def need(*packages: str) -> None:
    """Debian's packages, which are installed if they are absent."""
    subprocess.run([str(ROOT / "tools" / "need"), *packages], check=True, capture_output=True, timeout=600)


class Postgres:
    """A PostgreSQL server with one database."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.data = folder / "data"
        self.user = "postgres"
        self.dsn = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        self.programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        self.run("initdb", "-D", str(self.data), "-A", "trust", "-U", "postgres", "--no-sync")
        # Tests want neither durability nor a checkpoint that comes while they measure.
        settings = f"""
            listen_addresses = '127.0.0.1'
            port = {port}
            unix_socket_directories = '{folder}'
            fsync = off
            max_connections = 600
            shared_buffers = 64MB
        """
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(settings)
        self.start()

    def run(self, program: str, *arguments: str) -> None:
        """One of PostgreSQL's programs, which refuse to run as root."""
        subprocess.run(
            [str(self.programs / program), *arguments],
            check=True, user=_unprivileged(), timeout=PATIENCE * 2, cwd=self.folder,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-w", "-l", str(self.folder / "log"), "start")

    def stop(self, how: str = "fast") -> None:
        with suppress(subprocess.CalledProcessError):
            self.run("pg_ctl", "-D", str(self.data), "-w", "-m", how, "stop")

    def kill(self) -> None:
        """As a crash: no connection is ended in order."""
        self.stop("immediate")

    def pause(self) -> None:
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals) -> None:
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def sql(self, *statements: str) -> list[tuple[object, ...]]:
        """Statements, each a transaction; the rows of the last."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def fresh(self, name: str) -> str:
        """A new database; its address."""
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"


class RedisServer:
    """A Redis server that keeps nothing on disk."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.url = f"redis://127.0.0.1:{port}/0"
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL)
        until(self.answers, "Redis answers")

    def answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)


class Network:
    """A way to a port that can be cut: closed, so that connections end, or silent, so that nobody is told."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = threading.Event()
        self.open.set()
        self.refusing = False
        self.pairs: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if self.refusing:
                near.close()
                continue
            self.open.wait()
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            self.pairs += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.open.wait()
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def silence(self) -> None:
        self.open.clear()

    def restore(self) -> None:
        self.refusing = False
        self.open.set()

    def break_off(self) -> None:
        self.refusing = True
        pairs, self.pairs = self.pairs, []
        for end in pairs:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        self.listener.close()
        self.restore()
        self.break_off()


@contextmanager
def postgres() -> Iterator[Postgres]:
    need("postgresql")
    folder = Path(tempfile.mkdtemp(prefix="crossorigin-postgres-"))
    uid = _unprivileged()
    if uid is not None:
        os.chown(folder, uid, -1)
    server = Postgres(folder, free_ports(1)[0])
    try:
        yield server
    finally:
        with suppress(OSError):
            server.resume()
        server.stop("immediate")
        shutil.rmtree(folder)


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    need("redis-server")
    with tempfile.TemporaryDirectory(prefix="crossorigin-redis-") as folder:
        server = RedisServer(Path(folder), free_ports(1)[0])
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def network(target: int) -> Iterator[Network]:
    made = Network(target)
    try:
        yield made
    finally:
        made.close()


def _unprivileged() -> int | None:
    """Whom PostgreSQL runs as, if this is root."""
    return pwd.getpwnam("postgres").pw_uid if os.getuid() == 0 else None
