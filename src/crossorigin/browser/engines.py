"""Where the browsers leave the standard: one table, a row for each engine.

Here belongs every difference, with its evidence in the comment of its field. Not here: any code
that acts on one. `standard` is the letter of the Fetch Standard; what it leaves to the browser
("an imposed limit") is not imposed there.

`seen` in a comment means: observed by the fidelity campaign in Chromium 156 or Firefox 153.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

EngineName: TypeAlias = Literal["standard", "chromium", "firefox", "webkit"]


@dataclass(frozen=True, slots=True)
class Engine:
    """One browser engine. The defaults are the standard's."""

    name: EngineName

    # Fetch § CORS-preflight fetch, step 7.15: seconds; None is no limit. Chromium kMaxPreflightCacheTimeout,
    # Firefox PREFLIGHT_CACHE_MAX_AGE, WebKit CrossOriginPreflightResultCache.
    max_age_cap: int | None = None

    # Fetch § CORS-preflight fetch, step 7.14: seconds where the header does not parse.
    max_age_garbage: int = 5

    # Fetch § CORS-preflight fetch, step 7.10. No shipping browser blocks: whatwg/fetch#1919.
    wildcard_covers_authorization: bool = False

    # Fetch § method and header-name cache entry match. Firefox's cache wants the literal names.
    wildcard_cached: bool = True

    # Fetch § create a new cache entry. Chromium keeps one answer for a URL; a new preflight replaces it
    # (services/network/public/cpp/cors/preflight_cache.cc).
    cache_replaces: bool = False

    # Fetch § cache entry match: may an answer given with credentials serve a request without? Firefox keys its
    # cache by both (nsCORSListenerProxy.cpp).
    credentialed_entry_serves_all: bool = True

    # Fetch § header list: a name set twice stays two headers; the engines join them before any check (seen).
    joins_repeated_headers: bool = True

    # Fetch § CORS-unsafe request-header names, step 6.
    total_size_rule: bool = True

    # Headers that need no preflight beside the standard's, each with the values that qualify.
    extra_safelisted: Mapping[str, re.Pattern[bytes]] = field(default_factory=lambda: MappingProxyType({}))

    # Which of two failures of one preflight is reported. The verdict is the same.
    preflight_status_first: bool = False
    preflight_redirect_first: bool = False

    # RFC 6265bis § SameSite: what a cookie without the attribute is.
    lax_by_default: bool = True

    # RFC 6265bis § same-site requests: does the scheme belong to the site?
    schemeful_same_site: bool = True

    # RFC 6265bis § storage model: `SameSite=None` needs `Secure`.
    none_needs_secure: bool = True

    # Cookies of a site other than the page's: sent, kept apart for each page's site, or not sent.
    third_party_cookies: Literal["allowed", "partitioned", "blocked"] = "allowed"


_ANY: Final = re.compile(rb".*", re.DOTALL)

# Chromium: services/network/public/cpp/cors/cors.cc.
_CLIENT_HINTS: Final = MappingProxyType(
    {
        **dict.fromkeys("device-memory downlink dpr ect rtt viewport-width width".split(), _ANY),
        "save-data": re.compile(rb"on", re.IGNORECASE),
    }
)

ENGINES: Final[Mapping[EngineName, Engine]] = MappingProxyType(
    {
        "standard": Engine("standard", joins_repeated_headers=False),
        "chromium": Engine(
            "chromium",
            max_age_cap=7200,
            wildcard_covers_authorization=True,
            extra_safelisted=_CLIENT_HINTS,
            cache_replaces=True,
            preflight_redirect_first=True,
        ),
        "firefox": Engine(
            "firefox",
            max_age_cap=86400,
            max_age_garbage=0,
            wildcard_covers_authorization=True,
            wildcard_cached=False,
            credentialed_entry_serves_all=False,
            lax_by_default=False,
            schemeful_same_site=False,
            third_party_cookies="partitioned",
        ),
        "webkit": Engine(
            "webkit",
            max_age_cap=600,
            wildcard_covers_authorization=True,
            total_size_rule=False,
            preflight_status_first=True,
            third_party_cookies="blocked",
        ),
    }
)
