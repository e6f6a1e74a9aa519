"""From an outcome to exactly one cause: the rules in their order.

Here belongs the order, most specific first. Not here: the rules themselves (`rules`), and the causes they name
(`causes`).

A wrong cause from a console's message starts in `console_messages`; with an app or a server at hand it is in `rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..browser import Outcome
from ..standards.header_lists import get
from .case import Case
from .causes import Diagnosis
from .rules import allowed, policy, request, response
from .rules.request import Rule

BLOCKED: Final[tuple[Rule, ...]] = (
    request.named,
    request.call,
    request.mixed_content,
    request.no_response,
    request.host,
    request.websocket,
    request.redirected,
    policy.no_origin,
    request.preflight_redirect,
    request.origin_null_after_redirect,
    policy.repeated,
    response.crash,
    response.other_middleware,
    response.gateway,
    response.mounted,
    response.no_cors,
    policy.cached,
    policy.rewritten,
    policy.origin,
    policy.credentials,
    policy.method,
    policy.header,
    request.redirect_without_cors,
    response.preflight_unanswered,
    response.preflight_status,
    response.error_without_cors,
)

ALLOWED: Final[tuple[Rule, ...]] = (
    request.named,
    allowed.opaque,
    allowed.unreadable_header,
    allowed.cookie,
    request.local_network,
    allowed.same_origin,
    allowed.status,
)


def diagnose(
    outcome: Outcome,
    app: Any = None,
    *,
    page: str = "",
    read: Iterable[str] = (),
    crash: BaseException | None = None,
    facts: Mapping[str, str] | None = None,
) -> Diagnosis:
    """Why a fetch came to this, and what to change: exactly one cause, `allowed` if nothing is wrong.

    `app` is the ASGI app that answered, if it is at hand: its layers and policies are looked at, and layers outside
    CORS are asked alone. `page` is the page's origin; if it is not given, what the first request said. `read` are the
    response headers that the page wants to read. `crash` is what the app raised. `facts` are what a message of the
    console says besides (`ConsoleMessage.facts`).
    """
    case = Case(outcome, page or _page(outcome), app, tuple(read), crash, facts or {})
    for rule in ALLOWED if outcome.allowed else BLOCKED:
        found = rule(case)
        if found is not None:
            return found
    return allowed.fine(case) if outcome.allowed else response.nothing_said(case)


def _page(outcome: Outcome) -> str:
    """The page's origin, as its first request told it."""
    return (get(outcome.requests[0].request.headers, "origin") or "") if outcome.requests else ""
