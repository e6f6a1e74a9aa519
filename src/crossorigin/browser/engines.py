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

    # The same, for a negative number: web-platform-tests want it not to be cached (cors/preflight-cache.htm), and
    # Chromium and Firefox read 0 (seen).
    max_age_negative: int = 0

    # Fetch § CORS-preflight fetch, step 7.5: a preflight for an upload listener allows its method where the response
    # has no Access-Control-Allow-Methods. In Chromium and Firefox it does not (seen).
    forced_preflight_allows_method: bool = True

    # Fetch § CORS-preflight fetch, step 7.17, for an upload listener: GET, HEAD and POST, which need not be listed, are
    # not cached either. In Chromium and Firefox they are (seen).
    caches_safelisted_methods: bool = False

    # Fetch § CORS-preflight fetch, step 7.10. No shipping browser blocks: whatwg/fetch#1919.
    wildcard_covers_authorization: bool = False

    # Fetch § method and header-name cache entry match. Firefox's cache wants the literal names.
    wildcard_cached: bool = True

    # Fetch § header-name cache entry match: a `*` stored as a name does not match `Authorization`. So in Chromium,
    # whose check of the preflight itself takes it (seen).
    cached_wildcard_covers_authorization: bool = False

    # Fetch § create a new cache entry. Chromium keeps one answer for a URL: a new preflight replaces it, and so
    # does the first request that it does not cover (services/network/cors/preflight_cache.cc; seen).
    cache_replaces: bool = False

    # Fetch § HTTP fetch, step 4.1, for a request with `If-None-Match` or the like: Chromium and Firefox ask
    # again, Firefox for fetch() alone and not for XMLHttpRequest (seen).
    conditional_skips_cache: Literal["never", "fetch", "always"] = "never"

    # The same, for a request with credentials: by the letter a `*` stored as a name matches any. In Chromium a `*` is
    # no wildcard there, cached or not (seen).
    wildcard_cached_with_credentials: bool = True

    # Fetch § cache entry match: may an answer given with credentials serve a request without? Firefox keys its
    # cache by both (nsCORSListenerProxy.cpp).
    credentialed_entry_serves_all: bool = True

    # Fetch § header list: a name set twice stays two headers. Chromium joins them before any check (seen).
    joins_repeated_headers: bool = False

    # Fetch § CORS-unsafe request-header names, step 8: a name unsafe twice is named once. In Firefox twice (seen).
    unsafe_names_once: bool = True

    # Fetch § get: empty values count, and a comma has a space after it. In Firefox they do not count, in requests and
    # responses, and it joins several Content-Type of a response by a comma alone (seen).
    joins_empty_values: bool = True
    content_type_joint: str = ", "

    # Fetch § CORS check: two lines read as one value. Firefox fails where `Access-Control-Allow-Origin`, so spelled,
    # stands on two lines, whatever they say (nsCORSListenerProxy.cpp, CheckOriginHeader; seen).
    rejects_repeated_allow_origin: bool = False

    # Fetch § CORS-unsafe request-header byte: is a byte beyond ASCII one? In Firefox it is (seen).
    non_ascii_unsafe: bool = False

    # Fetch § cache entry match, for a request whose origin is `null`: by its serialisation any other `null` matches. In
    # Chromium an opaque page matches within one fetch alone, and a tainted origin never (seen).
    null_origins_match: bool = True

    # Fetch § main fetch, step 12: a failed fetch clears its cache entries. Chromium keeps them; Firefox does
    # where the failure is a redirect in mode error (seen).
    failure_clears_cache: Literal["always", "not redirect-mode-error", "never"] = "always"

    # Fetch § append a request `Origin` header, step 4: an https origin is hidden from http. What is left of http to an
    # https page is loopback, which Chromium takes for secure (seen).
    loopback_hides_origin: bool = True

    # Fetch § CORS-unsafe request-header names, step 6.
    total_size_rule: bool = True

    # Headers that need no preflight beside the standard's, each with the values that qualify.
    extra_safelisted: Mapping[str, re.Pattern[bytes]] = field(default_factory=lambda: MappingProxyType({}))

    # A range that the engine understands, in its own spelling: `Bytes = 0-9` travels as `bytes=0-9` in a GET,
    # unless it is conditional (net/http/http_cache.cc; seen).
    rewrites_range: bool = False

    # Fetch § CORS-preflight fetch, step 1: the preflight's URL list is the request's, so a tainted redirect makes its
    # Origin `null` too. Firefox sends the page's origin, and checks the answer against it; the request that follows
    # says `null` (seen).
    preflight_ignores_taint: bool = False

    # Fetch § CORS check of a preflight. A tainted redirect can lead back to the page's own origin, and Firefox's
    # preflight there is a same-origin request that needs no Access-Control-Allow-Origin; its methods and headers must
    # be listed, and the request that follows is checked (nsCORSListenerProxy.cpp, mHasBeenCrossSite; seen).
    own_origin_preflight_unchecked: bool = False

    # Fetch § HTTP-redirect fetch, steps 11 and 12: a header dropped at one redirect is gone. Firefox sets what the
    # script asked for anew at each, for the method it asked for: `Authorization` comes back at the hop after a
    # cross-origin one, and `Content-Type` at a 307 or 308. What once made a preflight makes one at every hop, and
    # so does a header of the script, whether it still travels or not. The `Content-Type` that an XMLHttpRequest has
    # from its body alone goes with the body (seen).
    redirect_restores_headers: bool = False

    # Fetch § HTTP-redirect fetch keeps what the script set; Chromium drops client hints where a redirect leaves the
    # page's origin (seen).
    redirect_drops: frozenset[str] = frozenset()

    # Fetch § HTTP fetch, step 6, and location URL: Chromium reads the Location before it looks at the redirect mode. So
    # one that does not parse fails in mode manual too, an empty one counts as none, and without one there is no
    # redirect for mode error to refuse (seen).
    location_before_mode: bool = False

    # Which of two failures of a request is reported. Chromium looks at its mode before bad ports and mixed content, at
    # the first URL (seen).
    mode_before_blocking: bool = False

    # Which of two failures of one redirect is reported: by the standard the CORS check comes before the Location is
    # read. Chromium parses it before; Firefox, where it follows, also rejects `data:` and mixed content before (seen).
    location_before_cors_check: Literal["never", "where it follows", "always"] = "never"

    # Fetch § main fetch, step 7, after a redirect: a bad port is the failure of the URL that leads to it, in Firefox,
    # which forgets the preflight of that one (seen).
    bad_port_fails_redirect: bool = False

    # Fetch § cross-origin resource policy check: to Chromium an opaque origin is same-site with a host that is nobody's
    # domain, such as localhost (seen).
    opaque_same_site_with_localhost: bool = False

    # Fetch § HTTP-redirect fetch, steps 8 and 9: does a user name in the Location stop every fetch, same-origin and
    # no-cors too? In Chromium it does (seen).
    redirect_credentials_any_mode: bool = False

    # Fetch § HTTP-network-or-cache fetch, steps 8.3 and 8.10, after a redirect in mode no-cors. Chromium leaves such
    # redirects to its network stack, which keeps the first URL's decision on credentials, and sets the Origin of what
    # is not GET or HEAD to `null` where a hop is cross-origin (net/url_request/redirect_util.cc; seen).
    no_cors_redirects_in_network: bool = False

    # Fetch § forbidden request-header: names that the engine drops beside the standard's (seen).
    extra_forbidden: frozenset[str] = frozenset()

    # Which of two failures of one preflight is reported. The verdict is the same. Firefox looks for the method before
    # it reads Access-Control-Allow-Headers, and follows none where the request's mode is not follow (seen).
    preflight_status_first: bool = False
    preflight_redirect_first: bool = False
    checks_method_first: bool = False
    preflight_redirects_by_mode: bool = False

    # Fetch Metadata § Sec-Fetch-Mode, to trustworthy URLs alone. Chromium's preflights say it to everybody (seen).
    preflight_always_says_mode: bool = False

    # Fetch Metadata § Sec-Fetch-Site looks at every URL of the request. A preflight has only its own one in Chromium
    # and Firefox (seen). Chromium starts with one URL again after a redirect that comes to CORS, changes the method or
    # needs a preflight (services/network/cors/cors_url_loader.cc; seen).
    restarts_preflight: bool = False
    restarts_request: bool = False

    # Fetch Metadata § append the Fetch metadata headers, to a WebSocket handshake too. Chromium does not (seen).
    metadata_on_websocket: bool = True

    # The same handshake, in Firefox: with Accept, and a destination of `empty` (seen).
    websocket_like_fetch: bool = False

    # Storage Access Headers: a credentialed request whose cookies wait for a permission that the top-level page's own
    # site would have carries an Origin, in mode no-cors too, until a redirect leaves the origin. Firefox (seen).
    storage_access_origin: bool = False

    # RFC 6265bis § SameSite: what a cookie without the attribute is.
    lax_by_default: bool = True

    # RFC 6265bis § same-site requests: does the scheme belong to the site?
    schemeful_same_site: bool = True

    # Fetch § determine the same-site mode, step 5: a cross-site redirect before withholds the cookies. Chromium does
    # not look back (kCookieSameSiteConsidersRedirectChain is off; seen).
    same_site_redirects: bool = True

    # RFC 6265bis § storage model: `SameSite=None` needs `Secure`.
    none_needs_secure: bool = True

    # Cookies of a site other than the page's: sent, kept apart for each page's site, or not sent.
    third_party_cookies: Literal["allowed", "partitioned", "blocked"] = "allowed"


