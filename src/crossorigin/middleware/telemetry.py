"""The counter `crossorigin.decisions` of OpenTelemetry, and its attributes on the current span.

The counter is an asynchronous one: a request adds to a number of our own, and the SDK asks for the numbers when it
collects. So a request does not pay for the SDK. The attributes follow the semantic conventions: few values each, the
method `_OTHER` if it is not a standard one, and `http.route` only if the router gave it; a path never stands for it.
https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from ..server.decision import Decision
from ..standards.optional import MissingPackage, optional
from .types import Scope

NAME: Final = "crossorigin.decisions"
NOT_COUNTED: Final = frozenset({"no-origin", "pass-through"})  # nothing was decided
_METHODS: Final = frozenset("CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE".split())
_MOST_SERIES: Final = 2000  # a bound on memory, if a router makes up templates

_Series = tuple[str, str, str, str]


class DecisionCounter:
    """Counts decisions by kind, reason, method and route; `spans` is whether they are also written on spans."""

    def __init__(self, *, spans: bool) -> None:
        self.counts: dict[_Series, int] = {}
        self.spans = spans

    def add(self, decision: Decision, scope: Scope) -> None:
        """Counts one decision: of a request that went on to the app after its response, when the route is known.

        A request without `Origin` is not counted. Never raises.
        """
        if decision.reason in NOT_COUNTED:
            return
        try:
            method = scope["method"]
            route = _route(scope) if "route" in scope else ""
        except Exception:  # a WebSocket has no method, and a router of somebody's own may leave anything
            method, route = "GET", ""
        if method not in _METHODS:
            method = "_OTHER"
        series = (decision.kind, decision.reason, method, route)
        try:
            self.counts[series] += 1
        except KeyError:
            self._begin(series)

    def _begin(self, series: _Series) -> None:
        if len(self.counts) >= _MOST_SERIES:
            series = (*series[:3], "")
        self.counts[series] = self.counts.get(series, 0) + 1

    def observations(self, options: Any) -> Iterator[Any]:
        """The numbers so far, for the SDK."""
        for (kind, reason, method, route), count in list(self.counts.items()):
            attributes = {"crossorigin.kind": kind, "crossorigin.reason": reason, "http.request.method": method}
            if route:
                attributes["http.route"] = route
            yield _api("metrics").Observation(count, attributes)


def mark_span(decision: Decision) -> None:
    """Writes the kind and the reason on the current span."""
    span = _api("trace").get_current_span()
    if span.is_recording():
        span.set_attribute("crossorigin.kind", decision.kind)
        span.set_attribute("crossorigin.reason", decision.reason)


def _route(scope: Scope) -> str:
    """The template that the router left in the scope; empty if it left none, or only the part inside a mount."""
    mounted = scope.get("app_root_path", scope.get("root_path")) != scope.get("root_path")
    route = scope["route"]
    template = getattr(route, "path", "")
    return template if isinstance(template, str) and not mounted else ""


def decision_counter() -> DecisionCounter | None:
    """The counter of this process; None without opentelemetry-api, and if no provider was set up to collect it."""
    try:
        collecting = _is_set_up(_api("metrics").get_meter_provider())
    except MissingPackage:
        return None
    tracing = _is_set_up(_api("trace").get_tracer_provider())
    return _made(tracing) if collecting or tracing else None


@cache
def _api(name: str) -> Any:
    """A module of opentelemetry-api."""
    return optional(f"opentelemetry.{name}", "telemetry")


def _is_set_up(provider: object) -> bool:
    """Whether a provider is more than the API's own, which drop everything."""
    return not type(provider).__module__.startswith(("opentelemetry.metrics", "opentelemetry.trace"))


@cache
def _made(spans: bool) -> DecisionCounter:
    counter = DecisionCounter(spans=spans)
    _api("metrics").get_meter("crossorigin").create_observable_counter(
        NAME, [counter.observations], unit="{request}", description="Decisions of the CORS policy about requests."
    )
    return counter
