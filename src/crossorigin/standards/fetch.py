"""The Fetch Standard's tables: methods, header names and the grammar of a token.

Here belong facts of the standard that both halves of the protocol need, each under the
standard's own name. Not here: any algorithm of either half, and any opinion of ours.
"""

from __future__ import annotations

import re
from typing import Final

# Fetch § methods.
CORS_SAFELISTED_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
FORBIDDEN_METHODS: Final = frozenset({"CONNECT", "TRACE", "TRACK"})
NORMALISED_METHODS: Final = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})

# RFC 9110 § 9.3, PATCH (RFC 5789) and QUERY: what an API serves, less the forbidden ones.
STANDARD_METHODS: Final = NORMALISED_METHODS | {"PATCH", "QUERY"}

# Fetch § forbidden request-header.
FORBIDDEN_REQUEST_HEADERS: Final = frozenset(
    """accept-charset accept-encoding access-control-request-headers access-control-request-method
    connection content-length cookie cookie2 date dnt expect host keep-alive
    origin referer set-cookie te trailer transfer-encoding upgrade via""".split()
)
FORBIDDEN_REQUEST_HEADER_PREFIXES: Final = ("proxy-", "sec-")

# Fetch § forbidden request-header, step 3: names that smuggle a method, forbidden with a forbidden one.
METHOD_OVERRIDE_HEADERS: Final = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})

# Fetch § forbidden response-header name.
FORBIDDEN_RESPONSE_HEADERS: Final = frozenset({"set-cookie", "set-cookie2"})

# Fetch § no-CORS-safelisted request-header name.
NO_CORS_SAFELISTED_REQUEST_HEADERS: Final = frozenset({"accept", "accept-language", "content-language", "content-type"})

# Fetch § CORS-safelisted request-header: the limits in bytes of one value, and of all of them.
MAX_SAFELISTED_VALUE: Final = 128
MAX_SAFELISTED_TOTAL: Final = 1024

# Fetch § CORS-safelisted request-header: the media types that a form could send.
SAFELISTED_MEDIA_TYPES: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})

# Fetch § request-body-header name: what a redirect that drops the body drops with it.
REQUEST_BODY_HEADERS: Final = frozenset({"content-encoding", "content-language", "content-location", "content-type"})

# Fetch § CORS-safelisted response-header name.
CORS_SAFELISTED_RESPONSE_HEADERS: Final = frozenset(
    """cache-control content-language content-length content-type expires last-modified pragma""".split()
)

# Fetch § CORS non-wildcard request-header name.
NON_WILDCARD_REQUEST_HEADERS: Final = frozenset({"authorization"})

# Fetch § HTTP responses: the headers by which a server answers, and by which a response is varied.
CORS_RESPONSE_HEADERS: Final = frozenset(
    """access-control-allow-credentials access-control-allow-headers access-control-allow-methods
    access-control-allow-origin access-control-allow-private-network access-control-expose-headers
    access-control-max-age""".split()
)

# Fetch § HTTP-network-or-cache fetch, step 8.15: with one of these the HTTP cache is not used.
CONDITIONAL_HEADERS: Final = frozenset(
    {"if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"}
)

# Fetch § statuses.
REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
NULL_BODY_STATUSES: Final = frozenset({101, 103, 204, 205, 304})

# Fetch § HTTP-redirect fetch, step 7.
MAX_REDIRECTS: Final = 20

# Fetch § port blocking: the bad ports.
BAD_PORTS: Final = frozenset(
    int(port)
    for port in """0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113
    115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601
    636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697
    10080""".split()
)

# RFC 9110 § 5.6.2.
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def is_token(text: str) -> bool:
    """Whether a text is a token (RFC 9110 § 5.6.2): what a method and a header name must be."""
    return _TOKEN.fullmatch(text) is not None


def is_forbidden_method(method: str) -> bool:
    """Fetch § forbidden method: no page can send it."""
    return method.upper() in FORBIDDEN_METHODS


def normalise_method(method: str) -> str:
    """Fetch § normalise: `put` becomes `PUT`; `patch` stays `patch`, which surprises many."""
    upper = method.upper()
    return upper if upper in NORMALISED_METHODS else method


def is_forbidden_request_header(name: str) -> bool:
    """Fetch § forbidden request-header, as far as the name alone decides: no page can set it."""
    lower = name.lower()
    return lower in FORBIDDEN_REQUEST_HEADERS or lower.startswith(FORBIDDEN_REQUEST_HEADER_PREFIXES)
