"""What `explain` is to look at: an app in this process or a server, and the transport that reaches it.

Here belong importing `main:app` and choosing the transport. Not here: the call. Whatever keeps a target from
being loaded is a `CannotRun` of one line.
"""

from __future__ import annotations

import importlib
import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ..browser import Failure, Request, Response
from ..policy.problems import PolicyError
from ..report.errors import CannotRun
from ..standards.origin import is_loopback
from ..transport.asgi import ASGITransport
from ..transport.http import HTTPTransport


def load_app(name: str) -> Any:
    """The app that `module:attribute` names, or that the function of this name makes when it is called.

    The working directory is importable, as servers do it. Raises CannotRun.
    """
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise CannotRun(f"{name!r} is neither a URL nor an app: write main:app, or http://localhost:8000")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        found: Any = importlib.import_module(module_name)
    except PolicyError as error:
        raise CannotRun(str(error)) from None
    except ModuleNotFoundError as error:
        if error.name is not None and (module_name + ".").startswith(error.name + "."):
            raise CannotRun(f"there is no module {module_name!r} here ({os.getcwd()})") from None
        raise CannotRun(f"{module_name} cannot be imported: {error}") from None
    except (Exception, SystemExit) as error:
        raise CannotRun(f"{module_name} cannot be imported: {type(error).__name__}: {error}") from None
    for part in attribute.removesuffix("()").split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise CannotRun(f"module {module_name!r} has no {attribute!r}") from None
    if inspect.isroutine(found):
        if _takes(found, 0) and not inspect.iscoroutinefunction(found):
            found = _made(found, name)
        elif not _takes(found, 3):
            raise CannotRun(f"{name} is neither an app nor a function that makes one, called with nothing")
    if not callable(found) or inspect.isclass(found):
        kind = "a class" if inspect.isclass(found) else type(found).__name__
        raise CannotRun(f"{name} is not an ASGI app: it is {kind}")
    return found


def _takes(function: Callable[..., Any], count: int) -> bool:
    """Whether it can be called with so many arguments: an ASGI app takes three."""
    try:
        inspect.signature(function).bind(*range(count))
    except (TypeError, ValueError):  # ValueError: a built-in function may hide what it takes
        return False
    return True


def _made(factory: Callable[..., Any], name: str) -> Any:
    """What an application factory makes."""
    try:
        return factory()
    except PolicyError as error:
        raise CannotRun(str(error)) from None
    except (Exception, SystemExit) as error:
        raise CannotRun(f"{name.removesuffix('()')}() fails: {type(error).__name__}: {error}") from None


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
