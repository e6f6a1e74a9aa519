"""Fetching itself: the Fetch Standard's algorithms as generators that yield requests and take responses.

Here belong main fetch, HTTP fetch, HTTP-redirect fetch, HTTP-network-or-cache fetch, CORS-preflight
fetch and the WebSocket handshake, in that order, one function each. Not here: the checks they ask
and the tables they read.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from ..fetch import (
    CONDITIONAL_HEADERS,
    CORS_SAFELISTED_METHODS,
    MAX_REDIRECTS,
    NON_WILDCARD_REQUEST_HEADERS,
    NULL_BODY_STATUSES,
    REDIRECT_STATUSES,
    REQUEST_BODY_HEADERS,
)
from .call import Call, FetchOptions, Mode, Refused, is_http, read_call, read_url
from .checks import (
    CredentialsMode,
    blocks_port,
    corp_blocks,
    cors_check,
    exposed,
    fetch_site,
    is_mixed_content,
    is_redirect_tainted,
    readable,
)
from .cookies import CookieJar
from .engines import Engine
from .outcome import Outcome, ResponseType, Step
from .preflight_cache import CacheKey, PreflightCache
from .reasons import Reason
from .safelist import unsafe_names
from .sites import Page, Url, is_trustworthy, parse, same_origin, same_site
from .wire import Exchange, Failure, Headers, Request, Response, delete_header, get, get_all, split_list

Wire: TypeAlias = Generator[Request, Response | Failure, Response]

_RANGE: Final = re.compile(rb"bytes[ \t]*=[ \t]*([0-9]*)[ \t]*-[ \t]*([0-9]*)[ \t]*", re.IGNORECASE)
_MAX_AGE: Final = re.compile(r"-?[0-9]+")


class NetworkError(Exception):
    """Fetch § network error; the steps already hold its story."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(slots=True)
class Client:
    """Who fetches: the page, the engine, and what outlives one fetch."""

    page: Page
    engine: Engine
    cache: PreflightCache
    cookies: CookieJar
    fetches: int = 0


@dataclass(slots=True)
class FetchRequest:
    """Fetch § request, of which one fetch changes the method, the headers, the body, the URLs and the tainting."""

    client: Client
    method: str
    urls: list[Url]
    headers: Headers
    body: bytes | None
    mode: Mode
    credentials: CredentialsMode
    redirect: str
    stream: bool = False
    use_cors_preflight: bool = False
    tainting: ResponseType = "basic"
    origin_hidden: bool = False
    restarted_at: int = 0
    method_changed: bool = False
    number: int = 0
    asked_headers: Headers = field(default_factory=list)
    asked_method: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def url(self) -> Url:
        """Fetch § current URL."""
        return self.urls[-1]

    @property
    def serialized_origin(self) -> str:
        """Fetch § serializing a request origin: `null` once a redirect has tainted it."""
        origin = self.client.page.origin
        return "null" if is_redirect_tainted(origin, self.urls) else str(origin)

    @property
    def preflight_origin(self) -> str:
        """The serialised request origin of a preflight."""
        return str(self.client.page.origin) if self.client.engine.preflight_ignores_taint else self.serialized_origin

    @property
    def unsafe_names(self) -> list[str]:
        """Fetch § CORS-unsafe request-header names."""
        return unsafe_names(self.headers, self.client.engine)

    @property
    def cache_key(self) -> CacheKey:
        """What the preflight cache knows this request by."""
        origin = self.serialized_origin
        engine = self.client.engine
        if engine.preflight_ignores_taint:
            origin = str(self.client.page.origin)
        elif origin == "null" and not engine.null_origins_match:
            tainted = is_redirect_tainted(self.client.page.origin, self.urls)
            origin = f"null of fetch {self.number}, URL {len(self.urls) if tainted else 0}"
        return CacheKey(origin, self.url.href, self.credentials == "include")

    def note(self, section: str, text: str) -> None:
        """One step that lets the fetch go on."""
        self.steps.append(Step(section, text))

    def fail(self, reason: Reason, section: str, text: str) -> NetworkError:
        """The step that ends the fetch, and the error to raise."""
        self.steps.append(Step(section, text, ok=False))
        return NetworkError(reason)


