"""What an expression is worth on one way through a program.

Every method gives a list of outcomes: a value, and the way on which the expression has it. Where the value hangs on
what only the run can tell, there are several. Here belong operators, displays, names and the calls of built-in
functions that people make lists of origins with. Not here: statements (`statements`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from ...report.documents import parse_json
from .values import (
    FROM_ORIGIN,
    IS_ORIGIN,
    Class,
    Dictionary,
    Dotted,
    Either,
    Function,
    Held,
    Instance,
    Literal,
    Made,
    Member,
    NotPlain,
    Prepared,
    Several,
    Unknown,
    Value,
    iterated,
    plain,
    text_of,
    truth,
)
from .world import Guard, World

Outcome: TypeAlias = tuple[Value, World]
# A function of the file, its call, and what it was called on.
CallFunction: TypeAlias = Callable[[Function, ast.Call, Value | None, World], list[Outcome]]

_MAX_OUTCOMES: Final = 16
_MAX_ELEMENTS: Final = 2000
_MAX_CHARACTERS: Final = 100_000

_COLLECTIONS: Final = frozenset({"list", "tuple", "set", "frozenset", "sorted"})
_CONVERTS: Final = _COLLECTIONS | {"str", "bool", "any"}
# Expressions that make a list or a dictionary.
_MAKES: Final = frozenset({ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.Call, ast.BinOp})
_OF_LISTS: Final = "append add insert extend update remove discard pop clear difference_update intersection_update"
_OF_TABLES: Final = "setdefault popitem __setitem__ __delitem__ symmetric_difference_update"
# The methods of lists, sets and dictionaries that change what is in them.
CHANGING: Final = frozenset(f"{_OF_LISTS} {_OF_TABLES}".split())
_VARIABLES: Final = frozenset({"os.getenv", "getenv", "os.environ.get", "environ.get", "decouple.config", "config"})
# Methods of strings whose result is never longer than the string.
_NO_LONGER: Final = "strip lstrip rstrip lower upper removeprefix removesuffix startswith endswith"
_STRING_METHODS: Final = {name: getattr(str, name) for name in _NO_LONGER.split()}
# What is still the origin after it, as far as a comparison is concerned.
_STILL_ORIGIN: Final = frozenset({"strip", "lstrip", "rstrip", "lower", "encode", "decode", "removesuffix"})
_OF_REQUEST: Final = re.compile(r"header|META$|environ", re.IGNORECASE)
# What has the request's data, and what it brings along of the app.
_ASKED: Final = frozenset({"request", "req", "scope", "environ", "headers", "query_params", "cookies", "path_params"})
_OF_APP: Final = frozenset({"app", "state", "config"})
_READS: Final = frozenset({"get", "getone", "getlist", "get_header", "header", "pop"})
_ORIGIN_NAMES: Final = frozenset({"origin", "http_origin"})
_COMPARISONS: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Eq: lambda one, other: bool(one == other),
    ast.NotEq: lambda one, other: bool(one != other),
    ast.In: lambda one, other: one in other,
    ast.NotIn: lambda one, other: one not in other,
}
_OPPOSITES: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.NotIn: ast.In,
    ast.NotEq: ast.Eq,
    ast.IsNot: ast.Is,
}


class Expressions:
    """Evaluates the expressions of one file. `call_function` follows a function of the file."""

    def __init__(self, spend: Callable[[int], None], call_function: CallFunction) -> None:
        self.context: Made = ()  # the calls and the rounds of loops that are followed now
        self.given_to_self: dict[tuple[ast.ClassDef, str], set[str]] = {}
        self._spend = spend
        self._call_function = call_function

    # -- entrances ------------------------------------------------------------------------------------

    def evaluate(self, node: ast.expr, world: World) -> list[Outcome]:
        """What an expression may be worth, and on which way. The way that is given stays as it is."""
        self._spend(1)
        how = _HOW.get(type(node))
        outcomes = how(self, node, world) if how else []
        if not outcomes or len(outcomes) > _MAX_OUTCOMES:
            after = self.not_followed(node, world)
            return [(self.unknown(node, after), after)]
        if self.context and type(node) in _MAKES:
            return [(self._made(value, node), after) for value, after in outcomes]
        return outcomes

    def _made(self, value: Value, node: ast.expr) -> Value:
        """A new object of this call or round, if it is one."""
        if isinstance(value, Several | Dictionary) and value.node is node:
            return replace(value, made=self.context)
        return value

    def not_followed(self, node: ast.AST, world: World) -> World:
        """A way on which that was done which an expression may do to lists and dictionaries."""
        found = list(self.changed_in(node, world))
        if not found:
            return world
        after = world.fork()
        for value, receiver in found:
            after.lose(value, receiver)
        return after

    def changed_in(
        self, node: ast.AST, world: World, within: tuple[ast.AST, ...] = ()
    ) -> Iterator[tuple[Value, ast.expr]]:
        """What code may change that is not followed, and the functions of the file that it calls."""
        for part in ast.walk(node):
            receiver = changed(part)
            if receiver is not None:
                yield from ((value, receiver) for value in self._may_be(receiver, world))
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
                yield from self._changed_by(part, part.func, world, within)

    def _changed_by(
        self, node: ast.Call, name: ast.Name, world: World, within: tuple[ast.AST, ...]
    ) -> Iterator[tuple[Value, ast.expr]]:
        for callee in options_of(world.get(name.id)):
            if isinstance(callee, Function) and callee.node not in within:
                yield from self.changed_in(callee.node, world, (*within, callee.node))
                if any(changed(part) is not None or isinstance(part, ast.Call) for part in ast.walk(callee.node)):
                    given = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
                    for each in given:
                        yield from ((value, each) for value in self._may_be(each, world))

    def _may_be(self, node: ast.expr, world: World) -> list[Value]:
        """What an expression may be: the value of the name that it starts with, which has the rest in it."""
        while isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
            node = node.value
        found = options_of(world.get(node.id)) if isinstance(node, ast.Name) else []
        return [value for value in found if isinstance(value, Several | Dictionary)]

    def evaluate_all(self, nodes: Iterable[ast.expr], world: World) -> list[tuple[list[Value], World]]:
        """What several expressions are worth together."""
        outcomes: list[tuple[list[Value], World]] = [([], world)]
        for node in nodes:
            longer: list[tuple[list[Value], World]] = []
            for values, before in outcomes:
                found = self.evaluate(node, before)
                if len(found) == len(outcomes) == 1:  # thousands of elements are not copied for each
                    values.append(found[0][0])
                    longer.append((values, found[0][1]))
                else:
                    longer += [([*values, value], after) for value, after in found]
            if len(longer) > _MAX_OUTCOMES:
                longer = [([*values, self.unknown(node, before)], before) for values, before in outcomes]
            outcomes = longer
        return outcomes

    def assume(self, test: ast.expr, world: World) -> list[tuple[bool, World]]:
        """Whether a condition holds, and on which way."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            return [(not holds, after) for holds, after in self.assume(test.operand, world)]
        if isinstance(test, ast.BoolOp):
            return self._assume_all(test.values, isinstance(test.op, ast.Or), world)
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            opposite = _OPPOSITES.get(type(test.ops[0]))
            if opposite is not None:
                positive = ast.copy_location(ast.Compare(test.left, [opposite()], test.comparators), test)
                return [(not holds, after) for holds, after in self.assume(positive, world)]
        found: list[tuple[bool, World]] = []
        for value, after in self.evaluate(test, world):
            found += self._decide(test, value, after)
        return found

    def unknown(self, node: ast.expr, world: World) -> Unknown:
        """A value that only the run can tell; it says if the request's origin is in it."""
        about = FROM_ORIGIN if self._mentions_origin(node, world) else ""
        names = [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
        lost = any(_may_be_lost(world.get(name)) for name in names)
        return Unknown(node, about, lost, self._is_asked(node, world))

    # -- conditions -----------------------------------------------------------------------------------

    def _assume_all(self, tests: Sequence[ast.expr], until: bool, world: World) -> list[tuple[bool, World]]:
        """`or` goes on until a test holds, `and` until one does not."""
        found: list[tuple[bool, World]] = []
        for holds, after in self.assume(tests[0], world):
            if holds is until or len(tests) == 1:
                found.append((holds, after))
            else:
                found += self._assume_all(tests[1:], until, after)
        return found

    def _decide(self, test: ast.expr, value: Value, world: World) -> list[tuple[bool, World]]:
        """Whether the value of a test is true, and on which way."""
        known = truth(value)
        if known is not None:
            return [(known, world)]
        node = value.node if isinstance(value, Unknown) else test
        about = value.origin if isinstance(value, Unknown) else ""
        if about == IS_ORIGIN or _tests_for_none(node):
            return self._origin_is_there(node, about, world)
        text = ast.unparse(node)
        if text in world.assumed:
            return [(world.assumed[text], world)]
        # `if name == b"origin":` finds the header; it says nothing of its value.
        is_condition = bool(about) and not (isinstance(node, ast.Compare) and _compares_header_name(node))
        ways = []
        for holds in (True, False):
            after = world.assume(text, holds)
            if is_condition:
                after.guards = (*after.guards, Guard(text, holds, node))
            _find_origin_in_loop(node, holds, after)
            ways.append((holds, after))
        return ways

    def _origin_is_there(self, node: ast.expr, about: str, world: World) -> list[tuple[bool, World]]:
        """`if origin:` asks only whether a page of another origin sent the request. `is None` asks the opposite."""
        text = ast.unparse(node)
        asks_for_none = _tests_for_none(node)
        if about == "":
            return [(holds, world.assume(text, holds)) for holds in _settled(text, world)]
        there, missing = world.fork(), world.fork()
        missing.without_origin = True
        if world.without_origin:
            return [(asks_for_none, missing)]
        return [(not asks_for_none, there), (asks_for_none, missing)]

    # -- names and parts ------------------------------------------------------------------------------

    def _constant(self, node: ast.Constant, world: World) -> list[Outcome]:
        return [(Literal(node.value, node), world)]

    def _name(self, node: ast.Name, world: World) -> list[Outcome]:
        found = world.get(node.id)
        return [(Dotted(node.id, node), world)] if found is None else self.options(found, world)

    def options(self, held: Held, world: World) -> list[Outcome]:
        """One way for each value whose conditions agree with what is assumed on this one."""
        if not isinstance(held, Either):
            return [(held, world)]
        found: list[Outcome] = []
        for value, conditions in held.options:
            if all(world.assumed.get(text, holds) is holds for text, holds in conditions):
                after = world.fork()
                after.assumed.update(conditions)
                found.append((value, after))
        return found

    def _attribute(self, node: ast.Attribute, world: World) -> list[Outcome]:
        if _is_origin_attribute(node):
            return [(Unknown(node, IS_ORIGIN), world)]
        found: list[Outcome] = []
        for value, after in self.evaluate(node.value, world):
            way = after
            if node.attr in CHANGING and isinstance(value, Several | Dictionary):  # `add = origins.append`
                way = after.fork()
                way.lose(value, node.value)
            found += self.options(self._part(node, value, way), way)
        return found

    def _part(self, node: ast.Attribute, value: Value, world: World) -> Held:
        if isinstance(value, Dotted):
            return Dotted(f"{value.name}.{node.attr}", node)
        part = value.part(node.attr) if isinstance(value, Class | Instance) else None
        if isinstance(value, Literal) and node.attr == "value":  # of a member of an Enum
            part = value.value.content if isinstance(value.value, Member) else value
        if isinstance(value, Instance) and part is None:
            part = self._inherited(node, value, world)
        return world.now(part) or self.unknown(node, world)

    def _inherited(self, node: ast.Attribute, value: Instance, world: World) -> Held | None:
        """What `self` has of its class; of what a method gives it, only how it has to do with the request's origin."""
        now = world.now(value.of)
        if isinstance(now, Class) and node.attr not in now.given_later:
            return now.part(node.attr)
        given = self.given_to_self.get((value.node, node.attr), set())
        return Unknown(node, min(given - {""})) if given - {""} else None

    def give_to_self(self, of: Instance, name: str, value: Value, world: World) -> None:
        """A method gives `self` an attribute, which others may read. Under a condition, it is no longer the origin."""
        origin = value.origin if isinstance(value, Unknown) else ""
        if world.guards:
            origin = FROM_ORIGIN
        self.given_to_self.setdefault((of.node, name), set()).add(origin)

    def _subscript(self, node: ast.Subscript, world: World) -> list[Outcome]:
        found: list[Outcome] = []
        for (held, key), after in self.evaluate_all([node.value, node.slice], world):
            if isinstance(held, Dictionary):
                found.append((_entry(held, key) or self.unknown(node, after), after))
            elif _is_origin_name(key) and self._is_headers(node.value, after):
                found.append((Unknown(node, IS_ORIGIN), after))
            else:
                found.append((_element(held, key) or self.unknown(node, after), after))
        return found

    # -- displays -------------------------------------------------------------------------------------

    def _several(self, node: ast.List | ast.Tuple | ast.Set, world: World) -> list[Outcome]:
        inner = [_unstarred(part) for part in node.elts]
        found: list[Outcome] = []
        for values, after in self.evaluate_all(inner, world):
            elements: list[Value] = []
            for part, value in zip(node.elts, values, strict=True):
                more = spread(value) if isinstance(part, ast.Starred) else [value]
                fits = len(more) <= 1 or len(elements) + len(more) <= _MAX_ELEMENTS
                elements += more if fits else [self.unknown(part, after)]
            found.append((Several(tuple(elements), node), after))
        return found

    def _table(self, node: ast.Dict, world: World) -> list[Outcome]:
        keys = [key or value for key, value in zip(node.keys, node.values, strict=True)]
        found: list[Outcome] = []
        for values, after in self.evaluate_all([*keys, *node.values], world):
            merged: list[tuple[Value, Value]] = []
            pairs = zip(values[: len(keys)], values[len(keys) :], strict=True)
            for key, (first, value) in zip(node.keys, pairs, strict=True):
                more = entries(value) if key is None else [(first, value)]
                fits = len(more) <= 1 or len(merged) + len(more) <= _MAX_ELEMENTS
                merged += more if fits else entries(self.unknown(node, after))
            found.append((Dictionary(tuple(merged), node), after))
        return found

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, world: World) -> list[Outcome]:
        """`[each.strip() for each in …]`, of a list that is known."""
        loop = node.generators[0]
        if len(node.generators) > 1 or not isinstance(loop.target, ast.Name):
            return []
        found: list[Outcome] = []
        for looped, after in self.evaluate(loop.iter, world):
            source = iterated(looped)
            if not isinstance(source, Several):
                found.append((self.unknown(node, after), self.not_followed(node, after)))
                continue
            elements = []
            for element in source.elements:
                elements += self._comprehended(node, loop, element, after)
            found.append((Several(tuple(elements), node), self.not_followed(node, after)))
        return found

    def _comprehended(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, loop: ast.comprehension, element: Value, world: World
    ) -> list[Value]:
        assert isinstance(loop.target, ast.Name)
        inside = world.fork()
        inside.give(loop.target.id, element)
        for test in loop.ifs:
            verdicts = self.assume(test, inside)
            if all(not holds for holds, _ in verdicts):
                return []
            inside = next(after for holds, after in verdicts if holds)
        outcomes = self.evaluate(node.elt, inside)
        return [outcomes[0][0] if len(outcomes) == 1 else self.unknown(node.elt, inside)]

    def _joined_string(self, node: ast.JoinedStr, world: World) -> list[Outcome]:
        parts = [_unformatted(part) for part in node.values]
        plain_parts = all(part.format_spec is None for part in node.values if isinstance(part, ast.FormattedValue))
        found: list[Outcome] = []
        for values, after in self.evaluate_all(parts, world):
            texts = [_formatted(value) for value in values]
            known = [text for text in texts if text is not None]
            if plain_parts and len(known) == len(texts) and _fits(known):
                found.append((Literal("".join(known), node), after))
            elif len(values) == 1:
                found.append((values[0], after))
            else:
                found.append((self.unknown(node, after), after))
        return found

    # -- operators ------------------------------------------------------------------------------------

    def _choice(self, node: ast.IfExp, world: World) -> list[Outcome]:
        found: list[Outcome] = []
        for holds, after in self.assume(node.test, world):
            chosen = node.body if holds else node.orelse
            found += self.evaluate(chosen, after)
        return found

    def _bool_op(self, node: ast.BoolOp, world: World) -> list[Outcome]:
        until = isinstance(node.op, ast.Or)
        found: list[Outcome] = []
        ways = self.evaluate(node.values[0], world)
        for number, rest in enumerate(node.values[1:]):
            going = []
            for value, before in ways:
                for holds, after in self._decide(node.values[number], value, before):
                    if holds is until:
                        found.append((value, after))
                    else:
                        going += self.evaluate(rest, after)
            if len(going) > _MAX_OUTCOMES:
                return []
            ways = going
        return found + ways

    def _not(self, node: ast.UnaryOp, world: World) -> list[Outcome]:
        if not isinstance(node.op, ast.Not):
            return self._minus(node, world)
        return [(Literal(holds, node), after) for holds, after in self.assume(node, world)]

    def _minus(self, node: ast.UnaryOp, world: World) -> list[Outcome]:
        operand = node.operand
        if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant) and isinstance(operand.value, int):
            return [(Literal(-operand.value, node), world)]
        return []

    def _compare(self, node: ast.Compare, world: World) -> list[Outcome]:
        if len(node.ops) > 1:
            return []
        found: list[Outcome] = []
        for (left, right), after in self.evaluate_all([node.left, node.comparators[0]], world):
            known = _compared(type(node.ops[0]), left, right)
            if known is not None:
                found.append((Literal(known, node), after))
            elif isinstance(left, Unknown) and left.origin == IS_ORIGIN and _asks_if_there(node, right):
                found.append((Unknown(node, IS_ORIGIN), after))
            else:
                found.append((self.unknown(node, after), after))
        return found

    def _binary(self, node: ast.BinOp, world: World) -> list[Outcome]:
        found: list[Outcome] = []
        for (left, right), after in self.evaluate_all([node.left, node.right], world):
            value = _sum(node, left, right)
            found.append((value or self.unknown(node, after), after))
        return found

    def _walrus(self, node: ast.NamedExpr, world: World) -> list[Outcome]:
        found: list[Outcome] = []
        for value, before in self.evaluate(node.value, world):
            after = before.fork()
            after.give(node.target.id, value)
            found.append((value, after))
        return found

    def _inner(self, node: ast.Await | ast.Starred, world: World) -> list[Outcome]:
        return self.evaluate(node.value, world)

    # -- calls ----------------------------------------------------------------------------------------

    def _call(self, node: ast.Call, world: World) -> list[Outcome]:
        found: list[Outcome] = []
        if not isinstance(node.func, ast.Attribute):
            for callee, after in self.evaluate(node.func, world):
                found += self._called(callee, node, None, after)
            return found
        for receiver, before in self.evaluate(node.func.value, world):
            for callee, after in self.options(self._part(node.func, receiver, before), before):
                if isinstance(callee, Unknown):
                    found += self._method(node, node.func, receiver, after)
                else:
                    found += self._called(callee, node, receiver, after)
        return found

    def _called(self, callee: Value, node: ast.Call, receiver: Value | None, world: World) -> list[Outcome]:
        if isinstance(callee, Function):
            return self._call_function(callee, node, receiver, world)
        if isinstance(callee, Dotted):
            return self._named_call(callee, node, world)
        init = callee.part("__init__") if isinstance(callee, Class) else None
        if isinstance(callee, Class) and isinstance(init, Function):
            made = self._call_function(init, node, Instance(callee), world)
            return [(self.unknown(node, after), after) for _, after in made]
        return self._only_arguments(node, world)

    def _only_arguments(self, node: ast.Call, world: World) -> list[Outcome]:
        """A call of something that is not read. What its arguments do is done."""
        written = [*node.args, *(word.value for word in node.keywords)]
        return [(self.unknown(node, after), after) for _, after in self.evaluate_all(written, world)]

    def _named_call(self, callee: Dotted, node: ast.Call, world: World) -> list[Outcome]:
        if callee.last == "partial" and node.args:
            return [(Prepared(what, node), after) for what, after in self.evaluate(node.args[0], world)]
        if callee.name in _VARIABLES and node.args:
            return self._variable(node, world)
        if isinstance(node.func, ast.Attribute):
            return self._method(node, node.func, callee, world)
        return self._built_in(callee.name, node, world)

    def _variable(self, node: ast.Call, world: World) -> list[Outcome]:
        """`os.getenv("ORIGINS", "*")`: what is set, or the default."""
        default = next((word.value for word in node.keywords if word.arg == "default"), None)
        if default is None and len(node.args) > 1:
            default = node.args[1]
        if default is None:
            return [(Unknown(node), world)]
        asked = f"{ast.unparse(node.args[0])} is set"
        found: list[Outcome] = []
        for is_set in _settled(asked, world):
            after = world.assume(asked, is_set)
            found += [(Unknown(node), after)] if is_set else self.evaluate(default, after)
        return found

    def _built_in(self, name: str, node: ast.Call, world: World) -> list[Outcome]:
        if name == "dict" and not node.args:
            return self._dict(node, world)
        if name not in _CONVERTS or len(node.args) != 1 or isinstance(node.args[0], ast.Starred):
            return self._only_arguments(node, world)
        found: list[Outcome] = []
        for value, after in self.evaluate(node.args[0], world):
            found.append((_converted(name, value, node) or self.unknown(node, after), after))
        return found

    def _dict(self, node: ast.Call, world: World) -> list[Outcome]:
        found: list[Outcome] = []
        for values, after in self.evaluate_all([word.value for word in node.keywords], world):
            merged = named(zip(node.keywords, values, strict=True))
            found.append((dictionary(merged, node) or self.unknown(node, after), after))
        return found

    def _method(self, node: ast.Call, func: ast.Attribute, held: Value, world: World) -> list[Outcome]:
        """A method of `held`, or a function that has this dotted name."""
        method = func.attr
        if isinstance(held, Dotted) and held.name in _BY_NAME and node.args:
            return self._known_function(_BY_NAME[held.name], node, world)
        if self._reads_origin(node, method, world):
            return [(Unknown(node, IS_ORIGIN), world)]
        found: list[Outcome] = []
        written = [*node.args, *(word.value for word in node.keywords)]
        for values, before in self.evaluate_all(written, world):
            after = before
            arguments = values[: len(node.args)]
            starred = any(isinstance(argument, ast.Starred) for argument in node.args)
            value = None if starred else _method_result(method, held, arguments, node)
            if method in CHANGING:
                after = self._change(node, func, held, values, before)
            elif method in _STILL_ORIGIN and isinstance(held, Unknown) and held.origin == IS_ORIGIN:
                value = Unknown(node, IS_ORIGIN)
            found.append((value or self.unknown(node, after), after))
        return found

    def _change(self, node: ast.Call, func: ast.Attribute, held: Value, values: Sequence[Value], world: World) -> World:
        """`origins.append(…)`, `settings.update(…)`. `values` are those of the arguments, then of the keywords."""
        if not isinstance(held, Several | Dictionary):
            return self.not_followed(node, world)
        after = world.fork()
        starred = any(isinstance(each, ast.Starred) for each in node.args)
        value = None if starred else _changed(held, node, func.attr, values)
        if value is None:
            after.lose(held, func.value)
        else:
            after.change(held, value)
        return after

    def _known_function(
        self, function: Callable[[Value, ast.Call], Value | None], node: ast.Call, world: World
    ) -> list[Outcome]:
        argument = node.args[-1] if function is _cast else node.args[0]
        found: list[Outcome] = []
        for value, after in self.evaluate(argument, world):
            found.append((function(value, node) or self.unknown(node, after), after))
        return found

    # -- the request's origin -------------------------------------------------------------------------

    def _reads_origin(self, node: ast.Call, method: str, world: World) -> bool:
        """`request.headers.get("origin")` and its likes."""
        if method not in _READS or not node.args or not isinstance(node.func, ast.Attribute):
            return False
        name = node.args[0]
        key = self.evaluate(name, world)[0][0]
        header = method in ("get_header", "header") or self._is_headers(node.func.value, world)
        return header and _is_origin_name(key)

    def _is_headers(self, node: ast.expr, world: World) -> bool:
        """Whether an expression is called as the headers of a request are, or made of what is."""
        if _OF_REQUEST.search(ast.unparse(node)):
            return True
        value = world.get(node.id) if isinstance(node, ast.Name) else None
        return isinstance(value, Unknown) and _OF_REQUEST.search(ast.unparse(value.node)) is not None

    def _is_asked(self, node: ast.expr, world: World) -> bool:
        """Whether a value is made from the request: not from the app or the state that it brings along."""
        asked = False
        for part in ast.walk(node):
            word = part.attr if isinstance(part, ast.Attribute) else getattr(part, "id", getattr(part, "value", None))
            if word in _OF_APP:
                return False
            if isinstance(part, ast.Attribute):
                asked |= word in _ASKED
            elif isinstance(part, ast.Name):
                held = options_of(world.get(part.id))
                brings = any(isinstance(value, Unknown) and value.asked for value in held)
                imported = any(isinstance(value, Dotted) and value.name.startswith("os") for value in held)
                asked |= brings or (word in _ASKED and not imported)
        return asked

    def _mentions_origin(self, node: ast.expr, world: World) -> bool:
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                value = world.get(part.id)
                if isinstance(value, Unknown) and value.origin:
                    return True
            elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part is not node:
                if self._reads_origin(part, part.func.attr, world):
                    return True
            elif _is_origin_by_itself(part):
                return True
        return False


