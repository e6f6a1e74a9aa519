"""What the script asked for: the arguments of `fetch()`, read as the Request constructor reads them.

Here belong the arguments, their defaults, and everything that throws or is dropped before any
traffic. Not here: the traffic.
"""

from __future__ import annotations

import json as json_module
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, TypedDict
from urllib.parse import urlencode

from ..standards.fetch import CORS_SAFELISTED_METHODS, is_forbidden_method, is_token, normalise_method
from ..standards.header_lists import HTTP_WHITESPACE, get, set_header
from ..standards.messages import Headers
from .checks import CredentialsMode
from .engines import Engine
from .outcome import Step
from .reasons import Reason
from .safelist import is_forbidden, is_no_cors_safelisted
from .sites import HTTP_SCHEMES, Page, Url, parse

Mode: TypeAlias = Literal["cors", "no-cors", "same-origin", "websocket"]
RedirectMode: TypeAlias = Literal["follow", "error", "manual"]
Text: TypeAlias = str | bytes
HeadersInit: TypeAlias = Mapping[str, Text] | Iterable[tuple[Text, Text]]


class FetchOptions(TypedDict, total=False):
    """The second argument of `fetch()`.

    `body` is text (`text/plain;charset=UTF-8` unless `Content-Type` is set) or bytes (no type of
    its own). `json` is any JSON value: sent with `Content-Type: application/json`, as client code
    does it, unless the headers have another. `form` is what `new URLSearchParams()` takes.
    `multipart` is a `FormData` already encoded: its boundary and its bytes. `stream` makes the body
    a `ReadableStream`; `upload_listener` is a listener on `XMLHttpRequest.upload`. Both make a
    preflight necessary.
    """

    method: str
    headers: HeadersInit
    body: Text | None
    json: object
    form: Mapping[str, str]
    multipart: tuple[str, bytes]
    mode: Mode
    credentials: CredentialsMode
    redirect: RedirectMode
    upload_listener: bool
    stream: bool


class InvalidCall(Exception):
    """The call throws a TypeError before any traffic: the reason, and the words for it."""

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason: Reason = reason
        self.text = text


@dataclass(slots=True)
class Call:
    """A call that the Request constructor took. `headers` are what is left of those asked for."""

    url: Url
    method: str
    headers: Headers
    body: bytes | None
    mode: Mode
    credentials: CredentialsMode
    redirect: RedirectMode
    stream: bool
    use_cors_preflight: bool
    typed_by_body: bool = field(default=False, kw_only=True)
    steps: list[Step] = field(default_factory=list)


def read_call(page: Page, url: str, options: FetchOptions, engine: Engine) -> Call:
    """Fetch § Request constructor. Raises Refused where it throws a TypeError."""
    target = read_url(page, url)
    if target.has_credentials:
        raise InvalidCall("url-has-credentials", "the URL holds a user name or password")
    mode = options.get("mode", "cors")
    method = _read_method(options.get("method", "GET"), mode)
    body, content_type = _read_body(options)
    call = Call(
        target,
        method,
        [],
        body,
        mode,
        options.get("credentials", "same-origin"),
        options.get("redirect", "follow"),
        options.get("stream", False),
        options.get("stream", False) or options.get("upload_listener", False),
    )
    if method != options.get("method", "GET"):
        call.steps.append(Step("Fetch § methods, normalise", f"the method becomes {method}", code="method-normalised"))
    headers = options.get("headers", {})
    for name, value in headers.items() if isinstance(headers, Mapping) else headers:
        _append(call, _as_bytes(name), _as_bytes(value), engine)
    if "json" in options and get(call.headers, "content-type") is None:
        _append(call, b"Content-Type", b"application/json", engine)
    if body is None:
        return call
    if method in ("GET", "HEAD"):
        raise InvalidCall("body-not-allowed", f"{method} has no body")
    if call.stream and mode == "no-cors":
        raise InvalidCall("stream-in-no-cors", "mode no-cors sends no streamed body")
    if content_type and get(call.headers, "content-type") is None:
        call.headers.append((b"Content-Type", content_type.encode()))
        call.typed_by_body = True
    return call


def read_url(page: Page, url: str) -> Url:
    """URL § parse, with the page as base. Raises Refused where that fails."""
    target = parse(url, page.url or None)
    if target is None:
        no_base = "" if page.url else "; this page has no base for one"
        raise InvalidCall("invalid-url", f"{url!r} is no URL{no_base}")
    return target


def _read_method(method: str, mode: Mode) -> str:
    if not is_token(method):
        raise InvalidCall("call-invalid-method", f"{method!r} is no method")
    if is_forbidden_method(method):
        raise InvalidCall("call-forbidden-method", f"no page can send {method}")
    method = normalise_method(method)
    if mode == "no-cors" and method not in CORS_SAFELISTED_METHODS:
        raise InvalidCall("no-cors-method", f"mode no-cors sends GET, HEAD and POST, not {method}")
    return method


def _read_body(options: FetchOptions) -> tuple[bytes | None, str]:
    """Fetch § BodyInit, extract: the bytes, and the type where the body has one of its own."""
    if "json" in options:
        return json_module.dumps(options["json"], separators=(",", ":")).encode(), "text/plain;charset=UTF-8"
    if "form" in options:
        return urlencode(options["form"]).encode(), "application/x-www-form-urlencoded;charset=UTF-8"
    if "multipart" in options:
        boundary, content = options["multipart"]
        return content, f"multipart/form-data; boundary={boundary}"
    body = options.get("body")
    if isinstance(body, str):
        return body.encode(), "" if options.get("stream") else "text/plain;charset=UTF-8"
    return body, ""


def _append(call: Call, name: bytes, value: bytes, engine: Engine) -> None:
    """Fetch § append to a Headers object whose guard is `request` or `request-no-cors`."""
    value = value.strip(HTTP_WHITESPACE.encode())
    text = name.decode("latin-1")
    if not is_token(text) or any(byte in value for byte in b"\0\r\n"):
        raise InvalidCall("call-invalid-header", f"{text!r} with this value is no header")
    if is_forbidden(text, value.decode("latin-1"), engine):
        dropped = f"{text} is dropped: only the browser sets it"
        call.steps.append(Step("Fetch § forbidden request-header", dropped, code="header-dropped"))
        return
    before = [old for key, old in call.headers if key.lower() == name.lower()]
    combined = b", ".join([*before, value])
    if call.mode == "no-cors" and not is_no_cors_safelisted(text, combined, engine):
        dropped = f"{text} is dropped: mode no-cors"
        call.steps.append(Step("Fetch § no-CORS-safelisted request-header", dropped, code="header-dropped"))
        return
    if engine.joins_repeated_headers:
        set_header(call.headers, name, combined)
    else:
        call.headers.append((name, value))


def _as_bytes(text: Text) -> bytes:
    try:
        return text if isinstance(text, bytes) else text.encode("latin-1")
    except UnicodeEncodeError:
        raise InvalidCall("call-invalid-header", f"{text!r} has a character beyond latin-1") from None


def is_http(url: Url) -> bool:
    """Fetch § HTTP(S) scheme."""
    return url.scheme in HTTP_SCHEMES
