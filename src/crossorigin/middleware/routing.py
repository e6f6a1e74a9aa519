"""The way of a request through an app: sub-apps, mounts, routers, the route that it reaches.

Here belongs reading Starlette's and FastAPI's routers as they read themselves: each route is asked with its
own `matches`, so a path is understood exactly as the router understands it, never decoded again, no dot
segment folded. Every request with an `Origin` pays for it, if an app has more than one policy (bench/routed.py). Not
here: what any of it means for CORS (`route_policies`).

Nothing here imports a framework: what routes is known by what it has. Another framework's router is no router
to us, and the way ends before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from functools import partial
from types import MethodType
from typing import Any, Final, NamedTuple, cast

Scope = MutableMapping[str, Any]

RULES_ATTRIBUTE: Final = "crossorigin_rules"  # the attribute by which a middleware of ours is known, and `rules` read
INSTALLED: Final = "crossorigin_installed"  # where an app keeps the middleware that was installed on it
_FULL: Final = 2  # starlette.routing.Match: 0 is no match, 1 a path without the method
_DEEPEST: Final = 64  # layers and mounted apps inside one another; one that contains itself would never end
_VERBS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


class RouteStep(NamedTuple):
    """One thing that a request passes, and the scope as it is there.

    `carrier` is a middleware of ours, an app, a router, a mount, a route or an endpoint. `opaque` is whether it is
    the last that can be seen, though it may well pass the request on.
    """

    carrier: Any
    scope: Scope
    opaque: bool = False


def innermost_app(app: Any) -> Any:
    """The Starlette or FastAPI application, or router, inside all layers; None where there is none."""
    return next((layer for layer in layers(app) if is_core(layer)), None)


def layers(app: Any) -> Iterator[Any]:
    """An app and what it wraps, from the outside in, up to the first that has routes."""
    app = _whole(app)
    for _ in range(_DEEPEST):
        if app is None:
            return
        yield app
        if is_core(app):
            return
        app = _whole(getattr(app, "app", None))


def _whole(app: Any) -> Any:
    """The router whose method this is: a router with middleware of its own gives that middleware `Router.app`."""
    owner = getattr(app, "__self__", None)
    return owner if isinstance(app, MethodType) and is_core(owner) else app


def endpoint_inside(app: Any) -> Any:
    """The endpoint in what a route made of it (starlette.routing.request_response); None if this is something else."""
    if getattr(app, "__module__", None) != "starlette.routing" or getattr(app, "__closure__", None) is None:
        return None
    found = next((cell.cell_contents for cell in app.__closure__ if callable(cell.cell_contents)), None)
    return found.args[0] if isinstance(found, partial) and found.args else found  # what is run in a thread


def resolve_route(app: Any, scope: Scope) -> Iterator[RouteStep]:
    """What a request passes inside `app` that can say a policy, outermost first, the endpoint last.

    `app` is a `innermost_app`; its own layers are behind the caller. The method is `scope["method"]`: for a preflight,
    put the announced one there. Where no route takes the path, the way ends with the last router that was
    asked; a path that Starlette redirects to the one with another slash goes the way of that one.
    """
    scope = dict(scope)  # FastAPI's routes write into the one that they are asked with
    for _ in range(_DEEPEST):
        scope = inside(app, scope)
        yield RouteStep(app, scope)
        found = _find(app, scope)
        if found is None:
            return
        leaf, routers, scope = found
        for carrier in (*routers, getattr(leaf, "original_route", leaf)):
            yield RouteStep(carrier, scope)
        route = _route(leaf)
        app = innermost_app(getattr(route, "app", None))
        for middleware in _ours(route):
            yield RouteStep(middleware, scope)
        endpoint = getattr(route, "endpoint", None)
        if endpoint is not None:
            yield RouteStep(endpoint, scope)
            yield RouteStep(_handler(endpoint, scope), scope)
            return
        if app is None:
            yield RouteStep(_innermost(route) or route, scope, opaque=True)
            return


def installed_on(app: Any) -> Any:
    """The middleware that install() put around an application; None if there is none."""
    return getattr(app, "__dict__", {}).get(INSTALLED)


def remembering(scope: Scope) -> Scope:
    """The scope of a request whose way is looked for with several methods: a router then searches its path once."""
    return {**scope, _ASKED: {}}


def methods(app: Any, scope: Scope) -> frozenset[str]:
    """The methods that a core really serves at the path of a request; empty where no route takes the path."""
    return frozenset(_methods(app, scope, 0))


def _methods(app: Any, scope: Scope, depth: int) -> set[str]:
    scope = inside(app, scope)
    served = _served(app, scope, depth)
    redirected = None if served else _other_slash(app, scope)
    return served if redirected is None else _served(app, redirected, depth)


def _served(app: Any, scope: Scope, depth: int) -> set[str]:
    served: set[str] = set()
    router = _router(app)
    for leaf in _leaves(_asked(router, router.routes, scope)):
        match, added = leaf.matches(scope)
        if match._value_:
            route = _route(leaf)
            if getattr(route, "endpoint", None) is None:  # mounted: it takes every method, and later routes get none
                within = innermost_app(getattr(route, "app", None)) if depth < _DEEPEST else None
                inner = set(_VERBS) if within is None else _methods(within, {**scope, **added}, depth + 1)
                return served | inner
            served |= _methods_of(route)
    return served


def middleware(app: Any) -> Iterator[Any]:
    """Every middleware of ours anywhere inside a core, other than its own."""
    for core in (app, *mounted_apps(app)):
        for leaf in _leaves(_router(core).routes):
            yield from _ours(_route(leaf))


def ends(app: Any) -> Iterator[Any]:
    """What is mounted anywhere inside a core, and cannot be seen into."""
    for core in (app, *mounted_apps(app)):
        for leaf in _leaves(_router(core).routes):
            route = _route(leaf)
            if getattr(route, "endpoint", None) is None and innermost_app(getattr(route, "app", None)) is None:
                yield _innermost(route) or route


def mounts(core: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The path of everything mounted inside a core, and what is mounted there with all that is around it."""
    for path, mounted in mounted_in(core):
        if path and not path.startswith("/"):  # a host
            continue
        yield prefix + path, mounted
        within = innermost_app(mounted)
        if within is not None and depth < _DEEPEST and within is not core:
            yield from mounts(within, prefix + path, depth + 1)


