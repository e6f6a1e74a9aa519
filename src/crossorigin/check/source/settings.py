"""The keywords of a CORS middleware or a policy, as source says them: judged by what judges those of an app.

Here belongs which of them the source says, and where. A value that only the run knows is reported, and stands in for
something harmless while the rest is judged; nothing is said of what stands in. Not here: what is wrong with settings
(`check.starlette.settings`, and the policy's own validation).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from inspect import signature
from typing import Any, Final

from ...middleware.app_layers import Layer
from ...middleware.cors import CORSMiddleware
from ...policy.policy import Policy
from ...policy.problems import PolicyError
from ...report.findings import Finding, NotJudged, Place, Result, RunTimeValue, not_judged
from ...standards.optional import optional
from ..policy_findings import from_problem
from ..starlette import settings as starlettes
from .values import Dictionary, Dotted, Literal, NotPlain, Several, Unknown, Value, plain

ASK: Final = "check the app itself, `crossorigin check MODULE:app`, which asks it"
SAID_MAX: Final = 120
STAND_IN: Final = "https://known-at-run-time.example"
_NOT_FIELDS: Final = frozenset(
    {"app", "routes", "watch", "origins", "policy_for", "vary", "report_only", "on_decision"}
)
_LISTS: Final = frozenset({"allow_origins", "allow_methods", "allow_headers", "expose_headers"})
# What a setting that is partly unknown says nothing about: the rest of it may change the answer.
_NEEDS_ALL: Final = frozenset({"empty-policy", "star-covers-others"})


@dataclass(slots=True)
class Settings:
    """What a call says. `partial` is whether there may be more keywords than those that are read."""

    file: str
    line: int
    said: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    run_time: list[RunTimeValue] = field(default_factory=list)
    unread: list[tuple[str, NotJudged]] = field(default_factory=list)
    partial: bool = False

    def place(self, name: str = "") -> Place:
        """The place of a field (`allow_origins[1]`), or of the call."""
        near = self.lines.get(name) or self.lines.get(name.partition("[")[0])
        return Place(self.file, near or self.line)

    def add(self, name: str, value: Value, written: ast.expr) -> None:
        """One keyword, in place of what was said of it before."""
        self.said.pop(name, None)
        self.run_time = [other for other in self.run_time if other.setting != name]
        self.unread = [other for other in self.unread if other[0] != name]
        self.lines[name] = _line(value, written)
        if isinstance(value, Several):
            self._add_list(name, value)
            return
        try:
            self.said[name] = plain(value)
        except NotPlain:
            self._unknown(name, value, written)

    def add_all(self, entries: Iterable[tuple[Value, Value]], written: ast.expr) -> None:
        """What `**` brings."""
        for key, value in entries:
            name = key.value if isinstance(key, Literal) else None
            if isinstance(name, str):
                self.add(name, value, written)
            else:
                self.more(key, written)

    def more(self, value: Value, written: ast.expr) -> None:
        """Keywords that only the run knows."""
        self.partial = True
        self._known_later("**", value, _spoken(value, written), written.lineno)

    def _add_list(self, name: str, value: Several) -> None:
        content: list[Any] = []
        for element in value.elements:
            try:
                content.append(plain(element))
            except NotPlain:
                self._report(name, element, value.node)
                content += [STAND_IN] if name == "allow_origins" else []
                self.partial = True
                continue
            self.lines[f"{name}[{len(content) - 1}]"] = _line(element, value.node)
        self.said[name] = content

    def _unknown(self, name: str, value: Value, written: ast.expr) -> None:
        self._report(name, value, written)
        if name in ("allow_origins", "allow_origin_regex"):
            self.partial = True

    def _report(self, name: str, value: Value, written: ast.expr) -> None:
        node = _spoken(value, written)
        self._known_later(name, value, node, node.lineno)

    def _known_later(self, name: str, value: Value, node: ast.expr, line: int) -> None:
        said, place = ast.unparse(node), Place(self.file, line)
        if isinstance(value, Unknown) and value.lost:
            self.unread.append((name, changed_unread(name, said, place)))
        else:
            self.run_time.append(RunTimeValue(name, said, place))

    def not_known(self) -> Iterator[Result]:
        """The settings that are not judged, or decided at run time."""
        yield from (result for _, result in self.unread)
        yield from self.run_time


def changed_unread(name: str, said: str, place: Place) -> NotJudged:
    """A value that the file says, and changes in a way that is not followed."""
    evidence = f"{name} = {said[:SAID_MAX]}, which is changed in a way that is not followed"
    return not_judged("unread-code", evidence, place=place, remedy=ASK)


def judge_starlettes(found: Settings) -> Iterator[Result]:
    """What is wrong with the keywords of Starlette's middleware. Raises ImportError without Starlette."""
    middleware = optional("starlette.middleware.cors", "check").CORSMiddleware
    said = _completed(found)

    def build(app: Any) -> Any:
        return middleware(app, **said)

    layer = Layer("Starlette's CORSMiddleware", None, build, said)
    yield from found.not_known()
    yield from _certain(starlettes.judge(layer, found.place), found)


def judge_ours(found: Settings, build: Callable[..., Policy] = Policy) -> Iterator[Result]:
    """What is wrong with the fields of a policy of ours, or of a preset."""
    yield from found.not_known()
    said = {name: value for name, value in _completed(found).items() if name not in _NOT_FIELDS}
    try:
        problems = build(**said).warnings
    except PolicyError as error:
        problems = error.problems
    except TypeError:
        return  # a preset that does not take this keyword
    yield from _certain((from_problem(problem, found.place(problem.field)) for problem in problems), found)


def positional(kind: str) -> list[str]:
    """The names of a middleware's parameters after the app."""
    middleware = CORSMiddleware
    if kind == "starlette":
        middleware = optional("starlette.middleware.cors", "check").CORSMiddleware
    return [*signature(middleware).parameters][1:]


def _completed(found: Settings) -> Mapping[str, Any]:
    """The keywords, with something harmless where origins are known only when the program runs."""
    origins = found.said.get("allow_origins", [])
    if not found.partial or not isinstance(origins, list) or STAND_IN in origins:
        return found.said
    return {**found.said, "allow_origins": [*origins, STAND_IN]}


def _certain(findings: Iterable[Finding], found: Settings) -> Iterator[Finding]:
    """The findings that hold whatever the unknown values are."""
    for each in findings:
        stands_in = STAND_IN in str(each.details.get("value", ""))
        if not stands_in and not (found.partial and each.code in _NEEDS_ALL):
            yield each


def _spoken(value: Value, written: ast.expr) -> ast.expr:
    """The expression that names a value best: its own, or that of the argument if it only was imported."""
    node = value.node if isinstance(value, Unknown | Dotted) else written
    return written if isinstance(node, ast.Name) else node


def _line(value: Value, written: ast.expr) -> int:
    node = value.node if isinstance(value, Literal | Several | Dictionary | Unknown) else written
    return node.lineno
