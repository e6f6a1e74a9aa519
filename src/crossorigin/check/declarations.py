"""Where in the source an app's CORS settings stand.

Here belong the calls that declare CORS (`add_middleware(CORSMiddleware, …)`, `Middleware(CORSMiddleware, …)`,
`CORSMiddleware(app, …)`, `install(app, …)`, `Policy(…)`), found by `ast`, and the line of each argument. Not here:
what an app is made of (`middleware.app_layers`), and importing it.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Final

from ..report.findings import Place

_MIDDLEWARE: Final = "CORSMiddleware"
_PACKAGE: Final = Path(__file__).parent.parent
_SERVERS: Final = {"uvicorn.run", "hypercorn.run", "granian.serve", "serve_forever", "app.run", "asyncio.run"}


@dataclass(frozen=True, slots=True)
class Declaration:
    """One call that declares CORS. `names` are the values that its file gives to names, to follow `origins`."""

    file: str
    node: ast.Call
    kind: str  # add_middleware, Middleware, CORSMiddleware, install, Policy; super: in a class made from CORSMiddleware
    names: Mapping[str, ast.expr]

    @property
    def keywords(self) -> dict[str, ast.expr]:
        """The arguments by keyword."""
        return {keyword.arg: keyword.value for keyword in self.node.keywords if keyword.arg}

    @property
    def receiver(self) -> str:
        """The app that it is called on or with, as it is written: `api` in `api.add_middleware(…)`."""
        if self.kind == "add_middleware" and isinstance(self.node.func, ast.Attribute):
            return ast.unparse(self.node.func.value)
        around = self.kind in ("install", _MIDDLEWARE) and self.node.args
        return ast.unparse(self.node.args[0]) if around else ""

    def place(self, field: str = "") -> Place:
        """The place of a policy's field (`allow_origins[1]`), as near as the source says it."""
        node = self._node(field) or self.node
        return Place(self.file, node.lineno)

    def _node(self, field: str) -> ast.expr | None:
        """What stands for a policy's field (`allow_origins[1]`): the element, or else the list."""
        name, _, rest = field.partition("[")
        value = self.keywords.get(name)
        while isinstance(value, ast.Name) and value.id in self.names and self.names[value.id] is not value:
            value = self.names[value.id]
        index = int(rest.removesuffix("]")) if rest else None
        if index is not None and isinstance(value, ast.List | ast.Tuple | ast.Set):
            plain = not any(isinstance(element, ast.Starred) for element in value.elts)
            if plain and index < len(value.elts):
                value = value.elts[index]
        return value

    def expression(self, field: str = "") -> str:
        """What the source says of a policy's field, if its value is known only when it runs; empty for a literal."""
        value = self._node(field)
        if value is None:
            return ""
        try:
            ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError):
            return " ".join(ast.unparse(value).split())
        return ""

    def expressions(self) -> dict[str, str]:
        """The arguments whose values are known only when the program runs, as they are written."""
        return {name: ast.unparse(value) for name, value in self.keywords.items() if self.expression(name)}

    def likeness(self, said: Mapping[str, Any]) -> int:
        """How well the call fits these keywords: the same names, and the same values where they are literal."""
        mine = self.keywords
        score = 2 * len(mine.keys() & said.keys()) - len(mine.keys() ^ said.keys())
        for name in mine.keys() & said.keys():
            try:
                score += 3 if _plain(ast.literal_eval(mine[name])) == _plain(said[name]) else -3
            except (ValueError, TypeError, SyntaxError):
                continue
        return score


def _plain(value: Any) -> Any:
    """A list and a tuple are the same to a policy."""
    return tuple(value) if isinstance(value, list) else value


class Sources:
    """The calls in the sources of one app: of its module, and of what that imports from the same place."""

    def __init__(self, module: str) -> None:
        self.files = own_files(module)
        self._calls: list[Declaration] = []
        for file in self.files:
            self._calls += calls(file)

    def take(self, kinds: Iterable[str], said: Mapping[str, Any], *, sure: bool = False) -> Declaration | None:
        """The call of one of these kinds that fits best; each is taken once. If `sure`, more has to fit than not."""
        fitting = [call for call in self._calls if call.kind in kinds]
        best = max(fitting, key=lambda call: call.likeness(said), default=None)
        if best is None or (sure and best.likeness(said) <= 0):
            return None
        self._calls.remove(best)
        return best


