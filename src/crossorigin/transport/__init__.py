"""How the browser half reaches a server: an ASGI app in this process, or HTTP."""

from .asgi import ASGITransport
from .http import HTTPTransport

__all__ = ["ASGITransport", "HTTPTransport"]