def fetching(client: Client, url: str, options: FetchOptions) -> Generator[Request, Response | Failure, Outcome]:
    """Fetch § fetch method: yields each request a browser sends, takes its response, returns the outcome."""
    try:
        call = read_call(client.page, url, options, client.engine)
    except Refused as refused:
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
            raise Refused("invalid-url", f"a WebSocket has no URL of the scheme {scheme}")
    except Refused as refused:
        return _type_error(url, refused)
    target = parse(scheme + target.href.removeprefix(target.scheme)) or target
    request = FetchRequest(client, "GET", [target], [], None, "websocket", "include", "error")
    try:
        _block_early(request)
        response = yield from _network_fetch(request)
        if response.status != 101:
            text = f"the server answered {response.status}, not 101"
            raise request.fail("websocket-refused", "WebSockets § establish a WebSocket connection", text)
    except NetworkError as error:
        return _outcome(request, None, error.reason)
    request.note("WebSockets § establish a WebSocket connection", "101: the connection is open; CORS has no say")
    return _outcome(request, response)


def main_fetch(request: FetchRequest) -> Wire:
    """Fetch § main fetch, for the first URL and again for each redirect."""
    _block_early(request)
    page, url = request.client.page, request.url
    section = "Fetch § main fetch, step 12"
    if same_origin(page.origin, url.origin) and request.tainting == "basic":
        request.note(section, f"{url.origin} is the page's own origin: CORS does not apply")
        return (yield from http_fetch(request))
    if request.mode == "same-origin":
        text = f"mode same-origin, and {url.origin} is not the page's origin {page.origin}"
        raise request.fail("same-origin-mode", section, text)
    if request.mode == "no-cors":
        if request.redirect != "follow":
            text = f"mode no-cors with redirect: {request.redirect}"
            raise request.fail("no-cors-redirect-mode", section, text)
        request.tainting = "opaque"
        request.note(section, "mode no-cors: the request is sent, and script reads nothing of the response")
        return (yield from http_fetch(request))
    if not is_http(url):
        raise request.fail("scheme-not-http", section, f"CORS is for http and https, not {url.scheme}")
    why = _why_preflight(request)
    if why or request.method_changed or request.tainting != "cors":
        request.restarted_at = len(request.urls) - 1
    request.tainting = "cors"
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


def _block_early(request: FetchRequest) -> None:
    """Fetch § main fetch, step 7."""
    page, url = request.client.page, request.url
    if blocks_port(url):
        raise request.fail("bad-port", "Fetch § port blocking", f"browsers do not connect to port {url.port}")
    if is_mixed_content(page, url):
        text = f"the page is https and {url.origin} is not"
        raise request.fail("mixed-content", "Mixed Content § should fetching request be blocked", text)


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
    """Whether the call needed a preflight as the script made it, where the engine remembers that over redirects."""
    engine = request.client.engine
    if not engine.redirect_restores_headers:
        return False
    return request.asked_method not in CORS_SAFELISTED_METHODS or bool(unsafe_names(request.asked_headers, engine))


