"""One CORS layer, asked alone: what it really answers to an origin.

Here belong the app behind the layer, the origins to ask with, and the few requests that settle what the layer does.
Not here: what to think of the answers (`starlette`, `changes`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..browser import Failure, Request
from ..standards.origin import Origin, OriginPattern
from .asgi import ASGITransport

STRANGER = "https://evil.example"


async def quiet(scope: Any, receive: Any, send: Any) -> None:
    """An app that answers 200, and nothing else."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def sample(pattern: OriginPattern) -> str:
    """An origin that a pattern stands for, as a browser sends it."""
    origin = pattern.origin
    host = f"app.{origin.host}" if pattern.subdomains else origin.host
    return str(Origin(origin.scheme, host, 3000 if pattern.any_port else origin.port))


class Probe:
    """A layer built around the quiet app. `failed` is what building it raised; then nothing can be asked."""

    def __init__(self, build: Callable[[Any], Any]) -> None:
        self.failed = ""
        try:
            self._transport = ASGITransport(build(quiet))
        except Exception as error:
            self.failed = f"{type(error).__name__}: {error}"

    def get(self, origin: str) -> Mapping[str, str]:
        """The headers of the answer to a simple request of this origin."""
        return self._ask("GET", [("Origin", origin)])

    def preflight(self, origin: str, method: str, headers: str = "") -> Mapping[str, str]:
        """The headers of the answer to a preflight of this origin."""
        asked = [("Access-Control-Request-Headers", headers)] if headers else []
        return self._ask("OPTIONS", [("Origin", origin), ("Access-Control-Request-Method", method), *asked])

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may read the answer."""
        return self.get(origin).get("access-control-allow-origin") in ("*", origin)

    def _ask(self, method: str, headers: list[tuple[str, str]]) -> Mapping[str, str]:
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        answer = self._transport(Request(method, "https://api.example/", raw))
        self._transport.close()
        if isinstance(answer, Failure):
            return {}
        return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
