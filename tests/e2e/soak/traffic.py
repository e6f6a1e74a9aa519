"""The requests: each kind, how it is sent, and what answers are right for it.

A response is right if it is that of a policy and a set of origins that were in force while the request was under way.
`Forces` knows them: a change is in force from the moment it is asked for, and what it replaces until it is seen.
"""

from __future__ import annotations

import base64
import http.client
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from tests.e2e.reload.expected import OTHER, PAGE, Headers, ours
from tests.e2e.soak.expected import STRANGER, TENANTS, Force, tenant

LONG = 60.0  # seconds after which anything has failed
_NO_LINGER = struct.pack("ii", 1, 0)  # a close that resets the connection
_T = TypeVar("_T")
Answer = tuple[int, Headers]

# Origins that no policy lets in, as no honest browser writes them or as an attacker picks them.
HOSTILE = [
    b"null",
    b"",
    b"*",
    b"https://page.example.evil.example",
    b"https://evilpage.example",
    b"https://page.example:444",
    b"http://page.example",
    b"https://page.example, https://evil.example",
    b"https://page.example/",
    b"HTTPS://PAGE.EXAMPLE",
    b"https://page.example\xff",
    b"https://tenant-.example",
    b"x" * 6000,
]


class Forces:
    """What was in force, and when: written by one thread, read by all."""

    def __init__(self) -> None:
        self._spans: list[tuple[float, float, Force]] = [(0.0, float("inf"), Force())]
        self._lock = threading.Lock()

    @property
    def now(self) -> Force:
        return self._spans[-1][2]

    def begin(self, force: Force) -> None:
        """A change is about to be asked for."""
        with self._lock:
            self._spans.append((time.monotonic(), float("inf"), force))

    def seen(self) -> None:
        """The change is in force, and what was before is not."""
        with self._lock:
            now = time.monotonic()
            ended = [(began, min(end, now), force) for began, end, force in self._spans[:-1]]
            self._spans = [*(it for it in ended if it[1] > now - 2 * LONG), self._spans[-1]]

    def between(self, began: float, ended: float) -> set[Force]:
        """What may have answered a request that was under way between these two."""
        with self._lock:
            return {force for start, end, force in self._spans if start <= ended and end >= began}


@dataclass
class Figures:
    """What was heard."""

    judged: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    wrong: int = 0
    policies: int = 0
    sets: int = 0
    examples: list[str] = field(default_factory=list)

    def error(self, example: str) -> None:
        self.errors += 1
        self.examples.append(example)

    def judge(self, kind: str, found: object, right: Iterable[object]) -> None:
        """Counts a response, and whether it is one of the right ones."""
        self.judged[kind] += 1
        if found not in list(right):
            self.wrong += 1
            self.examples.append(f"{kind}: {found}")


class Client:
    """One thread's requests, over a connection that it keeps, and over others that it breaks."""

    def __init__(self, port: int, forces: Forces, figures: Figures, seed: int) -> None:
        self.port = port
        self.forces = forces
        self.figures = figures
        self.random = random.Random(seed)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONG)

    def run(self, stopping: threading.Event) -> None:
        """Sends until it is told to stop; an exception is an error of the server, until another kind is known."""
        names = list(KINDS)
        while not stopping.is_set():
            name = self.random.choices(names, [WEIGHTS.get(it, 4) for it in names])[0]
            try:
                KINDS[name](self, name)
            except (OSError, http.client.HTTPException) as error:
                self.figures.error(f"{name}: {error!r}")
                self.connection.close()
        self.connection.close()

    def ask(self, path: str, origin: str | None, method: str = "GET", **more: str) -> tuple[Answer, set[Force]]:
        """One request: the answer, and what may have been in force."""
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        if origin is not None:
            headers["Origin"] = origin
        began = time.monotonic()
        # Without a body: a server may answer 403 and close while http.client, which sends it apart, still sends.
        self.connection.request(method, path, headers=headers)
        response = self.connection.getresponse()
        body = response.read()
        possible = self.forces.between(began, time.monotonic())
        if response.status == 200 and body != path.encode():
            self.figures.error(f"{path}: {body[:80]!r}")
        return (response.status, ours(response.getheaders())), possible

    def order(self, path: str) -> None:
        """A change of what is in force."""
        (status, _), _ = self.ask(path, None)
        if status != 200:
            self.figures.error(f"{path}: status {status}")

    def raw(self, lines: list[bytes], *, close: bool = True) -> bytes:
        """A request of bytes, and everything that comes back before the server closes the connection."""
        end = [b"Host: localhost", *([b"Connection: close"] if close else []), b"", b""]
        with socket.create_connection(("127.0.0.1", self.port), LONG) as client:
            client.sendall(b"\r\n".join([*lines, *end]))
            return b"".join(iter(lambda: client.recv(65_536), b""))

    def origin(self) -> str:
        """Somebody who may be allowed."""
        return self.random.choice([PAGE, OTHER, *(tenant(it) for it in range(TENANTS))])


