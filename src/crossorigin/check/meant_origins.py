"""Origins that an app may mean, so that it can be asked with them and with their look-alikes.

Here belongs finding them: in the settings of its CORS layers, in what its middleware was given and what its modules
hold when they are imported, and in the strings of its own source. Not here: asking (`app_questions`). What is found
only decides what is asked: a string that is no origin costs a request, and says nothing.
"""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Final

from ..policy.origin_patterns import OriginPattern, sample
from ..policy.origin_regex import examine
from ..policy.regex_samples import samples
from ..policy.regex_syntax import UnsupportedRegex
from ..standards.origin import Origin
from ..standards.public_suffixes import registrable_domain

_MOST_OBJECTS: Final = 3000
_MOST_STRINGS: Final = 400
_MOST_ORIGINS: Final = 40
_MOST_HOSTS: Final = 20
_MOST_OF_A_REGEX: Final = 6
_LONGEST: Final = 500
_URL: Final = re.compile(r"(?:https?|capacitor|ionic|tauri|[a-z-]+-extension)://[^\s/?#'\"]+", re.IGNORECASE)
_HOST: Final = re.compile(r"\.?(?:[a-z0-9-]+\.)+[a-z]{2,}", re.IGNORECASE)
_METACHARACTERS: Final = frozenset("\\^$*+?()[]{}|")
_CONTAINERS: Final = (list, tuple, set, frozenset)
# What ends with a name of the registry, and is a file of a program all the same.
_FILES: Final = (".py", ".md", ".sh", ".so", ".rs", ".zip", ".app")


def meant_origins(strings: Iterable[str]) -> list[str]:
    """The origins that these strings name, or describe as a regular expression; the most exact first."""
    exact: dict[str, None] = {}
    guessed: dict[str, None] = {}
    hosts: dict[str, None] = {}
    short = (string for string in strings if len(string) <= _LONGEST and ("://" in string or "." in string))
    for string in islice(dict.fromkeys(short), _MOST_STRINGS):
        whole = _METACHARACTERS & set(string)
        for piece in [string] if whole else re.split(r"[,;\s]+", string):
            exact |= dict.fromkeys(_named(piece))
            guessed |= dict.fromkeys(_described(piece))
            hosts |= dict.fromkeys(_of_host(piece))
    return list(dict.fromkeys([*exact, *guessed, *list(hosts)[:_MOST_HOSTS]]))[:_MOST_ORIGINS]


def _named(piece: str) -> Iterator[str]:
    """The origin of a URL, or a sample of an origin pattern."""
    found = _URL.match(piece.strip("[]\"'"))
    if found is None or _METACHARACTERS & set(found[0]) - {"*"}:
        return
    try:
        if "*" in found[0]:
            yield sample(OriginPattern.parse(found[0]))
        else:
            origin = Origin.parse(found[0])
            if not origin.opaque:
                yield str(origin)
    except ValueError:
        return


def _described(piece: str) -> Iterator[str]:
    """Origins that a regular expression accepts, and those that it should not accept."""
    if "://" not in piece or not _METACHARACTERS & set(piece):
        return
    try:
        accepted = samples(piece)
    except (UnsupportedRegex, ValueError):
        return
    yield from islice(filter(None, map(_sendable, accepted)), _MOST_OF_A_REGEX)
    for problem in examine(piece, credentials=True):
        if problem.witness:
            yield problem.witness


def _sendable(text: str) -> str:
    """The origin that a text is, as a browser writes it; empty if it is none."""
    try:
        origin = Origin.parse(text)
    except ValueError:
        return ""
    return text if not origin.opaque and str(origin) == text else ""


def _of_host(piece: str) -> Iterator[str]:
    """The https: origins of a host name, and of a name below it: code compares `endswith(".example.com")`."""
    host = piece.lower()
    if not _HOST.fullmatch(host) or host.endswith(_FILES):
        return
    host = host.lstrip(".")
    if registrable_domain(host):
        yield f"https://{host}"
        yield f"https://app.{host}"


# -- strings of an app ------------------------------------------------------------------------------------------------


def strings_of_objects(roots: Iterable[Any], own: Iterable[ModuleType]) -> Iterator[str]:
    """Every string in these objects, in collections, settings and closures, and in what the app's modules define."""
    names = {module.__name__ for module in own}
    waiting: deque[Any] = deque([*roots, *(vars(module) for module in own)])
    seen: set[int] = set()
    while waiting and len(seen) < _MOST_OBJECTS:
        value = waiting.popleft()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, str):
            yield value
        elif isinstance(value, re.Pattern):
            yield str(value.pattern)
        else:
            waiting.extend(_inside(value, names))


def _inside(value: Any, own: set[str]) -> Iterable[Any]:
    """What an object holds: of a collection its elements, of an object of the app's own classes its attributes."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, _CONTAINERS):
        return list(value)
    if isinstance(value, FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or () if _is_set(cell)]
        return [*cells, *(value.__defaults__ or ()), *value.__code__.co_consts]
    if isinstance(value, type | ModuleType):
        return []
    if type(value).__module__.partition(".")[0] == "pydantic" or hasattr(type(value), "__pydantic_core_schema__"):
        return _attributes(value) or [str(value)]
    return _attributes(value) if type(value).__module__ in own else []


def _attributes(value: Any) -> list[Any]:
    return list(getattr(value, "__dict__", {}).values())


def _is_set(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def strings_of_source(files: Iterable[Path]) -> Iterator[str]:
    """Every string of these files that may name an origin, docstrings aside."""
    for file in files:
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value:
                yield node.value
