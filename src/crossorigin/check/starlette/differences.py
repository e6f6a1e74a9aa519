"""What changes for browsers when Starlette's CORS layer becomes a policy of ours: both are asked, and compared.

Here belong the table of calls, and the comparison. Each call is made by the browser's half of the protocol, once
of an app with the layer as it stands today, once of the same app with `install(app, policy)`. Not here: which
policy that is (`migration`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from ...browser import Browser, Failure, Response
from ...browser.call import FetchOptions
from ...middleware.app_layers import Layer
from ...middleware.starlette import install
from ...policy.lookalikes import STRANGER
from ...policy.origin_patterns import sample
from ...policy.policy import Policy
from ...standards.optional import optional
from ...transport.asgi import ASGITransport

_API: Final = "https://api.example"
_MAX_PAGES: Final = 4

# What a front end does, in words, and as a call.
_CALLS: Final[tuple[tuple[str, str, FetchOptions], ...]] = (
    ("GET", "/", {}),
    ("GET with cookies", "/", {"credentials": "include"}),
    ("POST of JSON", "/", {"method": "POST", "headers": [("Content-Type", "application/json")], "body": "{}"}),
    ("PUT", "/", {"method": "PUT"}),
    ("PATCH", "/", {"method": "PATCH"}),
    ("DELETE", "/", {"method": "DELETE"}),
    ("GET with Authorization", "/", {"headers": [("Authorization", "Bearer x")]}),
    ("GET that crashes", "/crash", {}),
)


@dataclass(slots=True)
class _Seen:
    """What one side showed to one page."""

    verdict: str
    leaks: tuple[str, ...] = ()
    status: int = 0  # of a preflight that fails


def changes(layer: Layer, policy: Policy, strangers: Iterable[str], *, outermost: bool) -> list[str]:
    """Every difference over the table, a line each. `outermost`: the layer stands around the whole app today."""
    theirs, ours = _today(layer, outermost), _app()
    install(ours, policy)
    pages = list(dict.fromkeys([*_pages(policy), *strangers, STRANGER, "null"]))
    verdicts: dict[tuple[str, str], list[str]] = {}  # (call, difference): the pages that see it
    others: dict[str, list[str]] = {}  # what is not of one call
    with ASGITransport(theirs) as before, ASGITransport(ours) as after:
        for page in pages:
            seen = [
                (name, _ask(before, page, path, call), _ask(after, page, path, call)) for name, path, call in _CALLS
            ]
            for name, old, new in seen:
                if old.verdict != new.verdict:
                    verdicts.setdefault((name, f"{old.verdict} → {new.verdict}"), []).append(page)
            for text in _aside([(old, new) for _, old, new in seen if old.verdict == new.verdict]):
                others.setdefault(text, []).append(page)
    calls: dict[tuple[str, str], list[str]] = {}  # (difference, pages): the calls in which they see it
    for (name, text), who in verdicts.items():
        calls.setdefault((text, ", ".join(who)), []).append(name)
    lines = [f"{_names(them)}: {text} ({who})" for (text, who), them in calls.items()]
    return lines + [f"{text} ({', '.join(who)})" for text, who in others.items()]


def _names(calls: list[str]) -> str:
    return "every call" if len(calls) == len(_CALLS) else ", ".join(calls)


def _aside(same: Iterable[tuple[_Seen, _Seen]]) -> list[str]:
    """What one page is told otherwise, where it is blocked as before."""
    same = list(same)
    gone: set[str] = set()
    for old, new in same:
        gone |= set(old.leaks) - set(new.leaks)
    statuses = sorted({(old.status, new.status) for old, new in same if old.status != new.status})
    told = [f"what is blocked as before is no longer told {', '.join(sorted(gone))}"] if gone else []
    return told + [f"a refused preflight is answered {new}, not {old}" for old, new in statuses]


def _today(layer: Layer, outermost: bool) -> Any:
    if outermost:
        return layer.build(_app())  # type: ignore[misc]
    app = _app()
    app.add_middleware(layer.build)
    return app


def _app() -> Any:
    """A small app of the framework that the layer is of."""
    starlette, routing = optional("starlette.applications", "demo"), optional("starlette.routing", "demo")
    responses = optional("starlette.responses", "demo")

    async def here(request: Any) -> Any:
        return responses.PlainTextResponse("")

    async def crash(request: Any) -> Any:
        raise RuntimeError

    every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    routes = [routing.Route("/", here, methods=every), routing.Route("/crash", crash)]
    return starlette.Starlette(routes=routes)


def _pages(policy: Policy) -> list[str]:
    """Pages that the policy means to let in: of its first patterns, one each."""
    return [sample(pattern) for pattern in policy.patterns[:_MAX_PAGES]]


def _ask(transport: ASGITransport, page: str, path: str, call: FetchOptions) -> _Seen:
    outcome = Browser(page, transport=transport).fetch(_API + path, **call)
    last = outcome.requests[-1]
    if isinstance(last.response, Failure):
        return _Seen(f"no answer ({last.response.message})")
    if outcome.allowed:
        return _Seen("readable")
    status = last.response.status if last.preflight else 0
    return _Seen("blocked", _cors_headers(last.response), status)


def _cors_headers(response: Response) -> tuple[str, ...]:
    names = {name.decode("latin-1").title() for name, _ in response.headers}
    return tuple(sorted(name for name in names if name.startswith("Access-Control-")))