def http_fetch(request: FetchRequest, preflight: bool = False) -> Wire:
    """Fetch § HTTP fetch."""
    if preflight:
        if _needs_preflight(request):
            if request.client.engine.cache_replaces:
                request.client.cache.clear(request.cache_key)
            yield from preflight_fetch(request)
        else:
            request.note("Fetch § HTTP fetch, step 4.1", "an earlier preflight, still cached, allowed this")
    response = yield from _network_fetch(request)
    if request.tainting == "cors":
        text, reason = cors_check(request.serialized_origin, request.credentials, response.headers)
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
    locations = get_all(response.headers, "location")
    if request.client.engine.location_before_mode:
        locations = [value for value in locations if value]
        if not locations and request.redirect == "error":
            return response
        if locations and _location(request, locations) is None:
            raise _invalid_location(request, locations)
    if request.redirect == "error":
        raise request.fail("redirect-mode-error", "Fetch § HTTP fetch, step 6", "a redirect, with redirect: error")
    if request.redirect == "manual":
        request.tainting = "opaqueredirect"
        request.note("Fetch § HTTP fetch, step 6", "a redirect, with redirect: manual: script learns no more")
        return response
    return (yield from redirect_fetch(request, response, locations))


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


def redirect_fetch(request: FetchRequest, response: Response, locations: list[str]) -> Wire:
    """Fetch § HTTP-redirect fetch, for a response with a redirect status."""
    section = "Fetch § HTTP-redirect fetch"
    if not locations:
        request.note(f"{section}, step 3", f"a {response.status} without Location is an ordinary response")
        return response
    target = _location(request, locations)
    if target is None:
        raise _invalid_location(request, locations)
    if not is_http(target):
        raise request.fail("redirect-scheme", f"{section}, step 5", f"the Location's scheme is {target.scheme}")
    if len(request.urls) > MAX_REDIRECTS:
        raise request.fail("redirect-count", f"{section}, step 6", f"more than {MAX_REDIRECTS} redirects")
    cross_origin = not same_origin(request.client.page.origin, target.origin)
    everywhere = request.client.engine.redirect_credentials_any_mode
    if target.has_credentials and (
        everywhere or request.tainting == "cors" or (request.mode == "cors" and cross_origin)
    ):
        text = "the Location holds a user name or password"
        raise request.fail("redirect-credentials", f"{section}, steps 8 and 9", text)
    if response.status != 303 and request.stream:
        text = "a streamed body is gone once sent"
        raise request.fail("redirect-stream", f"{section}, step 10", text)
    _rewrite(request, response.status, target)
    before = request.serialized_origin
    request.urls.append(target)
    request.note(section, f"{response.status} to {target.href}, as {request.method}")
    if request.serialized_origin != before:
        text = f"the redirect left an origin that is not the page's: from here on the Origin is null, not {before}"
        request.note("Fetch § serializing a request origin, redirect-taint", text)
    return (yield from main_fetch(request))


def _invalid_location(request: FetchRequest, locations: list[str]) -> NetworkError:
    text = f"{locations[0]!r} is no URL" if len(locations) == 1 else "there are several Locations"
    return request.fail("redirect-location-invalid", "Fetch § HTTP-redirect fetch, step 4", text)


def _location(request: FetchRequest, locations: list[str]) -> Url | None:
    """Fetch § location URL: None for failure, several headers among them."""
    if len(set(locations)) > 1:
        return None
    return parse(locations[0].encode("latin-1").decode("utf-8", "replace"), request.url.href)


def _rewrite(request: FetchRequest, status: int, target: Url) -> None:
    """Fetch § HTTP-redirect fetch, steps 11 and 12: method, body, and what must not travel on."""
    request.method_changed = _becomes_get(request.method, status)
    drops_body_headers = request.method_changed
    if request.client.engine.redirect_restores_headers:
        request.headers = list(request.asked_headers)
        drops_body_headers = _becomes_get(request.asked_method, status)
    if request.method_changed:
        request.method, request.body = "GET", None
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


