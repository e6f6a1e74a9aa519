"""Forms that stand in public projects, with their names replaced."""

import os
from os import environ

import httpx
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response

# From the environment, with a default.
allowed = [o.strip() for o in os.getenv("ALLOWED", "http://localhost:3000,https://app.example.com/").split(",") if o.strip()]  #: no-effect allow_origins
app.add_middleware(CORSMiddleware, allow_origins=allowed)

# One variable decides about the list and about credentials.
if settings.ALLOWED_ORIGINS.strip() == "*":
    allow_origins, allow_credentials = ["*"], False  #: star-in-production
else:
    allow_origins = [origin.strip() for origin in settings.ALLOWED_ORIGINS.split(",")]  #: allow_origins
    allow_credentials = True
app.add_middleware(CORSMiddleware, allow_origins=allow_origins, allow_credentials=allow_credentials)

# A dictionary of keywords that grows.
_cors_kwargs: dict = dict(allow_methods=["GET"], allow_headers=["Authorization", "Content-Type"])
if settings.ALLOW_ALL:
    _cors_kwargs["allow_origins"] = ["*"]  #: star-in-production
else:
    _cors_kwargs["allow_origins"] = settings.cors_origin_list  #: allow_origins
    _cors_kwargs["allow_credentials"] = True
    if settings.cors_origin_regex:
        _cors_kwargs["allow_origin_regex"] = settings.cors_origin_regex  #: allow_origin_regex
app.add_middleware(CORSMiddleware, **_cors_kwargs)

# A fallback for settings that may be missing.
config = settings.get_cors() if hasattr(settings, "get_cors") else {"allow_origins": ["*"], "allow_credentials": True}  #: star-with-credentials
app.add_middleware(CORSMiddleware, **config)  #: **

# Methods and headers that browsers read another way.
app.add_middleware(
    CORSMiddleware,
    allow_origins=[settings.FRONT_END, f"https://{settings.DOMAIN}"],  #: allow_origins allow_origins
    allow_methods=["get", "POST"],  #: no-effect
    allow_headers=["Content-Type "],  #: no-effect
)


def create_app(debug: bool = False) -> FastAPI:
    application = FastAPI()
    if origins := settings.web.origins:  #: allow_origins
        application.add_middleware(CORSMiddleware, allow_origins=origins, allow_credentials=True)
    return application


async def reflect_for_star(response, request):
    origin = request.headers.get("Origin")
    allowed_origin = environ.get("CORS_ORIGIN", "https://app.example.com")
    if allowed_origin == "*" and origin:
        allowed_origin = origin
    response.headers["Access-Control-Allow-Origin"] = allowed_origin  #: accepts-any-origin Access-Control-Allow-Origin
    response.headers.setdefault("Access-Control-Allow-Headers", "Content-Type")
    if allowed_origin != "*":
        response.headers.setdefault("Access-Control-Allow-Credentials", "true")
    return response


class FailSafe:
    async def __call__(self, scope, receive, send):
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if scope["method"] == "OPTIONS":
            response = Response(
                status_code=204,
                headers={
                    "Access-Control-Allow-Origin": origin or "*",  #: accepts-any-origin
                    "Access-Control-Allow-Methods": "DELETE, GET",
                    "Access-Control-Allow-Credentials": "true",
                },
            )
            return await response(scope, receive, send)

        async def with_headers(message):
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                for number, (name, value) in enumerate(message["headers"]):
                    if name.lower() == b"access-control-allow-origin":
                        message["headers"][number] = (name, origin.encode())
                        break
                found["Access-Control-Allow-Origin"] = origin  #: accepts-any-origin
                found.append("Vary", "Origin")
            await send(message)

        await self.app(scope, receive, with_headers)


def of_flask(response, request):
    origin = request.environ["HTTP_ORIGIN"]
    clean_origin = origin.strip().rstrip("/")
    is_allowed = (clean_origin in ["https://app.example.com"]) or (clean_origin == request.host_url.rstrip("/"))
    if is_allowed:
        response.headers["Access-Control-Allow-Origin"] = clean_origin  #: Access-Control-Allow-Origin
    return response


def of_django(response):
    response["Access-Control-Allow-Origin"] = ", ".join(["https://a.example.com", "https://b.example.com"])  #: sends-invalid-allow-origin
    return response


class OfTheStandardLibrary:
    def end_headers(self):
        self.send_header("Access-Control-Allow-Origin", "*")  #: sends-star
        super().end_headers()


def error(request, reason):
    match request.method:
        case "GET":
            cors = {"Access-Control-Allow-Origin": settings.FRONT_END}  #: Access-Control-Allow-Origin
        case _:
            cors = {}
    with suppress(KeyError):
        cors |= {"Access-Control-Max-Age": "600"}
    return JSONResponse({"detail": reason}, status_code=500, headers=cors)


async def of_a_client(url):
    async with httpx.AsyncClient() as client:
        return await client.post(url, headers={"Access-Control-Allow-Origin": "*"})


def test_of_it(client):
    response = client.options("/", headers={"Origin": "https://a.example", "Access-Control-Request-Method": "GET"})
    assert response.headers["access-control-allow-origin"] == "https://a.example"
    assert ("access-control-allow-origin", "*") in response.headers.items()


CORS_RESPONSE_HEADERS = frozenset({b"access-control-allow-origin", b"access-control-allow-credentials"})
ALLOWED_HEADERS = ("Access-Control-Allow-Origin", "Content-Type")
responses = {200: {"headers": {"Access-Control-Allow-Origin": {"schema": {"type": "string"}}}}}
