"""Quart: its asgi_app is wrapped, so that `app` is still a Quart application, and `quart run` serves it.

Run it with: uvicorn examples.frameworks.quart:app
"""

from quart import Quart

from crossorigin import CORSMiddleware, Policy

policy = Policy(allow_origins=["http://localhost:3000"], allow_methods=["PUT"], allow_credentials=True)

app = Quart(__name__)
app.asgi_app = CORSMiddleware(app.asgi_app, policy=policy)  # type: ignore[method-assign]


@app.put("/items/<int:n>")
async def put_item(n: int) -> dict[str, int]:
    return {"item": n}
