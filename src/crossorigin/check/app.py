"""An app, inspected: every CORS policy in it, where it stands in the stack, and what the app answers.

Here belong the order of the work, and the findings that come of where a layer stands. The app is read, asked, and what
was read is said beside what was seen. Not here: the walk over an app (`app_spots`), what it is made of
(`middleware.app_layers`), what is wrong with Starlette's settings (`settings`), where they stand in the source
(`declarations`), asking (`app_questions`) and what the answers mean (`app_verdicts`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from ..browser import Request
from ..middleware.app_layers import Layer, core_of
from ..policy.problems import PolicyError
from ..report.catalogue import Severity
from ..report.findings import Finding, Place, Result, finding
from ..transport.app_name import parse_app_name
from ..transport.isolated_layer import EmptyApp, own_answer
from . import app_parts
from .app_questions import Answers, ask_app
from .app_spots import Spot, layers_in, spots
from .app_verdicts import AppVerdicts
from .declarations import Declaration, Sources, declared_at, place_of
from .meant_origins import attributes, meant_origins, strings_of_objects, strings_of_source
from .policy_findings import from_problem
from .starlette import settings
from .starlette.differences import changes
from .starlette.migration import equivalent

SECONDS: Final = 10.0  # for all questions to one app
_ALONE: Final = 3.0  # for those to one layer
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
_HOST: Final = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]+)?", re.IGNORECASE)


@dataclass(slots=True)
class Inspection:
    """What was found in one app."""

    results: list[Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def findings(self) -> list[Finding]:
        """The results that are findings."""
        return [result for result in self.results if isinstance(result, Finding)]


def refused(error: PolicyError, name: str) -> Iterator[Finding]:
    """The findings for an app whose import fails because our policy refuses to be built."""
    at = declared_at(error)
    for problem in error.problems:
        place = at.place(problem.field) if isinstance(at, Declaration) else at or Place(name=name)
        yield from_problem(problem, place)


def inspect_app(app: Any, name: str, *, seconds: float = SECONDS) -> Inspection:
    """Every CORS layer in the app that `module:attribute` names, and in what is mounted in it; and what it answers.

    `seconds` is what all questions together may take.
    """
    named = parse_app_name(name)
    module = named.module if named is not None else name
    attribute = named.attribute if named is not None else ""
    sources, found = Sources(module), Inspection()
    everywhere = list(spots(app))
    read: list[tuple[Spot, Finding]] = []
    for spot in everywhere:
        for result in _inspect(spot, name, attribute or "app", sources, found.notes):
            read.append((spot, result))
    meant, hosts = _asked_about(everywhere, sources, [result for _, result in read])
    answers = ask_app(app, getattr(core_of(app), "routes", ()), meant, hosts=hosts, seconds=seconds)
    verdicts = AppVerdicts(name, everywhere, answers, lambda layer: _ask_alone(layer, meant))
    kept = [verdicts.agree(result, spot) for spot, result in read]
    found.results += [result for result in kept if result is not None]
    found.results += _parts(app, everywhere, name, sources)
    found.results += verdicts.results()
    found.notes += _seen(answers, name, anything=bool(found.results))
    return found


def _parts(app: Any, everywhere: Sequence[Spot], name: str, sources: Sources) -> Iterator[Finding]:
    """What is wrong with the policies of path rules, endpoints, routers and mounts."""
    layers = layers_in(everywhere)
    said = app_parts.of_rules(layers)
    for policy, who in app_parts.of_marks(app).items():
        said.setdefault(policy, []).extend(who)
    yield from app_parts.judge(said, name, sources)
    if not any(layer.governing for layer in layers):
        yield from app_parts.unread(app, name)


# -- asking the app ---------------------------------------------------------------------------------------------------


def _asked_about(everywhere: Sequence[Spot], sources: Sources, read: Iterable[Finding]) -> tuple[list[str], list[str]]:
    """The origins that the app may mean, and the host names that it may have."""
    files = {str(file) for file in sources.files}
    own = [vars(module) for module in list(sys.modules.values()) if _file_of(module) in files]
    strings: list[str] = []
    given: list[Any] = []
    for spot in everywhere:
        strings += _strings_of_layers(spot.layers)
        given += _given_to_middleware(spot.app)
    for result in read:
        strings += [*_strings(result.details.get("accepted")), *_strings(result.details.get("refused"))]
    strings += strings_of_objects([*given, *own])
    strings += strings_of_source(sources.files)
    hosts = [string.replace("*", "api") for string in strings_of_objects(given) if _HOST.fullmatch(string)]
    return meant_origins(strings), hosts


def _ask_alone(layer: Layer, meant: Sequence[str]) -> Answers:
    """The answers of one layer around an app that answers everything."""
    try:
        app = cast(Any, layer.build)(EmptyApp())
    except Exception as error:
        return Answers(stopped=f"it cannot be built alone: {type(error).__name__}: {error}")
    return ask_app(app, (), meant, hosts=(), seconds=_ALONE)


def _strings_of_layers(layers: Iterable[Layer]) -> Iterator[str]:
    """The origins and the regular expressions of CORS layers."""
    for layer in layers:
        if layer.rules is not None:
            yield from layer.rules.origins
            regexes = layer.rules.regex
            yield from [regexes] if isinstance(regexes, str) else [*map(str, regexes or ())]


def _given_to_middleware(app: Any) -> Iterator[Any]:
    """What the middleware around an app was given, or keeps: arguments, and attributes other than the app inside."""
    while app is not None and not hasattr(app, "user_middleware"):
        yield from (app, type(app), *attributes(app, without=("app",)))
        app = getattr(app, "app", None)
    for entry in getattr(app, "user_middleware", ()):
        yield from (entry.cls, *getattr(entry, "args", ()), *getattr(entry, "kwargs", {}).values())


def _file_of(module: Any) -> str:
    return str(getattr(module, "__file__", None) or "")


def _strings(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []


def _seen(answers: Answers, name: str, *, anything: bool) -> Iterator[str]:
    """What was asked, if nothing was found; and if it was not everything, always."""
    count = f"{answers.requests} requests at {len(answers.paths)} paths ({answers.routes} routes)"
    if answers.stopped:
        yield f"{name} was not asked everything: {answers.stopped}."
    elif not anything and not any(row.verdict.readable for row in answers.verdicts) and answers.heard:
        yield f"{name} was asked with {count}: no page of another origin can read what it answers there."


# -- reading the app --------------------------------------------------------------------------------------------------


def _inspect(spot: Spot, name: str, attribute: str, sources: Sources, notes: list[str]) -> Iterator[Finding]:
    outer = [layer for layer in spot.around if layer.rules]
    before: list[Layer] = [*spot.around]
    here = f"{name}, {spot.prefix}" if spot.prefix else name
    for at, layer in enumerate(spot.layers):
        if layer.rules is None:
            before.append(layer)
            continue
        written = _Written(_declaration(layer, sources), place_of(layer.made_from) or Place(name=here))
        judged = list(_judge(layer, written))
        yield from judged
        if not outer:
            yield from _order(before, layer, written.place())
        elif not (outer[-1].governing and layer.governing and spot.around):
            # Ours asks the ours of a mounted app, and that one decides.
            yield _stacked(outer[-1], layer, spot, written.place())
        if layer.governing is None:  # Starlette's
            notes += _migration(layer, spot, at, written.call, attribute, judged)
        outer.append(layer)
        before.append(layer)


@dataclass(frozen=True, slots=True)
class _Written:
    """Where a layer stands in the source: the call that made it, or else the place of what makes it."""

    call: Declaration | None
    otherwise: Place

    def place(self, problem_field: str = "") -> Place:
        """The place of a field of its policy."""
        return self.call.place(problem_field) if self.call is not None else self.otherwise

    def expression(self, problem_field: str) -> str:
        """What the source says of a field whose value is known only when it runs; empty for any other."""
        return self.call.expression(problem_field) if self.call is not None else ""


def _declaration(layer: Layer, sources: Sources) -> Declaration | None:
    """The call in the source that made this layer."""
    said = layer.said or {}
    if layer.policy is not None:
        said = layer.policy.model_dump(exclude_defaults=True)
    if layer.made_from is not None:  # a class or a function that brings its own settings
        return sources.take(["super", "CORSMiddleware", "Policy"], said, sure=True)
    if layer.name == "install()":
        sources.take(["install"], {})
    if layer.policy is not None:
        return sources.take(["Policy"], said)
    return sources.take(["add_middleware", "Middleware", "CORSMiddleware"], said)


def _judge(layer: Layer, written: _Written) -> Iterator[Finding]:
    """What is wrong with the settings of one layer."""
    if layer.governing is None:  # Starlette's
        yield from settings.judge(layer, written.place, written.expression)
        return
    try:
        policy = layer.policy or cast(Any, layer.build)(EmptyApp()).policy
        problems = policy.warnings
    except PolicyError as error:
        problems = error.problems
        at = declared_at(error)
        if isinstance(at, Declaration):  # in a class or a function that brings its own settings
            written = replace(written, call=at)
    for problem in problems:
        yield from_problem(problem, written.place(problem.field))


# -- the place in the stack ---------------------------------------------------------------------------


def _stacked(outer: Layer, inner: Layer, spot: Spot, place: Place) -> Finding:
    where = f"below {spot.prefix}" if spot.prefix else "of this app"
    remedy = "keep one: the outer one, with a policy that covers both" if spot.prefix else ""
    return finding(
        "stacked-cors",
        f"{outer.name} stands outside {inner.name}, and answers every preflight {where}",
        remedy=remedy,
        place=place,
        outer=outer.name,
        inner=inner.name,
    )


def _order(before: Iterable[Layer], layer: Layer, place: Place) -> Iterator[Finding]:
    """What stands outside the outermost CORS layer, and what it does with a preflight."""
    lines: list[str] = []
    worst: Severity = "info"
    names = [outside.name for outside in before]
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
    app = "sub_app" if spot.prefix else attribute
    if call is not None and call.receiver:
        app = call.receiver
    if core is None:  # a route has no stack to install anything around
        app = ""
    spoken = f" (mounted at {spot.prefix})" if spot.prefix else ""
    at_line = f", in place of {call.file}:{call.node.lineno}" if call else ""
    written = call.expressions() if call is not None else {}
    yield f"The same with crossorigin{spoken}{at_line}:\n\n{instead.code(app, written)}"
    outermost = at < len(spot.layers) - len(getattr(core, "user_middleware", ()))
    strangers: list[str] = []
    for each in judged:
        strangers += _strings(each.details.get("accepted"))
    lines = changes(layer, instead.policy, dict.fromkeys(strangers), outermost=outermost) or ["nothing"]
    yield f"What that changes for browsers{spoken}, asked of both:\n\n" + "\n".join(f"- {line}" for line in lines)
