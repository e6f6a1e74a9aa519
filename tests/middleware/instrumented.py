"""One app with one other library, in a process of its own: `python -m tests.middleware.instrumented LIBRARY STEP...`

Each step is done in turn: `install` and `install again` are ours, `add`, `remove` and `reset` the library's. Then five
requests are sent, and what came of each is printed as JSON, with what the library counted.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse

from crossorigin import Policy, install
from tests.asgi import request

FIRST, SECOND = "https://first.example.com", "https://second.example.com"
REQUESTS = [("GET", "/ok"), ("GET", "/private"), ("GET", "/guarded"), ("GET", "/nowhere"), ("GET", "/crash")]


class Guard(BaseHTTPMiddleware):
    """Answers 401 before any route."""

    async def dispatch(self, request: Request, call_next: Any) -> Any:
        return PlainTextResponse("who?", 401) if request.url.path == "/guarded" else await call_next(request)


def make() -> FastAPI:
    app = FastAPI()
    app.add_middleware(Guard)

    @app.get("/ok")
    async def ok(request: Request) -> dict[str, int]:
        return {"a": 1}

    @app.get("/private")
    def private() -> None:
        raise HTTPException(401)

    @app.get("/crash")
    def crash() -> None:
        raise RuntimeError("boom")

    return app


Counted = Callable[[], Any]


def opentelemetry(app: FastAPI) -> tuple[Callable[[], None], Callable[[], None], Counted]:
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))

    def counted() -> list[Any]:
        servers = [span for span in spans.get_finished_spans() if span.kind.name == "SERVER"]
        return sorted(span.attributes["http.status_code"] for span in servers)

    def add() -> None:
        FastAPIInstrumentor.instrument_app(app, tracer_provider=provider)

    return add, lambda: FastAPIInstrumentor.uninstrument_app(app), counted


def logfire(app: FastAPI) -> tuple[Callable[[], None], Callable[[], None], Counted]:
    import logfire
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans = InMemorySpanExporter()
    logfire.configure(
        send_to_logfire=False,
        console=False,
        additional_span_processors=[SimpleSpanProcessor(spans)],
        inspect_arguments=False,
    )

    def counted() -> list[Any]:
        servers = [span for span in spans.get_finished_spans() if span.kind.name == "SERVER"]
        return sorted(span.attributes["http.status_code"] for span in servers)

    return lambda: logfire.instrument_fastapi(app), nothing, counted


def sentry(app: FastAPI) -> tuple[Callable[[], None], Callable[[], None], Counted]:
    import sentry_sdk
    from sentry_sdk.transport import Transport

    seen: list[str] = []

    class Keep(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            seen.extend(item.headers["type"] for item in envelope.items)

    def add() -> None:
        sentry_sdk.init("http://key@127.0.0.1:9/1", transport=Keep, traces_sample_rate=1.0)

    return add, nothing, lambda: sorted(seen)


def prometheus(app: FastAPI) -> tuple[Callable[[], None], Callable[[], None], Counted]:
    from prometheus_client import CollectorRegistry
    from prometheus_fastapi_instrumentator import Instrumentator

    registry = CollectorRegistry()

    def counted() -> list[Any]:
        found = [one for family in registry.collect() for one in family.samples if one.name == "http_requests_total"]
        return sorted([one.labels["handler"], one.labels["status"], one.value] for one in found)

    return lambda: Instrumentator(registry=registry).instrument(app) and None, nothing, counted


def slowapi(app: FastAPI) -> tuple[Callable[[], None], Callable[[], None], Counted]:
    from slowapi import Limiter
    from slowapi.middleware import SlowAPIMiddleware

    limiter = Limiter(key_func=lambda request: "all", default_limits=["1000/minute"], headers_enabled=True)
    app.state.limiter = limiter

    def counted() -> list[Any]:
        return sorted(limiter.limiter.storage.storage.values())  # type: ignore[attr-defined]

    return lambda: app.add_middleware(SlowAPIMiddleware), nothing, counted


def correlation_id(app: FastAPI) -> tuple[Callable[[], None], Callable[[], None], Counted]:
    from asgi_correlation_id import CorrelationIdMiddleware

    return lambda: app.add_middleware(CorrelationIdMiddleware), nothing, lambda: headers("x-request-id")


def context(app: FastAPI) -> tuple[Callable[[], None], Callable[[], None], Counted]:
    from starlette_context import middleware, plugins

    def add() -> None:
        app.add_middleware(middleware.RawContextMiddleware, plugins=(plugins.RequestIdPlugin(),))

    return add, nothing, lambda: headers("x-request-id")


def nothing() -> None:
    """What a library cannot undo."""


ANSWERS: list[Any] = []


def headers(name: str) -> list[int]:
    """The statuses of the responses that have this header."""
    return [answer.status for answer in ANSWERS if name.encode() in dict(answer.raw)]


LIBRARIES = {
    "opentelemetry": opentelemetry,
    "logfire": logfire,
    "sentry": sentry,
    "prometheus": prometheus,
    "slowapi": slowapi,
    "correlation-id": correlation_id,
    "context": context,
}


def main(library: str, *steps: str) -> None:
    logging.disable(logging.CRITICAL)
    app = make()
    add, remove, counted = LIBRARIES[library](app)
    does: dict[str, Callable[[], object]] = {
        "add": add,
        "remove": remove,
        "reset": lambda: setattr(app, "middleware_stack", None),
        "install": lambda: install(app, Policy(allow_origins=[FIRST], allow_credentials=True)),
        "install-again": lambda: install(app, Policy(allow_origins=[SECOND], allow_credentials=True)),
        "start": lambda: request(app, "GET", "/ok"),
    }
    for step in steps:
        does[step]()
    page = SECOND if "install-again" in steps else FIRST
    ANSWERS.extend(request(app, method, path, [("origin", page)]) for method, path in REQUESTS)
    seen = [[answer.status, answer.cors.get("access-control-allow-origin")] for answer in ANSWERS]
    count = counted()  # before the preflight, which no library sees behind us, and each sees alone
    asks = [("origin", page), ("access-control-request-method", "GET")]
    preflight = request(app, "OPTIONS", "/ok", asks)
    seen.append([preflight.status, preflight.cors.get("access-control-allow-origin")])
    json.dump({"seen": seen, "counted": count, "page": page}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
