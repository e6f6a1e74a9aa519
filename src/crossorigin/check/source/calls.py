"""Calls that take CORS settings: the middleware of Starlette, FastAPI and ours, policies, flask-cors.

Here belongs knowing one when it is met, under whatever name it was imported, and which arguments are its settings.
Not here: what is wrong with settings (`settings`), and headers that are set by hand (`headers`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ...policy.policy import Policy
from ...report.findings import Place, Result, RunTimeValue, not_judged
from . import extensions
from .expressions import Expressions
from .settings import ASK, SAID_MAX, Settings, judge_ours, judge_starlettes, positional
from .values import Class, Dictionary, Dotted, Function, Literal, Prepared, Unknown, Value
from .world import World

STARLETTE, OURS, OTHER = "starlette", "ours", "other"
_STARLETTES: Final = frozenset(
    {"starlette.middleware.cors.CORSMiddleware", "fastapi.middleware.cors.CORSMiddleware", "CORSMiddleware"}
)
_DECIDES: Final = frozenset(
    {"__call__", "is_allowed_origin", "preflight_response", "simple_response", "send", "allow_explicit_origin"}
)
_PRESETS: Final = {
    "public": Policy.public,
    "closed": Policy.closed,
    "development": Policy.development,
    "mcp": Policy.mcp,
    "graphql": Policy.graphql,
}
_ABOUT_CORS: Final = re.compile(r"CORS|Cors(?![a-z])|^cors(_middleware)?$")


class Calls:
    """The calls of one file."""

    def __init__(self, expressions: Expressions, file: Path, shown: str, *, names_it: bool) -> None:
        self._expressions = expressions
        self._names_it = names_it  # whether the file may add Starlette's middleware
        self._unread: dict[ast.Call, list[tuple[Result, World]]] = {}
        self._read: set[ast.Call] = set()
        self.judged: set[ast.Call] = set()
        self.prefixes: set[str] = set()  # of names in `app.config` that are read
        self._file = file
        self._shown = shown

    def look(self, node: ast.Call, world: World, inside: Class | None) -> Iterator[tuple[Result, World]]:
        """What a call says about CORS, on each way."""
        if _is_super_init(node):
            kind = kind_of(inside) if inside is not None else ""
            if kind in (STARLETTE, OURS):
                yield from self._settings(node, node.args[1:], kind, world)
            return
        for callee, after in self._expressions.evaluate(node.func, world):
            yield from self._called(node, callee, after)

    def defined(self, made: Class) -> Iterator[Result]:
        """A class that changes how Starlette's middleware decides."""
        if kind_of(made) != STARLETTE:
            return
        changed = sorted(_DECIDES & _methods(made))
        if changed:
            evidence = f"class {made.node.name} has its own {', '.join(changed)}"
            yield not_judged("unread-code", evidence, place=Place(self._shown, made.node.lineno), remedy=ASK)

    def unread(self) -> Iterator[tuple[Result, World]]:
        """The middleware whose class no call of its function tells, and what no other call has completed."""
        for node, found in self._unread.items():
            if node not in self._read:
                yield from found

    # -- which call it is -----------------------------------------------------------------------------

    def _called(self, node: ast.Call, callee: Value, world: World) -> Iterator[tuple[Result, World]]:
        prepares = isinstance(callee, Dotted) and callee.last == "partial"
        if prepares or _adds(callee) or (isinstance(callee, Dotted) and callee.last == "Middleware"):
            given = _first(node)
            for middleware, after in self._expressions.evaluate(given, world) if given is not None else ():
                yield from self._middleware(node, middleware, node.args[1:], after, wraps=False)
                if self._names_it and not prepares:
                    yield from self._untold(node, middleware, after)
            return
        if isinstance(node.func, ast.Attribute) and node.func.attr == "init_app":
            yield from self._completed(node, node.func.value, world)
        elif isinstance(callee, Dotted):
            yield from self._named(node, callee, world)
        else:
            yield from self._middleware(node, callee, node.args, world, wraps=True)

    def _completed(self, node: ast.Call, prepared: ast.expr, world: World) -> Iterator[tuple[Result, World]]:
        """`cors.init_app(app)`, where `cors` is what `CORS(…)` has given."""
        for value, after in self._expressions.evaluate(prepared, world):
            made = value.node
            callee = self._expressions.evaluate(made.func, after)[0][0] if isinstance(made, ast.Call) else None
            if isinstance(made, ast.Call) and isinstance(callee, Dotted) and callee.name in extensions.EXTENSIONS:
                self._read.add(made)
                self._judges(callee.name, node)
                whole = ast.copy_location(ast.Call(made.func, node.args, [*made.keywords, *node.keywords]), node)
                yield from extensions.judge(callee.name, whole, self._expressions, after, self._shown)

    def _judges(self, extension: str, node: ast.Call) -> None:
        self.judged.add(node)
        prefix = extensions.EXTENSIONS[extension].config
        self.prefixes |= {prefix} if prefix else set()

    def _named(self, node: ast.Call, callee: Dotted, world: World) -> Iterator[tuple[Result, World]]:
        owner, _, method = callee.name.rpartition(".")
        kind = kind_of(Dotted(owner, node.func))
        if method == "__init__" and kind in (STARLETTE, OURS):  # which is given the object, then the app
            yield from self._settings(node, node.args[2:], kind, world)
        elif callee.name in extensions.EXTENSIONS:
            self._judges(callee.name, node)
            found = list(extensions.judge(callee.name, node, self._expressions, world, self._shown))
            if extensions.is_deferred(callee.name, node):
                self._unread[node] = found
            else:
                yield from found
        elif _is_policy(callee.name):
            yield from self._settings(node, [], "Policy", world)
        elif _is_policy(owner) and method in _PRESETS:
            yield from self._settings(node, [], method, world)
        elif _is_policy(owner) and method == "load":
            place = Place(self._shown, node.lineno)
            yield RunTimeValue("policy", ast.unparse(node)[:SAID_MAX], place), world
        else:
            yield from self._middleware(node, callee, node.args, world, wraps=True)

    def _middleware(
        self, node: ast.Call, middleware: Value, arguments: list[ast.expr], world: World, *, wraps: bool
    ) -> Iterator[tuple[Result, World]]:
        kind = kind_of(middleware)
        if kind == OTHER:
            yield from self._other(node, middleware, world)
        elif kind and not (isinstance(middleware, Class) and _own_settings(middleware)):
            # Wrapped around an app by hand, the first argument is the app.
            prepared = middleware.call if isinstance(middleware, Prepared) else None
            rest = arguments[1:] if wraps else arguments
            yield from self._settings(node, rest, kind, world, prepared)

    def _other(self, node: ast.Call, middleware: Value, world: World) -> Iterator[tuple[Result, World]]:
        """A class or function for CORS that comes from elsewhere."""
        name = middleware.name if isinstance(middleware, Dotted) else ""
        if not _is_read_elsewhere(name, self._file):
            evidence = ast.unparse(node)[:SAID_MAX]
            yield not_judged("unread-code", evidence, place=Place(self._shown, node.lineno), remedy=ASK), world

    def _untold(self, node: ast.Call, middleware: Value, world: World) -> Iterator[tuple[Result, World]]:
        """A middleware that may be Starlette's."""
        told = isinstance(middleware, Dotted | Class | Function | Prepared) and not _is_setting(middleware)
        if told or isinstance(middleware, Literal):  # None fails
            self._read.add(node)
            return
        place, evidence = Place(self._shown, node.lineno), ast.unparse(node)[:SAID_MAX]
        found = not_judged("unread-code", evidence, place=place, remedy=ASK), world
        if isinstance(middleware, Unknown) and isinstance(middleware.node, ast.Name | ast.Subscript):
            self._unread[node] = [found]  # such as a parameter, which a call may tell
        else:
            yield found

    # -- its settings ---------------------------------------------------------------------------------

    def _settings(
        self, node: ast.Call, arguments: list[ast.expr], kind: str, world: World, prepared: ast.Call | None = None
    ) -> Iterator[tuple[Result, World]]:
        words = [*(prepared.keywords if prepared is not None else []), *node.keywords]
        skipped = ("app", "middleware_class", "cls")
        words = [word for word in words if word.arg not in skipped]
        policy = next((word.value for word in words if word.arg == "policy"), None)
        if kind == OURS and policy is not None:
            yield from self._with_policy(policy, world)
            return
        self.judged.add(node)
        names = [word.arg for word in words]
        written = [*(word.value for word in words), *arguments]
        if arguments:
            names += [name for _, name in zip(arguments, positional(kind), strict=False)]
        for values, after in self._expressions.evaluate_all(written, world):
            found = Settings(self._shown, node.lineno)
            for name, value, expression in zip(names, values, written, strict=False):
                _add(found, name, value, expression)
            for result in _judge(kind, found):
                yield result, after

    def _with_policy(self, policy: ast.expr, world: World) -> Iterator[tuple[Result, World]]:
        """A policy that is made in this file is judged there."""
        for value, after in self._expressions.evaluate(policy, world):
            made = isinstance(value, Unknown) and isinstance(value.node, ast.Call) and value.node
            callee = self._expressions.evaluate(made.func, after)[0][0] if made else value
            if not made or not isinstance(callee, Dotted) or ".Policy" not in callee.name:
                yield RunTimeValue("policy", ast.unparse(policy), Place(self._shown, policy.lineno)), after


