"""Fetch § CORS-preflight fetch: may this request be sent?

Here belong the question and the reading of its answer. Not here: when it is asked (`algorithm`), and how long
the answer is remembered (`preflight_cache`).
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Final

from ..standards.fetch import CORS_SAFELISTED_METHODS, NON_WILDCARD_REQUEST_HEADERS
from ..standards.header_lists import get_all, split_list
from ..standards.messages import Failure, Headers, Request, Response
from ..standards.origin import same_origin
from .checks import CheckResult, cors_check, counted
from .engines import Engine
from .locations import locations, rejected_early
from .network import append_metadata, exchange
from .reasons import Reason
from .request import FetchRequest

_MAX_AGE: Final = re.compile(r"-?[0-9]+")


def preflight_fetch(request: FetchRequest) -> Generator[Request, Response | Failure, None]:
    """Fetch § CORS-preflight fetch: returns where the request may be sent."""
    engine, section = request.client.engine, "Fetch § CORS-preflight fetch"
    headers: Headers = [(b"Accept", b"*/*"), (b"Access-Control-Request-Method", request.method.encode())]
    unsafe = request.unsafe_names
    if unsafe:
        headers.append((b"Access-Control-Request-Headers", ",".join(unsafe).encode()))
    headers.append((b"Origin", request.preflight_origin.encode()))
    append_metadata(request, headers, preflight=True)
    response = yield from exchange(request, Request("OPTIONS", request.url.on_the_wire, headers), preflight=True)
    text, reason = _cors_check(request, response)
    for first in _failures(request, response, reason):
        raise request.fail(first, f"{section}, step 7", _PREFLIGHT_TEXT.get(first, text).format(response.status))
    request.note(f"{section}, step 7", f"status {response.status}; {text}")
    methods, names = _allowed(request, response, unsafe)
    request.note(f"{section}, steps 7.5 to 7.7", "the method and the headers are allowed")
    if engine.caches_safelisted_methods:
        methods = [*methods, *CORS_SAFELISTED_METHODS]
    request.client.cache.store(request.cache_key, _max_age(response.headers, engine), methods, names)


_PREFLIGHT_TEXT: Final[dict[Reason, str]] = {
    "preflight-redirect": "a preflight is answered, not redirected: {}",
    "preflight-status": "the status is {}, not 200 to 299",
}


def _cors_check(request: FetchRequest, response: Response) -> CheckResult:
    """Fetch § CORS check, of a preflight."""
    engine = request.client.engine
    if engine.own_origin_preflight_unchecked and same_origin(request.client.page.origin, request.url.origin):
        return CheckResult("the preflight goes to the page's own origin, where this browser makes no CORS check")
    return cors_check(request.preflight_origin, request.credentials, response.headers, engine)


def _failures(request: FetchRequest, response: Response, cors: Reason | None) -> list[Reason]:
    """The failures of one preflight response, the one that the engine reports first."""
    engine = request.client.engine
    of_check: list[Reason] = [f"preflight-{cors}"] if cors else []  # type: ignore[list-item]
    values = locations(response, engine)
    of_status: list[Reason] = []
    first = False
    if values and (request.redirect == "follow" or not engine.preflight_redirects_by_mode):
        of_status = ["preflight-redirect"]
        first = engine.preflight_redirect_first or rejected_early(request, values) is not None
    elif not 200 <= response.status <= 299:
        of_status = ["preflight-status"]
        first = engine.preflight_status_first
    return [*of_status, *of_check] if first else [*of_check, *of_status]


def _allowed(request: FetchRequest, response: Response, unsafe: list[str]) -> tuple[list[str], list[str]]:
    """Fetch § CORS-preflight fetch, steps 7.1 to 7.7: the methods and the header names that the answer lists."""
    engine, section = request.client.engine, "Fetch § CORS-preflight fetch, step 7.3"
    methods = _list(response.headers, "access-control-allow-methods")
    if methods is None:
        raise request.fail("allow-methods-invalid", section, "Access-Control-Allow-Methods is no list of methods")
    implied = request.use_cors_preflight and engine.forced_preflight_allows_method
    if implied and not get_all(response.headers, "access-control-allow-methods"):
        methods = [request.method]
    if engine.checks_method_first:
        _check_method(request, methods)
    names = _list(response.headers, "access-control-allow-headers")
    if names is None:
        raise request.fail("allow-headers-invalid", section, "Access-Control-Allow-Headers is no list of header names")
    _check_method(request, methods)
    _check_names(request, names, unsafe)
    return methods, names


def _check_method(request: FetchRequest, methods: list[str]) -> None:
    """Fetch § CORS-preflight fetch, step 7.5."""
    method, wildcard = request.method, request.credentials != "include"
    if method not in methods and method not in CORS_SAFELISTED_METHODS and not (wildcard and "*" in methods):
        text = f"Access-Control-Allow-Methods does not name {method}" + _hint(methods, method)
        raise request.fail("method-not-allowed", "Fetch § CORS-preflight fetch, step 7.5", text)


def _check_names(request: FetchRequest, names: list[str], unsafe: list[str]) -> None:
    """Fetch § CORS-preflight fetch, steps 7.6 and 7.7."""
    section, wildcard = "Fetch § CORS-preflight fetch", request.credentials != "include"
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
    values = get_all(counted(headers, engine), "access-control-max-age")
    if not values:
        return 5
    text = values[0].strip("\t ")
    if len(values) > 1 or not _MAX_AGE.fullmatch(text):
        return engine.max_age_garbage
    return engine.max_age_negative if text.startswith("-") else int(text)