_HOW: Final[dict[type[ast.expr], Callable[[Expressions, Any, World], list[Outcome]]]] = {
    ast.Constant: Expressions._constant,
    ast.Name: Expressions._name,
    ast.Attribute: Expressions._attribute,
    ast.Subscript: Expressions._subscript,
    ast.List: Expressions._several,
    ast.Tuple: Expressions._several,
    ast.Set: Expressions._several,
    ast.Dict: Expressions._table,
    ast.ListComp: Expressions._comprehension,
    ast.SetComp: Expressions._comprehension,
    ast.GeneratorExp: Expressions._comprehension,
    ast.JoinedStr: Expressions._joined_string,
    ast.IfExp: Expressions._choice,
    ast.BoolOp: Expressions._bool_op,
    ast.UnaryOp: Expressions._not,
    ast.Compare: Expressions._compare,
    ast.BinOp: Expressions._binary,
    ast.NamedExpr: Expressions._walrus,
    ast.Await: Expressions._inner,
    ast.Starred: Expressions._inner,
    ast.Call: Expressions._call,
}


def _unstarred(part: ast.expr) -> ast.expr:
    return part.value if isinstance(part, ast.Starred) else part


def _unformatted(part: ast.expr) -> ast.expr:
    return part.value if isinstance(part, ast.FormattedValue) else part


