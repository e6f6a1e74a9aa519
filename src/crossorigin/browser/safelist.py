"""Which request headers a page may send without asking: Fetch § CORS-safelisted request-header.

Here belong the byte rules for names and values, and the headers no page can set. Not here: what
happens to a request with an unsafe header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ..standards.fetch import (
    MAX_SAFELISTED_TOTAL,
    MAX_SAFELISTED_VALUE,
    METHOD_OVERRIDE_HEADERS,
    NO_CORS_SAFELISTED_REQUEST_HEADERS,
    SAFELISTED_MEDIA_TYPES,
    is_forbidden_method,
    is_forbidden_request_header,
    is_token,
)
from ..standards.header_lists import HTTP_WHITESPACE
from .engines import Engine

# Fetch § CORS-unsafe request-header byte.
UNSAFE_BYTES: Final = frozenset(range(0x20)) - {0x09} | frozenset(b'"():<>?@[\\]{}\x7f')

# Fetch § CORS-safelisted request-header, step 3, `accept-language` and `content-language`.
_LANGUAGE: Final = re.compile(rb"[0-9A-Za-z *,\-.;=]*")

# Fetch § parse a single range header value, allowWhitespace false.
_RANGE: Final = re.compile(rb"bytes=([0-9]*)-([0-9]*)")


def is_safelisted(name: str, value: bytes, engine: Engine) -> bool:
    """Fetch § CORS-safelisted request-header, and what the engine adds to the list."""
    name = name.lower()
    if len(value) > MAX_SAFELISTED_VALUE:
        return False
    if name == "accept":
        return _no_unsafe_byte(value, engine)
    if name in ("accept-language", "content-language"):
        return _LANGUAGE.fullmatch(value) is not None
    if name == "content-type":
        return _no_unsafe_byte(value, engine) and mime_essence(value) in SAFELISTED_MEDIA_TYPES
    if name == "range":
        return is_safe_range(value)
    extra = engine.extra_safelisted.get(name)
    return extra is not None and extra.fullmatch(value) is not None


def unsafe_names(headers: Iterable[tuple[bytes, bytes]], engine: Engine) -> list[str]:
    """Fetch § CORS-unsafe request-header names: lower-case, sorted, each once (in most engines)."""
    unsafe: list[str] = []
    maybe: list[str] = []
    size = 0
    for raw, value in headers:
        name = raw.decode("latin-1").lower()
        if is_safelisted(name, value, engine):
            maybe.append(name)
            size += len(value)
        else:
            unsafe.append(name)
    if engine.total_size_rule and size > MAX_SAFELISTED_TOTAL:
        unsafe += maybe
    names = set(unsafe) if engine.unsafe_names_once else unsafe
    return sorted(names)


def is_no_cors_safelisted(name: str, value: bytes, engine: Engine) -> bool:
    """Fetch § no-CORS-safelisted request-header."""
    return name.lower() in NO_CORS_SAFELISTED_REQUEST_HEADERS and is_safelisted(name, value, engine)


def is_forbidden(name: str, value: str, engine: Engine) -> bool:
    """Fetch § forbidden request-header: the browser alone sets it, and drops what a page says."""
    if is_forbidden_request_header(name) or name.lower() in engine.extra_forbidden:
        return True
    if name.lower() not in METHOD_OVERRIDE_HEADERS:
        return False
    return any(is_forbidden_method(part.strip("\t ")) for part in value.split(","))


def mime_essence(value: bytes) -> str:
    """MIME Sniffing § parse a MIME type, the essence alone: `text/plain`. Empty where parsing fails."""
    text = value.decode("latin-1").strip(HTTP_WHITESPACE)
    kind, slash, rest = text.partition("/")
    subtype = rest.partition(";")[0].rstrip(HTTP_WHITESPACE)
    if not (slash and is_token(kind) and is_token(subtype)):
        return ""
    return f"{kind}/{subtype}".lower()


def is_safe_range(value: bytes) -> bool:
    """Whether a value is one range of bytes that says where it starts: `bytes=0-`, `bytes=5-9`."""
    match = _RANGE.fullmatch(value)
    if match is None or not match[1]:
        return False
    return not match[2] or int(match[1]) <= int(match[2])


def _no_unsafe_byte(value: bytes, engine: Engine) -> bool:
    return UNSAFE_BYTES.isdisjoint(value) and (value.isascii() or not engine.non_ascii_unsafe)
