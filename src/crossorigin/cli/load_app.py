"""What `explain` is to look at: an app in this process or a server, and the transport that reaches it.

Here belong importing `main:app` and choosing the transport. Not here: the call, and what helps if the import fails
(`failed_import`). Whatever keeps a target from being loaded is a `CannotRun` of one line.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final
from urllib.parse import urlsplit

from ..browser import Failure, Request, Response
from ..policy.problems import PolicyError
from ..report.errors import CannotRun
from ..standards.origin import is_loopback
from ..transport.app_name import AppName, parse_app_name
from ..transport.asgi import ASGITransport
from ..transport.http import HTTPTransport
from .failed_import import why_it_failed

# What an app is called in most programs, and what makes one, in the order in which they are looked for.
_APPS: Final = ("app", "application", "api")
_FACTORIES: Final = ("create_app", "make_app", "get_app", "build_app", "create_application", "get_application")


def load_app(name: str, *, app_dir: str = "", factory: bool = False, options: bool = False) -> Any:
    """The app that `module:attribute` or `file.py:attribute` names, or that the function of this name makes.

    Without an attribute the app is looked for. `app_dir` is the folder to import from, as uvicorn's `--app-dir`, the
    working directory if it is empty; `factory` calls what is named whatever it is. `options` is whether the command
    has options for these, which an error then names. Raises CannotRun.
    """
    named = parse_app_name(name, app_dir)
    if named is None:
        _, _, host = name.rpartition("@")  # what is before it may be a password
        raise CannotRun(f"{host!r} is neither a URL nor an app: write main:app, or http://localhost:8000")
    module = _imported(named, options=options)
    if not named.attribute:
        return _found_in(module, name, options=options)
    found = _attribute(module, named)
    shown = name.removesuffix("()")
    if factory:
        found = _made(found, shown, options=options)
    elif inspect.isroutine(found):
        if _takes(found, 0) and not inspect.iscoroutinefunction(found):
            found = _made(found, shown, options=options)
        elif not _takes(found, 3):
            raise CannotRun(f"{name} is neither an app nor a function that makes one, called with nothing")
    if not callable(found) or inspect.isclass(found):
        kind = "a class" if inspect.isclass(found) else type(found).__name__
        raise CannotRun(f"{name} is not an ASGI app: it is {kind}")
    return found


def _imported(named: AppName, *, options: bool) -> ModuleType:
    """The module, imported from its folders. Raises CannotRun."""
    missing = [str(folder) for folder in named.folders if str(folder) not in sys.path]
    sys.path[:0] = missing
    try:
        return importlib.import_module(named.module)
    except PolicyError as error:
        raise CannotRun(str(error)) from None
    except (Exception, SystemExit) as error:
        raise CannotRun(why_it_failed(error, named, options=options)) from None


def _attribute(module: ModuleType, named: AppName) -> Any:
    found: Any = module
    for part in named.attribute.removesuffix("()").split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            others = [name for name, _ in _apps(module)]
            instead = f"; it has {', '.join(others)}" if others else ""
            raise CannotRun(f"module {named.module!r} has no {named.attribute!r}{instead}") from None
    return found


def _found_in(module: ModuleType, name: str, *, options: bool) -> Any:
    """The app of a module that nobody named: by its usual names, by what it is, or made by a factory."""
    for _, app in _apps(module):
        return app
    for each in _FACTORIES:
        made_by = getattr(module, each, None)
        if inspect.isroutine(made_by) and _takes(made_by, 0) and not inspect.iscoroutinefunction(made_by):
            return _made(made_by, f"{name}:{each}", options=options)
    raise CannotRun(f"{name} has no app that is found by its name: name it ({name}:app)")


def _apps(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """The apps of a module, the most usual name first. A Starlette or FastAPI app is known by what it has."""
    for name in _APPS:
        found = getattr(module, name, None)
        if callable(found) and not inspect.isclass(found) and (not inspect.isroutine(found) or _takes(found, 3)):
            yield name, found
    for name, found in vars(module).items():
        if name not in _APPS and hasattr(found, "user_middleware") and not inspect.isclass(found):
            yield name, found


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Whether it can be called with so many arguments: an ASGI app takes three."""
    try:
        inspect.signature(function).bind(*range(count))
    except (TypeError, ValueError):  # ValueError: a built-in function may hide what it takes
        return False
    return True


def _made(factory: Any, name: str, *, options: bool) -> Any:
    """What an application factory makes."""
    try:
        return factory()
    except PolicyError as error:
        raise CannotRun(str(error)) from None
    except (Exception, SystemExit) as error:
        raise CannotRun(f"{name}() fails: {why_it_failed(error, options=options)}") from None


@dataclass
class Target:
    """An app or a server. As a transport it sends each request where its URL leads.

    The app answers for its own host, and for every name of this machine on the same port; redirects that lead
    elsewhere go over HTTP. `crash` is the last exception that the app raised.
    """

    name: str
    base: str
    app: Any = None
    crash: BaseException | None = None
    _http: HTTPTransport = field(default_factory=HTTPTransport)
    _asgi: ASGITransport | None = None

    def __post_init__(self) -> None:
        if self.app is not None:
            self._asgi = ASGITransport(self._watched)

    async def _watched(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            if scope["type"] != "lifespan":
                self.crash = error
            raise

    def __call__(self, request: Request, /) -> Response | Failure:
        if self._asgi is not None and self._answers_for(request.url):
            return self._asgi(request)
        return self._http(request)

    def __enter__(self) -> Target:
        if self._asgi is not None:
            try:
                self._asgi.__enter__()
            except Exception as error:
                lines = str(error).strip().splitlines()
                words = lines[-1] if "Traceback" in lines[0] else str(error)
                raise CannotRun(f"{self.name} does not start: {words}") from None
        return self

    def __exit__(self, *error: object) -> None:
        if self._asgi is not None:
            self._asgi.__exit__(*error)
        self._http.close()

    def _answers_for(self, url: str) -> bool:
        here, there = urlsplit(self.base), urlsplit(url)
        if here.hostname == there.hostname:
            return True
        return here.port == there.port and is_loopback(here.hostname or "") and is_loopback(there.hostname or "")