def _network_fetch(request: FetchRequest) -> Wire:
    """Fetch § HTTP-network-or-cache fetch, without the cache."""
    headers = list(request.headers)
    if not request.client.engine.joins_empty_values:
        full = {name.lower() for name, value in headers if value}
        headers = [pair for pair in headers if pair[1] or pair[0].lower() not in full]
    if get(headers, "accept") is None and (request.mode != "websocket" or request.client.engine.websocket_like_fetch):
        headers.append((b"Accept", b"*/*"))
    if request.body is not None and not request.stream:
        headers.append((b"Content-Length", str(len(request.body)).encode()))
    elif request.body is None and request.method in ("POST", "PUT"):
        headers.append((b"Content-Length", b"0"))
    _append_origin(request, headers)
    _append_metadata(request, headers)
    _rewrite_range(request, headers)
    included = _includes_credentials(request)
    _append_cookies(request, headers, included)
    response = yield from _exchange(
        request, Request(request.method, request.url.on_the_wire, headers, request.body or b"")
    )
    if included:
        for value in get_all(response.headers, "set-cookie"):
            why = request.client.cookies.receive(request.url, value, request.client.page, request.urls[:-1])
            if why:
                name = value.partition("=")[0].strip()
                request.note("RFC 6265bis § storage model", f"the cookie {name} is not stored: {why}")
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
    for place, (name, value) in enumerate(headers):
        if name.lower() == b"range" and (match := _RANGE.fullmatch(value)):
            headers[place] = name, b"bytes=%b-%b" % match.groups()


def _exchange(request: FetchRequest, sent: Request, preflight: bool = False) -> Wire:
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
    stayed = all(it.origin == url.origin for it in request.urls)
    ours = stayed and same_site(page.top, url.origin, schemeful=False)
    return asks and ours and not same_site(page.origin, url.origin, schemeful=False)


def _append_metadata(request: FetchRequest, headers: Headers, preflight: bool = False) -> None:
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
    origins = [url.as_http if engine.websocket_like_fetch else url.origin for url in urls]
    site = fetch_site(request.client.page.origin, origins)
    websocket = request.mode == "websocket" and not engine.websocket_like_fetch
    destination = b"websocket" if websocket else b"empty"
    headers.append((b"Sec-Fetch-Dest", destination))
    headers.append((b"Sec-Fetch-Mode", request.mode.encode()))
    headers.append((b"Sec-Fetch-Site", site.encode()))


def _append_cookies(request: FetchRequest, headers: Headers, included: bool) -> None:
    """RFC 6265bis § the Cookie header, and a step for each cookie that stays behind."""
    value, withheld = request.client.cookies.header(request.url, request.client.page, request.urls[:-1])
    section = "RFC 6265bis § retrieval model"
    if value and not included:
        text = f"no cookies: credentials mode {request.credentials}, and the request is cross-origin"
        if request.credentials == "omit":
            text = "no cookies: credentials mode omit"
        request.note("Fetch § HTTP-network-or-cache fetch, step 8.3", text)
    elif included:
        for cookie, why in withheld:
            request.note(section, f"the cookie {cookie.name} is not sent: {why}")
        if value:
            headers.append((b"Cookie", value.encode("latin-1")))


def preflight_fetch(request: FetchRequest) -> Generator[Request, Response | Failure, None]:
    """Fetch § CORS-preflight fetch: returns where the request may be sent."""
    engine, section = request.client.engine, "Fetch § CORS-preflight fetch"
    headers: Headers = [(b"Accept", b"*/*"), (b"Access-Control-Request-Method", request.method.encode())]
    unsafe = request.unsafe_names
    if unsafe:
        headers.append((b"Access-Control-Request-Headers", ",".join(unsafe).encode()))
    headers.append((b"Origin", request.preflight_origin.encode()))
    _append_metadata(request, headers, preflight=True)
    response = yield from _exchange(request, Request("OPTIONS", request.url.on_the_wire, headers), preflight=True)
    text, reason = cors_check(request.preflight_origin, request.credentials, response.headers)
    for early in _preflight_order(response, reason, engine):
        raise request.fail(early, f"{section}, step 7", _PREFLIGHT_TEXT.get(early, text).format(response.status))
    request.note(f"{section}, step 7", f"status {response.status}; {text}")
    methods = _list(response.headers, "access-control-allow-methods")
    if methods is None:
        text = "Access-Control-Allow-Methods is no list of methods"
        raise request.fail("allow-methods-invalid", f"{section}, step 7.3", text)
    names = _list(response.headers, "access-control-allow-headers")
    if names is None:
        text = "Access-Control-Allow-Headers is no list of header names"
        raise request.fail("allow-headers-invalid", f"{section}, step 7.3", text)
    implied = request.use_cors_preflight and engine.forced_preflight_allows_method
    if implied and not get_all(response.headers, "access-control-allow-methods"):
        methods = [request.method]
    _check_allowed(request, methods, names, unsafe)
    request.note(f"{section}, steps 7.5 to 7.7", "the method and the headers are allowed")
    if engine.caches_safelisted_methods:
        methods = [*methods, *CORS_SAFELISTED_METHODS]
    request.client.cache.store(request.cache_key, _max_age(response.headers, engine), methods, names)


