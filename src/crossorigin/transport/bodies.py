"""The body of a response, within bounds: of bytes on the wire, of bytes after unpacking, and of time.

128 KiB of gzip unpack to 128 MiB, a chunked body need not end, and one that drips a byte a second never trips a limit
for one step. What was there in time, and within the bounds, is the body: it takes nothing from the headers.
"""

from __future__ import annotations

import asyncio
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from ..standards.messages import Headers
from ..standards.optional import optional

if TYPE_CHECKING:
    import httpx2

# zlib's `wbits`: of gzip, of the zlib format, which is what `deflate` means, and of what some servers send for it
# (RFC 9110 § 8.4.1.2).
_WINDOWS: Final = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
_MOST_CODINGS: Final = 3


async def read_body(answer: httpx2.Response, limit: int, until: float) -> bytes:
    """Its first `limit` bytes as they come over the wire; fewer if it is late, cut off or malformed.

    `until` is when it is late, on the clock of the running event loop.
    """
    broken: type[Exception] = optional("httpx2", "cli").HTTPError
    body = bytearray()
    if answer.status_code != 101:
        with suppress(TimeoutError, broken):
            async with asyncio.timeout_at(until):
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) >= limit:
                        break
    return bytes(body[:limit])


def unpacked(body: bytes, headers: Headers, limit: int) -> bytes:
    """The first `limit` bytes of a body without its gzip or deflate; as it came, for every other coding."""
    values = [value for name, value in headers if name.lower() == b"content-encoding"]
    said = b",".join(values).decode("latin-1").lower()
    codings = [coding.strip() for coding in said.split(",") if coding.strip() not in ("", "identity")]
    if len(codings) > _MOST_CODINGS or any(coding not in _WINDOWS for coding in codings):
        return body
    for coding in reversed(codings):
        body = _inflated(body, coding, limit)
    return body


def _inflated(body: bytes, coding: str, limit: int) -> bytes:
    for window in _WINDOWS[coding]:
        with suppress(zlib.error):
            return zlib.decompressobj(window).decompress(body, limit)
    return body
