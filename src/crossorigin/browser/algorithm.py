"""Fetching itself: the Fetch Standard's algorithms as generators that yield requests and take responses.

Here belong main fetch, HTTP fetch, HTTP-redirect fetch and the WebSocket handshake, one function each. Not here: the
state of a fetch (`request`), the wire (`network`), preflights (`preflight`), the checks and the tables.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

from ..standards.fetch import (
    CONDITIONAL_HEADERS,
    CORS_SAFELISTED_METHODS,
    MAX_REDIRECTS,
    NON_WILDCARD_REQUEST_HEADERS,
    NULL_BODY_STATUSES,
    REDIRECT_STATUSES,
    REQUEST_BODY_HEADERS,
)
from ..standards.header_lists import delete_header, get
from ..standards.messages import Failure, Request, Response
from ..standards.origin import same_origin
from .call import Call, FetchOptions, InvalidCall, is_http, read_call, read_url
from .checks import blocks_port, corp_blocks, cors_check, exposed, is_mixed_content, readable
from .locations import invalid_location, location_url, locations, rejected_early
from .network import network_fetch
from .outcome import Outcome, Step
from .preflight import preflight_fetch
from .reasons import Reason
from .request import Client, FetchRequest, NetworkError, Wire
from .safelist import unsafe_names
from .sites import Url, parse


def fetching(client: Client, url: str, options: FetchOptions) -> Generator[Request, Response | Failure, Outcome]:
    """Fetch § fetch method: yields each request a browser sends, takes its response, returns the outcome."""
    try:
        call = read_call(client.page, url, options, client.engine)
    except InvalidCall as refused:
        return _type_error(url, refused)
    client.fetches += 1
    request = _request(client, call)
    try:
        response = yield from main_fetch(request)
    except NetworkError as error:
        return _outcome(request, None, error.reason)
    return _outcome(request, response)


def handshaking(client: Client, url: str) -> Generator[Request, Response | Failure, Outcome]:
    """WebSockets § establish a WebSocket connection: no CORS, `Origin` always, and cookies.

    A 101 is allowed; whatever else the server says, script sees only that it failed.
    """
    try:
        target = read_url(client.page, url)
        scheme = {"http": "ws", "https": "wss"}.get(target.scheme, target.scheme)
        if scheme not in ("ws", "wss"):
            raise InvalidCall("invalid-url", f"a WebSocket has no URL of the scheme {scheme}")
    except InvalidCall as refused:
        return _type_error(url, refused)
    target = parse(scheme + target.href.removeprefix(target.scheme)) or target
    request = FetchRequest(client, "GET", [target], [], None, "websocket", "include", "error")
    try:
        _block_early(request)
        response = yield from network_fetch(request)
        if response.status != 101:
            text = f"the server answered {response.status}, not 101"
            raise request.fail("websocket-refused", "WebSockets § establish a WebSocket connection", text)
    except NetworkError as error:
        return _outcome(request, None, error.reason)
    request.note("WebSockets § establish a WebSocket connection", "101: the connection is open; CORS has no say")
    return _outcome(request, response)


def main_fetch(request: FetchRequest) -> Wire:
    """Fetch § main fetch, for the first URL and again for each redirect."""
    page, url = request.client.page, request.url
    section = "Fetch § main fetch, step 12"
    ours = same_origin(page.origin, url.origin) and request.tainting == "basic"
    mode_first = request.client.engine.mode_before_blocking and len(request.urls) == 1
    if mode_first and not ours:
        _check_mode(request)
    _block_early(request)
    if ours:
        request.note(section, f"{url.origin} is the page's own origin: CORS does not apply")
        return (yield from http_fetch(request))
    _check_mode(request)
    if request.mode == "no-cors":
        request.tainting = "opaque"
        request.note(section, "mode no-cors: the request is sent, and script reads nothing of the response")
        return (yield from http_fetch(request))
    if not is_http(url):
        raise request.fail("scheme-not-http", section, f"CORS is for http and https, not {url.scheme}")
    why = _why_preflight(request)
    if why or request.method_changed or request.tainting != "cors":
        request.restarted_at = len(request.urls) - 1
    request.tainting = "cors"
    request.needed_preflight |= bool(why)
    request.note(section, f"{url.origin} is not {page.origin}: CORS applies, {why or 'no preflight needed'}")
    if not why:
        return (yield from http_fetch(request))
    try:
        return (yield from http_fetch(request, preflight=True))
    except NetworkError as error:
        when = request.client.engine.failure_clears_cache
        if when != "never" and when != f"not {error.reason}":
            request.client.cache.clear(request.cache_key)
        raise


def _check_mode(request: FetchRequest) -> None:
    """Fetch § main fetch, step 12: which modes reach no other origin."""
    page, url, section = request.client.page, request.url, "Fetch § main fetch, step 12"
    if request.mode == "same-origin":
        text = f"mode same-origin, and {url.origin} is not the page's origin {page.origin}"
        raise request.fail("same-origin-mode", section, text)
    if request.mode == "no-cors" and request.redirect != "follow":
        raise request.fail("no-cors-redirect-mode", section, f"mode no-cors with redirect: {request.redirect}")


def _block_early(request: FetchRequest) -> None:
    """Fetch § main fetch, step 7. Of two failures both browsers report the mixed content."""
    page, url = request.client.page, request.url
    if is_mixed_content(page, url):
        text = f"the page is https and {url.origin} is not"
        raise request.fail("mixed-content", "Mixed Content § should fetching request be blocked", text)
    if blocks_port(url):
        raise request.fail("bad-port", "Fetch § port blocking", f"browsers do not connect to port {url.port}")


def _why_preflight(request: FetchRequest) -> str:
    """Fetch § main fetch, step 12: the words for what makes a preflight necessary, or empty."""
    if request.use_cors_preflight:
        return "preflighted for its streamed body or upload listener"
    if request.method not in CORS_SAFELISTED_METHODS:
        return f"preflighted for its method {request.method}"
    unsafe = request.unsafe_names
    if unsafe:
        return f"preflighted for {', '.join(unsafe)}"
    return "preflighted for what was asked before the redirect" if _asked_unsafe(request) else ""


def _asked_unsafe(request: FetchRequest) -> bool:
    """Whether a preflight was needed before, or by the script's own headers, where the engine remembers that."""
    engine = request.client.engine
    if not engine.redirect_restores_headers:
        return False
    return request.needed_preflight or bool(unsafe_names(request.asked_headers, engine))


