"""What the browsers write into their consoles: one row for each message.

Each row is a fragment, because every version words its messages anew, and what the message stands for: a reason
(`browser.REASONS`), or a cause (`CAUSES`) if the browser stopped for something that is not part of fetching. Named
groups are what the message says besides: the value of a header, a method, a status. Not here: choosing among several
messages (`console`), and Firefox in other languages (`firefox_languages`).
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..standards.messages import FailureKind

# How much a message says. Of several messages about one request, the one that says most is explained.
TELLING: Final = 0
# The name of a network error. Chrome writes one below every failure, so a sentence above it says more.
NETWORK_ERROR: Final = 1
# The line that a browser adds below every failure of its kind, whatever the line above says.
SECOND_LINE: Final = 2
# What script gets, whatever happened.
FOR_SCRIPT: Final = 3


class Wording(NamedTuple):
    """One message. `others` are what the same words also stand for, the likeliest first."""

    engine: str
    fragment: re.Pattern[str]
    reason: str = ""
    cause: str = ""
    rank: int = TELLING
    others: tuple[str, ...] = ()
    failure_kind: FailureKind = "unknown"


def _row(
    engine: str,
    fragment: str,
    reason: str = "",
    *,
    cause: str = "",
    rank: int = TELLING,
    others: tuple[str, ...] = (),
    failure_kind: FailureKind = "unknown",
) -> Wording:
    return Wording(engine, re.compile(fragment), reason, cause, rank, others, failure_kind)


QUOTE: Final = "['‘’“”\"`]"  # Firefox writes typographic quotation marks; those who copy often do not
_NAME: Final = r"[^\s'’”\"`]+"

_ACAC: Final = "allow-credentials-invalid"

_CHROMIUM: Final = (
    # https://source.chromium.org/chromium/chromium/src/+/main:third_party/blink/renderer/platform/loader/cors/cors_error_string.cc
    _row("chromium", r"must not be the wildcard '\*' when", "allow-origin-star-with-credentials"),
    _row("chromium", r"header contains multiple values '(?P<value>.*?)', but only one", "allow-origin-multiple"),
    _row("chromium", r"header contains the invalid value '(?P<value>.*?)'\.", "allow-origin-invalid"),
    _row("chromium", r"has a value '(?P<value>[^']*)' that is not equal to", "allow-origin-mismatch"),
    _row(
        "chromium",
        r"Allow-Credentials' header in the response is '' which",
        "allow-credentials-missing",
        others=(_ACAC,),
    ),
    _row("chromium", r"-Credentials' header in the response is '(?P<value>.+?)' which", "allow-credentials-invalid"),
    _row("chromium", r"It does not have HTTP ok status", "preflight-status"),
    _row("chromium", r"Redirect is not allowed for a preflight request", "preflight-redirect"),
    _row("chromium", r"Cannot parse Access-Control-Allow-Methods", "allow-methods-invalid"),
    _row("chromium", r"Cannot parse Access-Control-Allow-Headers", "allow-headers-invalid"),
    _row("chromium", r"Method (?P<method>\S+) is not allowed by Access-Control-Allow-Methods in", "method-not-allowed"),
    _row("chromium", r"header field (?P<header>\S+) is not allowed by [\w-]+ in preflight", "header-not-allowed"),
    _row("chromium", r"contains a username and password", "redirect-credentials"),
    _row("chromium", r"only supported for (?:protocol|HTTP)", "scheme-not-http"),
    _row("chromium", r"URL scheme (?:must be|\"[^\"]*\" is not supported)", "scheme-not-http"),
    _row(
        "chromium",
        r"Permission was denied for this request to access",
        "network-failure",
        failure_kind="local-network",
    ),
    _row("chromium", r"is not a secure context and the resource is in more-private", cause="local-network-insecure"),
    _row("chromium", r"(?i)'Access-Control-Allow-(?:Private-Network|External)' header", cause="private-network-access"),
    _row("chromium", r"Private-Network-Access-(?:ID|Name)", cause="private-network-access"),
    _row("chromium", r"target IP address space", cause="target-address-space"),
    _row("chromium", r"No 'Access-Control-Allow-Origin' header is present", "allow-origin-missing"),
    _row("chromium", r"Mixed Content:.*(?:requested an insecure|to the insecure WebSocket endpoint)", "mixed-content"),
    _row("chromium", r"Request mode is \"same-origin\" but", "same-origin-mode"),
    _row("chromium", r"Unsafe attempt to load URL .* Domains, protocols and ports must match", "same-origin-mode"),
    _row("chromium", r"Request mode is \"no-cors\" but the redirect mode", "no-cors-redirect-mode"),
    # The words of older versions.
    _row("chromium", r"[Ww]ildcard '\*' cannot be used in", "allow-origin-star-with-credentials"),
    _row(
        "chromium",
        r"flag is '?true'?, but the '[\w-]*-Credentials' header is ''",
        "allow-credentials-missing",
        others=(_ACAC,),
    ),
    _row("chromium", r"but the '[\w-]*-Credentials' header is '(?P<value>[^']+)'", "allow-credentials-invalid"),
    _row("chromium", r"(?:for|Response to) preflight is invalid \(redirect\)", "preflight-redirect"),
    _row(
        "chromium",
        r"redirected to '(?P<location>[^']+)', which is disallowed for cross-origin requests that require preflight",
        "preflight-redirect",
    ),
    _row("chromium", r"preflight has invalid HTTP status(?: code)? (?P<status>\d+)", "preflight-status"),
    _row("chromium", r"cannot load .*Invalid HTTP status code (?P<status>\d+)", "preflight-status"),
    # What is not part of CORS.
    _row("chromium", r"WebSocket.*Unexpected response code: (?P<status>\d+)", "websocket-refused"),
    _row("chromium", r"Cross-Origin Read Blocking \(CORB\) blocked", cause="opaque-response-blocked"),
    # What fetch() throws before it sends anything.
    _row("chromium", r"HTTP method is unsupported", "call-forbidden-method"),
    _row("chromium", r"is not a valid HTTP method", "call-invalid-method"),
    _row("chromium", r"Failed to parse URL from", "invalid-url"),
    _row("chromium", r"constructed from a URL that includes credentials", "url-has-credentials"),
    _row("chromium", r"Request with GET/HEAD method cannot have body", "body-not-allowed"),
    _row("chromium", r"is unsupported in no-cors mode", "no-cors-method"),
    _row(
        "chromium",
        r"Failed to execute '(?:fetch|set|append)'.*(?:Invalid (?:name|value)|ISO-8859-1)",
        "call-invalid-header",
    ),
)

_FIREFOX: Final = (
    # One sentence for each message of security.properties.
    _row("firefox", rf"CORS header {QUOTE}Access-Control-Allow-Origin{QUOTE} missing", "allow-origin-missing"),
    _row("firefox", rf"Multiple CORS header {QUOTE}Access-Control-Allow-Origin{QUOTE} not", "allow-origin-multiple"),
    _row("firefox", rf"Allow-Origin{QUOTE} does not match {QUOTE}(?P<value>.*){QUOTE}", "allow-origin-mismatch"),
    _row("firefox", r"Credential is not supported if the CORS header", "allow-origin-star-with-credentials"),
    _row(
        "firefox",
        rf"expected {QUOTE}true{QUOTE} in CORS header",
        "allow-credentials-missing",
        others=(_ACAC,),
    ),
    _row("firefox", r"preflight (?:response|channel) did not succeed", "preflight-status"),
    _row("firefox", r"external redirect not allowed", "preflight-redirect"),
    _row("firefox", r"Did not find method in CORS header", "method-not-allowed"),
    _row("firefox", rf"invalid token {QUOTE}(?P<value>.*){QUOTE} in CORS header.*Methods", "allow-methods-invalid"),
    _row("firefox", rf"invalid token {QUOTE}(?P<value>.*){QUOTE} in CORS header.*Headers", "allow-headers-invalid"),
    _row("firefox", rf"header {QUOTE}(?P<header>{_NAME}){QUOTE} is not allowed according to", "header-not-allowed"),
    _row("firefox", rf"missing token {QUOTE}(?P<header>{_NAME}){QUOTE} in CORS header.*Headers", "header-not-allowed"),
    _row("firefox", r"CORS request not http", "scheme-not-http"),
    _row("firefox", r"Reason: CORS disabled", cause="cors-disabled"),
    _row("firefox", rf"CORS header {QUOTE}Origin{QUOTE} cannot be added", cause="origin-not-added"),
    _row("firefox", r"Cross-Origin Request Warning.*`Authorization`", cause="authorization-not-covered"),
    _row("firefox", r"mixed active content", "mixed-content"),
    _row("firefox", r"due to its Cross-Origin-Resource-Policy header", "cross-origin-resource-policy"),
    _row("firefox", r"OpaqueResponseBlocking", cause="opaque-response-blocked"),
    _row(
        "firefox",
        r"Local Network Access (?:permission required|detected)",
        "network-failure",
        failure_kind="local-network",
    ),
    _row("firefox", r"blocked because Enhanced Tracking Protection", cause="tracking-protection"),
    _row("firefox", r"Security Error: Content at \S+ may not load data from", "same-origin-mode"),
    _row(
        "firefox",
        r"can.t establish a connection to the server at wss?:",
        "websocket-refused",
        others=("network-failure",),
    ),
    _row(
        "firefox",
        r"CORS request (?:did not succeed|failed)",
        "network-failure",
        rank=SECOND_LINE,
        others=("preflight-network-failure", "redirect-credentials"),
    ),
    # Its network panel, which has names of its own.
    _row("firefox", r"CORS Missing Allow Origin", "allow-origin-missing"),
    _row("firefox", r"CORS Allow Origin Not Matching Origin", "allow-origin-mismatch"),
    _row("firefox", r"CORS Multiple Allow Origin Not Allowed", "allow-origin-multiple"),
    _row("firefox", r"CORS Not Supporting Credentials", "allow-origin-star-with-credentials"),
    _row("firefox", r"CORS Missing Allow Credentials", "allow-credentials-missing", others=(_ACAC,)),
    _row("firefox", r"CORS Preflight Did Not Succeed", "preflight-status"),
    _row("firefox", r"CORS External Redirect Not Allowed", "preflight-redirect"),
    _row("firefox", r"CORS Method Not Found", "method-not-allowed"),
    _row("firefox", r"CORS Missing Allow Header", "header-not-allowed"),
    # What fetch() throws before it sends anything.
    _row("firefox", r"Invalid request method (?i:CONNECT|TRACE|TRACK)\b", "call-forbidden-method"),
    _row("firefox", r"Invalid request method", "no-cors-method", others=("call-invalid-method",)),
    _row("firefox", r"is an invalid header (?:name|value)", "call-invalid-header"),
    _row("firefox", r"HEAD or GET Request cannot have a body", "body-not-allowed"),
    _row("firefox", r"is not a valid URL", "invalid-url"),
    _row("firefox", r"is an url with embedded credentials", "url-has-credentials"),
)

_WEBKIT: Final = (
    _row(
        "webkit",
        r"Cross-origin redirection to (?P<redirected_to>\S+) denied by .*is not allowed by Access-Control-Allow-Origin",
        "allow-origin-missing",
    ),
    _row("webkit", r"is not allowed by Access-Control-Allow-Origin", "allow-origin-missing"),
    _row("webkit", r"redirection (?:to \S+ )?denied by Cross-Origin Resource Sharing", cause="redirect-elsewhere"),
    _row("webkit", r"Cannot use wildcard in Access-Control-Allow-Origin", "allow-origin-star-with-credentials"),
    _row("webkit", r"Access-Control-Allow-Origin cannot contain more than one", "allow-origin-multiple"),
    _row(
        "webkit",
        r"Access-Control-Allow-Credentials is not \"?true",
        "allow-credentials-missing",
        others=(_ACAC,),
    ),
    _row("webkit", r"Preflight response is not successful", "preflight-status"),
    _row("webkit", r"Method (?P<method>\S+) is not allowed by Access-Control-Allow-Methods", "method-not-allowed"),
    _row("webkit", r"header field (?P<header>\S+) is not allowed by Access-Control-Allow", "header-not-allowed"),
    _row("webkit", r"Access-Control-Allow-Methods has an invalid value: (?P<value>.*)", "allow-methods-invalid"),
    _row("webkit", r"Access-Control-Allow-Headers has an invalid value: (?P<value>.*)", "allow-headers-invalid"),
    _row(
        "webkit",
        r"URL is either a non-HTTP URL or contains credentials",
        "redirect-credentials",
        others=("redirect-scheme",),
    ),
    _row("webkit", r"cannot follow more than \d+ redirections", "redirect-count"),
    _row("webkit", r"insecure content from", "mixed-content"),
    _row("webkit", r"violates the resource's Cross-Origin-Resource-Policy", "cross-origin-resource-policy"),
    _row("webkit", r"Not allowed to use restricted (?:network )?port", "bad-port"),
    _row("webkit", r"Content [Bb]locker prevented", cause="blocked-by-extension"),
    _row("webkit", r"has method '(?:GET|HEAD)' and cannot have a body", "body-not-allowed"),
    _row("webkit", r"(?:Method|method) is forbidden", "call-forbidden-method"),
    _row("webkit", r"URL is not valid or contains user credentials", "url-has-credentials", others=("invalid-url",)),
    _row("webkit", r"due to access control checks", cause="said-above", rank=SECOND_LINE),
)

# Safari's words for a connection that failed, and what each stands for.
_WEBKIT_FAILURES: Final[tuple[tuple[str, FailureKind], ...]] = (
    (r"Could not connect to the server", "refused"),
    (r"A server with the specified hostname could not be found", "dns"),
    (r"An SSL error has occurred|[Tt]he certificate for this server is invalid", "tls"),
    (r"The request timed out", "timeout"),
    (r"The network connection was lost", "closed"),
)

_CSP_NAME: Final = "Content[- ]Security[- ]Policy"
_CSP: Final = (
    # A Report-Only policy blocks nothing, and says so in the same words.
    _row("", rf"(?i)report.only.*(?:{_CSP_NAME}|connect-src)|{_CSP_NAME}.*report.only", cause="report-only-policy"),
    _row(
        "chromium",
        rf"(?:Refused to connect|Connecting) to '(?P<url>[^']+)'.*{_CSP_NAME}",
        cause=(_BY_CSP := "content-security-policy"),
    ),
    _row("chromium", rf"Refused to connect because it violates the document's {_CSP_NAME}", cause=_BY_CSP),
    _row("webkit", r"Refused to connect to (?P<url>\S+) because it (?:does not appear|violates)", cause=_BY_CSP),
    _row("firefox", rf"{_CSP_NAME}.*(?:\(|[“\"«„‘'])(?:connect|default)-src", cause=_BY_CSP),
)

# What a script gets, in each browser's words and in those of the libraries around them.
_FOR_SCRIPT: Final = (
    _row("", r"Possible causes: the network is offline", cause="said-in-console", rank=FOR_SCRIPT),
    _row("", r"Http failure response for (?P<url>\S+): 0 ", cause="said-in-console", rank=FOR_SCRIPT),
    _row("chromium", r"Failed to fetch", cause="said-in-console", rank=FOR_SCRIPT),
    _row("firefox", r"NetworkError when attempting to fetch", cause="said-in-console", rank=FOR_SCRIPT),
    _row("webkit", r"Load failed", cause="said-in-console", rank=FOR_SCRIPT),
    _row(
        "chromium", r"The FetchEvent for \"[^\"]+\" resulted in a network error", cause="said-above", rank=SECOND_LINE
    ),
    _row("", r"WebSocket connection to '[^']+' failed", "websocket-refused", others=("network-failure",)),
    _row("", r"Network Error|ERR_NETWORK\b|Network request failed", cause="said-in-console", rank=FOR_SCRIPT),
    _row("", r"TypeError: fetch failed|\bE(?:CONNREFUSED|NOTFOUND|TIMEDOUT)\b", cause="not-a-browser", rank=FOR_SCRIPT),
    _row("", r"Script error\b", cause="script-error", rank=FOR_SCRIPT),
)

# Chrome's names of errors: https://source.chromium.org/chromium/chromium/src/+/main:net/base/net_error_list.h
_NET_ERRORS: Final = (
    (r"net::ERR_UNSAFE_PORT", "bad-port", ""),
    (r"net::ERR_BLOCKED_BY_RESPONSE(?:\.\w+)?", "cross-origin-resource-policy", ""),
    (r"net::ERR_TOO_MANY_REDIRECTS", "redirect-count", ""),
    (r"net::ERR_UNSAFE_REDIRECT", "redirect-scheme", ""),
    (r"net::ERR_INVALID_REDIRECT", "redirect-location-invalid", ""),
    (r"net::ERR_(?:UNKNOWN|DISALLOWED)_URL_SCHEME", "scheme-not-http", ""),
    (r"net::ERR_BLOCKED_BY_CSP|\(blocked:csp\)", "", _BY_CSP),
    (r"\(blocked:mixed-content\)", "mixed-content", ""),
    (r"\(blocked:other\)", "", "blocked-by-extension"),
    (r"\(canceled\)", "", "request-cancelled"),
    (r"net::ERR_BLOCKED_BY_CLIENT", "", "blocked-by-extension"),
    (r"net::ERR_BLOCKED_BY_ADMINISTRATOR", "", "blocked-by-administrator"),
    (r"net::ERR_BLOCKED_BY_ORB", "", "opaque-response-blocked"),
    (r"net::ERR_NETWORK_ACCESS_REVOKED", "", "connection-allowlist"),
    (r"net::ERR_(?:INTERNET_DISCONNECTED|NETWORK_CHANGED|NETWORK_IO_SUSPENDED)", "", "offline"),
    (r"net::ERR_ABORTED", "", "request-cancelled"),
    (r"net::ERR_ADDRESS_INVALID", "", "unusable-address"),
    (r"net::ERR_(?:PROXY|SOCKS|TUNNEL|PAC|MANDATORY_PROXY|NO_SUPPORTED_PROXIES)\w*", "", "proxy-failure"),
    (
        r"net::ERR_(?:INSUFFICIENT_RESOURCES|OUT_OF_MEMORY|UPLOAD_FILE_CHANGED|FILE_\w+|CACHE_\w+)",
        "",
        "stopped-by-browser",
    ),
    (
        r"net::ERR_(?:CONTENT_LENGTH_MISMATCH|INCOMPLETE_CHUNKED_ENCODING|CONTENT_DECODING_\w+)",
        "",
        "response-incomplete",
    ),
)
# A status behind the name of an error: there was a response. An older Chrome says no more of a preflight that failed; a
# page that calls OPTIONS itself gets the same line.
_WITH_STATUS: Final = (
    _row(
        "chromium",
        r"\bOPTIONS https?://\S+ (?:net::ERR_\w+ )?[45]\d\d(?: \(|$)",
        "preflight-status",
        rank=NETWORK_ERROR,
        others=("client-error",),
    ),
    _row("chromium", r"net::ERR_ABORTED 404\b", cause="wrong-path", rank=NETWORK_ERROR),
    _row("chromium", r"net::ERR_ABORTED 4\d\d\b", cause="client-error", rank=NETWORK_ERROR),
    _row("chromium", r"net::ERR_ABORTED 5\d\d\b", cause="server-error", rank=NETWORK_ERROR),
)
_NETWORK: Final = (
    *_WITH_STATUS,
    *(
        _row("chromium", rf"(?:{name})(?!\w)", reason, cause=cause, rank=NETWORK_ERROR)
        for name, reason, cause in _NET_ERRORS
    ),
    _row("chromium", r"net::ERR_FAILED\b", cause="said-above", rank=SECOND_LINE),
    _row("chromium", r"\bCORS error\b", cause="said-in-console", rank=FOR_SCRIPT),
    # A response that the page can read: an error, and not one of CORS.
    _row("chromium", r"\b[A-Z]+ https?://\S+ [1-5]\d\d(?: \(|$)", rank=NETWORK_ERROR),
    _row("chromium", r"the server responded with a status of \d", rank=NETWORK_ERROR),
    _row(
        "chromium",
        r"(?P<failure>net::ERR_\w+)",
        "network-failure",
        rank=NETWORK_ERROR,
        others=("preflight-network-failure",),
    ),
    # Safari's words for the same.
    *(
        _row("webkit", rf"(?P<failure>{words})", "network-failure", rank=NETWORK_ERROR, failure_kind=kind)
        for words, kind in _WEBKIT_FAILURES
    ),
    _row("webkit", r"The Internet connection appears to be offline", cause="offline", rank=NETWORK_ERROR),
    _row("webkit", r"TypeError: cancelled|Load cannot .* cancelled", cause="request-cancelled", rank=NETWORK_ERROR),
)

# Firefox's names in its network panel: https://searchfox.org/mozilla-central/source/xpcom/base/ErrorList.py
_NSPR: Final[tuple[tuple[str, FailureKind], ...]] = (
    (r"NS_ERROR_CONNECTION_REFUSED", "refused"),
    (r"NS_ERROR_UNKNOWN_HOST", "dns"),
    (r"NS_ERROR_NET_TIMEOUT", "timeout"),
    (r"NS_ERROR_NET_(?:RESET|INTERRUPT|EMPTY_RESPONSE)", "closed"),
)
_OF_FIREFOX: Final = (
    *(
        _row("firefox", rf"(?P<failure>{name})", "network-failure", rank=NETWORK_ERROR, failure_kind=kind)
        for name, kind in _NSPR
    ),
    _row("firefox", r"NS_BINDING_ABORTED", cause="request-cancelled", rank=NETWORK_ERROR),
    _row("firefox", r"NS_ERROR_DOM_CORP_FAILED", "cross-origin-resource-policy", rank=NETWORK_ERROR),
    _row("firefox", r"NS_ERROR_DOM_BAD_URI|\bCORS Failed\b", cause="said-in-console", rank=FOR_SCRIPT),
)

# The first row whose fragment is in a line is what the line says.
VOCABULARY: Final = (
    *_FOR_SCRIPT[:2],
    *_CSP,
    *_CHROMIUM,
    *_FIREFOX,
    *_WEBKIT,
    *_NETWORK,
    *_OF_FIREFOX,
    *_FOR_SCRIPT[2:],
)

_URL_IN_TEXT: Final = r"\w[\w+.-]*://[^\s'’”\"]+?"

# Where a line says which page asked for which URL. An older Chrome says the server's origin after "from origin", and
# the page's after "Origin".
PLACES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"Origin '(?P<page>[^']+)' is therefore not allowed",
        r"(?:Access|access) to .* at '(?P<url>[^']+)'(?: \(redirected from '(?P<redirected_from>[^']+)'\))?"
        r" from origin '(?P<page>[^']+)'",
        r"Redirect from '(?P<redirected_from>[^']+)' to '(?P<url>[^']+)'",
        r"\b[A-Z]\w+ (?:from|at) origin '(?P<url>[^']+)' has been blocked",
        rf"remote resource at {QUOTE}?(?P<url>{_URL_IN_TEXT}){QUOTE}?\.? \(Reason",
        r"The page at '(?P<page>[^']+)' was loaded.* insecure (?:resource|WebSocket endpoint|[\w ]*) ?'(?P<url>[^']+)'",
        r"mixed active content [“\"'](?P<url>[^”\"']+)",
        r"page at (?P<page>\S+) .*insecure content from (?P<url>\w+://\S+?)\.?(?:\s|$)",
        rf"Content at (?P<page>\S+) may not load data from (?P<url>{_URL_IN_TEXT})\.?$",
        r"top-level site “(?P<page>[^”]+)”.* target “(?P<url>[^”]+)”",
        r"[Rr]esource at [“‘](?P<url>[^”’]+)[”’] was blocked",
        rf"(?:resource|-src\)|Ressource)[^:]* at (?P<url>{_URL_IN_TEXT}) (?:because|\()",
        r"request origin (?P<page>\S+?)\.?$",
        r"Origin (?P<page>\S+) is not allowed by",
        rf"(?:cannot load|Failed to load) (?P<url>{_URL_IN_TEXT})[.:]?(?:\s|$)",
        r"cross-origin response (?P<url>\S+) with MIME type",
        r"WebSocket connection to '(?P<url>[^']+)'",
        r"The FetchEvent for \"(?P<url>[^\"]+)\"",
        r"server at (?P<url>wss?://\S+?)\.?(?:\s|$)",
        r"\b(?P<method>[A-Z]+) (?P<url>https?://\S+)",
        r"(?:^|\()(?P<url>https?://\S+?)\)?$",
    )
)

# Where a line says what the server answered.
STATUSES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"[Ss]tatus code: (\d{3})",
        r"HTTP status(?: code)? (\d{3})",
        r"responded with a status of (\d{3})",
        r"net::ERR_\w+ (\d{3})\b",
        r"\[HTTP/[\d.]+ (\d{3})\b",
        r"\b[A-Z]+ https?://\S+ (\d{3})(?: \(|$)",
    )
)
