"""Which policy answers which request, where an app has more than one.

Here belongs the precedence: endpoint, then router or mount (the innermost), then path rule (the first that
matches), then default; a mounted app with a middleware of its own decides for its paths. Not here: finding the
way of a request (`routing`), and what a policy answers (`server`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from ..origins.base import is_async, is_source
from ..origins.tenants import PathParameter
from ..policy.limits import FROM_ROUTES
from ..policy.path_patterns import PathPattern, is_ambiguous
from ..policy.policy import Policy
from ..policy.problems import PolicyError, problem
from ..server.compiled_policy import CompiledPolicy, PassThrough
from ..server.enforce import CrossOriginProtection
from ..server.recent import Recent
from ..standards import fetch
from . import routing
from .marks import UNMARKED, MarkedPolicy, Unmarked, marked_policy
from .routing import Scope, route_path

if TYPE_CHECKING:
    from ..origins.source import OriginSource

logger = logging.getLogger("crossorigin")

# What a team's function says of a request, by its scope: a policy, or None, which closes.
PolicyFunction = Callable[[Scope], Policy | None]

_SERVED_BY_NONE: Final = "CROSSORIGIN"  # stands for every method that no route serves, which are answered with 405
_BY_METHOD: Final = "by method"  # tells these answers from those of `allow_methods="routes"`
_MAX_POLICIES: Final = 1000  # policies that are remembered: a function may make a new one for every request


# What a router reads of a request: its method, its path, its root_path and its headers.
Asked = tuple[str, str, str, object]


# What was said of a request outside an app, and its scope where the rules begin, if that is not the app.
Outside = tuple[MarkedPolicy, Scope | None]


class Entrance(NamedTuple):
    """How a request is when it enters an app or a router, and what was said of it outside.

    `begun` is the request's scope where the rules begin: their paths are compared there.
    """

    request: Asked
    rules: RoutePolicies
    mark: MarkedPolicy
    begun: Scope


# What a path can have in place of a policy: its responses and preflights are the app's own.
PASS_THROUGH: Final = "pass-through"
PathPolicy = Policy | Literal["pass-through"] | None


class Way(NamedTuple):
    """The way of a request as far as it can be seen.

    `rules` are those that hold at its end, `mark` what was said there, and `scope` the request's where these rules
    begin. `entrances` are the apps and routers on the way, by id. `end` is what cannot be seen into, or None.
    `innermost` is the scope at the end, with the path parameters of the route.
    """

    rules: RoutePolicies
    mark: MarkedPolicy
    scope: Scope
    entrances: dict[int, Entrance]
    end: Any
    innermost: Scope

    def answers(self) -> CompiledPolicy:
        """The answers that all of this comes to."""
        rules, mark = self.rules, self.mark
        return rules._by_path(self.scope, self.innermost) if isinstance(mark, Unmarked) else rules._of(mark)


class ResolvedPolicy(NamedTuple):
    """Who answers one request: a policy's answers, its guard where it enforces, and the path that the guard reads.

    `way` is how that was found; None if it could not be.
    """

    answers: CompiledPolicy
    guard: CrossOriginProtection | None
    path: str
    way: Way | None

    @property
    def scope(self) -> Scope | None:
        """The scope at the end of the way; None if it could not be found, and these answers ask for no tenant."""
        return None if self.way is None else self.way.innermost


class RoutePolicies:
    """The default policy of an app, and its rules for paths. Immutable: another policy is other rules.

    `routes` are Starlette's paths, `/items/{id}` or `/public/{rest:path}`, or end in `*`; the first that matches
    counts. None lets no other origin in; "pass-through" leaves the path to the app's own CORS headers, and with
    `enforce` the default policy still guards it. `live` are origins that the default allows besides its own.
    `policy_for` chooses the default of a request, by the request headers `vary`. Raises PolicyError for a path, or a
    policy, that cannot be read, TypeError and ValueError for what is no source, no function, or no list of names.
    """

    def __init__(
        self,
        policy: Policy,
        routes: Mapping[str, PathPolicy] | None = None,
        live: OriginSource | None = None,
        policy_for: PolicyFunction | None = None,
        vary: Collection[str] = (),
    ) -> None:
        if live is not None and not is_source(live):
            raise TypeError(f"origins is an OriginSource, not {type(live).__name__}: OriginSource(load)")
        if policy_for is not None and (not callable(policy_for) or is_async(policy_for)):
            raise TypeError("policy_for is a sync function of the scope: it is called on the request path")
        self.policy = policy
        self.routes = dict(routes or {})
        self.live = live
        self.policy_for = policy_for
        self.vary = _checked_names(vary)
        # A function may read the origin, so that even the answers of a public policy vary by it.
        self._varies = self.vary if policy_for is None else ("Origin", *self.vary)
        self.default = CompiledPolicy(policy, live, self._varies)
        unreadable = [path for path in self.routes if not (isinstance(path, str) and PathPattern(path).readable)]
        if unreadable:
            raise PolicyError([problem("path-invalid", "routes", path) for path in unreadable])
        other = [(path, value) for path, value in self.routes.items() if not _is_path_policy(value)]
        if other:
            raise PolicyError([problem("path-policy-invalid", f"routes[{path!r}]", value) for path, value in other])
        self._untouched = PassThrough(policy)
        self._paths = [(PathPattern(path), value) for path, value in self.routes.items()]
        # What None means: it allows nothing, and enforces what the default does. Not by Policy.closed(), which raises
        # where CROSSORIGIN_ENVIRONMENT is wrong: these rules also close an app whose policy was rejected for that.
        kept = {name: getattr(policy, name) for name in ("enforce", "trusted_hosts", "exempt", "environment")}
        self.closed = Policy.model_construct(allow_methods=(), **kept)
        self._answers: Recent[Hashable, CompiledPolicy] = Recent(_MAX_POLICIES)
        if live is None and not self._varies:  # else an endpoint with an equal policy has other answers
            self._answers.keep(policy, self.default)
        self._chosen: Recent[Policy | None, CompiledPolicy] = Recent(_MAX_POLICIES)
        self._guards: Recent[Hashable, CrossOriginProtection] = Recent(_MAX_POLICIES)
        self._raised = False

    def changed(self, policy: Policy | None, routes: Mapping[str, PathPolicy] | None) -> RoutePolicies:
        """Other rules: this policy, or for None `closed`; and these routes, or for None those of these rules.

        Raises PolicyError for a path that cannot be read.
        """
        default = self.closed if policy is None else policy
        routes = self.routes if routes is None else routes
        return RoutePolicies(default, routes, self.live, self.policy_for, self.vary)

    @property
    def one_for_all(self) -> bool:
        """Whether these rules give every request the same answers, whatever its path."""
        chosen = self._paths or self.policy_for is not None or self._by_route
        return not chosen and FROM_ROUTES not in self.policy.allow_methods

    @property
    def _by_route(self) -> bool:
        """Whether the tenant of a request is in the path of its route."""
        return self.live is not None and isinstance(self.live.tenant, PathParameter)

    def resolve(
        self,
        app: Any,
        scope: Scope,
        *,
        many: bool = True,
        mark: MarkedPolicy = UNMARKED,
        begun: Scope | None = None,
        shared: bool = False,
    ) -> ResolvedPolicy:
        """Who answers one request on its way through `app`, a `routing.innermost_app`; None where nothing routes.

        `many` is whether anything on the way may say a policy; if not, nothing is looked for. `mark` is what was said
        of the request outside, and `begun` its scope where these rules begin. `shared` is whether others, who cannot
        be seen, may answer the same URL: no browser may keep a preflight's answer then.
        """
        try:
            if app is not None:
                scope = routing.inside(app, scope)
            announced = _announced(scope)
            if announced is not None and many:
                announced = routing.remembering(announced)
            searched = app if many or self._by_route else None
            way = self.way(searched, announced or scope, mark, begun)
            answers = way.answers()
            if announced is not None:
                outside = mark, begun
                answers = self._preflighted(app, announced, way.rules, answers, outside, many=many, shared=shared)
            return ResolvedPolicy(answers, way.rules._guard(answers), route_path(way.scope), way)
        except Exception:
            # A route of somebody's own may raise. What nobody can judge is let in by nobody.
            # With its traceback once: a stranger chooses the path, and shall not fill a disk with it.
            level, self._raised = (logging.DEBUG if self._raised else logging.ERROR), True
            words = "the route of %r cannot be found, so no other origin is let in"
            logger.log(level, words, scope.get("path", "")[:200], exc_info=True)
            answers = self.nothing
            return ResolvedPolicy(answers, self._guard(answers), scope.get("path", ""), None)

    @property
    def nothing(self) -> CompiledPolicy:
        """The answers that allow no other origin."""
        return self._of(None)

    def _of(self, policy: PathPolicy) -> CompiledPolicy:
        """The answers of a policy, worked out once."""
        if policy == PASS_THROUGH:
            return self._untouched
        policy = self.closed if policy is None else policy
        known = self._answers.get(policy) or self._answers.recall(policy)
        return known or self._answers.keep(policy, CompiledPolicy(policy))

    def _guard(self, answers: CompiledPolicy) -> CrossOriginProtection | None:
        """The guard of a policy that enforces, worked out once."""
        policy = answers.policy
        if not policy.enforce:
            return None
        key = policy, answers.live
        guard = self._guards.get(key) or self._guards.recall(key)
        return guard or self._guards.keep(key, CrossOriginProtection(answers))

    def way(self, app: Any, scope: Scope, mark: MarkedPolicy = UNMARKED, begun: Scope | None = None) -> Way:
        """The way of a request through `app`, of which `mark` was said outside; these rules began at `begun`."""
        rules, begun, end = self, begun or dict(scope), None  # a copy: routers change the scope that they are given
        innermost: Scope = dict(scope)
        entrances: dict[int, Entrance] = {}
        for step in routing.resolve_route(app, scope) if app is not None else ():
            carrier, innermost = step.carrier, step.scope
            if hasattr(carrier, "routes"):
                entrance = Entrance(entering(step.scope), rules, mark, begun)
                entrances[id(carrier)] = entrances[id(getattr(carrier, "router", carrier))] = entrance
            own = getattr(carrier, routing.RULES_ATTRIBUTE, None)
            if isinstance(own, RoutePolicies):
                rules, begun, mark = own, step.scope, UNMARKED
            else:
                found = marked_policy(carrier)
                mark = mark if isinstance(found, Unmarked) else found
            if step.opaque and isinstance(marked_policy(carrier), Unmarked):
                end = carrier
        return Way(rules, mark, begun, entrances, end, innermost)

    def _preflighted(
        self,
        app: Any,
        announced: Scope,
        rules: RoutePolicies,
        answers: CompiledPolicy,
        outside: Outside,
        *,
        many: bool,
        shared: bool,
    ) -> CompiledPolicy:
        """The answers to a preflight, which depend on what the other methods of its path come to."""
        from_routes = FROM_ROUTES in answers.policy.allow_methods
        if isinstance(answers, PassThrough) or not (many or from_routes):
            return answers
        served = routing.methods(app, announced) if app is not None else frozenset()
        governed = None
        if many and app is not None:
            governed = self._governed(app, announced, served, answers, outside, shared=shared)
        if from_routes:
            answers = rules._serving(answers, served)
        return answers if governed is None else rules._by_method(answers, governed)

    def _governed(
        self,
        app: Any,
        announced: Scope,
        served: frozenset[str],
        answers: CompiledPolicy,
        outside: Outside,
        *,
        shared: bool,
    ) -> frozenset[str] | None:
        """The methods of a path that come to these answers; None if all of them do."""
        listed = {name.upper() for name in answers.policy.allow_methods} - {"*", FROM_ROUTES.upper()}
        known = served | fetch.STANDARD_METHODS | listed
        governed = set()
        split = shared
        for method in (*known, announced["method"], _SERVED_BY_NONE):
            others = self.way(app, {**announced, "method": method}, *outside).answers()
            if others.policy == answers.policy and others.live is answers.live and others.vary == answers.vary:
                governed.add(method)
            else:
                split = True
        return frozenset(governed & known) if split else None

    def _by_method(self, answers: CompiledPolicy, governed: frozenset[str]) -> CompiledPolicy:
        """The answers of a policy on a path whose other methods have other policies."""
        policy, live, vary = answers.policy, answers.live, answers.vary
        key = policy, live, vary, governed, _BY_METHOD
        known = self._answers.get(key) or self._answers.recall(key)
        return known or self._answers.keep(key, CompiledPolicy(policy, live, vary, governed=governed))

    def _by_path(self, scope: Scope, innermost: Scope) -> CompiledPolicy:
        if self._paths:
            path = route_path(scope)
            if is_ambiguous(path):
                return self.nothing
            for pattern, policy in self._paths:
                if pattern.matches(path):
                    return self._of(policy)
        return self.default if self.policy_for is None else self._choose(self.policy_for, innermost)

    def _choose(self, policy_for: PolicyFunction, scope: Scope) -> CompiledPolicy:
        """The answers of the policy that a function chooses; closed if it raises."""
        try:
            policy = policy_for(scope)
            if policy is not None and not isinstance(policy, Policy):
                raise TypeError(f"policy_for returned {type(policy).__name__}, not a Policy or None")
        except Exception:
            level, self._raised = (logging.DEBUG if self._raised else logging.ERROR), True
            logger.log(level, "policy_for= raised, so no other origin is let in", exc_info=True)
            policy = None
        known = self._chosen.get(policy) or self._chosen.recall(policy)
        if known is not None:
            return known
        chosen = self.closed if policy is None else policy
        answers = self.default if policy == self.policy else CompiledPolicy(chosen, vary=self._varies)
        return self._chosen.keep(policy, answers)

    def _serving(self, answers: CompiledPolicy, served: frozenset[str]) -> CompiledPolicy:
        """The answers of a policy whose methods come from the routes, where the routes serve these."""
        policy, live, vary = answers.policy, answers.live, answers.vary
        key = policy, live, vary, served
        known = self._answers.get(key) or self._answers.recall(key)
        if known is not None:
            return known
        listed = [name for name in policy.allow_methods if name != FROM_ROUTES]
        methods = dict.fromkeys([*sorted(name for name in served if not fetch.is_forbidden_method(name)), *listed])
        listing = policy.model_copy(update={"allow_methods": list(methods)})
        return self._answers.keep(key, CompiledPolicy(listing, live, vary))


def entering(scope: Scope) -> Asked:
    """What a router reads of a request; while it stays the same, the way that was found is the way it goes."""
    announced = _announced(scope) or scope
    return announced.get("method", ""), scope["path"], scope.get("root_path", ""), scope.get("headers")


def _announced(scope: Scope) -> Scope | None:
    """The scope of the request that a preflight announces; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "OPTIONS":
        return None
    headers = dict(scope.get("headers", ()))
    method = headers.get(b"access-control-request-method")
    if method is None or b"origin" not in headers:
        return None
    # Some servers, hypercorn for one, write every method in capitals: what is announced as `patch` comes as PATCH.
    return {**scope, "method": method.decode("latin-1").strip(" \t").upper()}


def _is_path_policy(value: object) -> bool:
    return value is None or value == PASS_THROUGH or isinstance(value, Policy)


def _checked_names(vary: object) -> tuple[str, ...]:
    """The request headers that `vary=` names. Raises TypeError and ValueError for what is not a list of names."""
    if isinstance(vary, str | bytes) or not isinstance(vary, Collection):
        raise TypeError('vary is a list of names of request headers: vary=["X-Tenant"]')
    for name in vary:
        if not isinstance(name, str) or not fetch.is_token(name) or name == "*":
            raise ValueError(f"vary has names of request headers, not {name!r}")
    return tuple(vary)
