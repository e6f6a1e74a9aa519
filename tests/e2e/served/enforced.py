"""The API of the bare example and a WebSocket, behind a policy that is enforced."""

from __future__ import annotations

from typing import Any

from crossorigin import CORSMiddleware, Policy
from examples.frameworks.bare import api

policy = Policy(
    allow_origins=["http://localhost:3000"], allow_methods=["PUT"], enforce=True, trusted_hosts=["localhost"]
)


async def both(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        await api(scope, receive, send)
        return
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


app = CORSMiddleware(both, policy=policy)