def _add(found: Settings, name: str | None, value: Value, written: ast.expr) -> None:
    if isinstance(written, ast.Starred):
        found.more(value, written)
    elif name is not None:
        found.add(name, value, written)
    elif isinstance(value, Dictionary):
        found.add_all(value.entries, written)
    else:
        found.more(value, written)


def _judge(kind: str, found: Settings) -> Iterator[Result]:
    if kind == STARLETTE:
        return judge_starlettes(found)
    return judge_ours(found, _PRESETS.get(kind, Policy))


def kind_of(middleware: Value) -> str:
    """Which CORS middleware a value is; empty if it is none."""
    if isinstance(middleware, Prepared):
        return kind_of(middleware.what)
    if isinstance(middleware, Class):
        return next((kind for kind in map(kind_of, middleware.bases) if kind), "")
    if not isinstance(middleware, Dotted):
        return ""
    if middleware.name in _STARLETTES:
        return STARLETTE
    top = middleware.name.partition(".")[0]
    if top == "crossorigin":
        return OURS if middleware.last == "CORSMiddleware" else ""
    about_cors = "cors" in top.lower() or _ABOUT_CORS.search(middleware.last)
    return OTHER if "." in middleware.name and about_cors else ""


def _adds(callee: Value) -> bool:
    """`app.add_middleware`, under whatever name."""
    node = callee.node
    named = isinstance(node, ast.Attribute) and node.attr == "add_middleware"
    return named or (isinstance(callee, Dotted) and callee.last == "add_middleware")


