"""AllowMiddleware: plain OPTIONS answered with `Allow`, for APIs that must.

Starlette and FastAPI answer 405 where no route serves OPTIONS. Here belongs that answer alone (RFC 9110
§ 9.3.7). Not here: preflights, which are CORS's and never arrive here when CORSMiddleware stands outside.
"""

from __future__ import annotations

from typing import Any

from . import routing


class AllowMiddleware:
    """Answers OPTIONS with 204 and `Allow`, wherever a route serves the path and none serves OPTIONS.

    `app.add_middleware(AllowMiddleware)`, in a Starlette or FastAPI application. A path that no route serves
    is left to the application, and so is a route that serves OPTIONS itself.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self._core = routing.innermost_app(app)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One ASGI connection."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS" and self._core is not None:
            served = routing.methods(self._core, scope)
            if served and "OPTIONS" not in served:
                allow = ", ".join(sorted({*served, "OPTIONS"})).encode()
                await send({"type": "http.response.start", "status": 204, "headers": [(b"allow", allow)]})
                await send({"type": "http.response.body", "body": b""})
                return
        await self.app(scope, receive, send)