def mounted_in(core: Any) -> Iterator[tuple[str, Any]]:
    """The path, or the host name, of what is mounted in a core itself, and what is mounted there."""
    for leaf in _leaves(_router(core).routes):
        route = _route(leaf)
        if getattr(route, "endpoint", None) is not None:
            continue
        path, mounted = getattr(route, "path", getattr(route, "host", None)), getattr(route, "app", None)
        if mounted is not None and path is not None:
            yield path, mounted


def mounted_apps(app: Any) -> Iterator[Any]:
    """Every app and router that can be seen mounted anywhere inside a core, each once."""
    waiting, seen = [app], {id(app)}
    while waiting:
        for leaf in _leaves(_router(waiting.pop()).routes):
            within = innermost_app(getattr(_route(leaf), "app", None))
            if within is not None and id(within) not in seen:
                seen.add(id(within))
                waiting.append(within)
                yield within


def _handler(endpoint: Any, scope: Scope) -> Any:
    """The method of a class that serves a request (starlette.endpoints.HTTPEndpoint); of a function, nothing."""
    name = str(scope.get("method", "")).lower()
    if name == "head" and not hasattr(endpoint, "head"):
        name = "get"
    return getattr(endpoint, name, None)


def _innermost(route: Any) -> Any:
    """What is mounted, and routes nothing that we can read."""
    return next(iter([*layers(getattr(route, "app", None))][-1:]), None)


def carriers(app: Any) -> Iterator[Any]:
    """Everything in a core that can say a policy, each once: apps, routers, mounts, routes, endpoints."""
    seen: set[int] = set()
    for carrier in _carriers(app, 0):
        if carrier is not None and id(carrier) not in seen:
            seen.add(id(carrier))
            yield carrier


def _carriers(app: Any, depth: int) -> Iterator[Any]:
    yield app
    yield from _within(_router(app).routes, depth)


def _within(routes: Iterable[Any], depth: int) -> Iterator[Any]:
    for leaf in routes:
        if _includes(leaf):
            yield leaf.original_router
            yield from _within(leaf.effective_candidates(), depth)
            continue
        yield getattr(leaf, "original_route", leaf)
        route = _route(leaf)
        endpoint = getattr(route, "endpoint", None)
        yield endpoint
        yield from (getattr(endpoint, verb.lower(), None) for verb in _VERBS)
        mounted = innermost_app(getattr(route, "app", None))
        if endpoint is None and mounted is None:
            yield _innermost(route)
        if mounted is not None and depth < _DEEPEST:
            yield from _carriers(mounted, depth + 1)


def is_core(app: Any) -> bool:
    """Whether this is an application or a router that we can read."""
    return hasattr(app, "routes") and (hasattr(app, "redirect_slashes") or hasattr(app, "build_middleware_stack"))


def _router(app: Any) -> Any:
    return getattr(app, "router", app)


def _ours(route: Any) -> Iterable[Any]:
    """The outermost middleware of ours between a route and its endpoint, or inside the app that it mounts."""
    around = [*layers(getattr(route, "app", None))]
    return [*filter(_is_ours, around), *(ours_in(around[-1]) if around else ())][:1]


def ours_in(app: Any) -> Iterable[Any]:
    """The middleware of ours that belongs to an application itself, outermost first."""
    if not is_core(app):
        return []
    installed = installed_on(app)
    if installed is not None:
        return [installed]
    stack = getattr(app, "middleware_stack", None)
    # Starlette builds it at the app's first request, which a preflight that is answered out here never becomes.
    if stack is None and any(map(_is_ours, _declared(app))):
        stack = app.middleware_stack = app.build_middleware_stack()
    return [layer for layer in layers(stack) if _is_ours(layer)]


def _declared(app: Any) -> Iterable[Any]:
    return (entry.cls for entry in getattr(app, "user_middleware", ()))


