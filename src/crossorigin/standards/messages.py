"""What travels: one request, one response, or the failure to get one; and how header lists are read.

Here belong the types a transport sees and the Fetch Standard's primitives over header lists. Not
here: any decision taken on what they hold.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from .fetch import is_token

Headers: TypeAlias = list[tuple[bytes, bytes]]

# Fetch § HTTP whitespace bytes, and RFC 9110 § OWS: the second knows no line breaks.
HTTP_WHITESPACE: Final = "\t\n\r "
_OWS: Final = "\t "


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


class Failure(NamedTuple):
    """No response at all: refused, unresolved, reset, timed out, TLS. `message` says which."""

    message: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was sent, what came back, and whether it was a CORS-preflight request."""

    request: Request
    response: Response | Failure
    preflight: bool = False


def get_all(headers: Iterable[tuple[bytes, bytes]], name: str) -> list[str]:
    """The value of every header with this lower-case name, in order, isomorphically decoded."""
    return [value.decode("latin-1") for key, value in headers if key.decode("latin-1").lower() == name]


def get(headers: Iterable[tuple[bytes, bytes]], name: str) -> str | None:
    """Fetch § get, of a header list: every value, stripped, joined by `, `; None where there is none.

    So two `Access-Control-Allow-Origin` headers read as one value with a comma, equal to no origin.
    """
    values = [value.strip(HTTP_WHITESPACE) for value in get_all(headers, name)]
    return ", ".join(values) if values else None


def elements(values: Iterable[str]) -> list[str]:
    """RFC 9110 § 5.6.1, `#element`: the elements of every value, empty ones left out."""
    return [element for value in values for it in value.split(",") if (element := it.strip(_OWS))]


def split_list(values: Iterable[str]) -> list[str] | None:
    """RFC 9110 § 5.6.1, `#token`: the elements of every value; None if one is no token."""
    names = elements(values)
    return names if all(is_token(name) for name in names) else None


def set_header(headers: Headers, name: bytes, value: bytes) -> None:
    """Fetch § set: the first header of this name takes the value and the others go; else appended."""
    delete_header(headers, name)
    headers.append((name, value))


def delete_header(headers: Headers, name: bytes) -> None:
    """Fetch § delete: every header of this name, any case, goes."""
    headers[:] = [pair for pair in headers if pair[0].lower() != name.lower()]
