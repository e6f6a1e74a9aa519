"""From an outcome to exactly one cause: the rules in their order.

Here belongs the order, most specific first. Not here: the rules themselves (`rules`), and the causes they name
(`causes`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..browser import Outcome
from ..browser.wire import get
from .case import Case
from .causes import Diagnosis
from .rules import afterwards, page, policy, server
from .rules.page import Rule

BLOCKED: Final[tuple[Rule, ...]] = (
    page.call,
    page.mixed_content,
    page.no_response,
    page.host,
    page.websocket,
    policy.no_origin,
    page.preflight_redirect,
    page.origin_null_after_redirect,
    policy.repeated,
    server.crash,
    server.other_middleware,
    server.gateway,
    server.mounted,
    server.no_cors,
    policy.cached,
    policy.origin,
    policy.credentials,
    policy.method,
    policy.header,
    page.redirect_without_cors,
    server.preflight_unanswered,
    server.preflight_status,
    server.error_without_cors,
)

ALLOWED: Final[tuple[Rule, ...]] = (
    afterwards.opaque,
    afterwards.unreadable_header,
    afterwards.cookie,
    page.local_network,
    afterwards.status,
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
    """Why a fetch came to this, and what to change: exactly one cause, `allowed` where nothing is wrong.

    `app` is the ASGI app that answered, where it is at hand: its layers and policies are looked at, and layers
    outside CORS are asked alone. `page` is the page's origin; unsaid, what the first request said. `read`
    are the response headers that the page wants to read. `crash` is what the app raised. `facts` are words
    of a console message (`header`).
    """
    case = Case(outcome, page or _page(outcome), app, tuple(read), crash, facts or {})
    found = next((it for rule in (ALLOWED if outcome.allowed else BLOCKED) if (it := rule(case))), None)
    if found is None:
        return afterwards.fine(case) if outcome.allowed else server.nothing_said(case)
    return found


def _page(outcome: Outcome) -> str:
    """The page's origin, as its first request told it."""
    return (get(outcome.requests[0].request.headers, "origin") or "") if outcome.requests else ""
