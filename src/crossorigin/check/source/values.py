"""What an expression of a Python program may be worth, as far as its text says.

Here belong the shapes of values, and what is true of each alone. Not here: finding the value of an expression
(`expressions`).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sized
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

# How a value has to do with the `Origin` header of the request: it is that header, or it was made from it.
IS_ORIGIN: Final = "is"
FROM_ORIGIN: Final = "from"

# Which object of several that one expression makes, such as that of a function's second call. Equal values are the
# same to a policy, whichever object they are; a change of an object is seen under each of its names.
Made: TypeAlias = tuple[object, ...]
Key: TypeAlias = tuple[ast.AST, Made]
_FIRST: Final[Made] = ()


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, bytes, a number, a boolean or None."""

    value: object
    node: ast.expr


@dataclass(frozen=True, slots=True)
class Member:
    """The `value` of a Literal that is a member of a plain Enum, which is no string, whatever `content` is."""

    name: str
    content: Value

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Several:
    """A list, a tuple or a set. An element that is Unknown may stand for any number of elements."""

    elements: tuple[Value, ...]
    node: ast.expr
    made: Made = field(default=_FIRST, compare=False)


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A dictionary. A key that is not a Literal stands for what `**` merges into it."""

    entries: tuple[tuple[Value, Value], ...]
    node: ast.expr
    made: Made = field(default=_FIRST, compare=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that the program has only when it runs. `origin` is one of the constants above, or empty.

    `lost` is whether the file says the value, and changes it in a way that is not followed; `asked` is whether it was
    made from other parts of the request, so that whoever sends it decides.
    """

    node: ast.expr
    origin: str = ""
    lost: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Dotted:
    """What a name stands for that this file does not define: `starlette.middleware.cors.CORSMiddleware`, `list`."""

    name: str
    node: ast.expr

    @property
    def last(self) -> str:
        """The name without its modules."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of this file, and the names around it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    names: Mapping[str, Held] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Class:
    """A class of this file, what it inherits from, and the names of its body.

    `given` are the attributes that got a value after the body, the last one first; `given_later` are those that
    methods give to `self`.
    """

    node: ast.ClassDef
    bases: tuple[Value, ...]
    names: Mapping[str, Held] = field(compare=False, repr=False)
    given: tuple[tuple[str, Value], ...] = ()
    given_later: frozenset[str] = frozenset()

    def part(self, name: str) -> Held | None:
        """What an attribute stands for; None if the class says nothing of it."""
        held = self._part(name)
        if isinstance(held, Literal) and self._is_plain_enum:
            return Literal(Member(f"{self.node.name}.{name}", held), held.node)
        return held

    @property
    def members(self) -> tuple[Value, ...]:
        """What a loop over the class gives: nothing that is known, if it is no Enum."""
        if not any(_is_enum(base) for base in self.bases):
            return ()
        held = [self.part(name) for name in self.names if not name.startswith("_")]
        return tuple(value for value in held if isinstance(value, Literal))

    @property
    def _is_plain_enum(self) -> bool:
        names = {base.last for base in self.bases if isinstance(base, Dotted)}
        return "Enum" in names and "str" not in names

    def _part(self, name: str) -> Held | None:
        return next((value for other, value in self.given if other == name), self.names.get(name))


@dataclass(frozen=True, slots=True)
class Instance:
    """`self` in a method of a class, and the attributes that it got."""

    of: Class
    given: tuple[tuple[str, Value], ...] = ()

    @property
    def node(self) -> ast.ClassDef:
        """Where its class stands."""
        return self.of.node

    def part(self, name: str) -> Value | None:
        """What an attribute of its own stands for."""
        return next((value for other, value in self.given if other == name), None)


@dataclass(frozen=True, slots=True)
class Prepared:
    """`functools.partial(what, …)`."""

    what: Value
    call: ast.Call

    @property
    def node(self) -> ast.expr:
        """Where it stands."""
        return self.call


@dataclass(frozen=True, slots=True)
class Either:
    """One of several values, each with the conditions under which it is the one."""

    options: tuple[tuple[Value, tuple[tuple[str, bool], ...]], ...]


Value: TypeAlias = Literal | Several | Dictionary | Unknown | Dotted | Function | Class | Instance | Prepared
# What a name stands for. An expression has one value, and a way of its own for each.
Held: TypeAlias = Value | Either


def _is_enum(base: Value) -> bool:
    return isinstance(base, Dotted) and base.last in ("Enum", "StrEnum")


def iterated(value: Value) -> Value:
    """What a loop goes through: of an Enum, its members."""
    members = value.members if isinstance(value, Class) else ()
    return Several(members, written_at(value.node)) if members else value


def written_at(node: ast.AST) -> ast.expr:
    """An expression at the place of something that may be none."""
    return node if isinstance(node, ast.expr) else ast.copy_location(ast.Name("", ast.Load()), node)


def key_of(value: Held | None) -> Key | None:
    """Which object a value is, if it is one that can be changed in its place."""
    if isinstance(value, Several | Dictionary):
        return value.node, value.made
    if isinstance(value, Class):
        return value.node, ()
    return (value.node, ("self",)) if isinstance(value, Instance) else None


def truth(value: Value) -> bool | None:
    """Whether a value is true in a condition; None if only the run can tell."""
    if isinstance(value, Unknown | Dotted):
        return None
    if isinstance(value, Literal):
        return bool(value.value)
    if isinstance(value, Several):
        certain = [element for element in value.elements if not isinstance(element, Unknown)]
        return _truth_of(certain, value.elements)
    if isinstance(value, Dictionary):
        certain = [key for key, _ in value.entries if isinstance(key, Literal)]
        return _truth_of(certain, value.entries)
    return True


def _truth_of(certain: Sized, parts: Sized) -> bool | None:
    """Whether a collection has an element. A part that only the run knows may stand for none."""
    if certain:
        return True
    return None if parts else False


class NotPlain(Exception):
    """A part of the value is known only when the program runs."""


def plain(value: Value) -> Any:
    """The Python object that a value is. Raises NotPlain."""
    if isinstance(value, Literal):
        return value.value
    if isinstance(value, Several):
        return [plain(element) for element in value.elements]
    if isinstance(value, Dictionary):
        return {plain(key): plain(entry) for key, entry in value.entries}
    raise NotPlain


def text_of(value: Value) -> str | None:
    """The string that a value is, from bytes too; None for everything else."""
    content = value.value if isinstance(value, Literal) else None
    if isinstance(content, bytes):
        return content.decode("latin-1")
    return content if isinstance(content, str) else None
