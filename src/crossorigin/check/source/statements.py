"""A file of Python, followed statement by statement: what names stand for, and where CORS is spoken of.

Here belongs which statements come after which: branches, loops, functions, classes, imports. The body of a function is
followed once for itself, after the module, and once for each call in the file. Not here: what an expression is worth
(`expressions`), and what a call or a header means (`calls`, `headers`): a `Listener` is told of them.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from ...report.errors import CannotRun
from .expressions import Expressions, Outcome, named, spread, with_entries
from .relevance import Relevance
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
    Key,
    Literal,
    Several,
    Unknown,
    Value,
    iterated,
    text_of,
    truth,
    written_at,
)
from .world import MAX_WAYS, Guard, World, joined, made_one

_MAX_CALLS: Final = 3  # functions that call one another
_MAX_ROUNDS: Final = 50  # of a loop over a list that is known
_MAX_STEPS: Final = 100_000
_NAMES_A_STEP: Final = 10  # are copied in the time of one
_ENDS: Final = ast.Return | ast.Raise | ast.Break | ast.Continue


class Listener(Protocol):
    """What wants to know about CORS."""

    def expression(self, node: ast.expr, world: World, inside: Class | None) -> None:
        """An expression that the program evaluates."""

    def assigned(self, target: ast.Subscript, value: Value, world: World) -> None:
        """`target = value`."""

    def put(self, target: ast.Attribute, value: Value, world: World) -> None:
        """`target = value` of an attribute."""

    def deleted(self, target: ast.Subscript, world: World) -> None:
        """`del target`."""

    def defined(self, made: Class, world: World) -> None:
        """A class of the file."""

    def ended(self, world: World) -> None:
        """A way through a function, or through the file, comes to its end."""


@dataclass(slots=True)
class _Loop:
    """The ways that leave one round of a loop early."""

    broken: list[World] = field(default_factory=list)
    continued: list[World] = field(default_factory=list)


@dataclass(slots=True)
class _Frame:
    """One body that is followed: what it returns, and the loops that it is in."""

    returned: list[Outcome] = field(default_factory=list)
    loops: list[_Loop] = field(default_factory=list)
    outside: frozenset[str] = frozenset()  # names that are declared `global` or `nonlocal`


@dataclass(frozen=True, slots=True)
class _Later:
    """A function to follow for itself once the module has been: its class, and the names and objects around it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    inside: Class | None
    names: Mapping[str, Held]
    objects: Mapping[Key, Held]

    @property
    def on(self) -> Value | None:
        """What a method is called on."""
        return Instance(self.inside) if self.inside is not None else None


@dataclass(slots=True)
class Changes:
    """What functions change that the module does not call: nobody knows when. Lists by the functions, too."""

    objects: dict[Key, set[ast.AST]] = field(default_factory=dict)
    attributes: set[tuple[ast.AST, str]] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.objects or self.attributes or self.names)

    def add(self, function: ast.AST, start: Mapping[Key, Held], end: World) -> None:
        """What one function has changed on one way through it."""
        self.names |= end.exported
        for key, held in end.objects.items():
            if isinstance(held, Class):
                before = start.get(key)
                known = before.given if isinstance(before, Class) else ()
                self.attributes |= {(key[0], pair[0]) for pair in held.given if pair not in known}
            elif start.get(key) != held and not isinstance(held, Instance):
                self.objects.setdefault(key, set()).add(function)


