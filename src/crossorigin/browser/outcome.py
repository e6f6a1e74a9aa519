"""What a fetch came to: the verdict, what script sees, and the steps that led there.

Here belong the results as values. Not here: how they are found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ..standards.messages import Exchange, Request
from .reasons import Reason

# Which rule kept a stored cookie back (RFC 6265bis § retrieval model, and the browsers' rules for third parties).
CookieRule: TypeAlias = Literal["path", "secure", "third-party", "partition", "same-site"]
StepCode: TypeAlias = Literal[
    "cookies-excluded",  # the credentials mode includes none
    "cookie-withheld-path",
    "cookie-withheld-secure",
    "cookie-withheld-third-party",
    "cookie-withheld-partition",
    "cookie-withheld-same-site",
    "cookie-rejected",  # a Set-Cookie that is not stored
    "method-normalised",
    "header-dropped",
    "origin-tainted",  # by a redirect: the Origin is null from here on
    "preflight-cached",
]
ResponseType: TypeAlias = Literal["basic", "cors", "opaque", "opaqueredirect", "error"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the standard: its section, what it found, and whether the fetch goes on.

    `code` says to programs what `text` says to people: for the step that ends a fetch, the reason; for another, one
    of `StepCode`, or empty for a step that nothing depends on.
    """

    section: str
    text: str
    ok: bool = True
    code: StepCode | Reason | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What script gets from `fetch()`.

    `allowed` says whether the promise is fulfilled; where it is not, `reason` says why, and a
    TypeError is all that script sees. `status`, `headers` and `body` are what script may read: 0,
    empty and empty for an opaque response, as for an error. `headers` has each name once, in lower
    case, repeated values joined by `, `, as `response.headers.get()` does. `url` is the last URL.
    `requests` (the exchanges in order, preflights marked) and `steps` are the whole story, whatever script may see.
    `app` is the application that answered, if it runs in this process and is known; it is not part of the value.
    """

    allowed: bool
    reason: Reason | None
    type: ResponseType
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    requests: tuple[Exchange, ...]
    steps: tuple[Step, ...]
    app: Any = field(default=None, compare=False, repr=False)

    @property
    def preflights(self) -> tuple[Request, ...]:
        """The CORS-preflight requests that were sent."""
        return tuple(exchange.request for exchange in self.requests if exchange.preflight)

    @property
    def text(self) -> str:
        """The readable body as UTF-8 text."""
        return self.body.decode("utf-8", "replace")
