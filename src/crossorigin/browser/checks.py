"""The checks that let a response through or stop a request: one function each, one section each.

Here belong verdicts over values. Not here: the order in which they are asked (`algorithm`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple, TypeAlias

from ..standards.fetch import BAD_PORTS, CORS_SAFELISTED_RESPONSE_HEADERS, FORBIDDEN_RESPONSE_HEADERS
from ..standards.header_lists import HTTP_WHITESPACE, get, get_all, split_list
from ..standards.messages import Headers
from ..standards.origin import Origin, same_origin
from .engines import Engine
from .reasons import Reason
from .sites import Page, Url, is_trustworthy, is_unregistrable, parse, same_site

CredentialsMode: TypeAlias = Literal["omit", "same-origin", "include"]

_WHITESPACE: Final = HTTP_WHITESPACE.encode()
_CORP_VALUES: Final = ("same-origin", "same-site", "cross-origin")


class CheckResult(NamedTuple):
    """What a check found, in words, and the reason to stop; None to go on."""

    text: str
    reason: Reason | None = None


def counted(headers: Headers, engine: Engine) -> Headers:
    """The headers that count in this engine: all, or those that are not empty beside another of their name.

    An empty `Content-Type` counts after one that is not.
    """
    if engine.joins_empty_values:
        return headers
    kept: Headers = []
    first: dict[bytes, int] = {}  # where the first of each name is
    for name, value in headers:
        lower, empty = name.lower(), not value.strip(_WHITESPACE)
        if lower not in first:
            first[lower] = len(kept)
            kept.append((name, value))
        elif not kept[first[lower]][1].strip(_WHITESPACE):
            kept[first[lower]] = name, value
        elif not empty or lower == b"content-type":
            kept.append((name, value))
    return kept


def cors_check(origin: str, credentials: CredentialsMode, headers: Headers, engine: Engine) -> CheckResult:
    """Fetch § CORS check, for a serialised request origin."""
    lines = [name for name, _ in headers].count(b"Access-Control-Allow-Origin")
    if lines > 1 and engine.rejects_repeated_allow_origin:
        text = f"Access-Control-Allow-Origin stands on {lines} lines: one is allowed"
        return CheckResult(text, "allow-origin-multiple")
    headers = counted(headers, engine)
    allowed = get(headers, "access-control-allow-origin")
    if allowed is None:
        return CheckResult("the response has no Access-Control-Allow-Origin", "allow-origin-missing")
    if allowed == "*":
        if credentials != "include":
            return CheckResult("Access-Control-Allow-Origin: * lets every origin in")
        return CheckResult(
            "Access-Control-Allow-Origin: * counts for nothing where the request includes credentials",
            "allow-origin-star-with-credentials",
        )
    if allowed != origin:
        return _not_this_origin(origin, allowed)
    if credentials != "include":
        return CheckResult(f"Access-Control-Allow-Origin: {allowed} is the request's origin")
    granted = get(headers, "access-control-allow-credentials")
    if granted is None:
        text = "the request includes credentials, and the response has no Access-Control-Allow-Credentials"
        return CheckResult(text, "allow-credentials-missing")
    if granted != "true":
        text = f"Access-Control-Allow-Credentials must be exactly `true`, not `{granted}`"
        return CheckResult(text, "allow-credentials-invalid")
    return CheckResult(f"Access-Control-Allow-Origin: {allowed} is the request's origin, and credentials are allowed")


def _not_this_origin(origin: str, allowed: str) -> CheckResult:
    """The standard fails here whatever the value; the browsers' messages tell three cases apart."""
    text = f"Access-Control-Allow-Origin is `{allowed}`, and the request's origin is `{origin}`"
    if "," in allowed or " " in allowed:
        return CheckResult(f"{text}: one value is allowed, not several", "allow-origin-multiple")
    if allowed != "null" and parse(allowed) is None:
        return CheckResult(f"{text}: that is no origin", "allow-origin-invalid")
    return CheckResult(text, "allow-origin-mismatch")


def blocks_port(url: Url) -> bool:
    """Fetch § port blocking."""
    return url.port in BAD_PORTS


def is_mixed_content(page: Page, url: Url) -> bool:
    """Mixed Content § should fetching request be blocked: an https page, and a URL that is not trustworthy.

    By the letter a page of http://localhost prohibits mixed content too; no browser does that.
    """
    return page.secure and not is_trustworthy(url)


def corp_blocks(origin: Origin, url: Url, headers: Headers, engine: Engine) -> str:
    """Fetch § cross-origin resource policy check, without embedder policy: the policy that blocks, or empty."""
    policy = get(counted(headers, engine), "cross-origin-resource-policy")
    if policy not in _CORP_VALUES or policy == "cross-origin" or same_origin(origin, url.origin):
        return ""
    if policy == "same-site" and origin.opaque and engine.opaque_same_site_with_localhost and is_unregistrable(url):
        return ""
    # Step: `same-site` lets a http page have a http response, and a https page any response of its site.
    insecure_to_secure = origin.scheme != "https" and url.scheme == "https"
    if policy == "same-site" and same_site(origin, url.origin, schemeful=False) and not insecure_to_secure:
        return ""
    return policy


def exposed(headers: Headers, credentials: CredentialsMode) -> frozenset[str]:
    """Fetch § CORS-exposed header-name list and CORS filtered response: the names script may read."""
    listed = split_list(get_all(headers, "access-control-expose-headers")) or []
    if credentials != "include" and "*" in listed:
        names = {name.decode("latin-1").lower() for name, _ in headers}
    else:
        names = {name.lower() for name in listed}
    return frozenset(names | CORS_SAFELISTED_RESPONSE_HEADERS) - FORBIDDEN_RESPONSE_HEADERS


def readable(headers: Headers, names: frozenset[str] | None, engine: Engine) -> dict[str, str]:
    """What `response.headers` shows: lower-case, sorted, repeated values joined; None for a basic response."""
    seen = {name.decode("latin-1").lower() for name, _ in headers} - FORBIDDEN_RESPONSE_HEADERS
    kept = seen if names is None else seen & names
    found: dict[str, str] = {}
    for name in sorted(kept):
        values = [value.strip(HTTP_WHITESPACE) for value in get_all(counted(headers, engine), name)]
        joint = engine.content_type_joint if name == "content-type" else ", "
        found[name] = joint.join(values)
    return found


def is_redirect_tainted(origin: Origin, urls: Sequence[Url]) -> bool:
    """Fetch § redirect-taint, other than same-origin: some hop left an origin that was not the page's."""
    return any(
        not same_origin(url.origin, last.origin) and not same_origin(origin, last.origin)
        for last, url in pairwise(urls)
    )


def fetch_site(origin: Origin, urls: Sequence[Origin]) -> str:
    """Fetch Metadata § Sec-Fetch-Site, over the origins of the redirect chain."""
    found = "same-origin"
    for url in urls:
        if same_origin(origin, url):
            continue
        if not same_site(origin, url):
            return "cross-site"
        found = "same-site"
    return found