class Program:
    """One file, followed from its first line to its last."""

    def __init__(self, tree: ast.Module, listen: Callable[[Expressions], Listener], changes: Changes) -> None:
        self._tree = tree
        self._changes = changes
        self.found = Changes()
        self._reached: set[ast.AST] = set()  # functions that the module calls
        self._entered: ast.AST | None = None
        self._left = _MAX_STEPS
        self._expressions = Expressions(self._spend, self._call)
        self._listener = listen(self._expressions)
        self._frames = [_Frame()]
        self._inside: Class | None = None
        self._relevance = Relevance(tree)
        self._later: list[_Later] = []
        self._calls: list[ast.AST] = []

    def follow(self) -> None:
        """From the first statement to the last. Raises CannotRun if there are too many."""
        start = World({}, {})
        start.objects = {key: Unknown(written_at(key[0]), lost=True) for key in self._changes.objects}
        ends = self._run(self._tree.body, [start])
        functions = self._later
        for module in ends or [World({}, {})]:
            self._listener.ended(module)
            # What one method gives to `self`, another one reads.
            waiting = sorted(functions, key=lambda later: not _given_to_self(later.node))
            while waiting:
                self._later = []
                self._enter(waiting.pop(0), module)
                waiting += self._later

    def _enter(self, later: _Later, module: World) -> None:
        """Follows the body of a function for itself."""
        self._spend(len(module.names) + len(later.names))
        world = World({}, {**module.names, **later.names})
        world.assumed = dict(module.assumed)
        theirs = {key for key, changing in self._changes.objects.items() if changing == {later.node}}
        around = {**module.objects, **later.objects}
        world.objects = {key: held for key, held in around.items() if key not in theirs}
        world.names.update(self._parameters(later.node, _receives(later.node, later.on)))
        before, self._inside, self._entered = self._inside, later.inside, later.node
        start = dict(world.objects)
        for _, end in self._body(later.node, world):
            self._listener.ended(end)
            if later.node not in self._reached:
                self.found.add(later.node, start, end)
        self._inside, self._entered = before, None

    def _body(self, node: ast.FunctionDef | ast.AsyncFunctionDef, world: World) -> list[Outcome]:
        """What a function returns, None if it does not."""
        declared = [part.names for part in ast.walk(node) if isinstance(part, ast.Global | ast.Nonlocal)]
        self._frames.append(_Frame(outside=frozenset().union(*declared)))
        ends = self._run(node.body, [world])
        returned = self._frames.pop().returned
        nothing = ast.copy_location(ast.Constant(None), node.body[-1])
        return [*returned, *((Literal(None, nothing), end) for end in ends)]

    def _spend(self, amount: int) -> None:
        self._left -= amount
        if self._left < 0:
            raise CannotRun(f"it takes more than {_MAX_STEPS:,} steps to follow")

    # -- calls of functions of the file ---------------------------------------------------------------

    def _call(self, function: Function, call: ast.Call, receiver: Value | None, world: World) -> list[Outcome]:
        """What a function of the file gives for these arguments."""
        node = function.node
        method = isinstance(receiver, Instance)  # most of which have nothing to do with CORS
        passed_over = method and not (self._relevance.speaks(node) or self._relevance.changes(node))
        if node in self._calls or len(self._calls) >= _MAX_CALLS or passed_over or _yields(node):
            return [self._not_called(call, world)]
        bound = _receives(node, receiver)
        words = [word.value for word in call.keywords]
        found: list[Outcome] = []
        for values, after in self._expressions.evaluate_all([*call.args, *words], world):
            given = _given(node, call, values, bound)
            if given is None:
                found.append(self._not_called(call, after))
                continue
            before = self._expressions.context
            self._expressions.context = (*before, call)
            found += self._called(function, given, after)
            self._expressions.context = before
        return found

    def _not_called(self, call: ast.Call, world: World) -> Outcome:
        after = self._expressions.not_followed(call, world)
        return self._expressions.unknown(call, after), after

    def _called(self, function: Function, given: Mapping[str, Value], world: World) -> list[Outcome]:
        outer = world.outer if len(self._frames) > 1 else world.names
        self._spend(len(outer) // _NAMES_A_STEP)
        inner = World({}, {**outer, **function.names})
        inner.assumed, inner.guards = dict(world.assumed), world.guards
        inner.objects = dict(world.objects)
        inner.without_origin = world.without_origin
        inner.names.update(self._parameters(function.node, given))
        before, self._inside = self._inside, None
        if self._entered is None:
            self._reached.add(function.node)
        self._calls.append(function.node)
        returned = self._body(function.node, inner)
        self._calls.pop()
        self._inside = before
        found: list[Outcome] = []
        for value, end in returned:
            self._listener.ended(end)
            after = world.fork()
            after.assumed, after.guards = end.assumed, end.guards
            after.former = {**after.former, **end.former}
            after.without_origin = end.without_origin
            after.objects = end.objects
            for name in end.exported:
                self._export(name, end, after)
            found.append((value, after))
        return found

    def _export(self, name: str, end: World, world: World) -> None:
        """A function has given a value to a name outside it."""
        world.give(name, end.names[name])
        if len(self._frames) > 1:
            world.exported |= {name}

    def _parameters(self, node: ast.FunctionDef | ast.AsyncFunctionDef, given: Mapping[str, Value]) -> dict[str, Held]:
        """What the parameters stand for: what is given, or something that only the run knows."""
        arguments = node.args
        parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        defaults = [None] * (len(parameters) - len(arguments.kwonlyargs) - len(arguments.defaults))
        values = dict(zip(parameters, [*defaults, *arguments.defaults, *arguments.kw_defaults], strict=True))
        names: dict[str, Held] = {}
        for parameter in parameters:
            default = values[parameter]
            if parameter.arg in given:
                names[parameter.arg] = given[parameter.arg]
            elif given and default is not None:
                names[parameter.arg] = self._default(default)
            else:
                names[parameter.arg] = self._not_given(parameter, default)
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None:
                names[rest.arg] = given.get(rest.arg) or _parameter(rest, None)
        return names

    def _not_given(self, parameter: ast.arg, default: ast.expr | None) -> Held:
        """A parameter of a function that is followed for itself: what a caller gives, or the default."""
        unknown = _parameter(parameter, default)
        usual = self._default(default) if default is not None else unknown
        if not truth(usual) or not (text_of(usual) or isinstance(usual, Several)):
            return unknown
        given = f"{parameter.arg} is given"
        return Either(((unknown, ((given, True),)), (usual, ((given, False),))))

    def _default(self, written: ast.expr) -> Value:
        """The value of a default, which hangs on nothing that is known here."""
        outcomes = self._expressions.evaluate(written, World({}, {}))
        return outcomes[0][0] if len(outcomes) == 1 else Unknown(written)

    # -- statements -----------------------------------------------------------------------------------

    def _run(self, statements: Sequence[ast.stmt], worlds: list[World]) -> list[World]:
        """The ways that go on after these statements."""
        for statement in statements:
            if not self._relevance.counts(statement) and not isinstance(statement, _ENDS):
                continue
            after: list[World] = []
            for world in worlds:
                after += self._step(statement, world)
            worlds = self._few(after)
            if not worlds:
                break
        return worlds

    def _few(self, worlds: Iterable[World]) -> list[World]:
        found = joined(worlds)
        if len(found) <= MAX_WAYS:
            return found
        for world in found:
            self._listener.ended(world)
        return [made_one(found)]

    def _step(self, statement: ast.stmt, world: World) -> list[World]:
        self._spend(1)
        for child in ast.iter_child_nodes(statement):
            if isinstance(child, ast.expr):
                self._listener.expression(child, world, self._inside)
        how = _STEPS.get(type(statement))
        return how(self, statement, world) if how else [world]

    def _expression(self, node: ast.Expr, world: World) -> list[World]:
        ends: list[World] = []
        for _, after in self._expressions.evaluate(node.value, world):
            ends.append(after)
        return ends

    def _assign(self, node: ast.Assign, world: World) -> list[World]:
        ends = []
        for value, after in self._expressions.evaluate(node.value, world):
            for target in node.targets:
                self._bind(target, value, after)
            ends.append(after)
        return ends

    def _annotated(self, node: ast.AnnAssign, world: World) -> list[World]:
        if node.value is None:
            return [world]
        return self._assign(ast.copy_location(ast.Assign([node.target], node.value), node), world)

    def _augmented(self, node: ast.AugAssign, world: World) -> list[World]:
        """`a += b`. A list or a dictionary stays the same object, whatever its names are; a tuple does not."""
        both = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
        ends: list[World] = []
        for held, before in self._expressions.evaluate(node.target, world):
            if not isinstance(held, Several | Dictionary) or isinstance(held.node, ast.Tuple):
                return self._assign(ast.copy_location(ast.Assign([node.target], both), node), world)
            for value, after in self._expressions.evaluate(both, before):
                way = after.fork()
                if isinstance(value, Several | Dictionary):
                    way.change(held, replace(value, node=held.node, made=held.made))
                else:
                    way.lose(held, node.target)
                ends.append(way)
        return ends

    def _bind(self, target: ast.expr, value: Value, world: World) -> None:
        if isinstance(target, ast.Name):
            if len(self._frames) == 1 and target.id in self._changes.names and not isinstance(value, Unknown):
                value = Unknown(target, lost=True)
            world.give(target.id, value)
            if target.id in self._frames[-1].outside:
                world.exported |= {target.id}
        elif isinstance(target, ast.Tuple | ast.List):
            elements = value.elements if isinstance(value, Several) else ()
            whole = len(elements) == len(target.elts) and not any(isinstance(each, Unknown) for each in elements)
            for number, inner in enumerate(target.elts):
                part = elements[number] if whole else self._part_of(value, inner, world)
                self._bind(inner, part, world)
        elif isinstance(target, ast.Starred):
            self._bind(target.value, self._part_of(value, target.value, world), world)
        elif isinstance(target, ast.Subscript):
            self._put(target, value, world)
            self._listener.assigned(target, value, world)
        else:
            assert isinstance(target, ast.Attribute)  # Python has no other targets
            self._put_attribute(target, value, world)
            self._listener.put(target, value, world)

    def _part_of(self, value: Value, target: ast.expr, world: World) -> Unknown:
        """A part of a value that is not known: what the value was made from, the part was, too."""
        if not isinstance(value, Unknown):
            return self._expressions.unknown(target, world)
        origin = FROM_ORIGIN if value.origin else ""
        return replace(value, node=target, origin=origin)

    def _put(self, target: ast.Subscript, value: Value, world: World) -> None:
        """`settings["allow_origins"] = …` of a dictionary that is known."""
        keys = self._expressions.evaluate(target.slice, world)
        key = keys[0][0] if len(keys) == 1 else Unknown(target.slice)
        for held, _ in self._expressions.evaluate(target.value, world):
            changed = with_entries(held, [(key, value)]) if isinstance(held, Dictionary) else None
            if changed is not None:
                world.change(held, changed)
            else:
                self._forget(target, world)

    def _put_attribute(self, target: ast.Attribute, value: Value, world: World) -> None:
        """`Settings.ORIGINS = …` of a class of the file, or of `self`."""
        for held, _ in self._expressions.evaluate(target.value, world):
            if isinstance(held, Class | Instance):
                self._spend(len(held.given))
                world.change(held, _with_attribute(held, target.attr, value))
                if isinstance(held, Instance):
                    self._expressions.give_to_self(held, target.attr, value, world)
            else:
                self._forget(target, world)

    def _forget(self, target: ast.expr, world: World) -> None:
        """Something changes inside a list, a dictionary or a class: only the run knows what it is now."""
        for value, receiver in self._expressions.changed_in(target, world):
            world.lose(value, receiver)
        inner = target.value if isinstance(target, ast.Attribute) else None
        if isinstance(inner, ast.Attribute):
            for held, _ in self._expressions.evaluate(inner.value, world):
                if isinstance(held, Class | Instance):
                    world.change(held, _with_attribute(held, inner.attr, Unknown(inner, lost=True)))

    def _delete(self, node: ast.Delete, world: World) -> list[World]:
        for target in node.targets:
            self._forget(target, world)
            if isinstance(target, ast.Subscript):
                self._listener.deleted(target, world)
        return [world]

    # -- branches and loops ---------------------------------------------------------------------------

    def _if(self, node: ast.If, world: World) -> list[World]:
        ends: list[World] = []
        for holds, after in self._expressions.assume(node.test, world):
            chosen = node.body if holds else node.orelse
            ends += self._run(chosen, [after])
        return ends

    def _for(self, node: ast.For | ast.AsyncFor, world: World) -> list[World]:
        ends: list[World] = []
        for source, before in self._expressions.evaluate(node.iter, world):
            ends += self._rounds(node, iterated(source), before)
        return self._few(ends)

    def _rounds(self, node: ast.For | ast.AsyncFor, source: Value, world: World) -> list[World]:
        """A loop over a value that is known, round by round; over another, one round."""
        known = isinstance(source, Several) and 0 < len(source.elements) <= _MAX_ROUNDS
        rounds = source.elements if known and isinstance(source, Several) else (None,)
        if isinstance(node.target, ast.Tuple) and len(node.target.elts) == 2:
            name, value = node.target.elts
            if (
                isinstance(name, ast.Name)
                and isinstance(value, ast.Name)
                and "header" in ast.unparse(node.iter).lower()
            ):
                world.pairs[name.id] = value.id
        worlds, broken = [world], []
        before = self._expressions.context
        for number, element in enumerate(rounds):
            self._expressions.context = (*before, number)
            for each in worlds:
                self._bind(node.target, element or self._expressions.unknown(node.iter, each), each)
            worlds, out = self._loop(node.body, worlds)
            broken += out
        self._expressions.context = before
        return [*self._run(node.orelse, worlds), *broken]

    def _while(self, node: ast.While, world: World) -> list[World]:
        """One round, if there may be one, after which the condition is as it may be."""
        ends: list[World] = []
        for holds, after in self._expressions.assume(node.test, world):
            if not holds:
                ends += self._run(node.orelse, [after])
                continue
            rounds, broken = self._loop(node.body, [after])
            ends += [*self._run(node.orelse, rounds), *broken]
        return self._few(ends)

    def _loop(self, body: Sequence[ast.stmt], worlds: list[World]) -> tuple[list[World], list[World]]:
        """One round: the ways that go on, and those that left the loop."""
        loops = self._frames[-1].loops
        loops.append(_Loop())
        ends = self._run(body, worlds)
        loop = loops.pop()
        return self._few([*ends, *loop.continued]), loop.broken

    def _leave(self, node: ast.Break | ast.Continue, world: World) -> list[World]:
        loops = self._frames[-1].loops
        if loops:
            ways = loops[-1].broken if isinstance(node, ast.Break) else loops[-1].continued
            ways.append(world)
        return []

    def _try(self, node: ast.Try | ast.TryStar, world: World) -> list[World]:
        handled: list[World] = []
        for handler in node.handlers:
            handled += self._run(handler.body, [world.fork()])
        ends = self._run(node.orelse, self._run(node.body, [world]))
        return self._run(node.finalbody, self._few([*ends, *handled]))

    def _with(self, node: ast.With | ast.AsyncWith, world: World) -> list[World]:
        for item in node.items:
            self._listener.expression(item.context_expr, world, self._inside)
            if item.optional_vars is not None:
                self._bind(item.optional_vars, self._expressions.unknown(item.context_expr, world), world)
        return self._run(node.body, [world])

    def _match(self, node: ast.Match, world: World) -> list[World]:
        ends: list[World] = []
        for subject, before in self._expressions.evaluate(node.subject, world):
            way = before
            if isinstance(subject, Unknown) and subject.origin:
                way = before.fork()
                way.guards = (*way.guards, Guard(f"match {ast.unparse(node.subject)}", True, None))
            for case in node.cases:
                ends += self._run(case.body, [way.fork()])
            ends.append(way)
        return ends

    def _return(self, node: ast.Return, world: World) -> list[World]:
        value = node.value or ast.copy_location(ast.Constant(None), node)
        self._frames[-1].returned += self._expressions.evaluate(value, world)
        return []

    def _raise(self, node: ast.Raise, world: World) -> list[World]:
        return []

    # -- definitions and imports ----------------------------------------------------------------------

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, world: World) -> list[World]:
        for default in [*node.args.defaults, *(each for each in node.args.kw_defaults if each is not None)]:
            self._listener.expression(default, world, self._inside)
        names: dict[str, Held] = {}
        if len(self._frames) > 1:
            self._spend(len(world.outer) + len(world.names))
            names = {**world.outer, **world.names}
        function = Function(node, names)
        world.give(node.name, function)
        objects = dict(world.objects) if names else {}
        later = _Later(node, self._inside, names, objects)
        known = later in self._later
        if (self._relevance.speaks(node) or self._relevance.changes(node)) and not known:
            self._later.append(later)
        return [world]

    def _class(self, node: ast.ClassDef, world: World) -> list[World]:
        bases = tuple(self._expressions.evaluate(base, world)[0][0] for base in node.bases)
        names: dict[str, Held] = {}
        lost = [name for of, name in self._changes.attributes if of is node]
        given = tuple((name, Unknown(written_at(node), lost=True)) for name in lost)
        made = Class(node, bases, names, given, _given_to_self(node))
        before, self._inside = self._inside, made
        body = World({}, {**world.outer, **world.names})
        body.objects = dict(world.objects)
        self._spend(len(body.outer))
        ends = self._run(node.body, [body])
        self._inside = before
        if ends:
            end = made_one(ends)
            names.update(end.names)
            world.objects = end.objects
        world.give(node.name, made)
        self._listener.defined(made, world)
        return [world]

    def _import(self, node: ast.Import, world: World) -> list[World]:
        for alias in node.names:
            name = alias.name if alias.asname else alias.name.partition(".")[0]
            world.give(alias.asname or name, Dotted(name, written_at(node)))
        return [world]

    def _import_from(self, node: ast.ImportFrom, world: World) -> list[World]:
        module = "." * node.level + (node.module or "")
        separator = "" if module.endswith(".") else "."
        for alias in node.names:
            world.give(alias.asname or alias.name, Dotted(f"{module}{separator}{alias.name}", written_at(node)))
        return [world]