def _settled(text: str, world: World) -> list[bool]:
    return [world.assumed[text]] if text in world.assumed else [True, False]


def options_of(held: Held | None) -> list[Value]:
    """Each value that a name may stand for."""
    if isinstance(held, Either):
        return [value for value, _ in held.options]
    return [held] if held is not None else []


def _may_be_lost(held: Held | None) -> bool:
    for value in options_of(held):
        inner = value.elements if isinstance(value, Several) else [value]
        if any(isinstance(each, Unknown) and each.lost for each in inner):
            return True
    return False


def changed(part: ast.AST) -> ast.expr | None:
    """What a part of the program changes in its place."""
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in CHANGING:
        return part.func.value
    if isinstance(part, ast.Subscript | ast.Attribute) and isinstance(part.ctx, ast.Store | ast.Del):
        return part.value
    return part.target if isinstance(part, ast.AugAssign) else None


def _tests_for_none(node: ast.expr) -> bool:
    """`origin is None`, `origin == ""`."""
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Is | ast.Eq):
        return False
    right = node.comparators[0]
    return isinstance(right, ast.Constant) and right.value in (None, "", b"")


def _asks_if_there(node: ast.Compare, right: Value) -> bool:
    return isinstance(node.ops[0], ast.Is | ast.Eq) and isinstance(right, Literal) and right.value in (None, "", b"")


