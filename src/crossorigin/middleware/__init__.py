"""The server half over ASGI: `CORSMiddleware`, `install`, policies for routes, reload."""

from .cors import CORSMiddleware
from .options import AllowMiddleware
from .reload import PolicyWatcher
from .starlette import cors_router, install

__all__ = ["AllowMiddleware", "CORSMiddleware", "PolicyWatcher", "cors_router", "install"]