def http_fetch(request: FetchRequest, preflight: bool = False) -> Wire:
    """Fetch § HTTP fetch."""
    if preflight:
        if _needs_preflight(request):
            if request.client.engine.cache_replaces:
                request.client.cache.clear(request.cache_key)
            yield from preflight_fetch(request)
        else:
            request.note(
                "Fetch § HTTP fetch, step 4.1", "an earlier preflight, still cached, allowed this", "preflight-cached"
            )
    response = yield from network_fetch(request)
    values = locations(response, request.client.engine)
    early = rejected_early(request, values)
    if early is not None:
        raise request.end(early)
    if request.tainting == "cors":
        engine = request.client.engine
        text, reason = cors_check(request.serialized_origin, request.credentials, response.headers, engine)
        if reason is not None:
            raise request.fail(reason, "Fetch § CORS check", text)
        request.note("Fetch § CORS check", text)
    if request.tainting == "opaque":
        policy = corp_blocks(request.client.page.origin, request.url, response.headers, request.client.engine)
        if policy:
            section = "Fetch § cross-origin resource policy check"
            raise request.fail("cross-origin-resource-policy", section, f"the policy is {policy}")
    if response.status not in REDIRECT_STATUSES:
        return response
    if request.redirect == "error":
        return _not_following(request, response, values)
    if request.redirect == "manual":
        request.tainting = "opaqueredirect"
        request.note("Fetch § HTTP fetch, step 6", "a redirect, with redirect: manual: script learns no more")
        return response
    return (yield from redirect_fetch(request, response, values))


def _not_following(request: FetchRequest, response: Response, values: list[str]) -> Response:
    """Fetch § HTTP fetch, step 6, in mode error: no redirect is followed, and not every 3xx is one to each engine."""
    if request.client.engine.location_before_mode:
        if not values:
            return response
        target = location_url(values, request.url)
        if target is not None and target.has_credentials and request.mode == "cors":
            raise request.fail("redirect-credentials", _REDIRECT_CREDENTIALS, _NAMES_A_USER)
    raise request.fail("redirect-mode-error", "Fetch § HTTP fetch, step 6", "a redirect, with redirect: error")


_REDIRECT_CREDENTIALS: Final = "Fetch § HTTP-redirect fetch, steps 8 and 9"
_NAMES_A_USER: Final = "the Location holds a user name or password"


def _needs_preflight(request: FetchRequest) -> bool:
    """Fetch § HTTP fetch, step 4.1: what the preflight cache does not hold."""
    cache, key, engine = request.client.cache, request.cache_key, request.client.engine
    xhr = request.use_cors_preflight and not request.stream
    skips = engine.conditional_skips_cache == "always" or (engine.conditional_skips_cache == "fetch" and not xhr)
    if skips and any(get(request.headers, name) is not None for name in CONDITIONAL_HEADERS):
        return True
    asks = request.use_cors_preflight or request.method not in CORS_SAFELISTED_METHODS or _asked_unsafe(request)
    if asks and not cache.has_method(key, request.method):
        return True
    return not all(cache.has_header(key, name) for name in request.unsafe_names)


