"""No framework: an ASGI function, wrapped. What it raises, the server answers, and that answer has no CORS headers.

Run it with: uvicorn examples.frameworks.bare:app
"""

import json

from crossorigin import CORSMiddleware, Policy

policy = Policy(allow_origins=["http://localhost:3000"], allow_methods=["PUT"], allow_credentials=True)


async def api(scope, receive, send):
    assert scope["type"] == "http"  # a server takes this for "no lifespan", and serves on
    found = scope["method"] == "PUT" and scope["path"].startswith("/items/")
    body = json.dumps({"item": int(scope["path"][7:])} if found else {"detail": "Not Found"}, separators=(",", ":"))
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


app = CORSMiddleware(api, policy=policy)
