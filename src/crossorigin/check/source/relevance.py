"""Which statements of a file have to do with CORS.

A statement that mentions CORS counts, and with it every statement that gives a value to a name in one that counts.
Names are told apart by their spelling alone, so rather too much is followed than too little. All other statements are
passed over: a file may be long and full of branches, and little of it is about CORS.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

MENTIONS: Final = re.compile(r"cors|cross.?origin|access-control-|allow_?origin", re.IGNORECASE)
_LITERALS: Final = ast.Constant | ast.Dict | ast.List | ast.Tuple | ast.Set | ast.IfExp | ast.BinOp | ast.JoinedStr
_ENDS: Final = ast.Return | ast.Raise | ast.Break | ast.Continue
_DEFINITIONS: Final = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_BLOCKS: Final = ("body", "orelse", "finalbody", "handlers", "cases")


class Relevance:
    """The statements of one file that count."""

    def __init__(self, tree: ast.Module) -> None:
        self._statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
        self._own = {id(statement): list(_own(statement)) for statement in self._statements}
        self._used = {id(statement): _names(self._own[id(statement)]) for statement in self._statements}
        classes = {node.name for node in self._statements if isinstance(node, ast.ClassDef)}
        self._bound = {id(statement): _bound(statement, classes) for statement in self._statements}
        self._around = dict(_parents(tree.body, None))
        self._counting: set[int] = set()
        self._speaking: set[int] = set()
        self._names: set[str] = set()
        self._spread()
        self._inside: set[int] = set()
        self._spoken_inside: set[int] = set()
        self._mark_blocks(tree.body)

    def counts(self, statement: ast.stmt) -> bool:
        """Whether a statement counts, or one inside it."""
        return id(statement) in self._inside

    def speaks(self, statement: ast.stmt) -> bool:
        """Whether a statement mentions CORS by itself, or one inside it does."""
        return id(statement) in self._spoken_inside

    def _spread(self) -> None:
        """From the statements that mention CORS to those that give their names a value, until none is added."""
        carriers: set[str] = set()
        waiting = list(self._statements)
        grew = True
        while grew:
            grew = False
            left = []
            for statement in waiting:
                key = id(statement)
                speaks = _mentions(statement, self._own[key]) or bool(self._used[key] & carriers)
                if not speaks and not self._bound[key] & self._names:
                    left.append(statement)
                    continue
                grew = True
                self._counting.add(key)
                self._names |= self._used[key] | self._returned(statement) | self._tested(statement)
                if speaks:
                    self._speaking.add(key)
                    carriers |= _carriers(statement, self._bound[key]) | self._functions_around(statement)
            waiting = left

    def _tested(self, statement: ast.stmt) -> set[str]:
        """The names in the conditions and loops around a statement."""
        found: set[str] = set()
        around = self._around[id(statement)]
        while around is not None and not isinstance(around, _DEFINITIONS):
            found |= self._used[id(around)]
            around = self._around[id(around)]
        return found

    def _functions_around(self, statement: ast.stmt) -> set[str]:
        """The functions that a statement is in, whose calls say something about CORS too. Methods are not followed."""
        found: set[str] = set()
        around = self._around[id(statement)]
        while around is not None:
            outer = self._around[id(around)]
            if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef) and not isinstance(outer, ast.ClassDef):
                found.add(around.name)
            around = outer
        return found

    def _returned(self, statement: ast.stmt) -> set[str]:
        """The names in what a function returns, and in the conditions for it."""
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            return set()
        found: set[str] = set()
        for node in ast.walk(statement):
            if isinstance(node, ast.Return):
                found |= self._used[id(node)] | self._tested(node)
        return found

    def _mark_blocks(self, statements: list[ast.stmt]) -> tuple[bool, bool, bool]:
        """Whether one of these counts, whether one mentions CORS, and whether one leaves the block."""
        some, spoken, leaves = False, False, False
        for statement in statements:
            inner, inner_spoken, inner_leaves = False, False, isinstance(statement, _ENDS)
            for block in _blocks(statement):
                found = self._mark_blocks(block)
                inner, inner_spoken, inner_leaves = (
                    inner or found[0],
                    inner_spoken or found[1],
                    inner_leaves or found[2],
                )
            definition = isinstance(statement, _DEFINITIONS)
            # What leaves under a condition on a name that counts says something of what follows.
            tests = inner_leaves and not definition and bool(self._used[id(statement)] & self._names)
            counts = id(statement) in self._counting or inner or tests
            speaks = id(statement) in self._speaking or inner_spoken
            if counts:
                self._inside.add(id(statement))
            if speaks:
                self._spoken_inside.add(id(statement))
            some, spoken = some or counts, spoken or speaks
            leaves = leaves or (inner_leaves and not definition)
        return some, spoken, leaves


def _parents(statements: list[ast.stmt], around: ast.stmt | None) -> Iterator[tuple[int, ast.stmt | None]]:
    """Which statement each is in."""
    for statement in statements:
        yield id(statement), around
        for block in _blocks(statement):
            yield from _parents(block, statement)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for name in _BLOCKS:
        for part in (block := getattr(statement, name, [])):
            if not isinstance(part, ast.stmt):
                yield part.body
        if block and isinstance(block[0], ast.stmt):
            yield block


def _own(statement: ast.stmt) -> Iterator[ast.AST]:
    """The parts of a statement that are in none of its blocks."""
    for name, value in ast.iter_fields(statement):
        if name in _BLOCKS:
            continue
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, ast.AST):
                yield from ast.walk(part)
    if isinstance(statement, ast.Try | ast.TryStar):
        for handler in statement.handlers:
            if handler.type is not None:
                yield from ast.walk(handler.type)


def _names(nodes: list[ast.AST]) -> set[str]:
    """The names in these nodes, and those of `Class.NAME`."""
    found = {node.id for node in nodes if isinstance(node, ast.Name)}
    parts = [node for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    return found | {node.attr for node in parts}


def _mentions(statement: ast.stmt, nodes: list[ast.AST]) -> bool:
    module = getattr(statement, "module", None) or ""
    return MENTIONS.search(module) is not None or any(_says(node) for node in nodes)


def _says(node: ast.AST) -> bool:
    return any(MENTIONS.search(text) for text in _texts(node))


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg
    elif isinstance(node, ast.alias):
        yield node.name
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        yield node.value.decode("latin-1")


def _bound(statement: ast.stmt, classes: set[str]) -> set[str]:
    """The names that a statement gives a value to, or changes; of attributes, those of the file's own classes."""
    if isinstance(statement, _DEFINITIONS):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value.func
        if isinstance(called, ast.Attribute):
            return set(_targets(called.value, classes))
    targets: list[ast.expr] = []
    for name in ("target", "optional_vars"):
        targets += [part] if isinstance(part := getattr(statement, name, None), ast.expr) else []
    targets += getattr(statement, "targets", [])
    targets += [item.optional_vars for item in getattr(statement, "items", []) if item.optional_vars is not None]
    names: set[str] = set()
    for target in targets:
        names.update(_targets(target, classes))
    return names


def _targets(target: ast.expr, classes: set[str]) -> Iterator[str]:
    if isinstance(target, ast.Name):
        yield target.id
    elif isinstance(target, ast.Subscript | ast.Starred):
        yield from _targets(target.value, classes)
    elif isinstance(target, ast.Attribute):
        yield from classes.intersection(_targets(target.value, classes))
    elif isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _targets(part, classes)


def _carriers(statement: ast.stmt, bound: set[str]) -> set[str]:
    """Names that stand for something about CORS: what is imported or defined, and literals."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        module = getattr(statement, "module", "") or ""
        spoken = [alias for alias in statement.names if MENTIONS.search(f"{module} {alias.name}")]
        return {alias.asname or alias.name.partition(".")[0] for alias in spoken}
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        value = statement.value
        prepared = isinstance(value, ast.Call) and "partial" in ast.unparse(value.func)
        return bound if isinstance(value, _LITERALS) or prepared else set()
    return bound if isinstance(statement, _DEFINITIONS) else set()