def redirect_fetch(request: FetchRequest, response: Response, values: list[str]) -> Wire:
    """Fetch § HTTP-redirect fetch, for a response with a redirect status."""
    section = "Fetch § HTTP-redirect fetch"
    if not values:
        request.note(f"{section}, step 3", f"a {response.status} without Location is an ordinary response")
        return response
    target = location_url(values, request.url)
    if target is None:
        raise request.end(invalid_location(values))
    if not is_http(target):
        raise request.fail("redirect-scheme", f"{section}, step 5", f"the Location's scheme is {target.scheme}")
    if len(request.urls) > MAX_REDIRECTS:
        raise request.fail("redirect-count", f"{section}, step 6", f"more than {MAX_REDIRECTS} redirects")
    cross_origin = not same_origin(request.client.page.origin, target.origin)
    everywhere = request.client.engine.redirect_credentials_any_mode
    rejects = everywhere or request.tainting == "cors" or (request.mode == "cors" and cross_origin)
    if target.has_credentials and rejects:
        raise request.fail("redirect-credentials", _REDIRECT_CREDENTIALS, _NAMES_A_USER)
    if response.status != 303 and request.stream:
        text = "a streamed body is gone once sent"
        raise request.fail("redirect-stream", f"{section}, step 10", text)
    if request.client.engine.bad_port_fails_redirect and blocks_port(target):
        raise request.fail("bad-port", "Fetch § port blocking", f"browsers do not connect to port {target.port}")
    _rewrite(request, response.status, target)
    before = request.serialized_origin
    request.urls.append(target)
    request.note(section, f"{response.status} to {target.href}, as {request.method}")
    if request.serialized_origin != before:
        text = f"the redirect left an origin that is not the page's: from here on the Origin is null, not {before}"
        request.note("Fetch § serializing a request origin, redirect-taint", text, "origin-tainted")
    return (yield from main_fetch(request))


def _rewrite(request: FetchRequest, status: int, target: Url) -> None:
    """Fetch § HTTP-redirect fetch, steps 11 and 12: method, body, and what must not travel on."""
    request.method_changed = _becomes_get(request.method, status)
    drops_body_headers = request.method_changed
    if request.client.engine.redirect_restores_headers:
        request.headers = list(request.asked_headers)
        drops_body_headers = _becomes_get(request.asked_method, status)
    if request.method_changed:
        request.method, request.body = "GET", None
    if request.body is None and request.restores_no_type:
        delete_header(request.headers, b"content-type")
    for name in REQUEST_BODY_HEADERS if drops_body_headers else ():
        delete_header(request.headers, name.encode())
    if not same_origin(request.client.page.origin, target.origin):
        for name in request.client.engine.redirect_drops:
            delete_header(request.headers, name.encode())
    if not same_origin(request.url.origin, target.origin):
        if request.mode == "no-cors" and request.client.engine.no_cors_redirects_in_network:
            request.origin_hidden = True
        for name in NON_WILDCARD_REQUEST_HEADERS:
            delete_header(request.headers, name.encode())


def _becomes_get(method: str, status: int) -> bool:
    if status in (301, 302):
        return method == "POST"
    return status == 303 and method not in ("GET", "HEAD")


def _request(client: Client, call: Call) -> FetchRequest:
    return FetchRequest(
        client,
        call.method,
        [call.url],
        call.headers,
        call.body,
        call.mode,
        call.credentials,
        call.redirect,
        call.stream,
        call.use_cors_preflight,
        steps=call.steps,
        number=client.fetches,
        asked_headers=list(call.headers),
        asked_method=call.method,
        restores_no_type=call.typed_by_body and call.use_cors_preflight and not call.stream,
    )


def _type_error(url: str, refused: InvalidCall) -> Outcome:
    step = Step("Fetch § Request constructor", f"TypeError: {refused.text}", ok=False, code=refused.reason)
    return Outcome(False, refused.reason, "error", url, 0, {}, b"", (), (step,))


def _outcome(request: FetchRequest, response: Response | None, reason: Reason | None = None) -> Outcome:
    """Fetch § main fetch, steps 14 to 23: the filtered response that script sees."""
    story = tuple(request.exchanges), tuple(request.steps)
    if response is None:
        return Outcome(False, reason, "error", request.url.href, 0, {}, b"", *story)
    if request.tainting in ("opaque", "opaqueredirect"):
        return Outcome(True, None, request.tainting, request.url.href, 0, {}, b"", *story)
    names = exposed(response.headers, request.credentials) if request.tainting == "cors" else None
    null_body = request.method == "HEAD" or response.status in NULL_BODY_STATUSES
    body = b"" if null_body else response.body
    headers = readable(response.headers, names, request.client.engine)
    return Outcome(True, None, request.tainting, request.url.href, response.status, headers, body, *story)
