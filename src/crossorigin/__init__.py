"""The CORS toolkit for FastAPI, Starlette and every ASGI server.

A name is loaded when it is first used: pytest imports this package in every run, because the package has a plugin.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .browser import Browser, Outcome
    from .middleware.cors import CORSMiddleware
    from .middleware.observer import get_decision
    from .middleware.options import AllowMiddleware
    from .middleware.reload import PolicyWatcher
    from .middleware.starlette import cors, cors_router, install
    from .policy.origin_patterns import OriginPattern
    from .policy.origin_set import OriginSet
    from .policy.policy import Policy
    from .policy.problems import PolicyError, Problem
    from .server.compiled_policy import decide
    from .server.decision import Decision
    from .standards.origin import Origin, same_origin
    from .transport.asgi import ASGITransport
    from .transport.http import HTTPTransport

__version__ = "0.2.0rc1"

__all__ = [
    "ASGITransport",
    "AllowMiddleware",
    "Browser",
    "CORSMiddleware",
    "Decision",
    "HTTPTransport",
    "Origin",
    "OriginPattern",
    "OriginSet",
    "Outcome",
    "Policy",
    "PolicyError",
    "PolicyWatcher",
    "Problem",
    "cors",
    "cors_router",
    "decide",
    "get_decision",
    "install",
    "same_origin",
]

# The module of each public name.
_MODULES: Final = {
    "ASGITransport": "transport.asgi",
    "AllowMiddleware": "middleware.options",
    "Browser": "browser",
    "CORSMiddleware": "middleware.cors",
    "Decision": "server.decision",
    "HTTPTransport": "transport.http",
    "Origin": "standards.origin",
    "OriginPattern": "policy.origin_patterns",
    "OriginSet": "policy.origin_set",
    "Outcome": "browser",
    "Policy": "policy.policy",
    "PolicyError": "policy.problems",
    "PolicyWatcher": "middleware.reload",
    "Problem": "policy.problems",
    "cors": "middleware.starlette",
    "cors_router": "middleware.starlette",
    "decide": "server.compiled_policy",
    "get_decision": "middleware.observer",
    "install": "middleware.starlette",
    "same_origin": "standards.origin",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
