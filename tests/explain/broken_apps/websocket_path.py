"""There is no WebSocket at this path."""

from fastapi import FastAPI, WebSocket

PATH = "/char"
WEBSOCKET = True
CAUSE = "websocket-not-found"
FIXED = {"PATH": "/chat"}

app = FastAPI()


@app.websocket("/chat")
async def chat(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()
