"""Origins that an app may mean, so that it can be asked with them and with their look-alikes.

Here belongs finding them: in the settings of its CORS layers, in what its middleware was given and what its modules
hold when they are imported, and in the strings of its own source. Not here: asking (`app_questions`). What is found
only decides what is asked: a string that is no origin costs a request, and says nothing.
"""

from __future__ import annotations

import ast
import re
import sys
import sysconfig
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from types import BuiltinMethodType, CodeType, FunctionType, MethodType, MethodWrapperType
from typing import Any, Final

from ..policy.origin_patterns import OriginPattern, sample
from ..policy.origin_regex import examine
from ..policy.regex_samples import samples
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
_INSTALLED: Final = (sysconfig.get_path("stdlib"), "site-packages", "dist-packages")
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
    found = dict.fromkeys([*exact, *guessed, *list(hosts)[:_MOST_HOSTS]])
    return list(islice(filter(_sendable, found), _MOST_ORIGINS))


def _named(piece: str) -> Iterator[str]:
    """The origin of a URL, a sample of an origin pattern, and what goes on after a beginning (`http://192.168.`)."""
    if piece.startswith("*://"):
        yield from _named(piece.replace("*", "https", 1))
        piece = piece.replace("*", "http", 1)
    found = _URL.match(piece.strip("[]\"'"))
    if found is None or _METACHARACTERS & set(found[0]) - {"*"}:
        return
    url = found[0]
    if url.endswith("."):
        yield from (f"{url}{end}" for end in ("1.5", "1", "example.com"))
    elif "*" not in url:
        with suppress(ValueError):
            yield str(Origin.parse(url))
    else:
        try:
            yield sample(OriginPattern.parse(url))
        except ValueError:  # a glob that is no pattern of ours
            yield url.replace("*", "example")


def _described(piece: str) -> Iterator[str]:
    """Origins that a regular expression accepts, and those that it should not accept."""
    if not _METACHARACTERS & set(piece):
        return
    if "://" not in piece:  # it is searched for: the names in it may be all of it
        for host in _HOST.findall(piece.replace("\\", "")):
            yield from _of_host(host)
        return
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # of `re`, about a string that is none
        try:
            accepted = samples(piece)
        except ValueError:  # it is none, or one that cannot be judged
            return
        problems = examine(piece, credentials=True)
    yield from islice(filter(_sendable, accepted), _MOST_OF_A_REGEX)
    yield from (problem.witness for problem in problems if problem.witness)


def _sendable(text: str) -> bool:
    """Whether a text is an origin as a browser writes it."""
    try:
        origin = Origin.parse(text)
    except ValueError:
        return False
    return not origin.opaque and str(origin) == text


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


def strings_of_objects(roots: Iterable[Any]) -> Iterator[str]:
    """Every string in these objects, in collections, settings, functions and classes of the app's own."""
    waiting: deque[Any] = deque(roots)
    seen: dict[int, Any] = {}  # with the object, so that no other gets its number
    while waiting and len(seen) < _MOST_OBJECTS:
        value = waiting.popleft()
        if id(value) in seen:
            continue
        seen[id(value)] = value
        if isinstance(value, str):
            yield value
        elif isinstance(value, re.Pattern):
            yield str(value.pattern)
        else:
            waiting.extend(_inside(value))


def _inside(value: Any) -> Iterable[Any]:
    """What an object holds: of a collection its elements, of a function its constants, of an object its attributes."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, _CONTAINERS):
        return list(value)
    if isinstance(value, CodeType):
        return value.co_consts
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, BuiltinMethodType | MethodWrapperType):  # pattern.fullmatch, "…".__contains__
        return [value.__self__]
    if isinstance(value, partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, FunctionType):
        return _inside_function(value) if _tells(value.__module__, value.__qualname__) else []
    if isinstance(value, type):
        return list(vars(value).values()) if _tells(value.__module__, value.__qualname__) else []
    kind = type(value)
    if kind.__module__.partition(".")[0] == "pydantic":  # AnyHttpUrl, SecretStr
        return [str(value)]
    return attributes(value) if _tells(kind.__module__, kind.__qualname__) else []


def _tells(module: str | None, name: str) -> bool:
    """Whether the app's origins may stand in a function, a class or an object: its own, or one of a CORS library."""
    return not _installed(module) or "cors" in f"{module}.{name}".lower()


def _inside_function(function: FunctionType) -> list[Any]:
    """The constants of a function, its defaults, and what it sees of its module and of the functions around it."""
    seen = [function.__globals__.get(name) for name in function.__code__.co_names]
    return [*_cells(function), *(function.__defaults__ or ()), function.__code__, *seen]


@lru_cache(maxsize=1024)
def _installed(module: str | None) -> bool:
    """Whether a module is of Python or of an installed package, whose strings say nothing of the app."""
    file = getattr(sys.modules.get(module or ""), "__file__", None)
    return file is None or any(folder in file for folder in _INSTALLED)


def attributes(value: Any, *, without: Iterable[str] = ()) -> list[Any]:
    """The values of an object's attributes, whether it keeps them in a dictionary or in slots."""
    names = dict.fromkeys(getattr(value, "__dict__", {}))
    for kind in type(value).__mro__:
        names |= dict.fromkeys(_slots(kind))
    return [getattr(value, name, None) for name in names if name not in without]


def _slots(kind: type) -> Iterable[str]:
    declared = vars(kind).get("__slots__", ())
    return (declared,) if isinstance(declared, str) else tuple(declared)


def _cells(function: FunctionType) -> Iterator[Any]:
    """The variables of the functions around a function, if they have a value yet."""
    for cell in function.__closure__ or ():
        with suppress(ValueError):
            yield cell.cell_contents


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
