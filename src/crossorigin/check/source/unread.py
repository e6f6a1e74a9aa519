"""What a file says about CORS to something that is not read here, told by its name.

Here belong settings of other libraries: an assignment, an attribute, a key or a keyword whose name says CORS, and that
nothing in the file reads. Whatever it does, it is not judged. Not here: settings that are known (`calls`,
`extensions`, `headers`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ...report.findings import NotJudged, Place, not_judged
from .settings import ASK, SAID_MAX

_SAYS: Final = re.compile(r"cors|access_control_allow_(?:origin|credentials)", re.IGNORECASE)
# What says nothing of who may read an answer.
_HARMLESS: Final = re.compile("method|header|age|expose", re.IGNORECASE)
_ORIGIN: Final = re.compile(r"[*.:/]|null")
_OWN: Final = ("self", "cls")


class _Has(NamedTuple):
    """The names that a file defines, reads, and gives to dictionaries."""

    defined: set[str]
    loaded: set[str]
    tables: set[str]


def unread(tree: ast.Module, judged: Iterable[ast.Call], prefixes: tuple[str, ...], shown: str) -> Iterator[NotJudged]:
    """What nothing reads. `judged` are the calls that are; names that begin with one of `prefixes` are, too."""
    nodes = list(ast.walk(tree))
    has = _Has(_defined(nodes), _loaded(nodes), _tables(nodes))
    done = {id(call) for call in judged}
    for node in nodes:
        if isinstance(node, ast.Call) and id(node) not in done:
            named = list(_keywords(node, has.defined))
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            named = [(name, node.value) for target in targets if (name := _target(target, node.value, has))]
        else:
            continue
        for name, value in named:
            if _SAYS.search(name) and not _HARMLESS.search(name) and not name.startswith(prefixes):
                evidence = f"{name} = {ast.unparse(value)[:SAID_MAX]}, which nothing here reads"
                yield not_judged("unread-code", evidence, place=Place(shown, value.lineno), remedy=ASK)


def _keywords(node: ast.Call, own: set[str]) -> Iterator[tuple[str, ast.expr]]:
    """The keywords of a call of something that other files define."""
    func = node.func
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    for word in node.keywords if name not in own else ():
        if word.arg is not None and not _is_off(word.value):
            yield word.arg, word.value


def _target(target: ast.expr, value: ast.expr, has: _Has) -> str:
    """The name that a target gives a value for others to read; empty if there is none."""
    if isinstance(target, ast.Name):
        return target.id if target.id not in has.loaded and _allows(value) else ""
    inner = target.value if isinstance(target, ast.Attribute | ast.Subscript) else target
    base = inner.id if isinstance(inner, ast.Name) else ""
    if base in _OWN or base in has.defined or _is_off(value):
        return ""
    if isinstance(target, ast.Attribute):
        return "" if target.attr.startswith("access_control_") else target.attr  # which `headers` reads
    key = target.slice.value if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) else ""
    return key if isinstance(key, str) and base not in has.tables else ""


def _is_off(value: ast.expr) -> bool:
    """`False`, `None`, `""`, an empty list."""
    try:
        return not ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False


def _allows(value: ast.expr) -> bool:
    """Whether an expression has something in it that allows somebody: `True`, an origin, an expression for some."""
    constants = [part.value for part in ast.walk(value) if isinstance(part, ast.Constant)]
    return any(each is True or (isinstance(each, str) and _ORIGIN.search(each)) for each in constants)


def _defined(nodes: list[ast.AST]) -> set[str]:
    found = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name for node in nodes if isinstance(node, found)}


def _loaded(nodes: list[ast.AST]) -> set[str]:
    """The names that the file reads, and those of the attributes."""
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    parts = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)]
    return names | {node.attr for node in parts}


def _tables(nodes: list[ast.AST]) -> set[str]:
    """The names of the file's own dictionaries."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict | ast.Call):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found
