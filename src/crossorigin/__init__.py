"""The CORS toolkit for FastAPI, Starlette and every ASGI server."""

from .browser import Browser, Outcome
from .middleware.cors import CORSMiddleware
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

__version__ = "0.1.0"

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
    "install",
    "same_origin",
]
