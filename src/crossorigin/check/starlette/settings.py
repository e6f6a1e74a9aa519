"""Starlette's CORS settings as they are written today: what is wrong with them, and what Starlette does with them.

Here belong the judgement of its keywords by our policy's checks, and what only Starlette gets wrong: what is
written so that nothing ever matches it. What Starlette does is asked of Starlette (`isolated_layer`), never known by
heart. Not here: the policy that is meant (`migration`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ...middleware.app_layers import Layer
from ...policy.lookalikes import STRANGER
from ...policy.origin_patterns import OriginPattern, sample
from ...policy.policy import Policy
from ...policy.problems import PolicyError, Problem
from ...policy.problems import problem as make_problem
from ...report.catalogue import Severity
from ...report.findings import Finding, Place, finding
from ...standards.fetch import STANDARD_METHODS
from ...transport.isolated_layer import IsolatedLayer
from ..policy_findings import from_problem
from .migration import equivalent, told
from .remedies import as_regex, remedy

_OfField = Callable[[str], str]
_PAGE: Final = "https://app.example.com"
_SHOWN: Final = 60  # characters of a header


def _literal(field: str) -> str:
    """No expression: every value is written as it is."""
    return ""


def judge(layer: Layer, where: Callable[[str], Place], expression: _OfField = _literal) -> Iterator[Finding]:
    """Everything that is wrong with one layer's settings.

    `where` places a field; `expression` is what the source says in place of a value that is known when it runs.
    """
    said: Mapping[str, Any] = layer.said or {}
    probe = IsolatedLayer(layer.build)  # type: ignore[arg-type]  # a layer with settings can be built
    problems = _problems(said, probe)
    instead = equivalent(said)
    for problem in problems:
        accepted, refused, then = _seen(probe, problem)
        source = expression(problem.field)
        severity: Severity | None = "high" if accepted else None
        yield from_problem(
            replace(problem, remedy=_of_value(remedy(problem, said, instead), source)),
            where(problem.field),
            severity=severity,
            then=then,
            accepted=accepted,
            refused=refused,
            expression=source,
        )
    if not probe.failed:
        known = {problem.field for problem in problems}
        yield from _without_effect(said, probe, where, expression, known)


def _problems(said: Mapping[str, Any], probe: IsolatedLayer) -> tuple[Problem, ...]:
    """What our policy's checks say; and that `*` has credentials, whatever it is written as, is said first."""
    problems: tuple[Problem, ...]
    try:
        problems = Policy(**said).warnings
    except PolicyError as error:
        problems = told(error)
    if any(problem.code == "star-with-credentials" for problem in problems):
        return problems
    graver = tuple(_star_with_credentials(said, probe))
    milder = ("star-in-production", "star-in-development") if graver else ()
    same = {problem.field for problem in graver}
    return (*graver, *(problem for problem in problems if problem.code not in milder and problem.field not in same))


def _star_with_credentials(said: Mapping[str, Any], probe: IsolatedLayer) -> Iterator[Problem]:
    """The `*` that Starlette gives credentials to, as its answer to a stranger shows, and our policy does not see.

    In a list of several, our policy gives credentials to the named origins alone; `"*"` in place of a list it rejects.
    """
    value = said.get("allow_origins", ())
    listed = isinstance(value, list | tuple) and "*" in value
    if not (listed or value == "*") or probe.failed:
        return
    if probe.get(STRANGER).get("access-control-allow-credentials") == "true":
        field = f"allow_origins[{list(value).index('*')}]" if listed else "allow_origins"
        yield make_problem("star-with-credentials", field, "*")


def _of_value(line: str, expression: str) -> str:
    """A remedy, and where the value stands that it is about."""
    return f"{line}, in the value of {expression}" if expression and line.startswith("write ") else line


# -- what Starlette does with what our policy refuses -----------------------------------------------


def _seen(probe: IsolatedLayer, problem: Problem) -> tuple[str, str, list[str]]:
    """What Starlette was seen to do with it: a stranger's origin that it allows, one that it refuses, and the words."""
    if probe.failed:
        return "", "", [f"Starlette fails at the first request: {probe.failed}"]
    for origin in _strangers(problem):
        if probe.allows(origin):
            answer = probe.get(origin)
            cookies = ", with cookies" if answer.get("access-control-allow-credentials") == "true" else ""
            return origin, "", [f"Starlette allows {origin}{cookies}"]
    meant = _meant(problem)
    refused = meant if meant and not probe.allows(meant) else ""
    return "", refused, list(_refused_or_sent(probe, problem, refused))