def _is_origin_name(key: Value) -> bool:
    return (text_of(key) or "").lower() in _ORIGIN_NAMES


def _is_origin_attribute(node: ast.Attribute) -> bool:
    """`request.origin`, as Werkzeug has it."""
    around = node.value
    last = around.attr if isinstance(around, ast.Attribute) else getattr(around, "id", "")
    return node.attr == "origin" and last in ("request", "req")


def _is_origin_by_itself(part: ast.AST) -> bool:
    if isinstance(part, ast.Attribute):
        return _is_origin_attribute(part)
    return isinstance(part, ast.Compare) and _compares_header_name(part)


def _compares_header_name(node: ast.Compare) -> bool:
    right = node.comparators[0]
    return isinstance(right, ast.Constant) and right.value in (b"origin", b"Origin")


def _find_origin_in_loop(node: ast.expr, holds: bool, world: World) -> None:
    """`for name, value in scope["headers"]: if name == b"origin":` makes `value` the origin."""
    if not holds or not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq):
        return
    right = node.comparators[0]
    names = [part.id for part in ast.walk(node.left) if isinstance(part, ast.Name)]
    content = right.value if isinstance(right, ast.Constant) else None
    spoken = content.decode("latin-1") if isinstance(content, bytes) else content
    if isinstance(spoken, str) and spoken.lower() == "origin":
        for name in names:
            if name in world.pairs:
                of_value = world.pairs[name]
                written = ast.copy_location(ast.Name(of_value, ast.Load()), node)
                world.give(of_value, Unknown(written, IS_ORIGIN))


