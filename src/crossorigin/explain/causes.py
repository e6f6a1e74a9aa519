"""The catalogue of causes: why a request that should work does not.

Here belong the shape of a diagnosis and one row for every cause: its title, what happens, and what to do if nothing
more exact is known. Not here: finding out which one it is (`diagnose`), and the exact remedy: of
a policy's denial `policy.denial_remedies`, of anything else the rule (`rules`).

A code never changes its meaning. A reason (`browser.reasons`) is where the browser stopped. A cause is what somebody
did or left out, and what there is to change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ..policy.denial_remedies import ADD_ORIGIN, TEMPLATES


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
    "A layer outside the CORS middleware answers without the CORS headers, and the browser blocks the response."
)
INSTALL: Final = "install(app, policy)  # outermost, whatever the order of calls"
_PREFLIGHT: Final = "Before such a request the browser asks with OPTIONS, without cookies and without a login. "

CAUSES: Final[dict[str, Cause]] = {
    # Nothing is wrong.
    "allowed": Cause("Nothing is wrong", "The browser gives the response to the page.", ""),
    # The app answers without CORS headers.
    "crash-outside-cors": Cause(
        "The app crashed, and the 500 went out without CORS headers",
        "An unhandled error is answered outside all middleware. The console calls it CORS; it is a bug in the app.",
        "fix the error; install(app, policy) lets the page see the next one",
    ),
    "crash-unanswered": Cause(
        "The app crashed and answered nothing",
        "No response was sent at all, so there is nothing that could have CORS headers.",
        "fix the error",
    ),
    "server-error": Cause(
        "CORS is fine; the server answered with an error",
        "The page can read the response, and the response says that the server failed.",
        "look into the server's log",
    ),
    "gateway-error": Cause(
        "A gateway answered instead of the app",
        "502, 503 and 504 come from a proxy in front of the app, and it does not send CORS headers.",
        "find out why the gateway cannot reach the app; look into its log",
    ),
    "preflight-answered-by-middleware": Cause(
        "Another middleware answered the preflight",
        _PREFLIGHT + "A layer outside the CORS middleware answered it first.",
        INSTALL,
    ),
    "response-from-middleware": Cause(
        "Another middleware answered, outside CORS",
        _OUTSIDE,
        INSTALL,
    ),
    "preflight-needs-login": Cause(
        "The preflight was asked for a login",
        _PREFLIGHT + "No page can reach a server that requires a token there.",
        "let OPTIONS pass without a login: put CORS outside authentication",
    ),
    "preflight-not-answered": Cause(
        "Nothing at this address answers a preflight",
        _PREFLIGHT + "Here the server does not know the method OPTIONS, or the path.",
        "app.add_middleware(CORSMiddleware, policy=policy)",
    ),
    "preflight-failed": Cause(
        "The preflight got an error status",
        _PREFLIGHT + "The browser goes on only if the status is 200 to 299.",
        "answer OPTIONS with 204 and the CORS headers",
    ),
    "preflight-rate-limited": Cause(
        "A rate limit rejected the preflight",
        _PREFLIGHT + "It counts as a request, and the browser does not try again.",
        "do not count OPTIONS: put CORS outside the rate limit",
    ),
    "no-cors-middleware": Cause(
        "The app has no CORS middleware",
        "Without CORS headers, only pages of the app's own origin can read its responses.",
        'install(app, Policy(allow_origins=["{page}"]))',
    ),
    "mounted-app-outer-policy": Cause(
        "The outer app's policy answers for a mounted app",
        "A preflight is answered by the outermost CORS middleware; the mounted app's own policy is not used.",
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
        "make CORS the outermost layer, so that errors have its headers too",
    ),
    "no-allow-origin": Cause(
        "The server says nothing about this page",
        "There is no Access-Control-Allow-Origin: the page is not an allowed origin, or the server does not use CORS.",
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
        "They reach the same machine, but a browser compares the strings. " + _LIST,
        ADD_ORIGIN,
    ),
    "mismatch-scheme": Cause("The page has another scheme than the listed origin", _LIST, ADD_ORIGIN),
    "mismatch-port": Cause("The page has another port than the listed origin", _LIST, ADD_ORIGIN),
    "mismatch-subdomain": Cause("A listed origin has another subdomain", _LIST, ADD_ORIGIN),
    "mismatch-glob": Cause(
        "A listed origin has a *, which counts as a letter here",
        "Starlette's middleware compares the list letter by letter. " + _LIST,
        'use Policy(allow_origins=["https://*.example.com"])',
    ),
    "mismatch-apex": Cause(
        "The pattern covers names below the domain, not the domain itself",
        "https://*.example.com is one or more labels before example.com.",
        ADD_ORIGIN,
    ),
    "mismatch-several-in-one": Cause(
        "Several origins are in one string", "Each origin is an element of the list.", ADD_ORIGIN
    ),
    "mismatch-regex": Cause(
        "The regular expression does not match the whole origin",
        "It has to match from the scheme to the port.",
        ADD_ORIGIN,
    ),
    "page-sends-null": Cause(
        "The page has no origin: it sends Origin: null",
        "A file, a data: URL and a sandboxed frame have no origin, so no list can name them.",
        TEMPLATES["page-sends-null"],
    ),
    # The response's headers are wrong.
    "allow-origin-repeated": Cause(
        "Access-Control-Allow-Origin is sent twice",
        "A proxy and the app, or two middlewares, each add it. Only one value is allowed.",
        "set CORS headers in one place: remove them from the proxy, or from the app",
    ),
    "allow-origin-list": Cause(
        "Access-Control-Allow-Origin holds a list",
        "The header holds one origin, or *. The server has to send back the one that asked.",
        "give the list to the middleware: " + ADD_ORIGIN,
    ),
    "malformed-allow-origin": Cause(
        "The value of Access-Control-Allow-Origin is not an origin", "The header holds one origin, or *.", ADD_ORIGIN
    ),
    "cached-for-another-origin": Cause(
        "A cache returned a response that was made for another page",
        "Without Vary: Origin, a cache does not know that the response depends on the origin.",
        "send Vary: Origin on every response, and empty the cache",
    ),
    "headers-rewritten": Cause(
        "Something changes the CORS headers after the middleware",
        "The policy allows this request, and the response does not say so: what stands outside the CORS middleware "
        "removed its headers, or wrote others.",
        "look for what changes the CORS headers after the middleware: another middleware, or a proxy",
    ),
    "star-for-credentials": Cause(
        "* does not allow credentials",
        "A request with cookies or a login needs the page's own origin in the response.",
        'allow_origins=["{page}"], allow_credentials=True',
    ),
    "credentials-not-allowed": Cause(
        "The server does not allow credentials",
        "A request with credentials: include needs Access-Control-Allow-Credentials: true.",
        TEMPLATES["credentials-not-allowed"],
    ),
    "allow-credentials-not-true": Cause(
        "Access-Control-Allow-Credentials is not exactly true",
        "The only valid value is true: once, in lower case.",
        "Access-Control-Allow-Credentials: true",
    ),
    "malformed-allow-methods": Cause(
        "Access-Control-Allow-Methods is not a list of methods",
        "Methods are separated by commas, without quotes.",
        "Access-Control-Allow-Methods: GET, PUT, DELETE",
    ),
    "malformed-allow-headers": Cause(
        "Access-Control-Allow-Headers is not a list of header names",
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
        "fetch() writes get, post, put and delete in capitals, and no other method. The server compares letters.",
        TEMPLATES["method-lower-case"],
    ),
    "method-star-with-credentials": Cause(
        "Access-Control-Allow-Methods: * allows nothing with credentials",
        "With credentials: include, * is a method of that name.",
        TEMPLATES["method-star-with-credentials"],
    ),
    "header-not-listed": Cause(
        "The policy does not allow a request header",
        "The preflight's answer names the headers that a page may set.",
        TEMPLATES["header-not-listed"],
    ),
    "header-star-with-credentials": Cause(
        "Access-Control-Allow-Headers: * allows nothing with credentials",
        "With credentials: include, * is a header of that name.",
        TEMPLATES["header-star-with-credentials"],
    ),
    "authorization-not-covered": Cause(
        "* does not cover Authorization",
        "The standard requires this header by its name.",
        'allow_headers=["Authorization"]',
    ),
    "header-of-responses": Cause(
        "The page sends a header that belongs to responses",
        "Access-Control-Allow-… is for responses. In a request it only makes a preflight necessary.",
        TEMPLATES["header-of-responses"],
    ),
    # Redirects.
    "preflight-redirect-slash": Cause(
        "The preflight is redirected for a slash",
        "Browsers do not follow a redirect of a preflight. The path needs its slash, or must not have one.",
        "call {location}",
    ),
    "preflight-redirect-https": Cause(
        "The preflight is redirected to https", "Browsers do not follow a redirect of a preflight.", "call {location}"
    ),
    "preflight-redirect-other": Cause(
        "The preflight is redirected",
        "Browsers do not follow a redirect of a preflight. A login in front of the app often sends one.",
        "answer OPTIONS with 204 and the CORS headers, without a redirect",
    ),
    "redirect-without-cors": Cause(
        "The redirect itself has no CORS headers",
        "Every response on the way needs CORS headers, a 307 that adds a slash too.",
        "call {location}",
    ),
    "redirect-origin-null": Cause(
        "After a redirect to another origin the browser sends Origin: null",
        "The server then compares with null. The console shows the page's origin all the same.",
        TEMPLATES["redirect-origin-null"],
    ),
    "redirect-elsewhere": Cause(
        "The request was redirected to a page without CORS headers",
        "Usually it is a login page. fetch() follows the redirect, and cannot show the visitor a page.",
        "answer fetch() with 401 instead of a redirect to a login page",
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
    "redirect-failed": Cause(
        "The browser does not follow the redirect",
        "The Location is not a URL for fetch().",
        "call the last URL directly",
    ),
    "redirect-loop": Cause(
        "The server redirects again and again",
        "Browsers follow twenty redirects, and no more.",
        "look at the Location of each redirect, and find the one that leads back",
    ),
    # Allowed, and yet not what was expected.
    "header-not-exposed": Cause(
        "The response header is not exposed to scripts",
        "A page can read seven plain response headers; the server has to name every other.",
        'expose_headers=["{header}"]',
    ),
    "header-never-readable": Cause(
        "No script can read this response header",
        "Set-Cookie is for the browser alone.",
        "put what the page needs into the body",
    ),
    "header-absent": Cause(
        "The response does not have this header",
        "The browser does not hide it; the server did not send it.",
        "send the header",
    ),
    "cookie-same-site": Cause(
        "The cookie stays behind: SameSite",
        "CORS allowed the request. The page is of another site, and the cookie is for its own site only.",
        'response.set_cookie(…, samesite="none", secure=True)',
    ),
    "cookie-not-included": Cause(
        "The cookie stays behind: the call does not include credentials",
        "To another origin, fetch() sends cookies only if the call says so.",
        'fetch(url, {{credentials: "include"}})',
    ),
    "cookie-not-stored": Cause(
        "The browser rejected the cookie that the response sets",
        "CORS allowed the request; the rules for cookies did not.",
        'response.set_cookie(…, samesite="none", secure=True)',
    ),
    "opaque-response": Cause(
        "mode: no-cors gives a response that the page cannot read",
        "It does not switch CORS off: the page gets status 0, no headers and no body.",
        'leave out mode: "no-cors", and allow the page: ' + ADD_ORIGIN,
    ),
    "client-error": Cause(
        "CORS is fine; the server rejected the request",
        "The page can read the response, which says what is wrong with the request.",
        "read the response's body",
    ),
    # The browser stopped for something else than CORS.
    "insecure-call": Cause(
        "An https page may not fetch from http",
        "The browser sends nothing, whatever the CORS headers are. Only http://localhost is allowed.",
        "serve the API over https",
    ),
    "local-network": Cause(
        "A public page asks for something on this machine or network",
        "Browsers ask the visitor first (Local Network Access): Chrome and Edge do from version 142 on.",
        "allow it in the prompt, or serve the API at a public https address",
    ),
    "local-network-insecure": Cause(
        "A page on http asks for something on the visitor's own machine or network",
        "Browsers allow that to https pages only, after a prompt. On http there is no prompt, and nothing is sent.",
        "call the API at its public address; or serve the page over https, and let the visitor allow the prompt",
    ),
    "private-network-access": Cause(
        "An older Chrome asks for Private Network Access",
        "Chrome up to 141 asked servers on private networks for this header. Now it asks the visitor instead.",
        "update the browser, or serve the API at a public https address",
    ),
    "target-address-space": Cause(
        "The call names another address space than the server's",
        "The browser compares the option targetAddressSpace with the address that it connects to.",
        "name the address space of the server in targetAddressSpace, or leave the option out",
    ),
    "content-security-policy": Cause(
        "The page's own Content-Security-Policy forbids the request",
        "This is not CORS: connect-src of the page's policy lists what the page may connect to. Nothing was sent.",
        "add the server to the page's policy: Content-Security-Policy: connect-src 'self' {origin}",
    ),
    "report-only-policy": Cause(
        "A Report-Only policy blocks nothing",
        "The browser only reports what the policy would block. Another line says why a request failed.",
        'look for another line: crossorigin explain --console "…"',
    ),
    "connection-allowlist": Cause(
        "The page's own Connection-Allowlist forbids the request",
        "This is not CORS: a header of the page lists what the page may connect to. Nothing was sent.",
        "add the server to the page's Connection-Allowlist header",
    ),
    "blocked-by-extension": Cause(
        "An extension of the browser blocked the request",
        "This is not CORS: an ad blocker, for example, stopped it. Nothing was sent, so the server cannot change it.",
        "try a private window without extensions; if it works there, allow the site in the extension",
    ),
    "blocked-by-administrator": Cause(
        "The browser's administrator blocks this URL",
        "This is not CORS: a policy of the organisation forbids the URL. Nothing was sent.",
        "ask the administrator to allow the URL",
    ),
    "tracking-protection": Cause(
        "Firefox's tracking protection blocked the request",
        "This is not CORS: Firefox knows the server as a tracker. Nothing was sent, so the server cannot change it.",
        "switch Enhanced Tracking Protection off for the page, or serve the API under another host name",
    ),
    "opaque-response-blocked": Cause(
        "The browser blocked a response that an image, a script or a style cannot be",
        "The page asked without CORS, and got HTML or JSON. The browser keeps such a response from the page.",
        "request data with fetch(), and find out why the server does not answer with an image, a script or a style",
    ),
    "cors-disabled": Cause(
        "CORS is switched off in this browser",
        "The setting content.cors.disable of Firefox blocks every request to another origin.",
        "set content.cors.disable to false in about:config",
    ),
    "origin-not-added": Cause(
        "Firefox could not add the Origin header",
        "A request to another origin needs it. An extension that changes requests can be the reason.",
        "try a private window without extensions",
    ),
    "offline": Cause(
        "The browser was offline",
        "There is no response, so CORS headers do not matter.",
        "check the network connection, and try again",
    ),
    "request-cancelled": Cause(
        "The request was cancelled",
        "The page was left or reloaded, or the script called abort(). Often a form was submitted at the same moment.",
        "call event.preventDefault() when a form is submitted; do not leave the page before the response is there",
    ),
    "response-incomplete": Cause(
        "The response broke off, or could not be decoded",
        "The headers arrived, and the body does not fit them. CORS headers do not change that.",
        "look into the log of the server, and of the proxy in front of it",
    ),
    "same-origin-request": Cause(
        "The page and the server have the same origin",
        "This request is not cross-origin, so CORS headers do not matter.",
        "nothing has to change for CORS; look at the status and the body of the response",
    ),
    "answered-by-another": Cause(
        "This call is allowed; something else answered the browser",
        "A proxy in front of the app, another version of the app or another server sent what the browser blocked.",
        "ask the server that the browser called",
    ),
    # The browser does not say why, and what to look at next.
    "said-above": Cause(
        "The reason is in the line above this one",
        "The browser writes this line below every request that it blocks, and below requests that failed.",
        'copy the line above it too: crossorigin explain --console "…"',
    ),
    "said-in-console": Cause(
        "Scripts get this error whatever the reason was",
        "A browser never tells a script why a request failed. Its console tells you.",
        'open the console (F12), and copy the red lines about this request: crossorigin explain --console "…"',
    ),
    "not-a-browser": Cause(
        "Node.js made this request, not a browser",
        "CORS is a rule for browsers; a server's own requests are not blocked by it. The connection failed.",
        "look at error.cause, and start the server that is called",
    ),
    "script-error": Cause(
        "The browser hides the error of a script from another origin",
        "The details are only visible if the script was loaded with CORS. The error itself can be anything.",
        'load it with <script crossorigin src="…">, and let its server answer with Access-Control-Allow-Origin',
    ),
    "not-recorded": Cause(
        "The HAR file does not hold the response that the browser looked at",
        "Chrome writes status 0 and no headers for what CORS blocked, and for what failed for another reason.",
        'copy the message of the console: crossorigin explain --console "…"',
    ),
    "page-not-recorded": Cause(
        "The HAR file does not say which page made the call",
        "The request has no Origin and no Referer.",
        "say which page it was: --from https://your-front-end.example",
    ),
    "credentials-not-recorded": Cause(
        "It depends on whether the call includes credentials",
        "A request without a cookie looks the same either way. The browser gives the page this response if the call is "
        "without credentials, and blocks it if the call includes them.",
        "say which it is: --credentials or --no-credentials; what was copied as fetch says it, too",
    ),
    "ambiguous-message": Cause(
        "The message has more than one meaning",
        "The browser says the same in each of these cases:",
        "look at the response in the browser's network panel",
    ),
    "no-server": Cause(
        "No server listens there", "There is no response, so CORS headers do not matter.", "start the server"
    ),
    "no-such-host": Cause(
        "The host name does not exist", "There is no response, so CORS headers do not matter.", "correct the host name"
    ),
    "tls-failure": Cause(
        "The secure connection failed",
        "There is no response, so CORS headers do not matter. fetch() cannot accept a certificate warning.",
        "open the URL in a new tab, and fix the certificate",
    ),
    "no-response": Cause(
        "The server gave no response",
        "The connection broke or timed out, so CORS headers do not matter.",
        "look into the log of the server, and of the proxy in front of it",
    ),
    "unusable-address": Cause(
        "No browser connects to this address",
        "A server listens at 0.0.0.0 or [::] to be reached at each of the machine's addresses; it is none itself.",
        "call the server by a name or an address of its own, http://localhost:8000 for example",
    ),
    "proxy-failure": Cause(
        "The proxy that this browser uses failed",
        "The request did not reach the server, so CORS headers do not matter.",
        "look at the proxy settings of the browser and of the system",
    ),
    "stopped-by-browser": Cause(
        "The browser stopped by itself",
        "It ran out of something that it needs, or a file changed while it was sent. The server cannot change that.",
        "make fewer requests at once, choose the file again, or restart the browser",
    ),
    "blocked-port": Cause(
        "Browsers do not connect to this port",
        "Some ports belong to other protocols, and browsers block them.",
        "use another port, 8000 for example",
    ),
    "not-http": Cause(
        "CORS is for http and https", "Pages cannot fetch from any other scheme.", "call an http or https URL"
    ),
    "same-origin-call": Cause(
        "The call says mode: same-origin",
        "The browser then sends nothing to another origin.",
        'leave out mode: "same-origin"',
    ),
    "invalid-call": Cause(
        "fetch() rejects the call", "Nothing was sent: the browser throws before any request.", "fix the call"
    ),
    "redirect-mode": Cause(
        "The call says redirect: error",
        "The server redirected, and the call forbids it.",
        'leave out redirect: "error"',
    ),
    "resource-policy": Cause(
        "Cross-Origin-Resource-Policy blocks the response",
        "This header is about embedding, and CORS headers do not change it.",
        "Cross-Origin-Resource-Policy: cross-origin",
    ),
    "websocket-origin": Cause(
        "The server rejects the WebSocket of this page",
        "WebSockets do not use CORS: the server looked at Origin itself.",
        TEMPLATES["websocket-origin"],
    ),
    "host-rejected": Cause(
        "The server does not accept the host name of this request",
        "`enforce` accepts the names in trusted_hosts only, which stops DNS rebinding.",
        TEMPLATES["host-rejected"],
    ),
    "websocket-rejected": Cause(
        "The server closed the WebSocket before it was open",
        "WebSockets do not use CORS. A server answers 403 for an Origin that it does not take, and also for a missing "
        "login or parameter, and for a path that it does not know.",
        "look at what the handler needs before websocket.accept(): the Origin {page}, a login, a parameter",
    ),
    "websocket-not-found": Cause(
        "The server did not open the WebSocket",
        "WebSockets do not use CORS: the path does not exist, or the server closed before accepting.",
        "correct the path; in the handler: await websocket.accept()",
    ),
}
