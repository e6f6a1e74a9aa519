"""Fetch § HTTP-network-or-cache fetch, without the cache: the headers that the browser adds, and one exchange.

Here belong `Origin`, Fetch metadata, cookies and the wire. Not here: whether a request may be sent, and
what its response is good for (`algorithm`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ..standards.fetch import CONDITIONAL_HEADERS
from ..standards.header_lists import get, get_all
from ..standards.messages import Exchange, Failure, Headers, Request, Response
from ..standards.origin import same_origin
from .checks import counted, fetch_site
from .outcome import CookieRule, StepCode
from .reasons import Reason
from .request import FetchRequest, Wire
from .sites import is_trustworthy, same_site

_RANGE: Final = re.compile(rb"bytes[ \t]*=[ \t]*([0-9]*)[ \t]*-[ \t]*([0-9]*)[ \t]*", re.IGNORECASE)


def network_fetch(request: FetchRequest) -> Wire:
    """Fetch § HTTP-network-or-cache fetch, without the cache."""
    headers = list(counted(request.headers, request.client.engine))
    if get(headers, "accept") is None and (request.mode != "websocket" or request.client.engine.websocket_like_fetch):
        headers.append((b"Accept", b"*/*"))
    if request.body is not None and not request.stream:
        headers.append((b"Content-Length", str(len(request.body)).encode()))
    elif request.body is None and request.method in ("POST", "PUT"):
        headers.append((b"Content-Length", b"0"))
    _append_origin(request, headers)
    append_metadata(request, headers)
    _rewrite_range(request, headers)
    included = _includes_credentials(request)
    _append_cookies(request, headers, included)
    response = yield from exchange(
        request, Request(request.method, request.url.on_the_wire, headers, request.body or b"")
    )
    if included:
        for value in get_all(response.headers, "set-cookie"):
            why = request.client.cookies.receive(request.url, value, request.client.page, request.urls[:-1])
            if why:
                name = value.partition("=")[0].strip()
                request.note(
                    "RFC 6265bis § storage model", f"the cookie {name} is not stored: {why}", "cookie-rejected"
                )
    return response


def _includes_credentials(request: FetchRequest) -> bool:
    """Fetch § HTTP-network-or-cache fetch, step 8.3."""
    if request.credentials != "same-origin":
        return request.credentials == "include"
    if request.mode == "no-cors" and request.client.engine.no_cors_redirects_in_network:
        return same_origin(request.client.page.origin, request.urls[0].origin)
    return request.tainting == "basic"


def _rewrite_range(request: FetchRequest, headers: Headers) -> None:
    """A range in the engine's own spelling, where it has one."""
    if not request.client.engine.rewrites_range or request.method != "GET":
        return
    if any(get(headers, name) is not None for name in CONDITIONAL_HEADERS):
        return  # it passes by the cache, which is what spells
    for place, (name, value) in enumerate(headers):
        if name.lower() == b"range" and (match := _RANGE.fullmatch(value)):
            headers[place] = name, b"bytes=%b-%b" % match.groups()


def exchange(request: FetchRequest, sent: Request, preflight: bool = False) -> Wire:
    received = yield sent
    # A transport may answer with plain tuples.
    answer = received if isinstance(received, Failure) else Response(*received)
    request.exchanges.append(Exchange(sent, answer, preflight))
    if isinstance(answer, Failure):
        reason: Reason = "preflight-network-failure" if preflight else "network-failure"
        raise request.fail(reason, "Fetch § HTTP-network fetch", f"no response: {answer.message}")
    return answer


def _append_origin(request: FetchRequest, headers: Headers) -> None:
    """Fetch § append a request `Origin` header, under the default referrer policy."""
    origin = request.serialized_origin
    if request.tainting != "cors" and request.mode != "websocket":
        if request.method in ("GET", "HEAD") and not _waits_for_storage_access(request):
            return
        origin = "null" if request.origin_hidden else origin
        # strict-origin-when-cross-origin: an https origin is not told to http.
        hides = request.client.engine.loopback_hides_origin or not request.url.origin.loopback
        https = request.client.page.origin.scheme == "https"
        if hides and https and request.mode != "cors" and request.url.scheme != "https":
            origin = "null"
    headers.append((b"Origin", origin.encode()))


def _waits_for_storage_access(request: FetchRequest) -> bool:
    """Storage Access Headers § `Sec-Fetch-Storage-Access: inactive`."""
    page, url = request.client.page, request.url
    asks = request.client.engine.storage_access_origin and request.credentials == "include" and is_trustworthy(url)
    stayed = all(before.origin == url.origin for before in request.urls)
    ours = stayed and same_site(page.top, url.origin, schemeful=False)
    return asks and ours and not same_site(page.origin, url.origin, schemeful=False)


def append_metadata(request: FetchRequest, headers: Headers, preflight: bool = False) -> None:
    """Fetch Metadata § append the Fetch metadata headers: to trustworthy URLs alone."""
    engine = request.client.engine
    if not is_trustworthy(request.url):
        if preflight and engine.preflight_always_says_mode:
            headers.append((b"Sec-Fetch-Mode", b"cors"))
        return
    if request.mode == "websocket" and not engine.metadata_on_websocket:
        return
    urls = request.urls
    if preflight and engine.restarts_preflight:
        urls = urls[-1:]
    elif engine.restarts_request:
        urls = urls[request.restarted_at :]
    # WebSockets § opening handshake, steps 1 and 2: the request's URL is one of http or https.
    site = fetch_site(request.client.page.origin, [url.as_http for url in urls])
    websocket = request.mode == "websocket" and not engine.websocket_like_fetch
    destination = b"websocket" if websocket else b"empty"
    headers.append((b"Sec-Fetch-Dest", destination))
    headers.append((b"Sec-Fetch-Mode", request.mode.encode()))
    headers.append((b"Sec-Fetch-Site", site.encode()))


_WITHHELD: Final[Mapping[CookieRule, StepCode]] = {
    "path": "cookie-withheld-path",
    "secure": "cookie-withheld-secure",
    "third-party": "cookie-withheld-third-party",
    "partition": "cookie-withheld-partition",
    "same-site": "cookie-withheld-same-site",
}


def _append_cookies(request: FetchRequest, headers: Headers, included: bool) -> None:
    """RFC 6265bis § the Cookie header, and a step for each cookie that stays behind."""
    value, withheld = request.client.cookies.header(request.url, request.client.page, request.urls[:-1])
    section = "RFC 6265bis § retrieval model"
    if value and not included:
        text = f"no cookies: credentials mode {request.credentials}, and the request is cross-origin"
        if request.credentials == "omit":
            text = "no cookies: credentials mode omit"
        request.note("Fetch § HTTP-network-or-cache fetch, step 8.3", text, "cookies-excluded")
    elif included:
        for cookie, why, rule in withheld:
            request.note(section, f"the cookie {cookie.name} is not sent: {why}", _WITHHELD[rule])
        if value:
            headers.append((b"Cookie", value.encode("latin-1")))
