"""What policies for routes cost: a router with 200 routes, and the middleware around it.

Here belong that app and one round over it. Not here: the figures that need no router (`work`), statistics (`bench`).
"""

from __future__ import annotations

from typing import Any

from starlette.routing import Route, Router
from work import ALLOWED, ONE, App, Row, null, seconds

from crossorigin import CORSMiddleware, Policy, cors

ROUTES = 200
POLICY = Policy(allow_origins=ONE, allow_methods=["GET", "POST", "PUT", "DELETE"], allow_credentials=True)
PEERS = ("wrapped null", "router", "no route policy", "path rule", "route policy")


class Endpoint:
    """An ASGI endpoint, as Starlette takes one."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await null(scope, receive, send)


def router() -> Router:
    """A router whose last route takes the request."""
    return Router([Route(f"/items-{n}/{{id}}", Endpoint()) for n in range(ROUTES)])


def measure_routes(rounds: int) -> dict[str, list[float]]:
    """`rounds` values: the router's own, and what each peer adds to its bare app in the same turn.

    The router takes a hundred times what is added, so each value stands between two of the bare app's.
    """
    row = Row("routed", "GET", (ALLOWED,))
    scope = row.scope | {"path": f"/items-{ROUTES - 1}/1", "root_path": ""}
    values: dict[str, list[float]] = {}

    def turns(bare: App, peers: dict[str, App]) -> None:
        for turn in range(rounds + 1):
            for who, app in peers.items():
                before, value, after = (seconds(it, [dict(scope)] * 50) for it in (bare, app, bare))
                if turn:  # the first round warms up
                    values.setdefault(f"added/{who}", []).append(value - (before + after) / 2)

    unmarked = router()
    turns(
        unmarked,
        {
            "no route policy": CORSMiddleware(unmarked, policy=POLICY),
            "path rule": CORSMiddleware(unmarked, policy=POLICY, routes={"/public/*": Policy.public()}),
        },
    )
    turns(null, {"wrapped null": CORSMiddleware(null, policy=POLICY), "router": unmarked})
    marked = router()
    cors(None)(marked.routes[0].endpoint)  # type: ignore[attr-defined]
    turns(marked, {"route policy": CORSMiddleware(marked, policy=POLICY)})
    return values
