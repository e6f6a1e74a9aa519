"""The wire under the browser's half: one version of HTTP and no other, so that a test knows what it tested."""

from __future__ import annotations

import ssl
from typing import Any, NamedTuple, Self

import httpx2

from crossorigin import HTTPTransport
from crossorigin.browser.wire import Failure, Request, Response


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


class HTTP2Transport:
    """HTTP/2 by httpx2: by ALPN through TLS, and with prior knowledge without it."""

    def __init__(self, tls: bool, trusted: ssl.SSLContext) -> None:
        # With http1=True, httpx2 offers both in ALPN, as browsers do; without TLS it would then speak HTTP/1.1.
        self.client = httpx2.Client(http1=tls, http2=True, verify=trusted, trust_env=False, timeout=10)
        self.client.headers.clear()

    def __call__(self, request: Request, /) -> Response | Failure:
        self.client.cookies.clear()
        sent = self.client.build_request(request.method, request.url, content=request.body or None)
        sent.headers = httpx2.Headers([("Host", sent.url.netloc.decode()), *request.headers])
        answer = self.client.send(sent)
        assert answer.http_version == "HTTP/2"
        return Response(answer.status_code, list(answer.headers.raw), answer.content)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.client.close()


def transport(protocol: Protocol, trusted: ssl.SSLContext) -> Any:
    """What a `Browser` speaks this protocol with."""
    if protocol.version == "HTTP/2":
        return HTTP2Transport(protocol.tls, trusted)
    return HTTPTransport(verify=not protocol.tls)
