"""The counter of OpenTelemetry and the attributes on the current span, collected by the real SDK."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from crossorigin import CORSMiddleware, Policy, install
from crossorigin.middleware import telemetry
from crossorigin.middleware.telemetry import DecisionCounter, decision_counter
from crossorigin.server import decide
from tests.asgi import request

A, EVIL = "https://app.example.com", "https://evil.example"
POLICY = Policy(allow_origins=[A], allow_methods=["GET", "PUT"])

# In a process of its own, because the provider of metrics is set once for a process.
COLLECTED = """
import asyncio, json, sys
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.asgi import request
from tests.middleware.test_telemetry import shop

reader, spans = InMemoryMetricReader(), InMemorySpanExporter()
metrics.set_meter_provider(MeterProvider([reader]))
if sys.argv[1] == "spans":
    trace.set_tracer_provider(TracerProvider())
    trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(spans))
app = shop()
A = ("origin", "https://app.example.com")
sent = [
    ("GET", "/api/items/1", [A]),
    ("GET", "/api/items/2", [A]),
    ("GET", "/api/items/2", []),
    ("GET", "/nothing/at/all", [("origin", "https://evil.example")]),
    ("BREW", "/nothing/at/all", [A]),
    ("OPTIONS", "/api/items/2", [A, ("access-control-request-method", "DELETE")]),
    ("GET", "/mounted/inside/5", [A]),
]
for one in sent:
    with trace.get_tracer("test").start_as_current_span("request"):
        request(app, *one)
points = []
for resource in reader.get_metrics_data().resource_metrics:
    for scope in resource.scope_metrics:
        for metric in [each for each in scope.metrics if each.name.startswith("crossorigin")]:
            points += [
                [metric.name, metric.unit, metric.data.is_monotonic, point.value, dict(point.attributes)]
                for point in metric.data.data_points
            ]
print(json.dumps([points, [dict(span.attributes) for span in spans.get_finished_spans() if span.name == "request"]]))
"""


def shop() -> FastAPI:
    app = FastAPI()
    router = APIRouter()

    @router.get("/items/{number}")
    def item(number: int) -> int:
        return number

    app.include_router(router, prefix="/api")
    inside = FastAPI()
    inside.get("/inside/{number}")(item)
    app.mount("/mounted", inside)
    install(app, POLICY)
    return app


def collected(mode: str) -> tuple[list[Any], list[Any]]:
    done = subprocess.run([sys.executable, "-c", COLLECTED, mode], capture_output=True, text=True, check=True)
    points, spans = json.loads(done.stdout)
    return points, spans


def attributes(kind: str, reason: str, method: str, route: str = "") -> dict[str, str]:
    found = {"crossorigin.kind": kind, "crossorigin.reason": reason, "http.request.method": method}
    return found | ({"http.route": route} if route else {})


def test_the_sdk_collects_the_counter() -> None:
    points, spans = collected("counter")
    assert {(name, unit, monotonic) for name, unit, monotonic, _, _ in points} == {
        ("crossorigin.decisions", "{request}", True)
    }
    assert spans == []
    found = [(count, said) for _, _, _, count, said in points]
    expected = [
        (2, attributes("cors", "allowed", "GET", ITEM)),
        (1, attributes("cors", "origin-not-allowed", "GET")),
        (1, attributes("cors", "allowed", "_OTHER")),
        (1, attributes("preflight", "method-not-allowed", "OPTIONS")),
        (1, attributes("cors", "allowed", "GET")),  # inside a mount, whose own part the router does not give
    ]
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_the_same_is_on_the_current_span() -> None:
    _, spans = collected("spans")
    assert spans == [
        {"crossorigin.kind": "cors", "crossorigin.reason": "allowed"},
        {"crossorigin.kind": "cors", "crossorigin.reason": "allowed"},
        {},
        {"crossorigin.kind": "cors", "crossorigin.reason": "origin-not-allowed"},
        {"crossorigin.kind": "cors", "crossorigin.reason": "allowed"},
        {"crossorigin.kind": "preflight", "crossorigin.reason": "method-not-allowed"},
        {"crossorigin.kind": "cors", "crossorigin.reason": "allowed"},
    ]


ITEM = "/items/{number}"


def test_nothing_is_counted_if_nobody_collects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", None)
    telemetry._api.cache_clear()
    assert decision_counter() is None


class Raises:
    """What a router of somebody's own may leave in a scope."""

    @property
    def path(self) -> str:
        raise RuntimeError("not now")


