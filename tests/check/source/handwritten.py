"""CORS by hand, in the forms that people write it."""

import re

from starlette.middleware.base import BaseHTTPMiddleware

ALLOWED = ["https://app.example.com", "http://b.example.com/"]  #: origin-insecure no-effect
HEADERS = {"Access-Control-Allow-Origin": "*"}  #: sends-star
BOTH = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}  #: sends-star-with-credentials
PAIRS = [
    (b"access-control-allow-origin", b"https://app.example.com/x"),  #: sends-invalid-allow-origin
    (b"vary", b"Origin"),
]


class Reflects(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        origin = request.headers.get("origin")
        if origin:
            response.headers["Access-Control-Allow-Origin"] = origin  #: accepts-any-origin
            response.headers["Access-Control-Allow-Credentials"] = "true"
        return response


class ReflectsInOneExpression(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        response = await call_next(request)
        response.headers.setdefault("Access-Control-Allow-Origin", request.headers["Origin"])  #: accepts-any-origin
        return response


class Listed(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        origin = request.headers.get("origin", "")
        if origin not in ALLOWED:
            return await call_next(request)
        response = await call_next(request)
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        return response


class Parts(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        origin = request.headers.get("origin") or ""
        response = await call_next(request)
        if origin.startswith("https://app.example.com"):
            response.headers["Access-Control-Allow-Origin"] = origin  #: accepts-prefix
        elif origin.startswith("https://") and origin.endswith("example.org"):
            response.headers["Access-Control-Allow-Origin"] = origin  #: accepts-suffix
        elif re.fullmatch(r"https://[a-z]+\.example\.net", origin):
            response.headers["Access-Control-Allow-Origin"] = origin
        elif "example.edu" in origin:
            response.headers["Access-Control-Allow-Origin"] = origin  #: accepts-infix
        elif self.allows(origin):
            response.headers["Access-Control-Allow-Origin"] = origin  #: unread-code
        elif origin in self.origins:
            response.headers["Access-Control-Allow-Origin"] = origin  #: Access-Control-Allow-Origin
        else:
            response.headers["Access-Control-Allow-Origin"] = "null"  #: accepts-null
        return response


async def raw(scope, receive, send):
    origin = None
    for name, value in scope["headers"]:
        if name.lower() == b"origin":
            origin = value

    async def start(message):
        if message["type"] == "http.response.start":
            message["headers"].append((b"access-control-allow-origin", origin))  #: accepts-any-origin
        await send(message)

    await app(scope, receive, start)


async def raw_of_a_server_with_buffers(scope, receive, send):
    origin = None
    for name, value in scope["headers"]:
        if bytes(name).lower() == b"origin":
            origin = value
    await send({"headers": [(b"access-control-allow-origin", origin)]})  #: accepts-any-origin


async def raw_and_compared(scope, receive, send):
    for name, value in scope["headers"]:
        if name == b"origin" and value.decode() in ["https://app.example.com/x"]:  #: origin-path
            await send({"headers": [(b"access-control-allow-origin", value)]})


async def raw_in_a_dictionary(scope, receive, send):
    origin = dict(scope["headers"]).get(b"origin", b"").decode()
    await send({"headers": [(b"access-control-allow-origin", origin.encode())]})  #: accepts-any-origin


def flask(response, request):
    response.headers.add("Access-Control-Allow-Origin", request.origin)  #: accepts-any-origin
    response.headers.update({"Access-Control-Allow-Methods": settings.METHODS})  #: Access-Control-Allow-Methods
    response.headers.extend(HEADERS)


def fastapi(response, origin: str = Header(None)):
    response.headers["Access-Control-Allow-Origin"] = f"{origin}"  #: accepts-any-origin


class Tornado:
    def set_default_headers(self):
        self.set_header("Access-Control-Allow-Origin", self.request.headers.get("Origin", "*"))  #: accepts-any-origin
        self.set_header("Access-Control-Allow-Credentials", "true")


def of_settings(response):
    response.headers["Access-Control-Allow-Origin"] = settings.FRONT_END  #: Access-Control-Allow-Origin
    response.headers["Access-Control-Allow-Credentials"] = "True"  #: sends-invalid-allow-credentials


def twice(response):
    response.headers.append("Access-Control-Allow-Origin", "https://app.example.com")
    response.headers.append("Access-Control-Allow-Origin", "https://app.example.com")  #: duplicate-headers


def helper(response, origin):
    response.headers["Access-Control-Allow-Origin"] = origin  #: accepts-any-origin


def calls_the_helper(response, request):
    helper(response, request.headers.get("origin"))


def chooses(request):
    origin = request.headers.get("origin")
    return {"Access-Control-Allow-Origin": origin if origin in ALLOWED else "https://app.example.com"}


def is_allowed(origin):
    return origin == "https://app.example.com" or origin.endswith(".example.com")


def asks_a_function(response, request):
    origin = request.headers.get("origin")
    if is_allowed(origin):
        response.headers["Access-Control-Allow-Origin"] = origin  #: accepts-http


def not_sent_by_a_server(client, response):
    client.get("https://api.example.com", headers={"Access-Control-Allow-Origin": "*"}, timeout=5)
    client.headers["Access-Control-Allow-Origin"] = "*"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers == {"Access-Control-Allow-Origin": "*"}
    return response.headers.get("Access-Control-Allow-Origin", "*")
