"""Conditions on the request's origin: which origins pass them.

Here belongs reading `origin in ALLOWED`, `origin.endswith(…)`, `re.match(…, origin)` and their likes into something
that can be tried. A condition that is not understood is None, and what it guards is not judged.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from ...policy.regex_automaton import Automaton, Matcher
from ...policy.regex_syntax import UnsupportedRegex, parse
from ..bounds import MAX_COMPARISON, MAX_REGEX_POSITIONS, spend_on_regexes
from ..regex_dialects import in_full
from .expressions import Expressions
from .values import IS_ORIGIN, Dictionary, Dotted, Literal, Several, Unknown, Value, text_of
from .world import Guard, World

_MATCHES: Final = {"match": "^(?:{})", "search": "{}", "fullmatch": "^(?:{})$"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: which origins pass it, and the literals in it.

    `listed` are the origins of an exact comparison; `run_time` is what only the run knows.
    """

    written: str
    accepts: Callable[[str], bool] | None = None
    literals: tuple[str, ...] = ()
    listed: tuple[Literal, ...] = ()
    pattern: str = ""
    run_time: ast.expr | None = None
    positive: bool = True


def conditions(guards: Sequence[Guard], expressions: Expressions, world: World) -> list[Condition]:
    """The conditions that an origin has passed. What it must not be is left out if it is not known, beside others."""
    read = [_signed(guard, _condition(guard, expressions, world)) for guard in guards]
    positive = any(guard.truth for guard in guards)
    pairs = zip(guards, read, strict=True)
    return [each for guard, each in pairs if guard.truth or each.accepts is not None or not positive]


def _signed(guard: Guard, read: Condition) -> Condition:
    """The opposite of a condition that has failed."""
    if guard.truth:
        return read
    accepts, negated = read.accepts, f"not ({read.written})"
    if accepts is None or read.run_time is not None:
        return Condition(negated, positive=False)
    return Condition(negated, lambda origin: not accepts(origin), read.literals, positive=False)


def _condition(guard: Guard, expressions: Expressions, world: World) -> Condition:
    node = guard.node
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return _comparison(node, expressions, world)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _method(node, node.func, expressions, world)
    return Condition(guard.text)


def _comparison(node: ast.Compare, expressions: Expressions, world: World) -> Condition:
    written = ast.unparse(node)
    (left, right), _ = expressions.evaluate_all([node.left, node.comparators[0]], world)[0]
    if isinstance(node.ops[0], ast.Eq):
        other = right if _is_origin(left) else left
        return _equal(written, other)
    if not isinstance(node.ops[0], ast.In):
        return Condition(written)
    if _is_origin(right) and text_of(left) is not None:
        part = text_of(left) or ""
        return Condition(written, lambda origin: part in origin, (part,))
    return _member(written, right) if _is_origin(left) else Condition(written)


def _equal(written: str, other: Value) -> Condition:
    text = text_of(other)
    if text is not None and isinstance(other, Literal):
        return Condition(written, lambda origin: origin == text, (text,), listed=(other,))
    return _of_run_time(written, other)


def _member(written: str, container: Value) -> Condition:
    text = text_of(container)
    if text is not None:  # `origin in "https://a.example,https://b.example"` compares parts of a string
        return Condition(written, lambda origin: origin in text, (text,))
    if isinstance(container, Several | Dictionary):
        elements = container.elements if isinstance(container, Several) else [key for key, _ in container.entries]
        literals = tuple(each for each in elements if isinstance(each, Literal))
        unknown = next((each for each in elements if not isinstance(each, Literal)), None)
        texts = tuple(text_of(each) or "" for each in literals)
        open_end = unknown.node if unknown is not None and isinstance(unknown.node, ast.expr) else None
        return Condition(written, lambda origin: origin in texts, texts, listed=literals, run_time=open_end)
    return _of_run_time(written, container)


def _of_run_time(written: str, value: Value) -> Condition:
    """Something that the program knows when it runs: settings, a variable, what a function gives without the origin."""
    node = value.node
    plain = isinstance(node, ast.Name | ast.Attribute | ast.Subscript) or isinstance(value, Dotted)
    not_settings = isinstance(value, Unknown) and (bool(value.origin) or value.lost)
    if not_settings or not isinstance(node, ast.expr):
        return Condition(written)
    return Condition(written, run_time=node) if plain or isinstance(node, ast.Call) else Condition(written)


def _method(node: ast.Call, func: ast.Attribute, expressions: Expressions, world: World) -> Condition:
    written = ast.unparse(node)
    (held, *given), _ = expressions.evaluate_all([func.value, *node.args], world)[0]
    if func.attr in ("startswith", "endswith") and _is_origin(held) and len(given) == 1:
        parts = tuple(given[0].elements) if isinstance(given[0], Several) else (given[0],)
        texts = tuple(text for text in map(text_of, parts) if text is not None)
        if len(texts) != len(parts):
            return _of_run_time(written, given[0])
        test = str.startswith if func.attr == "startswith" else str.endswith
        return Condition(written, lambda origin: test(origin, texts), texts)
    if func.attr in _MATCHES and given and _is_origin(given[-1]):
        pattern = given[0] if isinstance(held, Dotted) and held.name == "re" and len(given) == 2 else held
        return _expression(written, func.attr, pattern)
    return Condition(written)


def _expression(written: str, method: str, pattern: Value) -> Condition:
    text = text_of(pattern)
    if text is None:
        return _of_run_time(written, pattern)
    flag = "(?i)" if text.startswith("(?i)") else ""
    searched = flag + _MATCHES[method].format(text.removeprefix(flag))
    accepts = _matcher(searched)
    return Condition(written, accepts, (text,), pattern=searched) if accepts is not None else Condition(written)


def _matcher(searched: str) -> Callable[[str], bool] | None:
    """Whether an expression is found in an origin, never asked of a matcher that backtracks."""
    if len(searched) > MAX_COMPARISON:
        return None
    try:
        automaton = Automaton(parse(in_full(searched, whole=False, ignore_case=False)), MAX_REGEX_POSITIONS)
        spend_on_regexes(len(automaton.leaves))
    except (UnsupportedRegex, ValueError, re.error):
        return None
    matcher = Matcher(automaton)
    return lambda origin: matcher.matches(origin.encode())


def _is_origin(value: Value) -> bool:
    return isinstance(value, Unknown) and value.origin == IS_ORIGIN