def _is_ours(layer: Any) -> bool:
    return hasattr(layer, RULES_ATTRIBUTE)


def inside(app: Any, scope: Scope) -> Scope:
    """The scope as a core itself sees it."""
    # FastAPI § __call__: its own root_path takes the place of the server's, or of the mount's.
    root_path = getattr(app, "root_path", "")
    return {**scope, "root_path": root_path} if root_path else scope


_Found = tuple[Any, tuple[Any, ...], Scope]


def _find(app: Any, scope: Scope) -> _Found | None:
    """The route, the routers that include it, and the scope that it sees: as `Router.app` finds it."""
    router = _router(app)
    found = _first(_asked(router, router.routes, scope), scope)
    if found is None:
        redirected = _other_slash(app, scope)
        return None if redirected is None else _find(app, redirected)
    routers = []
    while _includes(found[0]):
        included = found[0]
        routers.append(included.original_router)
        candidates = _asked(included, included.effective_candidates(), scope)
        found = cast(tuple[Any, Scope], _first(candidates, scope))
    return found[0], tuple(routers), {**scope, **found[1]}


def _first(routes: Iterable[Any], scope: Scope) -> tuple[Any, Scope] | None:
    """The first route that takes the request, or else the first that takes its path with another method."""
    other = None
    for route in routes:
        match, added = route.matches(scope)
        value = match._value_  # `value` is a property, and slow: an app may have hundreds of routes
        if value == _FULL:
            return route, added
        if value and other is None:
            other = route, added
    return other


_ASKED: Final = "crossorigin.asked"
_BY_PATH_ALONE: Final = ("starlette.routing", "fastapi.routing")


def _asked(owner: Any, routes: Iterable[Any], scope: Scope) -> Iterable[Any]:
    """The routes of a router that have to be asked for this path: all, or those that its first search left."""
    memory = scope.get(_ASKED)
    if memory is None:
        return routes
    key = id(owner), scope["path"], scope.get("root_path")
    if key not in memory:
        memory[key] = [route for route in routes if not _by_path_alone(route) or route.matches(scope)[0]._value_]
    left: list[Any] = memory[key]
    return left


def _by_path_alone(route: Any) -> bool:
    """Whether a route that does not take a path with one method takes it with none.

    So it is with Starlette's and FastAPI's own; what somebody's own `matches` reads is unknown.
    """
    if _includes(route):
        return all(_by_path_alone(candidate) for candidate in route.effective_candidates())
    original = getattr(route, "original_route", route)
    return getattr(original.matches, "__module__", "") in _BY_PATH_ALONE


_REDIRECTED: Final = "crossorigin.redirected"


def _other_slash(app: Any, scope: Scope) -> Scope | None:
    """The scope with a slash more or less, where Starlette would redirect to it; None elsewhere."""
    path = scope["path"]
    if scope["type"] != "http" or not _router(app).redirect_slashes or _REDIRECTED in scope:
        return None
    return {**scope, "path": path.rstrip("/") if path.endswith("/") else path + "/", _REDIRECTED: True}


def _leaves(routes: Iterable[Any]) -> Iterator[Any]:
    """Every route, in the order in which it is asked."""
    for route in routes:
        if _includes(route):
            yield from _leaves(route.effective_candidates())
        else:
            yield route


def _includes(route: Any) -> bool:
    """Whether it is an included router: FastAPI keeps one as one route, and works out its routes anew."""
    return hasattr(route, "effective_candidates")


def _route(leaf: Any) -> Any:
    """The route that is asked: FastAPI prepares another for one that stands in an included router."""
    return getattr(leaf, "starlette_route", None) or leaf


def _methods_of(route: Any) -> set[str]:
    said = getattr(route, "methods", None)
    if said:
        return set(said)
    verbs = {verb for verb in _VERBS if hasattr(route.endpoint, verb.lower())}
    if not verbs:
        return set(_VERBS)  # an ASGI app; only itself knows what it serves
    return verbs | ({"HEAD"} if "GET" in verbs else set())  # starlette.endpoints.HTTPEndpoint


def route_path(scope: MutableMapping[str, Any]) -> str:
    """The path that the router compares: `path` without `root_path`, as `starlette._utils.get_route_path` has it."""
    path: str = scope.get("path", "")
    root: str = scope.get("root_path", "")
    if root and (path == root or path.startswith(root + "/")):
        return path[len(root) :]
    return path


def route_template(app: Any, scope: Scope) -> str | None:
    """The path of the route that takes a request, as it was declared (`/items/{id}`); None if no route takes it.

    `app` is a `innermost_app`. The paths of mounts stand before it; of what is mounted and routes nothing that we can
    read, the path of the mount is all.
    """
    template = ""
    for _ in range(_DEEPEST):
        if app is None:
            return template or None
        scope = inside(app, scope)
        found = _find(app, scope)
        if found is None:
            return None
        leaf, _, scope = found
        template += getattr(leaf, "path", "")
        route = _route(leaf)
        if getattr(route, "endpoint", None) is not None:
            return template
        app = innermost_app(getattr(route, "app", None))
    return None