def calls(file: Path) -> Iterator[Declaration]:
    """The calls of one file that declare CORS, in the order of its lines."""
    tree = _parse(file)
    if tree is None:
        return
    shown = shorten(file)
    names = _assigned(tree)
    known = _imported(tree)
    found: list[Declaration] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            kind = _kind(node, known)
            found += [Declaration(shown, node, kind, names)] if kind else []
        elif isinstance(node, ast.ClassDef) and any(known.get(_last(base)) == _MIDDLEWARE for base in node.bases):
            found += [Declaration(shown, call, "super", names) for call in _calls_of_super(node)]
    yield from sorted(found, key=lambda call: call.node.lineno)


def _assigned(tree: ast.Module) -> dict[str, ast.expr]:
    """The value of each name that gets one value in this file."""
    values: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    values.setdefault(target.id, []).append(node.value)
    return {name: given[0] for name, given in values.items() if len(given) == 1}


def _imported(tree: ast.Module) -> dict[str, str]:
    """The names of this file for what declares CORS, whatever it was imported as."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            ours = [alias for alias in node.names if alias.name in (_MIDDLEWARE, "Middleware", "install", "Policy")]
            known |= {alias.asname or alias.name: alias.name for alias in ours}
    return known


def _calls_of_super(node: ast.ClassDef) -> Iterator[ast.Call]:
    """`super().__init__(…)` in a class."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call) and re.fullmatch(r"super\(.*\)\.__init__", ast.unparse(inner.func)):
            yield inner


def _kind(node: ast.Call, known: Mapping[str, str]) -> str:
    """What a call declares; empty if it is none of ours."""
    name = _last(node.func)
    meant = known.get(name, name)
    ours = name in known or ast.unparse(node.func).startswith("crossorigin.")
    if meant in ("add_middleware", "Middleware"):
        first = next(iter(node.args), None)
        return meant if first is not None and known.get(_last(first), _last(first)) == _MIDDLEWARE else ""
    if meant == _MIDDLEWARE or (ours and meant in ("install", "Policy")):
        return meant
    return ""


def _last(node: ast.expr) -> str:
    """The last name of a dotted one."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def runs_a_server(module: str, folders: Iterable[Path]) -> str:
    """The statement of a module that would serve as soon as it is imported; empty if there is none.

    `folders` are those that it is imported from.
    """
    file = _source_of(module, folders)
    tree = _parse(file) if file else None
    for statement in tree.body if tree else ():
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            called = ast.unparse(statement.value.func)
            if called in _SERVERS or called.endswith(".serve_forever"):
                return f"{shorten(file)}:{statement.lineno}: {called}(…)" if file else ""
    return ""


def declared_at(error: BaseException) -> Declaration | Place | None:
    """The call of the user's that raised: the last of the traceback that is not in this package."""
    trace = _frames(error.__traceback__)
    frames = [(frame, line) for frame, line in trace if _PACKAGE not in Path(frame.f_code.co_filename).parents]
    if not frames:
        return None
    frame, line = frames[-1]
    file = Path(frame.f_code.co_filename)
    for call in calls(file):
        if call.node.lineno <= line <= (call.node.end_lineno or line):
            return call
    return Place(shorten(file), line)


def _frames(trace: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def own_files(module: str) -> list[Path]:
    """The app's own source, then the other imported modules of its package or folder."""
    own = _source_of(module)
    if own is None:
        return []
    top = module.partition(".")[0]
    root = own.parent
    for _ in range(module.count(".") - (own.name != "__init__.py")):
        root = root.parent
    others: list[Path] = []
    for name, imported in list(sys.modules.items()):
        file = Path(getattr(imported, "__file__", None) or "")
        beside = name.partition(".")[0] == top or file.parent == root
        others += [file] if file.suffix == ".py" and beside else []
    return list(dict.fromkeys([own, *sorted(others)]))


def _source_of(module: str, folders: Iterable[Path] = ()) -> Path | None:
    """The file of a module, whether it is imported yet or stands in one of these folders, or the working directory."""
    loaded = getattr(sys.modules.get(module), "__file__", None)
    if loaded:
        return Path(loaded)
    paths = [folder.joinpath(*module.split(".")) for folder in (*folders, Path.cwd())]
    for path in paths:
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
    return None


def _parse(file: Path) -> ast.Module | None:
    try:
        return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None


def place_of(made_from: Any) -> Place | None:
    """The line of a class or a function in the app's own source; None for one of an installed package."""
    try:
        file = Path(inspect.getfile(made_from))
        line = inspect.getsourcelines(made_from)[1]
    except (OSError, TypeError):
        return None
    return Place(shorten(file), line) if "site-packages" not in file.parts else None


def shorten(file: Path) -> str:
    """The path as people write it here: below the working directory without it."""
    path = os.path.relpath(file)
    return str(file) if path.startswith("..") else path
