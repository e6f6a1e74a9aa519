"""The catalogue of what a deployment can get wrong about CORS, and of what cannot be judged: one row for every code.

Here belong the codes, their words, their usual grade and their remedy. Not here: the shape of a result
(`findings`), what is wrong with a policy as written (`problems`), and the stories (`advisories`).
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, get_args

Severity = Literal["info", "low", "medium", "high", "critical"]

SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)  # the mildest first

# How grave it is that somebody is let in, if only what needs no cookies can be read.
WITHOUT_COOKIES: Final[dict[Severity, Severity]] = {
    "critical": "medium",
    "high": "low",
    "medium": "low",
    "low": "low",
    "info": "info",
}


class Row(NamedTuple):
    """One row of the catalogue. `severity` is the usual one; a finding may be graded by what it exposes."""

    title: str
    severity: Severity
    why: str
    remedy: str
    advisory: str = ""  # a key of `advisories.ADVISORIES`, where the same mistake has been exploited


_LIST: Final = 'install(app, Policy(allow_origins=["https://app.example.com"]))'
_PATTERN: Final = 'allow_origins=["https://*.example.com"], whose `*` stands for whole labels'
_EXACT: Final = "compare the whole origin: scheme, host and port, to the last character"

FINDINGS: Final[dict[str, Row]] = {
    # Who is let in that should not be. Graded by `audit` by what the answer exposes.
    "accepts-any-origin": Row(
        "Any origin is reflected",
        "high",
        "Every website that a visitor opens can read what this URL answers to that visitor.",
        _LIST,
        "reflection",
    ),
    "accepts-null": Row(
        "The origin `null` is allowed",
        "high",
        "Any website can make a sandboxed frame, and that frame's origin is `null`.",
        "allow neither `null` nor every origin; give the pages that need it an origin of their own",
        "null",
    ),
    "accepts-prefix": Row(
        "Hosts that only begin like an allowed one are allowed",
        "high",
        "The end of the origin is not compared, so https://app.example.com.evil.example passes.",
        _EXACT,
        "unanchored",
    ),
    "accepts-suffix": Row(
        "Hosts that only end like an allowed one are allowed",
        "high",
        "The start of the host is not compared, so https://evilexample.com passes.",
        _PATTERN,
        "unanchored",
    ),
    "accepts-infix": Row(
        "Any origin that contains an allowed one is allowed",
        "high",
        "A name in the middle is enough, so https://example.com.evil.example passes.",
        _EXACT,
        "unanchored",
    ),
    "accepts-other-character": Row(
        "A dot stands for any character",
        "high",
        "Somebody else can register the name with another character in place of the dot.",
        _PATTERN,
        "unescaped-dot",
    ),
    "accepts-special-characters": Row(
        "A host with special characters passes the comparison",
        "high",
        "Browsers accept characters such as `_` or `!` in host names, and resolvers with wildcards answer them.",
        _EXACT,
        "unanchored",
    ),
    "accepts-subdomains": Row(
        "Every subdomain is allowed",
        "info",
        "One forgotten or taken-over subdomain, or one with a script injection, can read this API.",
        "list the origins that need it",
        "subdomain",
    ),
    "accepts-superdomain": Row(
        "A parent of the allowed host is allowed",
        "info",
        "Other people may run the pages of the parent domain.",
        _EXACT,
        "unanchored",
    ),
    "accepts-http": Row(
        "The http: form of an https: origin is allowed",
        "medium",
        "Anybody on the same network can pose as any http: page, and read the API through it.",
        "list only the https:// origins",
        "scheme",
    ),
    "accepts-any-port": Row(
        "Any port is allowed",
        "low",
        "Another program on the same host can read this API.",
        "list the port, or leave it out for 443",
        "port",
    ),
    "accepts-any-case": Row(
        "Letter case is not compared",
        "info",
        "Browsers send lower case, so it is harmless today, but it shows a loose comparison.",
        _EXACT,
    ),
    "accepts-trailing-dot": Row(
        "The host with a trailing dot is allowed",
        "low",
        "Browsers treat it as another origin, with its own cookies and HSTS.",
        _EXACT,
    ),
    "accepts-userinfo": Row(
        "An origin with a user name in it is allowed",
        "low",
        "No browser sends one, but it shows that the comparison does not parse the origin.",
        _EXACT,
    ),
    "accepts-loopback": Row(
        "Pages on the visitor's own machine are allowed",
        "medium",
        "Any program that listens on localhost can act as an allowed origin. The list may be meant for development.",
        "keep loopback origins in a development profile: Policy.development()",
        "loopback",
    ),
    "accepts-address-spelling": Row(
        "An IP address in another spelling is allowed",
        "low",
        "Addresses are compared as text, not as addresses.",
        _EXACT,
    ),
    "accepts-look-alike": Row(
        "An IDN look-alike is allowed",
        "high",
        "A host whose letters only look like those of the allowed one is accepted.",
        _EXACT,
        "unanchored",
    ),
    "accepts-shared-platform": Row(
        "Every customer of a shared platform is allowed",
        "high",
        "Anybody can get a name under this suffix (github.io, vercel.app) within minutes and without paying.",
        "list the one name that is yours",
        "open-suffix",
    ),
    "accepts-unregistered": Row(
        "A name that nobody may own is allowed",
        "info",
        "Anybody who registers it can read this API. Nothing was sent to that name.",
        "remove the names that are not yours",
        "subdomain",
    ),
    "accepts-extensions": Row(
        "Pages of any browser extension or app shell are allowed",
        "medium",
        "Every extension of every visitor can read this API.",
        "list the one extension's id",
        "reflection",
    ),
    "accepts-unsendable": Row(
        "The comparison breaks on bytes that no browser sends",
        "info",
        "No page can use it today, but it shows how the origin is compared.",
        _EXACT,
    ),
    "sends-star": Row(
        "Every website may read it, without cookies",
        "info",
        "This is right for a public API. It is wrong if only the network or an address protects the API.",
        "leave it if the API is public; otherwise " + _LIST,
    ),
    "sends-star-on-private-network": Row(
        "Every website may read a server on a private network",
        "high",
        "The address does not protect it, because the visitor's own browser is inside that network.",
        _LIST,
        "localhost",
    ),
    # What the headers say, whoever asks.
    "sends-star-with-credentials": Row(
        "`*` together with Access-Control-Allow-Credentials",
        "medium",
        "Browsers reject the pair, so the page fails. Do not reflect the origin instead, which is worse.",
        _LIST,
        "reflection",
    ),
    "sends-invalid-allow-origin": Row(
        "Access-Control-Allow-Origin has a value that no browser accepts",
        "medium",
        "The value can be one origin, `*` or `null`. A list, a pattern or a path blocks every page.",
        _LIST,
    ),
    "sends-invalid-allow-credentials": Row(
        "Access-Control-Allow-Credentials has a value other than `true`",
        "low",
        "Only `true`, in lower case, has a meaning.",
        "send `true`, or leave the header out",
    ),
    "duplicate-headers": Row(
        "A CORS header is sent twice",
        "medium",
        "Two lines become one value with a comma, which matches nothing: every page is blocked.",
        "let one layer send them: the app, or the proxy",
    ),
    "missing-vary": Row(
        "`Vary: Origin` is missing",
        "medium",
        "The answer depends on the origin, and a cache may give one origin's answer to another.",
        "send `Vary: Origin` on every response, allowed or not",
        "vary",
    ),
    "cacheable-reflection": Row(
        "A cacheable answer names one origin, without `Vary: Origin`",
        "high",
        "A shared cache will give the next origin a header that names the first one, or none.",
        "send `Vary: Origin`, or `Cache-Control: private`",
        "vary",
    ),
    "clobbered-vary": Row(
        "`Vary` loses what the app put there",
        "medium",
        "Caches then mix answers that differ by language, encoding or login.",
        "add to `Vary`, and do not replace it",
        "vary",
    ),
    "credentials-to-denied": Row(
        "A denied origin gets CORS headers",
        "info",
        "Access-Control-Allow-Credentials without an allowed origin tells strangers about the policy.",
        "send CORS headers only to allowed origins",
    ),
    "sends-expose-star": Row(
        "`Access-Control-Expose-Headers: *` beside credentials",
        "low",
        "With credentials, `*` is the name of a header, so that nothing is exposed.",
        "name the headers",
    ),
    "private-network-granted": Row(
        "Access-Control-Allow-Private-Network is granted",
        "low",
        "Older browsers let pages of the internet reach this private server because of it.",
        "leave the header out",
        "private-network",
    ),
    "timing-allow-star": Row(
        "`Timing-Allow-Origin: *` beside credentials",
        "low",
        "Every website can measure how long the answer to a logged-in visitor takes, and how big it is.",
        "name the origins in Timing-Allow-Origin",
    ),
    "max-age-overlong": Row(
        "A preflight's answer may be kept for longer than a day",
        "low",
        "A mistake stays in browsers after it is fixed: 7200 s in Chromium, 86400 s in Firefox, 600 s in WebKit.",
        "max_age=600",
    ),
    "errors-without-cors": Row(
        "Error answers carry no CORS headers",
        "medium",
        "The front end cannot read the error, and the browser reports a CORS failure instead.",
        "install(app, policy), which is outside everything that can answer with an error",
    ),
    "cors-on-errors-only": Row(
        "Only error answers are readable",
        "low",
        "The layer that answers errors has another policy than the app.",
        "let one layer send the headers",
    ),
    # Preflights.
    "preflight-refused": Row(
        "An allowed origin's preflight is refused",
        "medium",
        "Every request with JSON, a custom header, PUT or DELETE is blocked.",
        "install(app, policy), which answers preflights before anything else sees them",
    ),
    "preflight-behind-auth": Row(
        "The preflight needs a login",
        "medium",
        "Browsers send no cookies and no Authorization with a preflight, so it always fails.",
        "install(app, policy), which is outside the login",
    ),
    "preflight-redirected": Row(
        "The preflight is redirected",
        "medium",
        "Browsers do not follow a redirect of a preflight: the request is blocked.",
        "answer OPTIONS before redirecting; call the URL that it leads to",
    ),
    "preflight-only": Row(
        "The preflight grants what the answer does not",
        "low",
        "The request is sent, with its effects, and its answer is blocked.",
        "use one policy for both",
    ),
    "request-headers-unbounded": Row(
        "A very long Access-Control-Request-Headers is echoed",
        "info",
        'What `allow_headers=["*"]` of Starlette comes to: the answer, and the time for it, grow with the request.',
        "limit the length of the header, or answer with a fixed list",
        "dos",
    ),
    "header-injection": Row(
        "What a page sends is echoed unchecked into a response header",
        "info",
        'What `allow_headers=["*"]` of Starlette comes to. No browser runs it, and no cache keeps a preflight.',
        "answer with a fixed list, or with checked names",
        "injection",
    ),
    # What CORS leaves open.
    "websocket-foreign-origin": Row(
        "WebSocket handshakes are accepted from any website",
        "high",
        "CORS does not cover WebSockets: any page can open one with the visitor's cookies, and read and write.",
        "Policy(..., enforce=True)",
        "websocket",
    ),
    "cross-site-write": Row(
        "State-changing requests are accepted from any website",
        "high",
        "A form or a simple request needs no preflight: it reaches the endpoint with the visitor's cookies.",
        "Policy(..., enforce=True), which refuses them before the endpoint runs",
        "csrf",
    ),
    "dns-rebinding": Row(
        "A loopback server answers to any Host",
        "high",
        "A website whose name is pointed at 127.0.0.1 becomes same-origin with this server, and reads everything.",
        'Policy(..., enforce=True, trusted_hosts=["localhost", "127.0.0.1"])',
        "localhost",
    ),
    # `verify`: the deployment is not the policy.
    "verdict-differs": Row(
        "The deployment's verdict is not the policy's",
        "high",
        "A page that the policy allows is blocked, or one that it does not allow is let in.",
        "bring the server's CORS settings in line with the policy",
    ),
    "answer-differs": Row(
        "The deployment answers with other headers than the policy",
        "medium",
        "The verdict is the same today, but caches, preflights or readable headers differ.",
        "bring the server's CORS settings in line with the policy",
    ),
    # `check`: what an app, or a proxy's file, says.
    "middleware-order": Row(
        "Other middleware is outside the CORS middleware",
        "medium",
        "It gets preflights first, and what it answers has no CORS headers.",
        "install(app, policy)",
    ),
    "stacked-cors": Row(
        "Two CORS layers answer the same request",
        "medium",
        "One of them overrides the other, or both send headers.",
        "keep one",
    ),
    "config-overrides": Row(
        "CORS headers of an outer block are lost here",
        "medium",
        "In nginx an `add_header` in an inner block drops all those outside it.",
        "repeat them here, or include one file in both",
    ),
    "no-effect": Row(
        "A CORS setting has no effect",
        "medium",
        "Nothing that a browser sends ever matches it, or nothing reads it.",
        "write what browsers send: scheme, host and port, in lower case, with no slash at the end",
    ),
    # The project's own entries for results that it accepts.
    "ignore-invalid": Row(
        "An entry that ignores results cannot be understood",
        "low",
        "It is not applied, so that nothing is hidden by mistake.",
        'write code = "…", path = "…" and reason = "…"; expires = 2027-03-01 is optional',
    ),
    "ignore-expired": Row(
        "An entry that ignores results has expired",
        "info",
        "Its date has passed, so it is not applied.",
        "look at the result again; write a new date, or remove the entry",
    ),
    "ignore-unused": Row(
        "An entry that ignores results matches nothing",
        "info",
        "What it ignored may be fixed, and it would hide the same mistake if somebody made it again.",
        "remove the entry",
    ),
}


class NotJudgedRow(NamedTuple):
    """One row for what could not be judged. `remedy` is what to do next."""

    title: str
    why: str
    remedy: str


# A value of run time, as formats name it that have a code for everything.
RUN_TIME_CODE: Final = "decided-at-run-time"
RUN_TIME: Final = NotJudgedRow(
    "A setting gets its value when the program runs",
    "Its settings or its environment decide it, so that the value was not judged.",
    "check the app itself, with the settings of the deployment: `crossorigin check main:app`",
)

_ASK: Final = "ask the running server: `crossorigin audit https://api.example.com`"

NOT_JUDGED: Final[dict[str, NotJudgedRow]] = {
    "unset-variable": NotJudgedRow(
        "A variable gets its value elsewhere",
        "The value of a CORS header, or its condition, depends on this variable, and nothing that was read sets it.",
        f"check the file that sets it together with this one, or {_ASK}",
    ),
    "unread-include": NotJudgedRow(
        "An included file was not read",
        "It may set CORS headers, or change those that were read.",
        f"put the file where the server finds it, or {_ASK}",
    ),
    "unknown-directive": NotJudgedRow(
        "A directive for CORS is not understood",
        "It sets or changes CORS headers in a way that is not read here.",
        _ASK,
    ),
    "unknown-matcher": NotJudgedRow(
        "A condition on the origin is not understood",
        "It decides which origins are allowed in a way that is not read here.",
        _ASK,
    ),
    "template": NotJudgedRow(
        "The file is a template",
        "The configuration is what the template becomes when it is rendered.",
        "render it first, and check the result",
    ),
    "unknown-kind": NotJudgedRow(
        "This kind of file is not read",
        "It may set CORS headers, and none of it was judged.",
        _ASK,
    ),
    "unread-part": NotJudgedRow(
        "A part of the configuration could not be read",
        "What it says about CORS was not judged.",
        f"look at it yourself, and {_ASK}",
    ),
    "unread-source": NotJudgedRow(
        "A Python file could not be read",
        "It mentions CORS, and what it sets was not judged.",
        "fix the file, and check it again",
    ),
    "unread-code": NotJudgedRow(
        "Code that was not read decides about CORS",
        "Which origins it allows cannot be told from what was read.",
        f"check the app itself, `crossorigin check MODULE:app`, or {_ASK}",
    ),
    "not-asked-in-browser": NotJudgedRow(
        "The real browser could not ask this",
        "What a page gets there was seen by the simulated browser alone.",
        "open such a page yourself, and ask from its console",
    ),
    "unasked-app": NotJudgedRow(
        "The app could not be asked",
        "Only its settings were read. What the app answers was not seen.",
        "start the app, and audit its address: `crossorigin audit http://localhost:8000`",
    ),
}
