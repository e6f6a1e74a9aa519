"""The WebSocket looks at Origin, and does not know the page; nothing tells that from a missing login."""

from collections.abc import Collection

from fastapi import FastAPI, WebSocket

PATH = "/chat"
WEBSOCKET = True
CAUSE = "websocket-rejected"


def build(pages: Collection[str]) -> FastAPI:
    app = FastAPI()

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        if websocket.headers.get("origin") in pages:
            await websocket.accept()
        await websocket.close()

    return app


app = build(["https://shop.example"])
fixed = build(["https://shop.example", "http://localhost:3000"])
