"""A request, copied from a browser's network panel, read back into the call that the page made.

Here belongs what the request tells of the call: the page, the credentials, the headers that a script set. The headers
that the browser adds (`User-Agent`, `Sec-…`, cookies, the cache's) are not part of it. Not here: the forms of "Copy as"
(`curl`, `powershell`, `fetch_call`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from ..browser.call import Mode, RedirectMode
from ..standards.fetch import CORS_SAFELISTED_METHODS
from .recorded import origin_of, script_headers

# A value for each header that a preflight names: a safelisted header is named for its value alone.
UNSAFE_VALUES: Final = {
    "accept": '"',
    "accept-language": '"',
    "content-language": '"',
    "content-type": "application/json",
    "range": "bytes=0-0,2-2",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A request as it was copied: what the browser sent, or, of `fetch()`, the call itself.

    `credentials` and `mode` are those of the call; None if only the headers tell.
    """

    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: str | None = None
    page: str = ""
    credentials: bool | None = None
    mode: Mode | None = None
    redirect: RedirectMode = "follow"


@dataclass(frozen=True, slots=True)
class CurlCall:
    """The call that a page made. `page` is empty if the request does not say which page.

    `credentials` is None if the request does not tell: with `credentials: "include"` and no cookie yet, a browser sends
    what it sends without.

    `announced` is whether the request was a preflight; the call is then the one that it announced. It needs an
    `upload_listener` if nothing else makes a preflight necessary. The method of a WebSocket handshake is `WS`.
    """

    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    page: str
    credentials: bool | None
    mode: Mode = "cors"
    redirect: RedirectMode = "follow"
    announced: bool = False
    upload_listener: bool = False


def as_call(said: Said) -> CurlCall:
    """The call behind a request. Raises ValueError if no script made the request."""
    lower = {name.lower(): value for name, value in said.headers}
    mode = said.mode or _mode(lower)
    page = said.page or _page(said.url, lower)
    credentials = True if "cookie" in lower else said.credentials
    if said.method == "OPTIONS" and "access-control-request-method" in lower:
        return _announced(said, lower, page)
    method = "WS" if "sec-websocket-key" in lower or mode == "websocket" else said.method
    headers = tuple((name, value) for name, value in said.headers if script_headers(name))
    return CurlCall(said.url, method, headers, said.body, page, credentials, mode, said.redirect)


def _announced(said: Said, lower: dict[str, str], page: str) -> CurlCall:
    """The request that a preflight announced."""
    method = lower["access-control-request-method"]
    headers = announced_headers(lower)
    nothing_else = not headers and method in CORS_SAFELISTED_METHODS
    return CurlCall(said.url, method, headers, None, page, None, announced=True, upload_listener=nothing_else)


def announced_headers(lower: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The headers that a preflight names, each with a value that makes a preflight necessary."""
    names = [name.strip() for name in lower.get("access-control-request-headers", "").split(",")]
    return tuple((name, UNSAFE_VALUES.get(name.lower(), "1")) for name in names if name)


def _mode(lower: dict[str, str]) -> Mode:
    """The mode that the browser wrote into the request. Raises ValueError for what no script calls."""
    written = lower.get("sec-fetch-mode", "cors")
    if written == "navigate":
        raise ValueError(
            "the browser opened this URL as a page (sec-fetch-mode: navigate), and CORS headers do not matter for "
            "that; copy a request of fetch() or XMLHttpRequest"
        )
    return cast(Mode, written) if written in ("no-cors", "same-origin", "websocket") else "cors"


def _page(url: str, lower: dict[str, str]) -> str:
    """The page's origin, as the request's headers tell it."""
    if "origin" in lower:
        return lower["origin"]
    if lower.get("sec-fetch-site") == "same-origin":
        return origin_of(url)
    return origin_of(lower.get("referer", ""))
