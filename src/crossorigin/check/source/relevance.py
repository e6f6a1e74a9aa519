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

from .expressions import CHANGING, changed

# What adds a middleware, whose class may have any name here, and what reads Flask's settings.
_ADDS: Final = frozenset({"add_middleware", "Middleware"})
_CONFIGURES: Final = re.compile("from_(?:object|mapping|pyfile|envvar|prefixed_env|json|file)")
MENTIONS: Final = re.compile(r"cors|cross.?origin|access[-_]control[-_]|allow_?origin", re.IGNORECASE)
_LITERALS: Final = ast.Constant | ast.Dict | ast.List | ast.Tuple | ast.Set | ast.IfExp | ast.BinOp | ast.JoinedStr
# Expressions that are, or hold, what has a name already.
_SAME: Final = ast.Name | ast.Attribute | ast.Subscript | ast.Dict | ast.List | ast.Tuple | ast.Set
_ENDS: Final = ast.Return | ast.Raise | ast.Break | ast.Continue
_DEFINITIONS: Final = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_BLOCKS: Final = ("body", "orelse", "finalbody", "handlers", "cases")


class Relevance:
    """The statements of one file that count."""

    def __init__(self, tree: ast.Module) -> None:
        self._statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
        self._own = {id(statement): list(_own(statement)) for statement in self._statements}
        self._used = {id(statement): _names(self._own[id(statement)]) for statement in self._statements}
        class_nodes = [node for node in self._statements if isinstance(node, ast.ClassDef)]
        classes = {node.name for node in class_nodes}
        self._bound = {
            id(statement): _bound(statement, self._own[id(statement)], classes) for statement in self._statements
        }
        for node in class_nodes:
            if any("Enum" in ast.unparse(base) for base in node.bases):  # a loop over it has all its members
                for member in node.body:
                    self._bound[id(member)].add(node.name)
        self._around = dict(_parents(tree.body, None))
        functions = [node for node in self._statements if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        self._parameters: dict[str, set[str]] = {}
        for function in functions:
            name = self._name_of_call(function)
            self._parameters.setdefault(name, set()).update(_parameters(function))
        self._called = {id(each): _called(self._own[id(each)]) & self._parameters.keys() for each in self._statements}
        self._counting: set[int] = set()
        self._speaking: set[int] = set()
        tests = [node for node in self._statements if isinstance(node, ast.If | ast.While | ast.Match)]
        self._leaving = {id(node) for node in tests if any(_leaves(block) for block in _blocks(node))}
        self._names: set[str] = set()
        self._changing: set[ast.FunctionDef | ast.AsyncFunctionDef] = set()
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

    def changes(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
        """Whether a function may change something outside it that counts."""
        return function in self._changing

    def _spread(self) -> None:
        """From the statements that mention CORS to those that give their names a value, until none is added."""
        carriers: set[str] = set()
        exits: set[str] = set().union(*(self._used[key] for key in self._leaving))
        effects: set[str] = set()  # functions that change something outside them that counts
        waiting = list(self._statements)
        grew = True
        while grew:
            grew = False
            left = []
            for statement in waiting:
                key = id(statement)
                speaks = _mentions(statement, self._own[key]) or bool(self._used[key] & carriers)
                called = self._called[key]
                about = bool(self._used[key] & self._names)
                hands_over = about and bool(called)
                # A condition to leave says what is so for all that follows, and so does a name in it.
                leaves = about and key in self._leaving
                names_again = about and (_is_alias(statement) or bool(self._bound[key] & exits))
                changes = bool(self._bound[key] & self._names or called & effects)
                if not (speaks or hands_over or leaves or names_again or changes):
                    left.append(statement)
                    continue
                grew = True
                self._counting.add(key)
                self._names |= self._used[key] | self._returned(statement) | self._tested(statement)
                if names_again:
                    self._names |= self._bound[key] | self._holders(statement)
                for name in called:
                    self._names |= self._parameters[name]
                if self._changes_outside(statement):
                    effects |= self._functions_around(statement)
                    self._changing |= self._nodes_around(statement)
                if speaks:
                    self._speaking.add(key)
                    carriers |= _carriers(statement, self._bound[key]) | self._functions_around(statement)
            waiting = left

    def _changes_outside(self, statement: ast.stmt) -> bool:
        """Whether a statement in a function may change what is outside it."""
        around = self._around[id(statement)]
        while around is not None and not isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
            around = self._around[id(around)]
        if around is None or isinstance(statement, _DEFINITIONS | ast.Import | ast.ImportFrom):
            return False
        if self._called[id(statement)] or any(changed(part) is not None for part in self._own[id(statement)]):
            return True
        declared = [each for each in ast.walk(around) if isinstance(each, ast.Global | ast.Nonlocal)]
        return bool(declared) and bool(self._bound[id(statement)])

    def _tested(self, statement: ast.stmt) -> set[str]:
        """The names in the conditions and loops around a statement."""
        found: set[str] = set()
        around = self._around[id(statement)]
        while around is not None and not isinstance(around, _DEFINITIONS):
            found |= self._used[id(around)]
            around = self._around[id(around)]
        return found

    def _holders(self, statement: ast.stmt) -> set[str]:
        """What has the value of a statement under another name: a function that returns it, a class."""
        around = self._around[id(statement)]
        if isinstance(statement, ast.Return):
            return self._functions_around(statement)
        return {around.name} if isinstance(around, ast.ClassDef) else set()

    def _functions_around(self, statement: ast.stmt) -> set[str]:
        """The functions that a statement is in, whose calls say something about CORS too."""
        return {self._name_of_call(function) for function in self._nodes_around(statement)}

    def _nodes_around(self, statement: ast.stmt) -> set[ast.FunctionDef | ast.AsyncFunctionDef]:
        found: set[ast.FunctionDef | ast.AsyncFunctionDef] = set()
        around = self._around[id(statement)]
        while around is not None:
            if isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(around)
            around = self._around[id(around)]
        return found

    def _name_of_call(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
        """The name by which a function is called: that of its class, if it makes an object of it."""
        outer = self._around[id(function)]
        return outer.name if function.name == "__init__" and isinstance(outer, ast.ClassDef) else function.name

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


def _leaves(statements: list[ast.stmt]) -> bool:
    """Whether one of these leaves the block that they are in."""
    for statement in statements:
        inner = [] if isinstance(statement, _DEFINITIONS) else list(_blocks(statement))
        if isinstance(statement, _ENDS) or any(_leaves(block) for block in inner):
            return True
    return False


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
    texts = list(_texts(node))
    return any(text in _ADDS or MENTIONS.search(text) or _CONFIGURES.fullmatch(text) for text in texts)


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


def _bound(statement: ast.stmt, own: list[ast.AST], classes: set[str]) -> set[str]:
    """The names that a statement gives a value to, or changes; of attributes, those of the file's own classes."""
    if isinstance(statement, _DEFINITIONS):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    targets: list[ast.expr] = []
    for call in [node for node in own if isinstance(node, ast.Call)]:
        called = call.func
        if isinstance(called, ast.Attribute) and (called.attr in CHANGING or call is getattr(statement, "value", None)):
            targets.append(called.value)
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
    elif isinstance(target, ast.Call):  # of a function that returns it
        yield from _targets(target.func, classes)
    elif isinstance(target, ast.Attribute):
        if isinstance(target.value, ast.Name) and target.value.id in ("self", "cls"):
            yield target.attr
        if target.attr == "config":
            yield from _targets(target.value, classes)
        yield from classes.intersection(_targets(target.value, classes))
    elif isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _targets(part, classes)


def _is_alias(statement: ast.stmt) -> bool:
    """Whether a statement gives another name to something that has one."""
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Return) else None
    return isinstance(value, _SAME)


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    arguments = function.args
    rest = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return {each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *rest)}


def _called(nodes: list[ast.AST]) -> set[str]:
    """The names of what is called here."""
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    methods = {func.attr for func in called if isinstance(func, ast.Attribute)}
    return methods | {func.id for func in called if isinstance(func, ast.Name)}


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
