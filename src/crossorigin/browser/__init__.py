"""The browser's half of the CORS protocol, without I/O.

For a page and a `fetch()` call, the requests that a browser sends, and what the script gets. It
follows the Fetch Standard alone and shares nothing with the server's half, so that each checks the
other.

One idea per file: `messages` is what travels, `call` is what the script asked for, `safelist`,
`preflight_cache`, `cookies` and `checks` are the standard's own parts, `engines` is where the
browsers leave it, `reasons` is every way to fail, `request`, `network`, `preflight` and
`algorithm` are fetching itself, and `session`
is the `Browser` that keeps state between two calls. This file re-exports; it defines nothing.

Not modelled: the HTTP cache, service workers, Content Security Policy, HSTS, HTTP authentication
prompts, and the headers that no rule of CORS looks at (`Referer`, `User-Agent`, `Accept-Encoding`,
`Accept-Language`).
"""

from ..standards.messages import Exchange, Failure, Request, Response
from .cookies import Cookie, CookieJar
from .engines import ENGINES, Engine, EngineName
from .outcome import Outcome, ResponseType, Step
from .reasons import REASONS, Reason, ReasonNames
from .session import AsyncTransport, Browser, Transport

__all__ = [
    "ENGINES",
    "REASONS",
    "AsyncTransport",
    "Browser",
    "Cookie",
    "CookieJar",
    "Engine",
    "EngineName",
    "Exchange",
    "Failure",
    "Outcome",
    "Reason",
    "ReasonNames",
    "Request",
    "Response",
    "ResponseType",
    "Step",
    "Transport",
]
