"""install(), @cors and cors_router(): what needs a FastAPI or Starlette application, not just any ASGI app.

Here belong putting the middleware where it has to stand in such an application, and saying policies for its
endpoints, routers and mounts. Not here: the middleware (`cors`), and which policy counts (`route_policies`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from ..policy.policy import Policy
from . import routing
from .cors import CORSMiddleware
from .entrances import Inside
from .marks import mark, notify_readers
from .observer import OnDecision
from .route_policies import PathPolicy, PolicyFunction

if TYPE_CHECKING:
    from ..origins.source import OriginSource

_Endpoint = TypeVar("_Endpoint", bound=Callable[..., Any])
_Router = TypeVar("_Router")


def install(
    app: object,
    policy: Policy | None,
    *,
    routes: Mapping[str, PathPolicy] | None = None,
    watch: bool | str | Path = False,
    origins: OriginSource | None = None,
    policy_for: PolicyFunction | None = None,
    vary: Collection[str] = (),
    report_only: Policy | None = None,
    on_decision: OnDecision | None = None,
) -> None:
    """Puts a policy around a whole FastAPI or Starlette application, outermost.

    The order of calls does not matter: whatever middleware is added, before or after, stands inside, and
    so do the handlers of crashes, of too large bodies and of untrusted hosts. All they answer carries
    CORS headers, and no preflight reaches any of them. Called again, it puts the new policy in force, and the new
    routes where any are given; `routes={}` takes them away. None allows no other origin: it means `Policy.closed()`,
    and in a later call it enforces what the policy before it did.

    `routes` are policies for paths, the first that matches counts: `/public/{rest:path}` as in Starlette, or
    `/public/*`; None lets no other origin in. What `@cors` and `cors_router` say goes before them, and a
    mounted app with a middleware of its own decides for its paths. A preflight gets the policy of the route
    that the announced method would reach; a path that no route takes, the default.

    `watch` follows a policy file while the server runs: the one it names, or for True the one that
    `Policy.load()` reads. A good change is in force for the requests that begin after it; a bad one is logged,
    and changes nothing. Needs `crossorigin[watch]`.

    `origins` is a source of more allowed origins, which may change while the server runs (`crossorigin.origins`);
    they are allowed what `policy` allows its own. It is `app.state.origins`. `policy_for` is a function of the scope
    that returns the policy of a request, or None, which closes; it stands in for `policy` where neither an endpoint
    nor a path has a policy. `vary` are the request headers that it, or the tenant function of `origins`, reads.

    `report_only` is a stricter policy on trial: requests follow `policy`, and what the stricter one would deny is
    recorded. `on_decision` is called as `on_decision(decision, scope)` for every request with an `Origin`, and for
    everything that `enforce` rejects; what it raises is logged once. `docs/denials.md` has both.

    Raises TypeError where one of these comes with a later call, and where the app is neither; any other is wrapped:
    `CORSMiddleware(app, policy=policy)`.
    Raises PolicyError for a path that cannot be read, and where there is no file to follow.
    """
    if not hasattr(app, "build_middleware_stack"):
        raise TypeError(
            f"install() takes a FastAPI or Starlette application, not {type(app).__name__}; "
            "wrap any other ASGI app: app = CORSMiddleware(app, policy=policy)"
        )
    installed = routing.installed_on(app)
    if installed is not None:
        once = {
            "watch": watch,
            "origins": origins,
            "policy_for": policy_for,
            "vary": vary,
            "report_only": report_only,
            "on_decision": on_decision,
        }
        for name, value in once.items():
            if value:
                raise TypeError(f"{name}= belongs to the first install() of an application")
        installed.reconfigure(policy, routes)
        return
    first = Policy.closed() if policy is None else policy
    vars(app)[routing.INSTALLED] = CORSMiddleware(
        Inside(app),
        policy=first,
        routes=routes,
        watch=watch,
        origins=origins,
        policy_for=policy_for,
        vary=vary,
        report_only=report_only,
        on_decision=on_decision,
    )
    if origins is not None:
        cast(Any, app).state.origins = origins
    notify_readers()  # an application around this one may have looked already


def cors(policy: Policy | None) -> Callable[[_Endpoint], _Endpoint]:
    """Says the policy of one endpoint: `@cors(Policy.public())` above its function, or `@cors(None)`.

    It stands above or below FastAPI's own decorator, and counts before every other rule. None lets no other
    origin in. A middleware has to stand around the app, best by install(). Raises TypeError for what is no policy.
    """

    def says(endpoint: _Endpoint) -> _Endpoint:
        mark(endpoint, policy)
        return endpoint

    return says


def cors_router(router: _Router, policy: Policy | None) -> _Router:
    """Says the policy of all that stands in an APIRouter, a Router, a Mount, a Host or a mounted app; returns it.

    The innermost counts where several stand inside one another. Raises TypeError for what routes nothing,
    for what is no policy, and for the router of a FastAPI that is too old.
    """
    if not hasattr(router, "routes"):
        raise TypeError(f"cors_router() takes an APIRouter, a Router or a Mount, not {type(router).__name__}")
    # An APIRouter can match since it stays whole where it is included.
    whole = hasattr(router, "matches") or hasattr(router, "build_middleware_stack")
    if hasattr(router, "include_router") and not whole:
        raise TypeError(
            "this FastAPI copies the routes of an included router, and loses what is said of it: "
            "upgrade FastAPI, or give install() a path rule"
        )
    mark(router, policy)
    return router


def installed_policy(app: object) -> Policy | None:
    """The policy that install() put around an application; None where there is none."""
    installed = routing.installed_on(app)
    return installed.policy if isinstance(installed, CORSMiddleware) else None