READERS = {"no origin": None, "stranger": STRANGER}


def read(client: Client, kind: str) -> None:
    origin = READERS[kind] if kind in READERS else client.origin()
    path = client.random.choice(["/page", "/other", "/slow"])
    found, possible = client.ask(path, origin)
    client.figures.judge(kind, found, (it.answer(origin, preflight=False) for it in possible))


def preflight(client: Client, kind: str) -> None:
    origin = STRANGER if kind == "stranger's preflight" else client.origin()
    asked = {"Access_Control_Request_Method": "PUT", "Access_Control_Request_Headers": "x-asked"}
    found, possible = client.ask("/page", origin, "OPTIONS", **asked)
    client.figures.judge(kind, found, (it.answer(origin, preflight=True) for it in possible))


def write(client: Client, kind: str) -> None:
    origin = STRANGER if kind == "stranger's write" else client.origin()
    (status, _), possible = client.ask("/page", origin, "POST", Sec_Fetch_Site="cross-site")
    client.figures.judge(kind, status, (it.status_of_write(origin) for it in possible))


def hostile(client: Client, kind: str) -> None:
    """An Origin that nobody lets in, alone or beside an allowed one, or lists that are very long."""
    origin = client.random.choice(HOSTILE)
    lines = client.random.choice(
        [
            [b"GET /page HTTP/1.1", b"Origin: " + origin],
            [b"GET /page HTTP/1.1", b"Origin: " + origin, b"Origin: " + PAGE.encode()],
            [
                b"OPTIONS /page HTTP/1.1",
                b"Origin: " + origin,
                b"Access-Control-Request-Method: PUT",
                b"Access-Control-Request-Headers: " + b"," * 8000,
            ],
        ]
    )
    answer = client.raw(lines)
    head = answer.partition(b"\r\n\r\n")[0].lower()
    status = int(head[9:12] or b"0")
    opened = b"access-control-allow-origin" in head
    client.figures.judge(kind, (status in (200, 400, 403), opened), [(True, False)])


def websocket(client: Client, kind: str) -> None:
    """A handshake by hand, and one message; half of those that are let in leave without a word."""
    origin = STRANGER if kind == "stranger's WebSocket" else client.origin()
    key = base64.b64encode(client.random.randbytes(16))
    lines = [b"GET /echo HTTP/1.1", b"Host: localhost", b"Origin: " + origin.encode(), b"Connection: Upgrade"]
    lines += [b"Upgrade: websocket", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Key: " + key, b"", b""]
    with socket.create_connection(("127.0.0.1", client.port), LONG) as wire:
        began = time.monotonic()
        wire.sendall(b"\r\n".join(lines))
        head = b""
        while b"\r\n\r\n" not in head and (piece := wire.recv(4096)):
            head += piece
        possible = client.forces.between(began, time.monotonic())
        status = int(head[9:12] or b"0")
        client.figures.judge(kind, status, (101 if it.allows(origin) else 403 for it in possible))
        if status == 101 and client.random.random() < 0.5:
            wire.sendall(b"\x81\x82\0\0\0\0hi")  # RFC 6455 § 5.2: a final text frame, masked with zeros
            echoed = wire.recv(4096)
            client.figures.judge("message", echoed, [b"\x81\x02hi"])
        _reset(wire)


def disconnect(client: Client, kind: str) -> None:
    """A client that is gone: before its request is complete, before the answer, or in the middle of one."""
    how = client.random.choice(["half a request", "no answer", "half an answer"])
    with socket.create_connection(("127.0.0.1", client.port), LONG) as wire:
        path = b"/slow" if how == "no answer" else b"/stream"
        end = b"" if how == "half a request" else b"\r\n\r\n"
        wire.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\nOrigin: " + PAGE.encode() + end)
        if how == "half an answer":
            found = wire.recv(4096)
            client.figures.judge(kind, found[:12], [b"HTTP/1.1 200"])
        else:
            client.figures.judged[kind] += 1
        _reset(wire)


def _reset(wire: socket.socket) -> None:
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)


KINDS: dict[str, Callable[[Client, str], None]] = {
    "no origin": read,
    "read": read,
    "stranger": read,
    "preflight": preflight,
    "stranger's preflight": preflight,
    "write": write,
    "stranger's write": write,
    "hostile": hostile,
    "WebSocket": websocket,
    "stranger's WebSocket": websocket,
    "disconnect": disconnect,
}
WEIGHTS = {"read": 16, "preflight": 8, "WebSocket": 2, "stranger's WebSocket": 2, "disconnect": 2}