def _entry(table: Dictionary, key: Value) -> Value | None:
    """What stands under a key; the last one counts. None if that cannot be told."""
    wanted = text_of(key)
    for name, value in reversed(table.entries):
        if not isinstance(name, Literal):
            return None
        if wanted is not None and text_of(name) == wanted:
            return value
    return None


def _element(held: Value, key: Value) -> Value | None:
    index = key.value if isinstance(key, Literal) else None
    if not isinstance(held, Several) or not isinstance(index, int):
        return None
    plain_ones = not any(isinstance(element, Unknown) for element in held.elements)
    inside = -len(held.elements) <= index < len(held.elements)
    return held.elements[index] if plain_ones and inside else None


def spread(value: Value) -> list[Value]:
    """What `*value` puts into a list."""
    value = iterated(value)
    return list(value.elements) if isinstance(value, Several) else [value]


def entries(value: Value) -> list[tuple[Value, Value]]:
    """What `**value` puts into a dictionary."""
    return list(value.entries) if isinstance(value, Dictionary) else [(value, value)]


def named(keywords: Iterable[tuple[ast.keyword, Value]]) -> list[tuple[Value, Value]]:
    """What keywords put into a dictionary."""
    found: list[tuple[Value, Value]] = []
    for word, value in keywords:
        found += [(Literal(word.arg, word.value), value)] if word.arg is not None else entries(value)
    return found