@pytest.mark.parametrize(
    ("scope", "method", "route"),
    [
        ({"method": "GET", "route": Raises()}, "GET", ""),
        ({"method": "GET", "route": object()}, "GET", ""),
        ({"type": "websocket"}, "GET", ""),
        ({"method": "\x1b[2J"}, "_OTHER", ""),
        ({"method": "PUT", "route": type("Route", (), {"path": "/a/{b}"})}, "PUT", "/a/{b}"),
    ],
)
def test_attributes_are_bounded(scope: dict[str, Any], method: str, route: str) -> None:
    counter = DecisionCounter(spans=False)
    counter.add(decide(POLICY, "GET", [(b"origin", EVIL.encode())]), scope)
    counter.add(decide(POLICY, "GET", []), scope)
    assert counter.counts == {("cors", "origin-not-allowed", method, route): 1}


def test_made_up_routes_do_not_fill_the_memory() -> None:
    counter = DecisionCounter(spans=False)
    denied = decide(POLICY, "GET", [(b"origin", EVIL.encode())])
    for number in range(3000):
        counter.add(denied, {"method": "GET", "route": type("Route", (), {"path": f"/{number}"})})
    assert len(counter.counts) == 2001
    assert counter.counts["cors", "origin-not-allowed", "GET", ""] == 1000


def test_the_numbers_are_handed_to_the_sdk() -> None:
    counter = telemetry._made.__wrapped__(False)
    counter.add(
        decide(POLICY, "GET", [(b"origin", A.encode())]), {"method": "GET", "route": type("R", (), {"path": "/a"})}
    )
    counter.add(decide(POLICY, "GET", [(b"origin", A.encode())]), {"method": "GET"})
    assert [(each.value, each.attributes) for each in counter.observations(None)] == [
        (1, attributes("cors", "allowed", "GET", "/a")),
        (1, attributes("cors", "allowed", "GET")),
    ]


def test_a_span_that_records_is_marked() -> None:
    span = TracerProvider().get_tracer("test").start_span("request")
    telemetry.mark_span(decide(POLICY, "GET", []))  # no span, nothing to mark
    with trace.use_span(span):
        telemetry.mark_span(decide(POLICY, "GET", [(b"origin", EVIL.encode())]))
    assert dict(span.attributes) == {"crossorigin.kind": "cors", "crossorigin.reason": "origin-not-allowed"}


@pytest.mark.parametrize("spans", [False, True])
def test_a_middleware_counts_each_decision_once(spans: bool) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    made = CORSMiddleware(app, policy=POLICY)
    request(made, "GET", "/")
    counter = DecisionCounter(spans=spans)
    made._seen.count_with(counter)
    for enforced in (False, True):
        made.reconfigure(Policy(allow_origins=[A], enforce=enforced))
        request(made, "GET", "/", [("origin", A)])
        request(made, "OPTIONS", "/", [("origin", A), ("access-control-request-method", "PUT")])
        request(made, "POST", "/", [("origin", EVIL), ("sec-fetch-site", "cross-site")])
    assert counter.counts == {
        ("cors", "allowed", "GET", ""): 2,
        ("preflight", "method-not-allowed", "OPTIONS", ""): 2,
        ("cors", "origin-not-allowed", "POST", ""): 1,
        ("cors", "cross-site-request", "POST", ""): 1,
    }


@pytest.mark.parametrize("crash", [False, True])
def test_one_policy_for_all_is_counted_after_the_response(crash: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = DecisionCounter(spans=False)
    monkeypatch.setattr("crossorigin.middleware.observer.decision_counter", lambda: counter)
    monkeypatch.setattr("crossorigin.middleware.cors.apps_are_asked", lambda: False)  # whatever other tests left behind

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if crash:
            raise OSError("gone")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    made = CORSMiddleware(app, policy=POLICY)
    request(made, "GET", "/", [("origin", A)])
    request(made, "GET", "/", [("origin", A)])
    assert counter.counts == {("cors", "allowed", "GET", ""): 2}


def test_with_the_log_off_nobody_observes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSORIGIN_LOG", "off")
    monkeypatch.setattr("crossorigin.middleware.cors.apps_are_asked", lambda: False)  # whatever other tests left behind

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    made = CORSMiddleware(app, policy=POLICY)
    assert request(made, "GET", "/", [("origin", A)]).cors["access-control-allow-origin"] == A
    trial = CORSMiddleware(app, policy=Policy(allow_origins=[A], enforce="report-only", trusted_hosts=["a.example"]))
    assert request(trial, "POST", "/", [("origin", EVIL)]).status == 200
