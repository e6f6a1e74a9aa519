"""The catalogue of causes: why a request that should work does not.

Here belong the shape of a diagnosis and one row for every cause: its title, what happens, and what to do
when nothing more exact is known. Not here: finding out which one it is (`diagnose`).

A code never changes its meaning. Reasons (`browser.reasons`) are where the browser stopped; causes are what
somebody did or left out, and what there is to change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..policy.remedies import ADD_ORIGIN, TEMPLATES


class Cause(NamedTuple):
    """One row of the catalogue."""

    title: str
    explanation: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong: exactly one cause, and one thing to do about it.

    `cause` is a key of `CAUSES`. `evidence` are short lines, each a fact that was seen. `remedy` is a line of
    code or of a policy, or the one thing to do; empty where nothing is wrong. `near_miss` says what was
    almost right ("the list has …; the page is …"), or is empty. `details` says to programs what these say to people:
    `page`, `method`, `url`, and what the cause is about (`header`, `location`, `host`, `upper`).
    """

    cause: str
    title: str
    evidence: tuple[str, ...]
    remedy: str
    near_miss: str = ""
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def explanation(self) -> str:
        """What happens, in the words of the catalogue."""
        return CAUSES[self.cause].explanation


_LIST: Final = "Origins are compared letter by letter: scheme, host and port, nothing else."
_OUTSIDE: Final = (
    "What stands outside the CORS middleware answers without its headers, and the browser takes that for a refusal."
)
_INSTALL: Final = "install(app, policy)  # outermost, whatever the order of calls"
_PREFLIGHT: Final = "Before such a request the browser asks with OPTIONS, without cookies and without a login. "