# What is put together from others doubles with each line, if nobody stops it.


def several(elements: Sequence[Value], node: ast.expr) -> Several | None:
    """A list that is put together; None if it is too long."""
    return Several(tuple(elements), node) if len(elements) <= _MAX_ELEMENTS else None


def dictionary(pairs: Sequence[tuple[Value, Value]], node: ast.expr) -> Dictionary | None:
    """A dictionary that is put together; None if it is too long."""
    return Dictionary(tuple(pairs), node) if len(pairs) <= _MAX_ELEMENTS else None


def _formatted(value: Value) -> str | None:
    content = value.value if isinstance(value, Literal) else None
    return str(content) if isinstance(content, str | int) else None


def _fits(texts: Iterable[str]) -> bool:
    return sum(len(text) for text in texts) <= _MAX_CHARACTERS


def _sum(node: ast.BinOp, left: Value, right: Value) -> Value | None:
    if isinstance(node.op, ast.BitOr) and isinstance(left, Dictionary) and isinstance(right, Dictionary):
        return dictionary([*left.entries, *right.entries], node)
    if not isinstance(node.op, ast.Add):
        return None
    one, other = text_of(left), text_of(right)
    if one is not None and other is not None and _fits([one, other]):
        return Literal(one + other, node)
    if isinstance(left, Several) or isinstance(right, Several):
        return several([*spread(left), *spread(right)], node)
    return None