def _refused_or_sent(probe: IsolatedLayer, problem: Problem, refused: str) -> Iterator[str]:
    if refused:
        yield f"Starlette refuses {refused}"
    if problem.code == "not-a-list" and problem.field in _SENT:
        header = _SENT[problem.field]
        value = {**probe.preflight(_PAGE, "GET"), **probe.get(_PAGE)}.get(header.lower(), "")
        if value:
            shown = value if len(value) <= _SHOWN else f"{value[: _SHOWN - 3]}..."
            yield f"Starlette sends {header}: {shown}"


_SENT: Final = {
    "allow_methods": "Access-Control-Allow-Methods",
    "allow_headers": "Access-Control-Allow-Headers",
    "expose_headers": "Access-Control-Expose-Headers",
}


def _strangers(problem: Problem) -> Iterable[str]:
    """Origins that nobody meant, which this mistake may let in: the worst first."""
    text = str(problem.value)
    if problem.field == "allow_origins" and problem.code == "not-a-list":
        first = re.split(r"[,\s]+", text)[0].rstrip("/")
        return (STRANGER, first[:-1])
    if problem.code in ("star-with-credentials", "star-in-production"):
        return (STRANGER,) if problem.code == "star-with-credentials" else ()
    if problem.field.startswith("allow_origin_regex"):
        return (STRANGER, problem.witness) if problem.witness else (STRANGER,)
    return ("null",) if problem.code == "lists-null" else ()


def _meant(problem: Problem) -> str:
    """The origin that the writer had in mind."""
    entry = problem.suggestion if isinstance(problem.suggestion, str) else ""
    return sample(OriginPattern.parse(entry)) if entry and problem.field.startswith("allow_origins[") else ""


# -- what only Starlette gets wrong -------------------------------------------------------------------


def _without_effect(
    said: Mapping[str, Any],
    probe: IsolatedLayer,
    where: Callable[[str], Place],
    expression: _OfField,
    known: set[str],
) -> Iterator[Finding]:
    """What our policy normalises, and Starlette compares as it is written: no browser ever sends that."""
    for field, value in _elements(said, "allow_origins"):
        if field in known:
            continue
        pattern = OriginPattern.parse(str(value))
        sent = next((origin for origin in _meant_by(pattern) if not probe.allows(origin)), "")
        if sent:
            source = expression(field)
            which = f", which is {source}" if source else ""
            yield finding(
                "no-effect",
                f"{field} = {value!r}{which}\nStarlette refuses {sent}",
                place=where(field),
                remedy=_written_instead(value, pattern, source),
                field=field,
                refused=[sent],
            )
    for field, value, instead in _spelt_otherwise(said):
        if field not in known:
            line = f'write "{instead}"'
            yield finding("no-effect", f"{field} = {value!r}", place=where(field), remedy=line, field=field)


def _meant_by(pattern: OriginPattern) -> tuple[str, ...]:
    """Origins that a pattern means: one that may be listed beside it, and one that nobody lists."""
    other = str(pattern).replace("*.", "another.").replace(":*", ":49151").replace("*", "another")
    return tuple(dict.fromkeys((sample(pattern), other)))


def _written_instead(value: object, pattern: OriginPattern, source: str) -> str:
    """What to write in place of an origin that no browser sends as it is written."""
    if not pattern.exact:
        regex = f'allow_origin_regex=r"{as_regex(pattern)}"'
        return f"take it out, and write {regex}; or install(app, policy), whose lists have such patterns"
    if source and not isinstance(value, str):  # AnyHttpUrl, which is never equal to a string
        return f'[str(origin).rstrip("/") for origin in {source}]'
    if source and "str(" in source and str(value).endswith("/"):
        return f'str(AnyHttpUrl) adds the slash: write str(origin).rstrip("/") in {source}'
    return _of_value(f'write "{pattern}"', source)


def _spelt_otherwise(said: Mapping[str, Any]) -> Iterator[tuple[str, object, str]]:
    """Methods and headers that are not spelt as browsers send them, and how they do; `*` covers every spelling."""
    for field, value in _elements(said, "allow_methods"):
        method = str(value).strip().upper()
        if method != value and method in STANDARD_METHODS:
            yield field, value, method
    for field, value in _elements(said, "allow_headers"):
        if str(value) != str(value).strip():
            yield field, value, str(value).strip()


def _elements(said: Mapping[str, Any], name: str) -> Iterator[tuple[str, Any]]:
    value = said.get(name, ())
    if isinstance(value, list | tuple | set | frozenset) and "*" not in value:
        yield from ((f"{name}[{index}]", element) for index, element in enumerate(value))