_PREFLIGHT_TEXT: Final[dict[Reason, str]] = {
    "preflight-redirect": "a preflight is answered, not redirected: {}",
    "preflight-status": "the status is {}, not 200 to 299",
}


def _preflight_order(response: Response, cors: Reason | None, engine: Engine) -> list[Reason]:
    """The failures of one preflight response, the one that the engine reports first."""
    failures: list[Reason] = [f"preflight-{cors}"] if cors else []  # type: ignore[list-item]
    if response.status in REDIRECT_STATUSES:
        failures.insert(0 if engine.preflight_redirect_first else len(failures), "preflight-redirect")
    elif not 200 <= response.status <= 299:
        failures.insert(0 if engine.preflight_status_first else len(failures), "preflight-status")
    return failures


def _check_allowed(request: FetchRequest, methods: list[str], names: list[str], unsafe: list[str]) -> None:
    """Fetch § CORS-preflight fetch, steps 7.5 to 7.7."""
    section, wildcard = "Fetch § CORS-preflight fetch", request.credentials != "include"
    method = request.method
    if method not in methods and method not in CORS_SAFELISTED_METHODS and not (wildcard and "*" in methods):
        text = f"Access-Control-Allow-Methods does not name {method}" + _hint(methods, method)
        raise request.fail("method-not-allowed", f"{section}, step 7.5", text)
    lower = {name.lower() for name in names}
    for name in unsafe:
        if name in lower:
            continue
        covered = wildcard and "*" in lower
        if covered and name in NON_WILDCARD_REQUEST_HEADERS and not request.client.engine.wildcard_covers_authorization:
            text = f"Access-Control-Allow-Headers: * does not cover {name}"
            raise request.fail("authorization-not-listed", f"{section}, step 7.6", text)
        if not covered:
            text = f"Access-Control-Allow-Headers does not name {name}"
            if "*" in lower:
                text += "; its * counts for nothing where the request includes credentials"
            raise request.fail("header-not-allowed", f"{section}, step 7.7", text)


def _hint(methods: list[str], method: str) -> str:
    if "*" in methods:
        return "; its * counts for nothing where the request includes credentials"
    if method.upper() in {name.upper() for name in methods}:
        return "; methods are compared case-sensitively"
    return ""


def _list(headers: Headers, name: str) -> list[str] | None:
    """Fetch § extract header list values of `#token`: empty where absent, None for failure."""
    return split_list(get_all(headers, name))


def _max_age(headers: Headers, engine: Engine) -> int:
    """Fetch § CORS-preflight fetch, steps 7.13 and 7.14: seconds."""
    values = get_all(headers, "access-control-max-age")
    if not values:
        return 5
    text = values[0].strip("\t ")
    if len(values) > 1 or not _MAX_AGE.fullmatch(text):
        return engine.max_age_garbage
    return engine.max_age_negative if text.startswith("-") else int(text)


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
    )


def _type_error(url: str, refused: Refused) -> Outcome:
    step = Step("Fetch § Request constructor", f"TypeError: {refused.text}", ok=False)
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
