"""Whether a verdict depends on credentials that a recorded request does not tell.

With `credentials: "include"` and no cookie for the server yet, a browser sends what it sends without them. So the
responses are the same, and are judged once more as those of a call with credentials. Nothing is sent.
"""

from __future__ import annotations

from ..browser import Browser, EngineName, Failure, Outcome, Request, Response
from ..browser.call import FetchOptions


def blocked_with_credentials(
    outcome: Outcome, page: str, url: str, options: FetchOptions, engine: EngineName = "standard"
) -> bool:
    """Whether the page gets this response, and would not get it if the call said `credentials: "include"`."""
    if not outcome.allowed:
        return False
    answers = [exchange.response for exchange in outcome.requests]

    def again(request: Request, /) -> Response | Failure:
        return answers.pop(0) if answers else Failure("nothing was recorded")

    with_credentials: FetchOptions = {**options, "credentials": "include"}
    return not Browser(page, transport=again, engine=engine).fetch(url, **with_credentials).allowed


def without_verdict(outcome: Outcome) -> Outcome:
    """What is known of a call whose verdict depends on its credentials: the exchange, and no verdict."""
    return Outcome(False, None, "error", outcome.url, 0, {}, b"", outcome.requests, ())
