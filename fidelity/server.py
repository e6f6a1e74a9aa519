"""The scenario server: answers what the scenario prescribes and records what arrived.

Here belong the book of answers (which the simulator asks too) and an HTTP/1.1 server that writes
header bytes as they are. Not here: any knowledge of CORS.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket
import ssl
import subprocess
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from .scenario import VISITED, Answer, Scenario, World

PAGE = b"<!doctype html><meta charset=utf-8><title>page</title><body>"
FRAMES = {
    "sandboxed": b'<iframe sandbox="allow-scripts" src="/page"></iframe>',
    "data": b'<iframe src="data:text/html,<title>page</title>"></iframe>',
}


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request as the server saw it: header names in lower case, repeated values joined."""

    method: str
    url: str
    headers: dict[str, str]


@dataclass(slots=True)
class Book:
    """Scenarios by name, what they answer, and what arrived for each."""

    scenarios: dict[str, Scenario] = field(default_factory=dict)
    arrivals: defaultdict[str, list[Arrival]] = field(default_factory=lambda: defaultdict(list))

    def answer(self, method: str, url: str, headers: dict[str, str]) -> Answer:
        """The prescribed answer. A preflight is an OPTIONS that asks for a method."""
        parts = urlsplit(url).path.split("/")
        if len(parts) != 4 or parts[2] not in self.scenarios:
            return Answer(404, (), "")
        resource = self.scenarios[parts[2]].resources.get(parts[3])
        if resource is None:
            return Answer(404, (("Access-Control-Allow-Origin", "*"),), "")
        if method == "OPTIONS" and "access-control-request-method" in headers:
            return resource.preflight
        return resource.actual


class Server:
    """Two plain ports, one TLS port, one closed port and one bad port, all on loopback."""

    def __init__(self) -> None:
        self.book = Book()
        self._sockets: dict[str, socket.socket] = {}
        for name in ("http", "http2", "https", "closed"):
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", 0))
            self._sockets[name] = listener
        ports = {name: it.getsockname()[1] for name, it in self._sockets.items()}
        self.world = World({**ports, "bad": 6667})
        self._servers: list[asyncio.Server] = []

    async def start(self) -> None:
        for name in ("http", "http2", "https"):
            context = _certificate() if name == "https" else None
            self._servers.append(await asyncio.start_server(self._serve, sock=self._sockets[name], ssl=context))

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for listener in self._sockets.values():
            listener.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        scheme = "https" if writer.get_extra_info("ssl_object") else "http"
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, target, headers = _parse(head)
                await reader.readexactly(int(headers.get("content-length", "0")))
                url = f"{scheme}://{headers.get('host', '')}{target}"
                writer.write(self._respond(method, url, headers))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    def _respond(self, method: str, url: str, headers: dict[str, str]) -> bytes:
        path = urlsplit(url).path
        if path == "/page":
            return _bytes(Answer(200, (("Content-Type", "text/html"),), ""), method, PAGE)
        if path.startswith("/frame/"):
            return _bytes(Answer(200, (("Content-Type", "text/html"),), ""), method, PAGE + FRAMES[path[7:]])
        if path.startswith("/visit/"):
            cookies = tuple(("Set-Cookie", line) for place, line in VISITED if place == path[7:])
            return _bytes(Answer(200, (("Content-Type", "text/html"), *cookies), ""), method, PAGE)
        answer = self.book.answer(method, url, headers)
        name = path.split("/")[2] if path.count("/") >= 2 else ""
        if name:
            self.book.arrivals[name].append(Arrival(method, url, headers))
        if answer.status == 101:
            digest = hashlib.sha1((headers.get("sec-websocket-key", "") + _GUID).encode()).digest()
            extra = (("Connection", "Upgrade"), ("Upgrade", "websocket"))
            extra += (("Sec-WebSocket-Accept", base64.b64encode(digest).decode()),)
            return _bytes(Answer(101, (*extra, *answer.headers)), method, b"")
        return _bytes(answer, method, answer.body.encode())


_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def _parse(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = head[:-4].split(b"\r\n")
    method, target, _ = first.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.decode("latin-1").partition(":")
        name, value = name.strip().lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return method, target, headers


def _bytes(answer: Answer, method: str, body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} Said"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    bodiless = answer.status in (101, 204, 304)
    if not bodiless:
        lines.append(f"Content-Length: {len(body)}")
    if answer.status != 101:
        lines.append("Cache-Control: no-store")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return head if bodiless or method == "HEAD" else head + body


def _certificate() -> ssl.SSLContext:
    """A certificate that nobody trusts; the browsers are told to take it."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = Path(folder, "key.pem"), Path(folder, "cert.pem")
        command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=a.test -keyout {key} -out {certificate}"
        names = "subjectAltName=DNS:*.test,DNS:a.test,DNS:api.a.test,DNS:b.test,DNS:localhost"
        subprocess.run([*command.split(), "-addext", names], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context