def _compared(operator: type[ast.cmpop], left: Value, right: Value) -> bool | None:
    """What a comparison of values that are known comes to."""
    if operator in (ast.Is, ast.IsNot):
        return _is_none(operator, left, right)
    compare = _COMPARISONS.get(operator)
    if compare is None:
        return None
    contains = operator in (ast.In, ast.NotIn)
    if contains and isinstance(right, Several) and any(_same(left, element) for element in right.elements):
        return operator is ast.In
    if contains and isinstance(right, Dictionary) and any(_same(left, key) for key, _ in right.entries):
        return operator is ast.In
    try:
        return compare(plain(left), plain(right))
    except (NotPlain, TypeError):
        return None


def _same(one: Value, other: Value) -> bool:
    return isinstance(one, Literal) and isinstance(other, Literal) and one.value == other.value


def _is_none(operator: type[ast.cmpop], left: Value, right: Value) -> bool | None:
    wanted = isinstance(right, Literal) and right.value is None
    if not wanted or isinstance(left, Unknown | Dotted):
        return None
    is_none = isinstance(left, Literal) and left.value is None
    return is_none is (operator is ast.Is)


def _converted(name: str, value: Value, node: ast.Call) -> Value | None:
    """What `list(value)` and its likes make."""
    value = iterated(value)
    if name in _COLLECTIONS and isinstance(value, Several):
        return replace(value, node=node)
    if name == "str" and isinstance(value, Unknown) and value.origin == IS_ORIGIN:
        return value
    if name == "str" and isinstance(value, Literal):
        return Literal(str(value.value), node)
    known = truth(value) if name in ("bool", "any") else None
    return Literal(known, node) if known is not None and name == "bool" else None


