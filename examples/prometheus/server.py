"""Every decision as a Prometheus counter: crossorigin_decisions_total, by kind, reason and method.

Run it with `uvicorn examples.prometheus.server:app`; the numbers are at /metrics. It needs prometheus-client.
"""

from typing import Any

from fastapi import FastAPI
from prometheus_client import Counter, make_asgi_app

from crossorigin import Decision, Policy, install

DECISIONS = Counter("crossorigin_decisions", "Decisions of the CORS policy.", ["kind", "reason", "method"])
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def count(decision: Decision, scope: Any) -> None:
    """Labels are few: the origin and the path are not among them, because strangers choose them."""
    method = scope.get("method", "GET")
    DECISIONS.labels(decision.kind, decision.reason, method if method in METHODS else "_OTHER").inc()


app = FastAPI()
app.mount("/metrics", make_asgi_app())


@app.get("/items")
def items() -> list[str]:
    return ["a"]


install(app, Policy(allow_origins=["https://app.example.com"]), on_decision=count)
