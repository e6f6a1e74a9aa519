"""The wire under the browser's half: one version of HTTP and no other, so that a test knows what it tested."""

from __future__ import annotations

import ssl
from typing import NamedTuple, Self

import httpx2

from crossorigin import HTTPTransport, Outcome
from crossorigin.standards.messages import Failure, Request, Response


def statuses(outcome: Outcome) -> list[int]:
    """Of every answer on the way, preflights included."""
    return [it.response.status for it in outcome.requests]


class Protocol(NamedTuple):
    """A way to speak with a server: the version of HTTP, and whether through TLS."""

    version: str
    tls: bool

    def __str__(self) -> str:
        return f"{self.version} {'TLS' if self.tls else 'plain'}"


HTTP1 = Protocol("HTTP/1.1", tls=False)
HTTP1_TLS = Protocol("HTTP/1.1", tls=True)
H2 = Protocol("HTTP/2", tls=True)  # agreed on by ALPN
H2C = Protocol("HTTP/2", tls=False)  # RFC 9113 § 3.3: with prior knowledge, no Upgrade

# What each server offers.
PROTOCOLS = {
    "uvicorn": [HTTP1, HTTP1_TLS],
    "hypercorn": [HTTP1, HTTP1_TLS, H2C, H2],
    "granian": [HTTP1, HTTP1_TLS, H2C, H2],
}
COMBINATIONS = [(server, protocol) for server, offered in PROTOCOLS.items() for protocol in offered]


def client(protocol: Protocol, trusted: ssl.SSLContext) -> httpx2.Client:
    """A client that speaks this protocol, and sends no header of its own."""
    http2 = protocol.version == "HTTP/2"
    # Offered both in ALPN, as browsers do, the server has to choose; without TLS nobody offers anything.
    made = httpx2.Client(http1=protocol.tls or not http2, http2=http2, verify=trusted, trust_env=False, timeout=10)
    made.headers.clear()
    return made


class HTTP2Transport:
    """HTTP/2 by httpx2: by ALPN through TLS, and with prior knowledge without it."""

    def __init__(self, protocol: Protocol, trusted: ssl.SSLContext) -> None:
        self.client = client(protocol, trusted)

    def __call__(self, request: Request, /) -> Response | Failure:
        self.client.cookies.clear()
        sent = self.client.build_request(request.method, request.url, content=request.body or None)
        # httpx2 follows `Content-Length: 0` with an empty DATA frame; a browser ends the stream with its headers.
        headers = [it for it in request.headers if it != (b"Content-Length", b"0")]
        sent.headers = httpx2.Headers([(b"Host", sent.url.netloc), *headers])
        answer = self.client.send(sent)
        assert answer.http_version == "HTTP/2"
        return Response(answer.status_code, list(answer.headers.raw), answer.content)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.client.close()


def transport(protocol: Protocol, trusted: ssl.SSLContext) -> HTTPTransport | HTTP2Transport:
    """What a `Browser` speaks this protocol with."""
    if protocol.version == "HTTP/2":
        return HTTP2Transport(protocol, trusted)
    return HTTPTransport(verify=not protocol.tls)