_ANY: Final = re.compile(rb".*", re.DOTALL)
_NUMBER: Final = re.compile(rb"[0-9]+")
_DECIMAL: Final = re.compile(rb"[0-9]+(\.[0-9]+)?")

# Chromium: services/network/public/cpp/cors/cors.cc, the names that a page may set; seen.
_CHROMIUM_SAFELISTED: Final = MappingProxyType(
    {
        "device-memory": _DECIMAL,
        "downlink": _DECIMAL,
        "dpr": _DECIMAL,
        "ect": re.compile(rb"offline|slow-2g|[234]g"),
        "intervention": _ANY,
        "rtt": _NUMBER,
        "save-data": re.compile(rb"on", re.IGNORECASE),
        "viewport-width": _NUMBER,
        "width": _NUMBER,
    }
)

_CHROMIUM_HINTS: Final = frozenset("device-memory downlink dpr ect rtt viewport-width width".split())

ENGINES: Final[Mapping[EngineName, Engine]] = MappingProxyType(
    {
        "standard": Engine("standard"),
        "chromium": Engine(
            "chromium",
            max_age_cap=7200,
            forced_preflight_allows_method=False,
            joins_repeated_headers=True,
            caches_safelisted_methods=True,
            rewrites_range=True,
            redirect_drops=_CHROMIUM_HINTS,
            redirect_credentials_any_mode=True,
            no_cors_redirects_in_network=True,
            same_site_redirects=False,
            conditional_skips_cache="always",
            restarts_preflight=True,
            restarts_request=True,
            location_before_mode=True,
            mode_before_blocking=True,
            location_before_cors_check="always",
            opaque_same_site_with_localhost=True,
            extra_forbidden=frozenset({"user-agent"}),
            wildcard_covers_authorization=True,
            extra_safelisted=_CHROMIUM_SAFELISTED,
            cache_replaces=True,
            wildcard_cached_with_credentials=False,
            null_origins_match=False,
            failure_clears_cache="never",
            loopback_hides_origin=False,
            preflight_always_says_mode=True,
            metadata_on_websocket=False,
            preflight_redirect_first=True,
        ),
        "firefox": Engine(
            "firefox",
            max_age_cap=86400,
            max_age_garbage=0,
            forced_preflight_allows_method=False,
            unsafe_names_once=False,
            caches_safelisted_methods=True,
            non_ascii_unsafe=True,
            conditional_skips_cache="fetch",
            joins_empty_values=False,
            content_type_joint=",",
            rejects_repeated_allow_origin=True,
            preflight_ignores_taint=True,
            own_origin_preflight_unchecked=True,
            location_before_cors_check="where it follows",
            checks_method_first=True,
            bad_port_fails_redirect=True,
            preflight_redirects_by_mode=True,
            restarts_preflight=True,
            redirect_restores_headers=True,
            websocket_like_fetch=True,
            storage_access_origin=True,
            wildcard_covers_authorization=True,
            wildcard_cached=False,
            failure_clears_cache="not redirect-mode-error",
            credentialed_entry_serves_all=False,
            lax_by_default=False,
            schemeful_same_site=False,
            third_party_cookies="partitioned",
        ),
        "webkit": Engine(
            "webkit",
            max_age_cap=600,
            cached_wildcard_covers_authorization=True,
            wildcard_covers_authorization=True,
            total_size_rule=False,
            preflight_status_first=True,
            third_party_cookies="blocked",
        ),
    }
)