CAUSES: Final[dict[str, Cause]] = {
    # Nothing is wrong.
    "allowed": Cause("Nothing is wrong", "The browser gives the response to the page.", ""),
    # The app answers without CORS headers.
    "crash-outside-cors": Cause(
        "The app crashed, and the 500 went out without CORS headers",
        "An unhandled error is answered outside all middleware. The console calls it CORS; it is a bug in the app.",
        "mend the error; install(app, policy) lets the page see the next one",
    ),
    "crash-unanswered": Cause(
        "The app crashed and answered nothing",
        "No response was sent at all, so there is nothing that could have CORS headers.",
        "mend the error",
    ),
    "server-error": Cause(
        "CORS is fine; the server answered with an error",
        "The page can read the response, and the response says that the server failed.",
        "look into the server's log",
    ),
    "gateway-error": Cause(
        "A gateway answered instead of the app",
        "502, 503 and 504 come from what stands before the app, and it knows nothing of CORS headers.",
        "find out why the gateway cannot reach the app; its log says so",
    ),
    "preflight-answered-by-middleware": Cause(
        "Another middleware answered the preflight",
        _PREFLIGHT + "A layer outside the CORS middleware answered it first.",
        _INSTALL,
    ),
    "response-from-middleware": Cause(
        "Another middleware answered, outside CORS",
        _OUTSIDE,
        _INSTALL,
    ),
    "preflight-needs-login": Cause(
        "The preflight was asked for a login",
        _PREFLIGHT + "A server that wants a token there can never be reached by a page.",
        "let OPTIONS pass without a login: CORS has to stand outside authentication",
    ),
    "preflight-not-answered": Cause(
        "Nothing at this address answers a preflight",
        _PREFLIGHT + "Here OPTIONS is just an unknown method or an unknown path.",
        "app.add_middleware(CORSMiddleware, policy=policy)",
    ),
    "preflight-failed": Cause(
        "The preflight got an error status",
        _PREFLIGHT + "Only a status from 200 to 299 is a yes.",
        "answer OPTIONS with 204 and the CORS headers",
    ),
    "preflight-rate-limited": Cause(
        "The preflight was turned away by a rate limit",
        _PREFLIGHT + "It counts as a request of its own, and no retry follows.",
        "do not count OPTIONS: put CORS outside the rate limit",
    ),
    "no-cors-middleware": Cause(
        "The app has no CORS middleware",
        "Without CORS headers only pages of the app's own origin may read its responses.",
        'install(app, Policy(allow_origins=["{page}"]))',
    ),
    "mounted-app-outer-policy": Cause(
        "The outer app's policy answers for a mounted app",
        "A preflight is answered by the outermost CORS middleware; the mounted app's own policy is never asked.",
        "add what the mounted app needs to the outer policy, or mount it beside the app with CORS, not below it",
    ),
    "wrong-path": Cause(
        "There is nothing at this path",
        "The server answered 404. Whether CORS would allow it is another question.",
        "correct the path",
    ),
    "response-without-cors": Cause(
        "An error response came without CORS headers",
        _OUTSIDE,
        "let CORS be the outermost layer, so that errors carry its headers too",
    ),
    "no-allow-origin": Cause(
        "The server says nothing about this page",
        "There is no Access-Control-Allow-Origin: either the page is not in the list, or there is no CORS at all.",
        ADD_ORIGIN,
    ),
    # The page is not in the list.
    "origin-not-listed": Cause("The page is not in the list of allowed origins", _LIST, ADD_ORIGIN),
    "mismatch-trailing-slash": Cause("A listed origin ends in a slash", _LIST, ADD_ORIGIN),
    "mismatch-path": Cause("A listed origin has a path", _LIST, ADD_ORIGIN),
    "mismatch-case": Cause("A listed origin has capital letters", _LIST, ADD_ORIGIN),
    "mismatch-default-port": Cause(
        "A listed origin names the default port", "Browsers leave out :443 for https and :80 for http.", ADD_ORIGIN
    ),
    "mismatch-without-scheme": Cause("A listed origin has no scheme", _LIST, ADD_ORIGIN),
    "mismatch-loopback-name": Cause(
        "localhost and 127.0.0.1 are two origins",
        "They reach the same machine, but a browser compares the text. " + _LIST,
        ADD_ORIGIN,
    ),
    "mismatch-scheme": Cause("The page has another scheme than the listed origin", _LIST, ADD_ORIGIN),
    "mismatch-port": Cause("The page has another port than the listed origin", _LIST, ADD_ORIGIN),
    "mismatch-subdomain": Cause("A listed origin has another subdomain", _LIST, ADD_ORIGIN),
    "mismatch-glob": Cause(
        "A listed origin has a *, which counts as a letter here",
        "Starlette's middleware compares the list letter by letter. " + _LIST,
        TEMPLATES["mismatch-glob"],
    ),
    "mismatch-apex": Cause(
        "The pattern covers names below the domain, not the domain itself",
        "https://*.example.com is one or more labels before example.com.",
        ADD_ORIGIN,
    ),
    "mismatch-several-in-one": Cause(
        "Several origins stand in one text", "A list takes one origin for each element.", ADD_ORIGIN
    ),
    "mismatch-regex": Cause(
        "The regular expression does not match the whole origin",
        "It has to match from the scheme to the port.",
        ADD_ORIGIN,
    ),
    "page-sends-null": Cause(
        "The page has no origin: it sends Origin: null",
        "A file, a data: URL and a sandboxed frame are nobody, and no list can name them.",
        TEMPLATES["page-sends-null"],
    ),
    # The response's headers are wrong.
    "allow-origin-repeated": Cause(
        "Access-Control-Allow-Origin is sent twice",
        "A proxy and the app, or two middlewares, each add it. Only one value is allowed.",
        "set CORS headers in one place: take them out of the proxy, or of the app",
    ),
    "allow-origin-list": Cause(
        "Access-Control-Allow-Origin holds a list",
        "The header holds one origin, or *. The server has to send back the one that asked.",
        "give the list to the middleware: " + ADD_ORIGIN,
    ),
    "malformed-allow-origin": Cause(
        "Access-Control-Allow-Origin holds no origin", "The header holds one origin, or *.", ADD_ORIGIN
    ),
    "cached-for-another-origin": Cause(
        "A cache gave out the response that another page got",
        "Without Vary: Origin a cache does not know that the answer depends on who asks.",
        "send Vary: Origin on every response, and empty the cache",
    ),
    "star-for-credentials": Cause(
        "* does not allow credentials",
        "A request with cookies or a login needs the page's own origin in the answer.",
        'allow_origins=["{page}"], allow_credentials=True',
    ),
    "credentials-not-allowed": Cause(
        "The server does not allow credentials",
        "A request with credentials: include needs Access-Control-Allow-Credentials: true.",
        TEMPLATES["credentials-not-allowed"],
    ),
    "allow-credentials-not-true": Cause(
        "Access-Control-Allow-Credentials is not exactly true",
        "The one value that counts is true, in lower case, once.",
        "Access-Control-Allow-Credentials: true",
    ),
    "malformed-allow-methods": Cause(
        "Access-Control-Allow-Methods is no list of methods",
        "Methods are separated by commas, without quotes.",
        "Access-Control-Allow-Methods: GET, PUT, DELETE",
    ),
    "malformed-allow-headers": Cause(
        "Access-Control-Allow-Headers is no list of header names",
        "Names are separated by commas, without quotes.",
        "Access-Control-Allow-Headers: authorization, content-type",
    ),
    # What the page asks for is not in the policy.
    "method-not-listed": Cause(
        "The policy does not allow the method",
        "The preflight's answer names the methods; GET, HEAD and POST need no naming.",
        TEMPLATES["method-not-listed"],
    ),
    "method-lower-case": Cause(
        "The method is written in lower case",
        "fetch() turns get, post, put and delete into capitals, and leaves patch as it is.",
        TEMPLATES["method-lower-case"],
    ),
    "method-star-with-credentials": Cause(
        "Access-Control-Allow-Methods: * counts for nothing with credentials",
        "With credentials: include the * is a method of that name.",
        TEMPLATES["method-star-with-credentials"],
    ),
    "header-not-listed": Cause(
        "The policy does not allow a request header",
        "The preflight's answer names the headers that a page may set.",
        TEMPLATES["header-not-listed"],
    ),
    "header-star-with-credentials": Cause(
        "Access-Control-Allow-Headers: * counts for nothing with credentials",
        "With credentials: include the * is a header of that name.",
        TEMPLATES["header-star-with-credentials"],
    ),
    "authorization-not-covered": Cause(
        "* does not cover Authorization",
        "The standard wants this one header by its name.",
        'allow_headers=["Authorization"]',
    ),
    "header-of-responses": Cause(
        "The page sends a header that belongs to responses",
        "Access-Control-Allow-… is what a server says. In a request it only makes a preflight necessary.",
        TEMPLATES["header-of-responses"],
    ),
    # Redirects.
    "preflight-redirect-slash": Cause(
        "The preflight is redirected for a slash",
        "A preflight is never redirected. The path wants its slash, or wants none.",
        "call {location}",
    ),
    "preflight-redirect-https": Cause(
        "The preflight is redirected to https", "A preflight is never redirected.", "call {location}"
    ),
    "preflight-redirect-other": Cause(
        "The preflight is redirected", "A preflight is never redirected.", "answer OPTIONS where it arrives"
    ),
    "redirect-without-cors": Cause(
        "The redirect itself has no CORS headers",
        "Every response on the way needs them, a 307 for a slash too.",
        "call {location}",
    ),
    "redirect-origin-null": Cause(
        "After a redirect to another origin the browser sends Origin: null",
        "The console may say that the header is not equal to the page's own origin. It is; the request was not.",
        TEMPLATES["redirect-origin-null"],
    ),
    "redirect-elsewhere": Cause(
        "The request was redirected to another server, which has no CORS headers",
        "A login page is the usual one: what a page fetches cannot be sent there.",
        "answer 401 to fetch() where a browser's visit would be redirected",
    ),
    "redirect-to-http": Cause(
        "An https page was redirected to http",
        "A server behind a TLS proxy builds its Location from what the proxy tells it.",
        "uvicorn --proxy-headers --forwarded-allow-ips=…, or call the last URL with its slash",
    ),
    "redirect-with-password": Cause(
        "The redirect's Location holds a user name or password",
        "Browsers do not follow that to another origin.",
        "take user:password@ out of the Location",
    ),
    "redirect-failed": Cause("The redirect cannot be followed", "The steps say why.", "call the last URL directly"),
    # Allowed, and yet not what was expected.
    "header-not-exposed": Cause(
        "The response header is not exposed to scripts",
        "A page reads seven plain response headers; every other has to be named by the server.",
        'expose_headers=["{header}"]',
    ),
    "header-never-readable": Cause(
        "No script can read this response header",
        "Set-Cookie is for the browser alone.",
        "put what the page needs into the body",
    ),
    "header-absent": Cause(
        "The response does not have this header",
        "Nothing hides it from the page; the server did not send it.",
        "send the header",
    ),
    "cookie-same-site": Cause(
        "The cookie stays behind: SameSite",
        "CORS allowed the request. The page is of another site, and the cookie is for its own site only.",
        'response.set_cookie(…, samesite="none", secure=True)',
    ),
    "cookie-not-included": Cause(
        "The cookie stays behind: the call does not include credentials",
        "Across origins fetch() sends cookies only when told to.",
        'fetch(url, {{credentials: "include"}})',
    ),
    "cookie-not-stored": Cause(
        "The browser refused the cookie that the response sets",
        "CORS allowed the request; the rules of cookies did not.",
        'response.set_cookie(…, samesite="none", secure=True)',
    ),
    "opaque-response": Cause(
        "mode: no-cors gives a response that nobody can read",
        "It does not switch CORS off: the page gets status 0, no headers and no body.",
        'leave out mode: "no-cors", and allow the page: ' + ADD_ORIGIN,
    ),
    "client-error": Cause(
        "CORS is fine; the server refused the request",
        "The page can read the response, and the response says what is wrong with the request.",
        "read the response's body",
    ),
    # Not CORS.
    "insecure-call": Cause(
        "An https page may not fetch from http",
        "This is no CORS: the browser does not even ask. Only this very machine is excepted.",
        "serve the API over https",
    ),
    "local-network": Cause(
        "A public page asks for something on this machine or network",
        "This is no CORS: Chrome and Edge ask the visitor first (Local Network Access), from version 142 on.",
        "allow the prompt, or serve the API at a public https address",
    ),
    "no-server": Cause("No server listens there", "There is no response, so CORS has no say.", "start the server"),
    "no-such-host": Cause(
        "The host name does not exist", "There is no response, so CORS has no say.", "correct the host name"
    ),
    "tls-failure": Cause(
        "The secure connection failed",
        "There is no response, so CORS has no say. A page cannot click a certificate warning away.",
        "open the URL in a tab of its own, and mend the certificate",
    ),
    "no-response": Cause(
        "The server gave no response",
        "The connection broke or timed out, so CORS has no say.",
        "look into the log of the server, and of the proxy before it",
    ),
    "blocked-port": Cause(
        "Browsers do not connect to this port",
        "Some ports belong to other protocols, and are closed to pages.",
        "use another port, 8000 for example",
    ),
    "not-http": Cause(
        "CORS is for http and https", "Pages cannot fetch from any other scheme.", "call an http or https URL"
    ),
    "same-origin-call": Cause(
        "The call says mode: same-origin",
        "It asked never to leave the page's own origin.",
        'leave out mode: "same-origin"',
    ),
    "invalid-call": Cause(
        "fetch() itself refuses the call", "Nothing was sent: the browser throws before any request.", "mend the call"
    ),
    "redirect-mode": Cause(
        "The call says redirect: error",
        "The server redirected, and the call forbids it.",
        'leave out redirect: "error"',
    ),
    "resource-policy": Cause(
        "Cross-Origin-Resource-Policy keeps the response from the page",
        "This is no CORS: the header is about embedding.",
        "Cross-Origin-Resource-Policy: cross-origin",
    ),
    "websocket-origin": Cause(
        "The server refuses the WebSocket of this page",
        "CORS has no say over WebSockets: the server looked at Origin itself.",
        TEMPLATES["websocket-origin"],
    ),
    "host-rejected": Cause(
        "The server does not go by the name that the page called it",
        "`enforce` answers to the names of trusted_hosts alone, which stops DNS rebinding.",
        TEMPLATES["host-rejected"],
    ),
    "websocket-not-found": Cause(
        "The server did not open the WebSocket",
        "CORS has no say over WebSockets: there is no such path, or the server closed before accepting.",
        "correct the path; in the handler: await websocket.accept()",
    ),
}