def _compiled(value: Value, node: ast.Call) -> Value | None:
    """A regular expression is the same to a policy, compiled or not."""
    pattern = text_of(value)
    if pattern is None:
        return None
    flags = [*node.args[1:], *(word.value for word in node.keywords)]
    if not flags:
        return value
    ignores_case = all(ast.unparse(flag) in ("re.I", "re.IGNORECASE", "I", "IGNORECASE") for flag in flags)
    return Literal(f"(?i){pattern}", node) if ignores_case else None


def _loaded(value: Value, node: ast.Call) -> Value | None:
    text = text_of(value)
    if text is None or len(text) > _MAX_CHARACTERS:
        return None
    try:
        return _from_json(parse_json(text), node)
    except ValueError:
        return None


def _from_json(content: Any, node: ast.Call) -> Value | None:
    if isinstance(content, list):
        elements = [_from_json(each, node) or Unknown(node) for each in content]
        return several(elements, node)
    if isinstance(content, dict):
        return None
    return Literal(content, node)


def _imported(value: Value, node: ast.Call) -> Value | None:
    name = text_of(value)
    return Dotted(name, node) if name else None


def _cast(value: Value, node: ast.Call) -> Value | None:
    return value


_BY_NAME: Final[dict[str, Callable[[Value, ast.Call], Value | None]]] = {
    "re.compile": _compiled,
    "json.loads": _loaded,
    "importlib.import_module": _imported,
    "import_module": _imported,
    "typing.cast": _cast,
}


def _method_result(method: str, held: Value, arguments: Sequence[Value], node: ast.Call) -> Value | None:
    if isinstance(held, Dictionary) and method == "get" and arguments:
        return _entry(held, arguments[0])
    if isinstance(held, Several | Dictionary) and method == "copy":
        return replace(held, node=node)
    if not isinstance(held, Literal) or not isinstance(held.value, str | bytes):
        return None
    if method in ("encode", "decode"):
        return held
    texts = [text_of(argument) for argument in arguments]
    text, known = text_of(held), [each for each in texts if each is not None]
    if text is None or len(known) != len(texts):
        return _string_join(held, arguments, node) if method == "join" else None
    if method == "split" and len(known) <= 1 and known != [""]:
        separator = known[0] if known else None
        return several([Literal(part, node) for part in text.split(separator)], node)
    if method in _STRING_METHODS and len(known) <= 1:
        needs_one = method.startswith("remove") or method.endswith("swith")
        return Literal(_STRING_METHODS[method](text, *known), node) if known or not needs_one else None
    return None


def _string_join(held: Literal, arguments: Sequence[Value], node: ast.Call) -> Value | None:
    joined = arguments[0] if len(arguments) == 1 else None
    if not isinstance(joined, Several):
        return None
    texts = [text_of(element) for element in joined.elements]
    known = [text for text in texts if text is not None]
    glue = text_of(held) or ""
    if len(known) != len(texts) or not _fits([*known, glue * len(known)]):
        return None
    return Literal(glue.join(known), node)


def _changed(held: Several | Dictionary, call: ast.Call, method: str, values: Sequence[Value]) -> Value | None:
    """A list or a dictionary after a method of it; None if that cannot be told."""
    arguments = list(values[: len(call.args)])
    if isinstance(held, Several):
        return _changed_list(held, method, arguments)
    keywords = list(zip(call.keywords, values[len(arguments) :], strict=True))
    return _changed_table(held, method, arguments, keywords)


def _changed_list(held: Several, method: str, arguments: Sequence[Value]) -> Value | None:
    more: list[Value] = []
    if method in ("append", "add", "insert") and arguments:
        more = [arguments[-1]]
    elif method in ("extend", "update"):
        for argument in arguments:
            more += spread(argument)
    elif method != "clear":
        return None
    kept = () if method == "clear" else held.elements
    fits = len(kept) + len(more) <= _MAX_ELEMENTS
    return replace(held, elements=(*kept, *more)) if fits else None


def _changed_table(
    held: Dictionary, method: str, arguments: Sequence[Value], keywords: Sequence[tuple[ast.keyword, Value]]
) -> Value | None:
    if method == "setdefault" and len(arguments) == 2:
        return with_entries(held, [], before=[(arguments[0], arguments[1])])
    if method != "update":
        return None
    more: list[tuple[Value, Value]] = []
    for argument in arguments:
        more += entries(argument)
    return with_entries(held, [*more, *named(keywords)])


def with_entries(
    held: Dictionary, more: Sequence[tuple[Value, Value]], before: Sequence[tuple[Value, Value]] = ()
) -> Dictionary | None:
    """The same dictionary with more in it; None if it is too long. The last entry of a key counts."""
    fits = len(held.entries) + len(more) <= _MAX_ELEMENTS
    return replace(held, entries=(*before, *held.entries, *more)) if fits else None