def _is_setting(middleware: Value) -> bool:
    """`settings.MIDDLEWARE`: a name that is not that of a class."""
    return isinstance(middleware, Dotted) and middleware.last.isupper()


def _own_settings(made: Class) -> bool:
    """Whether a subclass takes its arguments itself, or decides itself: then the keywords of a call say nothing."""
    inherited = any(isinstance(base, Class) and _own_settings(base) for base in made.bases)
    return inherited or bool((_DECIDES | {"__init__"}) & _methods(made))


def _methods(made: Class) -> set[str]:
    return {part.name for part in made.node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)}


def _is_policy(name: str) -> bool:
    return name.startswith("crossorigin.") and name.endswith(".Policy")


def _is_super_init(node: ast.Call) -> bool:
    called = node.func
    if not isinstance(called, ast.Attribute) or called.attr != "__init__" or not isinstance(called.value, ast.Call):
        return False
    return isinstance(called.value.func, ast.Name) and called.value.func.id == "super"


def _first(node: ast.Call) -> ast.expr | None:
    """The middleware of `add_middleware(…)`, `Middleware(…)` and `partial(…)`."""
    by_name = (word.value for word in node.keywords if word.arg in ("middleware_class", "cls"))
    return node.args[0] if node.args else next(by_name, None)


def _is_read_elsewhere(name: str, file: Path) -> bool:
    """Whether a module that is imported is a file beside this one, which is read when it is its turn."""
    dots = len(name) - len(name.lstrip("."))
    parts = name[dots:].split(".")[:-1]
    folders = [*file.absolute().parents]
    if dots:
        return any(_is_module(folder, parts) for folder in folders[dots - 1 : dots])
    return bool(parts) and any(_is_module(folder, parts) for folder in folders)


def _is_module(folder: Path, parts: list[str]) -> bool:
    path = folder.joinpath(*parts)
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()
