"""The server half of the CORS protocol, sans-IO: a request's method and headers in, a `Decision` out."""

from .compiled_policy import CompiledPolicy, decide
from .decision import Decision

__all__ = ["CompiledPolicy", "Decision", "decide"]
