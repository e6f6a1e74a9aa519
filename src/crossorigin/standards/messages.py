"""What travels: one request, one response, or the failure to get one; and how header lists are read.

Here belong the types a transport sees and the Fetch Standard's primitives over header lists. Not
here: any decision taken on what they hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Headers: TypeAlias = list[tuple[bytes, bytes]]


class Request(NamedTuple):
    """One HTTP request as it leaves the browser.

    `url` is absolute and has no fragment. `headers` are raw pairs in order; `Host` is left to the
    transport, since HTTP/1 and HTTP/2 write it differently. A WebSocket handshake has a `ws:` or
    `wss:` URL.
    """

    method: str
    url: str
    headers: Headers
    body: bytes = b""


class Response(NamedTuple):
    """One HTTP response: repeated headers stay repeated, as raw pairs."""

    status: int
    headers: Headers
    body: bytes = b""


# Why there is no response: nothing listens there; the name has no address; there is no TLS connection; it took too
# long; the connection ended first; what came is not HTTP; the application raised; the browser asked for a permission
# (Local Network Access) and did not get it; it is not known.
FailureKind: TypeAlias = Literal[
    "refused", "dns", "tls", "timeout", "closed", "not-http", "app-error", "local-network", "unknown"
]


class Failure(NamedTuple):
    """No response at all: `message` says to people why, `kind` to programs."""

    message: str
    kind: FailureKind = "unknown"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was sent, what came back, and whether it was a CORS-preflight request."""

    request: Request
    response: Response | Failure
    preflight: bool = False