_STEPS: Final[dict[type[ast.stmt], Callable[[Program, Any, World], list[World]]]] = {
    ast.Expr: Program._expression,
    ast.Assign: Program._assign,
    ast.AnnAssign: Program._annotated,
    ast.AugAssign: Program._augmented,
    ast.Delete: Program._delete,
    ast.If: Program._if,
    ast.For: Program._for,
    ast.AsyncFor: Program._for,
    ast.While: Program._while,
    ast.Break: Program._leave,
    ast.Continue: Program._leave,
    ast.Try: Program._try,
    ast.TryStar: Program._try,
    ast.With: Program._with,
    ast.AsyncWith: Program._with,
    ast.Match: Program._match,
    ast.Return: Program._return,
    ast.Raise: Program._raise,
    ast.FunctionDef: Program._function,
    ast.AsyncFunctionDef: Program._function,
    ast.ClassDef: Program._class,
    ast.Import: Program._import,
    ast.ImportFrom: Program._import_from,
}


def _receives(node: ast.FunctionDef | ast.AsyncFunctionDef, on: Value | None) -> dict[str, Value]:
    """The first parameter of a method: `self`, or the class. `on` is what it is called on, or the class around it."""
    decorators = {ast.unparse(each) for each in node.decorator_list}
    parameters = [*node.args.posonlyargs, *node.args.args]
    if not parameters or "staticmethod" in decorators:
        return {}
    if "classmethod" in decorators:
        of = on.of if isinstance(on, Instance) else on
        return {parameters[0].arg: of} if isinstance(of, Class) else {}
    return {parameters[0].arg: on} if isinstance(on, Instance) else {}


