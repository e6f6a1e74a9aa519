"""The CORS toolkit for FastAPI, Starlette and every ASGI server."""

from .allow import AllowMiddleware
from .asgi import CORSMiddleware
from .browser import Browser, Outcome
from .decision import Decision
from .origin import Origin, OriginPattern, OriginSet, same_origin
from .policy import Policy
from .problems import PolicyError, Problem
from .server import decide
from .starlette import cors, cors_router, install
from .transport import ASGITransport, HTTPTransport

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
    "Problem",
    "cors",
    "cors_router",
    "decide",
    "install",
    "same_origin",
]
