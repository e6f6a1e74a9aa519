"""Every CORS policy in an app, and where it stands in the stack.

Here belong the walk over an app and what is mounted in it, and the findings that come of where a layer stands.
Not here: what an app is made of (`middleware.app_layers`), what is wrong with Starlette's settings (`settings`), and
where they stand in the source (`declarations`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

from ..browser import Request
from ..middleware.app_layers import Layer, core_of, layers_of, mounts_of
from ..middleware.cors import CORSMiddleware
from ..policy.problems import PolicyError
from ..report.catalogue import Severity
from ..report.findings import Finding, Place, finding
from ..transport.app_name import parse_app_name
from ..transport.isolated_layer import EmptyApp, own_answer
from . import app_parts
from .declarations import Declaration, Sources, declared_at
from .policy_findings import from_problem
from .starlette import settings
from .starlette.differences import changes
from .starlette.migration import equivalent

# Middleware that answers nothing by itself, so that it may stand anywhere.
_PASSING: Final = {
    "BrotliMiddleware",
    "CorrelationIdMiddleware",
    "GZipMiddleware",
    "OpenTelemetryMiddleware",
    "ProxyHeadersMiddleware",
    "SentryAsgiMiddleware",
    "SessionMiddleware",
}


@dataclass(frozen=True, slots=True)
class Spot:
    """One app on the way: where it is mounted, its layers, and the layers of the apps around it."""

    prefix: str
    app: Any
    layers: tuple[Layer, ...]
    around: tuple[Layer, ...]


@dataclass(slots=True)
class Inspection:
    """What was found in one app."""

    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def refused(error: PolicyError, name: str) -> Iterator[Finding]:
    """The findings for an app whose import fails because our policy refuses to be built."""
    at = declared_at(error)
    for problem in error.problems:
        place = at.place(problem.field) if isinstance(at, Declaration) else at or Place(name=name)
        yield from_problem(problem, place)


def inspect_app(app: Any, name: str) -> Inspection:
    """Every CORS layer in the app that `module:attribute` names, and in what is mounted in it."""
    named = parse_app_name(name)
    module = named.module if named is not None else name
    attribute = named.attribute if named is not None else ""
    sources, found = Sources(module), Inspection()
    everywhere = list(spots(app))
    for spot in everywhere:
        _inspect(spot, name, attribute or "app", sources, found)
    layers = [it for spot in everywhere for it in spot.layers]
    said = app_parts.of_rules(layers)
    for policy, who in app_parts.of_marks(app).items():
        said.setdefault(policy, []).extend(who)
    found.findings += app_parts.judge(said, name, sources)
    if not any(it.governing for it in layers):
        found.findings += app_parts.unread(app, name)
    if not any(it.rules for it in layers):
        found.notes.append(f"There is no CORS middleware in {name}: no page of another origin can read it.")
    return found


def spots(
    app: Any, prefix: str = "", around: tuple[Layer, ...] = (), seen: frozenset[int] = frozenset()
) -> Iterator[Spot]:
    """The app, and every app mounted in it, outermost first."""
    if id(app) in seen:
        return
    layers, core = tuple(layers_of(app)), core_of(app)
    yield Spot(prefix, app, layers, around)
    for path, mounted in mounts_of(core):
        yield from spots(mounted, prefix + path, (*around, *layers), seen | {id(app)})
    for route in getattr(core, "routes", ()):
        inside = tuple(layers_of(getattr(route, "app", None))) if hasattr(route, "methods") else ()
        if inside:
            yield Spot(prefix + route.path, route.app, inside, (*around, *layers))


def _inspect(spot: Spot, name: str, attribute: str, sources: Sources, found: Inspection) -> None:
    outer = [it for it in spot.around if it.rules]
    before: list[Layer] = [*spot.around]
    for at, layer in enumerate(spot.layers):
        if layer.rules is None:
            before.append(layer)
            continue
        here = f"{name}, {spot.prefix}" if spot.prefix else name
        call = _declaration(layer, sources)
        judged = list(_judge(layer, call, here))
        found.findings += judged
        if not outer:
            found.findings += _order(before, layer, _place(call, here))
        elif not (outer[-1].governing and layer.governing and spot.around):
            # Ours asks the ours of a mounted app, and that one decides.
            found.findings.append(_stacked(outer[-1], layer, spot, _place(call, here)))
        if layer.governing is None:  # Starlette's
            found.notes += _migration(layer, spot, at, call, attribute, judged)
        outer.append(layer)
        before.append(layer)


def _declaration(layer: Layer, sources: Sources) -> Declaration | None:
    """The call in the source that made this layer."""
    if layer.name == "install()":
        sources.take(["install"], {})
    if layer.policy is not None:
        return sources.take(["Policy"], layer.policy.model_dump(exclude_defaults=True))
    return sources.take(["add_middleware", "Middleware", "CORSMiddleware"], layer.said or {})


def _place(call: Declaration | None, name: str, problem_field: str = "") -> Place:
    return call.place(problem_field) if call else Place(name=name)


def _judge(layer: Layer, call: Declaration | None, name: str) -> Iterator[Finding]:
    """What is wrong with the settings of one layer."""
    if layer.governing is None:  # Starlette's
        yield from settings.judge(layer, lambda it: _place(call, name, it))
        return
    try:
        policy = layer.policy or CORSMiddleware(EmptyApp(), **dict(layer.said or {})).policy
        problems = policy.warnings
    except PolicyError as error:
        problems = error.problems
    for problem in problems:
        yield from_problem(problem, _place(call, name, problem.field))


# -- the place in the stack ---------------------------------------------------------------------------


def _stacked(outer: Layer, inner: Layer, spot: Spot, place: Place) -> Finding:
    where = f"below {spot.prefix}" if spot.prefix else "of this app"
    return finding(
        "stacked-cors",
        f"{outer.name} stands outside {inner.name}, and answers every preflight {where}",
        remedy="keep one: the outer one, with a policy that covers both" if spot.prefix else "",
        place=place,
        outer=outer.name,
        inner=inner.name,
    )


def _order(before: Iterable[Layer], layer: Layer, place: Place) -> Iterator[Finding]:
    """What stands outside the outermost CORS layer, and what it does with a preflight."""
    lines: list[str] = []
    worst: Severity = "info"
    names = [it.name for it in before]
    for outside in before:
        answers = _own_answers(outside)
        if answers:
            worst = "medium"
            lines.append(f"{outside.name} answers {' and '.join(answers)} itself")
        elif outside.name not in _PASSING:
            worst = "low" if worst == "info" else worst
            lines.append(f"{outside.name} passes a first preflight on; what it may answer has no CORS headers")
        else:
            lines.append(f"{outside.name} only passes on")
    if names:
        yield finding(
            "middleware-order",
            "\n".join([f"{', '.join(names)} outside {layer.name}", *lines]),
            severity=worst,
            place=place,
            outside=names,
        )


def _own_answers(layer: Layer) -> list[str]:
    """Which of two requests a layer answers without asking the app."""
    page = (b"Origin", b"https://app.example.com")
    asked = (b"Access-Control-Request-Method", b"PUT")
    url = "http://localhost:8000/"
    statuses = [
        ("a preflight", own_answer(layer.build, Request("OPTIONS", url, [page, asked]))),
        ("a GET", own_answer(layer.build, Request("GET", url, [page]))),
    ]
    return [f"{what} with {status}" for what, status in statuses if status is not None]


# -- what to write instead ----------------------------------------------------------------------------


def _migration(
    layer: Layer, spot: Spot, at: int, call: Declaration | None, attribute: str, judged: list[Finding]
) -> Iterator[str]:
    """The same with our middleware, and what that changes for browsers."""
    instead = equivalent(layer.said or {})
    if instead is None:
        yield "The equivalent with crossorigin is not written while no policy can be built here: see the findings."
        return
    core = core_of(spot.app)
    app = call.receiver if call and call.receiver else "sub_app" if spot.prefix else attribute
    app = app if core is not None else ""  # a route has no stack to install anything around
    spoken = f" (mounted at {spot.prefix})" if spot.prefix else ""
    at_line = f", in place of {call.file}:{call.node.lineno}" if call else ""
    yield f"The same with crossorigin{spoken}{at_line}:\n\n{instead.code(app)}"
    outermost = at < len(spot.layers) - len(getattr(core, "user_middleware", ()))
    strangers = list(dict.fromkeys(origin for each in judged for origin in _accepted(each)))
    lines = changes(layer, instead.policy, strangers, outermost=outermost) or ["nothing"]
    yield f"What that changes for browsers{spoken}, asked of both:\n\n" + "\n".join(f"- {it}" for it in lines)


def _accepted(found: Finding) -> list[str]:
    """Origins that Starlette was seen to allow by mistake."""
    return cast(list[str], found.details.get("accepted", []))