def _given(
    node: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call, values: Sequence[Value], bound: Mapping[str, Value]
) -> dict[str, Value] | None:
    """What a call gives to each parameter, `*` and `**` included; None if that cannot be told."""
    positional: list[Value] = []
    for written, value in zip(call.args, values, strict=False):
        positional += spread(value) if isinstance(written, ast.Starred) else [value]
        if isinstance(written, ast.Starred) and not _is_certain(value):
            return None
    words = named(zip(call.keywords, values[len(call.args) :], strict=True))
    parameters = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)][len(bound) :]
    known = {*parameters, *(argument.arg for argument in node.args.kwonlyargs)}
    given = dict(zip(parameters, positional, strict=False)) | dict(bound)
    rest: list[tuple[Value, Value]] = []
    for key, value in words:
        name = text_of(key)
        if name is None and known - given.keys():
            return None
        if name in known:
            given[name] = value
        else:
            rest.append((key, value))
    if node.args.vararg is not None and len(positional) > len(parameters):
        given[node.args.vararg.arg] = Several(tuple(positional[len(parameters) :]), call)
    if node.args.kwarg is not None and rest:
        given[node.args.kwarg.arg] = Dictionary(tuple(rest), call)
    return given


def _is_certain(value: Value) -> bool:
    return isinstance(value, Several) and not any(isinstance(each, Unknown) for each in value.elements)


def _given_to_self(node: ast.AST) -> frozenset[str]:
    """The attributes that a method, or the methods of a class, give to `self`."""
    parts = [part for part in ast.walk(node) if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store)]
    return frozenset(part.attr for part in parts if isinstance(part.value, ast.Name) and part.value.id == "self")


def _with_attribute(held: Class | Instance, name: str, value: Value) -> Class | Instance:
    others = [pair for pair in held.given if pair[0] != name]
    return replace(held, given=((name, value), *others))


def _parameter(parameter: ast.arg, default: ast.expr | None) -> Unknown:
    """A parameter. FastAPI gives the request's header to one that is called `origin` and says `Header`."""
    written = ast.copy_location(ast.Name(parameter.arg, ast.Load()), parameter)
    said = [ast.unparse(part) for part in (default, parameter.annotation) if part is not None]
    is_header = parameter.arg == "origin" and any("Header(" in part for part in said)
    origin = IS_ORIGIN if is_header else ""
    return Unknown(written, origin)


def _yields(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Yield | ast.YieldFrom) for part in ast.walk(node))
