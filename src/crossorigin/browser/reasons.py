"""Every way in which a fetch fails, under a stable code, and what the browsers call it.

Here belong the codes, their order (that of the standard) and the engines' names for them. Not
here: what to do about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

Reason: TypeAlias = Literal[
    # Fetch § Request constructor: a TypeError before any traffic.
    "invalid-url",
    "url-has-credentials",
    "call-forbidden-method",
    "call-invalid-method",
    "call-invalid-header",
    "no-cors-method",
    "body-not-allowed",
    "stream-in-no-cors",
    # Fetch § main fetch.
    "bad-port",
    "mixed-content",
    "same-origin-mode",
    "no-cors-redirect-mode",
    "scheme-not-http",
    # Fetch § HTTP-network fetch.
    "network-failure",
    # Fetch § CORS check.
    "allow-origin-missing",
    "allow-origin-multiple",
    "allow-origin-invalid",
    "allow-origin-mismatch",
    "allow-origin-star-with-credentials",
    "allow-credentials-missing",
    "allow-credentials-invalid",
    # Fetch § CORS-preflight fetch.
    "preflight-network-failure",
    "preflight-allow-origin-missing",
    "preflight-allow-origin-multiple",
    "preflight-allow-origin-invalid",
    "preflight-allow-origin-mismatch",
    "preflight-allow-origin-star-with-credentials",
    "preflight-allow-credentials-missing",
    "preflight-allow-credentials-invalid",
    "preflight-redirect",
    "preflight-status",
    "allow-methods-invalid",
    "allow-headers-invalid",
    "method-not-allowed",
    "header-not-allowed",
    "authorization-not-listed",
    # Fetch § HTTP fetch and HTTP-redirect fetch.
    "cross-origin-resource-policy",
    "redirect-mode-error",
    "redirect-location-invalid",
    "redirect-scheme",
    "redirect-count",
    "redirect-credentials",
    "redirect-stream",
    # WebSockets § establish a WebSocket connection.
    "websocket-refused",
]


@dataclass(frozen=True, slots=True)
class ReasonNames:
    """What a reason means, and under which name each browser reports it (empty: no name of its own).

    `chromium` is a member of `network.mojom.CorsError`, as DevTools and CDP print it; `firefox` is
    a message id of `nsCORSListenerProxy`, as the console's category has it, and `firefox_repeated` the one where
    the header stands on two lines. Firefox says `CORSDidNotSucceed2` only of a request that came to CORS.
    """

    meaning: str
    chromium: str = ""
    firefox: str = ""
    firefox_repeated: str = ""


_CORS_CHECK: Final = {
    "allow-origin-missing": ReasonNames(
        "the response has no Access-Control-Allow-Origin", "MissingAllowOriginHeader", "CORSMissingAllowOrigin2"
    ),
    "allow-origin-multiple": ReasonNames(
        "the response names more than one allowed origin",
        "MultipleAllowOriginValues",
        "CORSAllowOriginNotMatchingOrigin",
        "CORSMultipleAllowOriginNotAllowed",
    ),
    "allow-origin-invalid": ReasonNames(
        "Access-Control-Allow-Origin holds no origin", "InvalidAllowOriginValue", "CORSAllowOriginNotMatchingOrigin"
    ),
    "allow-origin-mismatch": ReasonNames(
        "Access-Control-Allow-Origin names another origin", "AllowOriginMismatch", "CORSAllowOriginNotMatchingOrigin"
    ),
    "allow-origin-star-with-credentials": ReasonNames(
        "Access-Control-Allow-Origin is * and the request includes credentials",
        "WildcardOriginNotAllowed",
        "CORSNotSupportingCredentials",
    ),
    "allow-credentials-missing": ReasonNames(
        "the request includes credentials and the response has no Access-Control-Allow-Credentials",
        "InvalidAllowCredentials",
        "CORSMissingAllowCredentials",
    ),
    "allow-credentials-invalid": ReasonNames(
        "Access-Control-Allow-Credentials is not exactly true", "InvalidAllowCredentials", "CORSMissingAllowCredentials"
    ),
}


def _of_preflight(names: ReasonNames) -> ReasonNames:
    meaning, chromium = f"preflight: {names.meaning}", f"Preflight{names.chromium}"
    return ReasonNames(meaning, chromium, names.firefox, names.firefox_repeated)


REASONS: Final[Mapping[str, ReasonNames]] = MappingProxyType(
    {
        "invalid-url": ReasonNames("the URL does not parse"),
        "url-has-credentials": ReasonNames("the URL holds a user name or password"),
        "call-forbidden-method": ReasonNames("no page can send this method"),
        "call-invalid-method": ReasonNames("the method is no token"),
        "call-invalid-header": ReasonNames("a header's name is no token, or its value holds a line break"),
        "no-cors-method": ReasonNames("mode no-cors sends GET, HEAD and POST only"),
        "body-not-allowed": ReasonNames("GET and HEAD have no body"),
        "stream-in-no-cors": ReasonNames("mode no-cors sends no streamed body"),
        "bad-port": ReasonNames("browsers do not connect to this port", "", "CORSDidNotSucceed2"),
        "mixed-content": ReasonNames("an https page may not fetch from http", "", "CORSDidNotSucceed2"),
        "same-origin-mode": ReasonNames("mode same-origin, and the URL has another origin", "DisallowedByMode"),
        "no-cors-redirect-mode": ReasonNames(
            "mode no-cors follows redirects, nothing else", "NoCorsRedirectModeNotFollow"
        ),
        "scheme-not-http": ReasonNames("CORS is for http and https", "CorsDisabledScheme", "CORSRequestNotHttp"),
        "network-failure": ReasonNames("there is no response", "", "CORSDidNotSucceed2"),
        **_CORS_CHECK,
        "preflight-network-failure": ReasonNames("preflight: there is no response", "", "CORSDidNotSucceed2"),
        **{f"preflight-{code}": _of_preflight(names) for code, names in _CORS_CHECK.items()},
        "preflight-redirect": ReasonNames(
            "preflight: a redirect is not followed", "PreflightDisallowedRedirect", "CORSExternalRedirectNotAllowed"
        ),
        "preflight-status": ReasonNames(
            "preflight: the status is not 200-299", "PreflightInvalidStatus", "CORSPreflightDidNotSucceed3"
        ),
        "allow-methods-invalid": ReasonNames(
            "Access-Control-Allow-Methods does not parse",
            "InvalidAllowMethodsPreflightResponse",
            "CORSInvalidAllowMethod",
        ),
        "allow-headers-invalid": ReasonNames(
            "Access-Control-Allow-Headers does not parse",
            "InvalidAllowHeadersPreflightResponse",
            "CORSInvalidAllowHeader",
        ),
        "method-not-allowed": ReasonNames(
            "Access-Control-Allow-Methods does not name the method",
            "MethodDisallowedByPreflightResponse",
            "CORSMethodNotFound",
        ),
        "header-not-allowed": ReasonNames(
            "Access-Control-Allow-Headers does not name a header",
            "HeaderDisallowedByPreflightResponse",
            "CORSMissingAllowHeaderFromPreflight2",
        ),
        "authorization-not-listed": ReasonNames(
            "Access-Control-Allow-Headers does not name Authorization, which * does not cover",
            "HeaderDisallowedByPreflightResponse",
            "CORSMissingAllowHeaderFromPreflight2",
        ),
        "cross-origin-resource-policy": ReasonNames("Cross-Origin-Resource-Policy keeps the response from the page"),
        "redirect-mode-error": ReasonNames("a redirect, and the call said redirect: error"),
        "redirect-location-invalid": ReasonNames("the Location does not parse", "", "CORSDidNotSucceed2"),
        "redirect-scheme": ReasonNames(
            "the Location is neither http nor https", "CorsDisabledScheme", "CORSRequestNotHttp"
        ),
        "redirect-count": ReasonNames("more than 20 redirects", "", "CORSDidNotSucceed2"),
        "redirect-credentials": ReasonNames(
            "the Location holds a user name or password", "RedirectContainsCredentials", "CORSDidNotSucceed2"
        ),
        "redirect-stream": ReasonNames("a streamed body cannot be sent again to the Location"),
        "websocket-refused": ReasonNames("the server did not answer the handshake with 101"),
    }
)
