"""Whether something that only takes ASGI connections may hide an app with policies of its own.

StaticFiles and a metrics app are ends: nothing is behind them. A closure around an app is not, and neither is what
imports an app when it is asked. Python shows what a function or an object holds: cells, attributes, elements, and the
globals that its code names. What cannot be shown is unknown, and counts as hiding something. The code of Python's own
library and of well-known packages is not read, because it names no team's app; what their objects hold is read.
"""

from __future__ import annotations

import dis
import inspect
import logging
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from . import routing
from .marks import mark_of

_MOST: Final = 20_000  # objects that are looked at; a larger web of them is unknown
_VALUES: Final = (str, bytes, bytearray, int, float, complex, bool, type(None), ModuleType, BuiltinFunctionType)
# A log passes no request on, but its records may reach every app of the process.
_PLAIN: Final = (*_VALUES, logging.Logger, logging.Handler, logging.LogRecord)
# A team's own app may be an installed package, too: only these are known to name none.
_PACKAGES: Final = sys.stdlib_module_names.union(
    """_pytest a2wsgi anyio asgi_correlation_id asgiref blacksheep crossorigin django engineio fastapi flask
    granian h11 httpx httpx2 hypercorn jinja2 limits litestar logfire msgspec opentelemetry pluggy
    prometheus_client prometheus_fastapi_instrumentator pydantic pydantic_core pytest quart quart_cors requests
    sanic sentry_sdk slowapi sniffio socketio sqlalchemy starlette starlette_context strawberry structlog
    typing_extensions uvicorn werkzeug""".split()
)
_IMPORTERS: Final = frozenset({"__import__", "import_module", "import_string", "import_from_string"})
_ASGI_PARAMETERS: Final = 3  # scope, receive, send


def may_hide(app: Any, asker: Any) -> bool:
    """Whether an app that cannot be seen into may pass a request on to one that has, or will have, policies.

    `asker` is the middleware that asks. An app may well know the one that is around it.
    """
    return any(True for _ in _held(app, asker))


def hides_policies(app: Any, asker: Any) -> bool:
    """Whether an app with marks or with a middleware of ours is known to be inside."""
    return any(found is not None and _has_policies(found, asker) for found in _held(app, asker))


def name_of(app: Any) -> str:
    """What an operator looks for: `module.name`, and the line of its code if there is one."""
    subject = app if isinstance(app, FunctionType | MethodType | type) else type(app)
    name = f"{subject.__module__}.{subject.__qualname__}"
    code: CodeType | None = getattr(subject, "__code__", None)
    return name if code is None else f"{name} ({code.co_filename}:{code.co_firstlineno})"


def _has_policies(found: Any, asker: Any) -> bool:
    if hasattr(found, routing.RULES_ATTRIBUTE) or mark_of(found) is not None:
        return True
    if any(routing.ours_in(found)) or any(routing.middleware(found)):
        return True
    if any(mark_of(carrier) is not None for carrier in routing.carriers(found)):
        return True
    return any(hides_policies(end, asker) for end in routing.ends(found))


def _held(app: Any, asker: Any) -> Iterator[Any]:
    """The apps, marked functions and middleware of ours that this holds; None for what cannot be read."""
    waiting = [app]
    seen = {id(asker)}
    kept = []  # or another object might get the id of one that has gone
    while waiting:
        one = waiting.pop()
        if issubclass(type(one), _PLAIN) or id(one) in seen:
            continue
        if len(seen) >= _MOST:
            yield None
            return
        seen.add(id(one))
        kept.append(one)
        if _is_found(one, asker):
            yield one
            continue
        try:
            if isinstance(one, FunctionType) and _imports(one):
                yield None
            waiting.extend(_parts(one))
        except Exception:  # an object of somebody's own may raise at anything that is asked of it
            yield None


def _is_found(one: Any, asker: Any) -> bool:
    try:
        if isinstance(one, type):
            return False
        if hasattr(one, routing.RULES_ATTRIBUTE):
            return not _says_the_same(one, asker)
        return routing.is_core(one) or mark_of(one) is not None
    except Exception:  # an object of somebody's own may raise at any attribute
        return False


def _says_the_same(middleware: Any, asker: Any) -> bool:
    """Whether two middlewares have the same rules: Litestar makes one for each route, and each knows the others."""
    mine, its = getattr(asker, routing.RULES_ATTRIBUTE, None), getattr(middleware, routing.RULES_ATTRIBUTE)
    return mine is not None and (mine.policy, mine.routes) == (its.policy, its.routes)


def _parts(one: Any) -> Iterable[Any]:
    if isinstance(one, Mapping):
        return [*one.values()]
    if isinstance(one, list | tuple | set | frozenset):
        return [*one]
    if isinstance(one, partial):
        return [one.func, *one.args, *one.keywords.values()]
    if isinstance(one, MethodType):
        return [one.__self__, one.__func__]
    if isinstance(one, FunctionType):
        return _parts_of_function(one)
    if isinstance(one, type):
        return [] if _is_known(one.__module__) else [*vars(one).values(), *one.__bases__]
    if isinstance(one, property | staticmethod | classmethod):
        return [getattr(one, name, None) for name in ("__func__", "fget")]
    return _parts_of_object(one)


def _parts_of_function(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # it is empty until its variable is set
            continue
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    yield from vars(function).values()
    if _is_known(function.__module__):
        return
    names = _names_in(function)
    for name in names:
        value = function.__globals__.get(name)
        yield value
        if isinstance(value, ModuleType) and not _is_known(value.__name__):
            yield from (vars(value)[attribute] for attribute in names if attribute in vars(value))


def _parts_of_object(one: Any) -> Iterator[Any]:
    kind = type(one)
    yield kind
    yield from (_attribute(one, "__dict__") or {}).values()
    for base in kind.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            yield _attribute(one, name)


def _attribute(one: Any, name: str) -> Any:
    """What an object has under a name; None if it raises, as the proxies of Flask and Quart do outside a request."""
    try:
        return getattr(one, name, None)
    except Exception:
        return None


def _imports(function: FunctionType) -> bool:
    """Whether an ASGI app that a team wrote imports something when it is called, which may be any app."""
    takes_three = function.__code__.co_argcount >= _ASGI_PARAMETERS
    takes_any = function.__code__.co_flags & inspect.CO_VARARGS
    if _is_known(function.__module__) or not (takes_three or takes_any):
        return False
    if not _IMPORTERS.isdisjoint(_names_in(function)):
        return True
    steps = chain.from_iterable(map(dis.get_instructions, _codes(function.__code__)))
    return any(step.opname == "IMPORT_NAME" for step in steps)


def _names_in(function: FunctionType) -> set[str]:
    """The names of globals and attributes that a function, or one inside it, reads."""
    names: set[str] = set()
    for code in _codes(function.__code__):
        names.update(code.co_names)
    return names


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _is_known(module: str | None) -> bool:
    top = (module or "").partition(".")[0]
    return top != "__main__" and top in _PACKAGES
