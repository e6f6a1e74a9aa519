"""A browser, as far as CORS goes, written straight from the Fetch Standard.

Here belongs what the standard makes a browser do between a script's `fetch()` and the script's answer:
which requests go out, whether the page may read the response, and which of its headers. It is here to
catch mistakes of the package, so nothing is imported from it, and speed is no concern. Not here: the
preflight cache (every request asks again), redirects, and what a policy means (`tests/server/test_model.py`).

Every function is one algorithm of the standard, under its name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Raw = list[tuple[bytes, bytes]]
Server = Callable[[str, Raw], tuple[int, Iterable[tuple[bytes, bytes]]]]
Why = Literal[
    "ok",
    "type-error",  # fetch() throws before anything is sent
    "preflight-origin",  # CORS check of the preflight
    "preflight-credentials",
    "preflight-status",
    "preflight-syntax",  # Access-Control-Allow-Methods or -Headers is no list of tokens
    "method",
    "header",
    "origin",  # CORS check of the response itself
    "credentials",
]

TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
CORS_SAFELISTED_METHODS = {"GET", "HEAD", "POST"}
FORBIDDEN_METHODS = {"CONNECT", "TRACE", "TRACK"}
UPPER_CASED = {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"}
FORBIDDEN_REQUEST_HEADERS = set(
    "accept-charset accept-encoding access-control-request-headers access-control-request-method connection "
    "content-length cookie cookie2 date dnt expect host keep-alive origin referer set-cookie te trailer "
    "transfer-encoding upgrade via".split()
)
METHOD_OVERRIDES = {"x-http-method", "x-http-method-override", "x-method-override"}
ALWAYS_READABLE = set("cache-control content-language content-length content-type expires last-modified pragma".split())
NEVER_READABLE = {"set-cookie", "set-cookie2"}
UNSAFE_BYTES = {*range(0x20), *b'"():<>?@[\\]{}', 0x7F} - {0x09}
LANGUAGE_BYTES = set(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz *,-.;=")
SIMPLE_TYPES = {b"application/x-www-form-urlencoded", b"multipart/form-data", b"text/plain"}


@dataclass(frozen=True)
class Call:
    """One `fetch()` of a script, from a page of `origin` to a server of another origin."""

    origin: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    credentials: Literal["omit", "same-origin", "include"] = "same-origin"


@dataclass(frozen=True)
class Verdict:
    """What came of it. `readable` has the response headers that the script can see, with lower-case names."""

    why: Why
    readable: tuple[tuple[str, str], ...]
    sent: tuple[tuple[str, Raw], ...]

    @property
    def may_read(self) -> bool:
        return self.why == "ok"

    @property
    def preflighted(self) -> bool:
        return bool(self.sent) and get(self.sent[0][1], "access-control-request-method") is not None


def fetch(call: Call, server: Server) -> Verdict:
    """Fetch § fetch(), main fetch and HTTP fetch, in mode `cors`, to a server of another origin."""
    sent: list[tuple[str, Raw]] = []

    def send(method: str, headers: Raw) -> tuple[int, Raw]:
        sent.append((method, list(headers)))
        status, answer = server(method, headers)
        return status, list(answer)

    def end(why: Why, readable: Iterable[tuple[str, str]] = ()) -> Verdict:
        return Verdict(why, tuple(readable), tuple(sent))

    # new Request(): a method that is no token or is forbidden throws; a forbidden header is dropped in silence.
    if not TOKEN.fullmatch(call.method.encode()) or call.method.upper() in FORBIDDEN_METHODS:
        return end("type-error")
    method = call.method.upper() if call.method.upper() in UPPER_CASED else call.method
    headers: Raw = []
    for name, value in call.headers:
        raw_value = value.encode("latin-1").strip(b"\t\n\r ")
        if not TOKEN.fullmatch(name.encode()) or set(raw_value) & set(b"\0\r\n"):
            return end("type-error")
        if not is_forbidden_request_header(name.lower(), raw_value):
            headers.append((name.lower().encode(), raw_value))

    unsafe = unsafe_request_header_names(headers)
    if method not in CORS_SAFELISTED_METHODS or unsafe:
        why = preflight(call, method, unsafe, send)
        if why != "ok":
            return end(why)

    cookie = [(b"cookie", b"session=1")] if call.credentials == "include" else []
    _, answer = send(method, [*ours(call), *headers, *cookie])
    why = cors_check(call, answer)
    if why != "ok":
        return end(why)
    return end("ok", readable_headers(call, answer))


def ours(call: Call) -> Raw:
    """What every browser puts on every request."""
    return [(b"host", b"api.test"), (b"user-agent", b"model"), (b"origin", call.origin.encode("latin-1"))]


def is_forbidden_request_header(name: str, value: bytes) -> bool:
    """Fetch § forbidden request-header, of a lower-case name."""
    if name in FORBIDDEN_REQUEST_HEADERS or name.startswith(("proxy-", "sec-")):
        return True
    if name in METHOD_OVERRIDES:
        return any(it.strip(b" \t").upper().decode("latin-1") in FORBIDDEN_METHODS for it in value.split(b","))
    return False


def is_safelisted_request_header(name: bytes, value: bytes) -> bool:
    """Fetch § CORS-safelisted request-header, of a lower-case name."""
    if len(value) > 128:
        return False
    if name == b"accept":
        return not set(value) & UNSAFE_BYTES
    if name in (b"accept-language", b"content-language"):
        return set(value) <= LANGUAGE_BYTES
    if name == b"content-type":
        return not set(value) & UNSAFE_BYTES and mime_essence(value) in SIMPLE_TYPES
    if name == b"range":
        found = re.fullmatch(rb"bytes=([0-9]+)-([0-9]*)", value)
        return found is not None and (not found[2] or int(found[1]) <= int(found[2]))
    return False


def mime_essence(value: bytes) -> bytes | None:
    """MIME Sniffing § parse a MIME type, as far as the essence; parameters never make it fail."""
    kind, slash, rest = value.strip(b"\t\n\r ").partition(b"/")
    subtype = rest.partition(b";")[0].rstrip(b"\t\n\r ")
    if not slash or not TOKEN.fullmatch(kind) or not TOKEN.fullmatch(subtype):
        return None
    return (kind + b"/" + subtype).lower()


def unsafe_request_header_names(headers: Raw) -> list[bytes]:
    """Fetch § CORS-unsafe request-header names: sorted, each once."""
    safe = [it for it in headers if is_safelisted_request_header(*it)]
    unsafe = {name for name, value in headers if (name, value) not in safe}
    if sum(len(value) for _, value in safe) > 1024:
        unsafe |= {name for name, _ in safe}
    return sorted(unsafe)


def preflight(call: Call, method: str, unsafe: list[bytes], send: Callable[[str, Raw], tuple[int, Raw]]) -> Why:
    """Fetch § CORS-preflight fetch. It brings no cookie, but must pass by the rules of the request to come."""
    asks: Raw = [(b"access-control-request-method", method.encode())]
    if unsafe:
        asks.append((b"access-control-request-headers", b",".join(unsafe)))
    status, answer = send("OPTIONS", [*ours(call), (b"accept", b"*/*"), *asks])

    why = cors_check(call, answer)
    if why == "origin":
        return "preflight-origin"
    if why == "credentials":
        return "preflight-credentials"
    if not 200 <= status <= 299:
        return "preflight-status"

    methods = extract_tokens(answer, "access-control-allow-methods")
    names = extract_tokens(answer, "access-control-allow-headers")
    if methods is None or names is None:
        return "preflight-syntax"
    star = call.credentials != "include"
    if method not in CORS_SAFELISTED_METHODS and method.encode() not in methods and not (star and b"*" in methods):
        return "method"
    lower = {it.lower() for it in names}
    for name in unsafe:
        # The one CORS non-wildcard request-header name is Authorization.
        if name not in lower and not (star and b"*" in names and name != b"authorization"):
            return "header"
    return "ok"


def cors_check(call: Call, answer: Raw) -> Literal["ok", "origin", "credentials"]:
    """Fetch § CORS check."""
    origin = get(answer, "access-control-allow-origin")
    if origin is None:
        return "origin"
    if call.credentials != "include" and origin == b"*":
        return "ok"
    if origin != call.origin.encode("latin-1"):
        return "origin"
    if call.credentials != "include":
        return "ok"
    return "ok" if get(answer, "access-control-allow-credentials") == b"true" else "credentials"


def readable_headers(call: Call, answer: Raw) -> list[tuple[str, str]]:
    """Fetch § main fetch, step on Access-Control-Expose-Headers, and § CORS filtered response."""
    exposed = {it.lower() for it in extract_tokens(answer, "access-control-expose-headers") or []}
    everything = call.credentials != "include" and b"*" in exposed
    seen = []
    for name, value in answer:
        text = name.decode("latin-1").lower()
        if text not in NEVER_READABLE and (everything or text in ALWAYS_READABLE or text.encode("latin-1") in exposed):
            seen.append((text, value.decode("latin-1")))
    return seen


def get(headers: Raw, name: str) -> bytes | None:
    """Fetch § get: all values of one name, as one."""
    values = [value.strip(b"\t\n\r ") for it, value in headers if it.lower() == name.encode()]
    return b", ".join(values) if values else None


def extract_tokens(headers: Raw, name: str) -> list[bytes] | None:
    """Fetch § extract header list values, where the ABNF is `#token`; None is its failure, [] is nothing there."""
    found = []
    for it, value in headers:
        if it.lower() == name.encode():
            elements = [element.strip(b" \t") for element in value.split(b",")]
            if any(element and not TOKEN.fullmatch(element) for element in elements):
                return None
            found += [element for element in elements if element]
    return found


# What stands between a browser and a server may write a request otherwise, and mean the same (RFC 9110 § 5.3, § 5.6.1).
ASKED_NAMES = b"access-control-request-headers"


def as_sent(headers: Raw) -> Raw:
    return headers


def one_line_each(headers: Raw) -> Raw:
    return [(it, one) for it, value in headers for one in (value.split(b",") if it == ASKED_NAMES else [value])]


def empty_elements(headers: Raw) -> Raw:
    return [(it, b",," + value.replace(b",", b", ,\t") + b"," if it == ASKED_NAMES else value) for it, value in headers]


def spaced(headers: Raw) -> Raw:
    return [(it, b" " + value.replace(b",", b" ,\t") + b" " if it == ASKED_NAMES else value) for it, value in headers]


def upper_case(headers: Raw) -> Raw:
    return [(it, value.upper() if it == ASKED_NAMES else value) for it, value in headers]


def backwards(headers: Raw) -> Raw:
    return [(it, b",".join(value.split(b",")[::-1]) if it == ASKED_NAMES else value) for it, value in headers[::-1]]


REWRITES = (as_sent, one_line_each, empty_elements, spaced, upper_case, backwards)
