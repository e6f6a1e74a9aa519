"""A path that is left to the app's own CORS headers."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware as StarletteCORS
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from crossorigin import CORSMiddleware, Policy, PolicyError, cors, install
from tests.asgi import request

A, B = "https://a.example", "https://b.example"
POLICY = Policy(allow_origins=[A], allow_methods=["PUT"])


def legacy() -> Starlette:
    """An app with a CORS middleware of its own, as a library brings it."""
    own = Middleware(StarletteCORS, allow_origins=[B], allow_methods=["DELETE"])
    return Starlette(routes=[Route("/items", lambda _: PlainTextResponse("legacy"))], middleware=[own])


def installed(policy: Policy = POLICY) -> Any:
    app = FastAPI()
    app.mount("/legacy", legacy())
    app.get("/items")(lambda: "items")
    app.get("/legacy-like")(lambda: "like")
    app.get("/closed/items")(cors(None)(lambda: "closed"))
    install(app, policy, routes={"/legacy/*": "pass-through", "/closed/*": "pass-through"})
    return app


def wrapped(policy: Policy = POLICY) -> Any:
    app = FastAPI()
    app.mount("/legacy", legacy())
    app.get("/items")(lambda: "items")
    app.get("/legacy-like")(lambda: "like")
    app.get("/closed/items")(cors(None)(lambda: "closed"))
    return CORSMiddleware(app, policy=policy, routes={"/legacy/*": "pass-through", "/closed/*": "pass-through"})


ACAO = "access-control-allow-origin"
ROWS = [
    ("/legacy/items", A, None),
    ("/legacy/items", B, B),
    ("/items", A, A),
    ("/items", B, None),
    ("/legacy-like", A, A),
    ("/legacy-like", B, None),
    ("/closed/items", A, None),  # what the endpoint says goes first
]


@pytest.mark.parametrize("make", [installed, wrapped])
@pytest.mark.parametrize(("path", "origin", "allowed"), ROWS)
def test_who_may_read(make: Any, path: str, origin: str, allowed: str | None) -> None:
    answer = request(make(), "GET", path, [("origin", origin)])
    assert answer.status == 200
    assert answer.cors.get(ACAO) == allowed


@pytest.mark.parametrize("make", [installed, wrapped])
@pytest.mark.parametrize(
    ("path", "origin", "method", "status"),
    [
        ("/legacy/items", B, "DELETE", 200),
        ("/legacy/items", A, "DELETE", 400),
        ("/items", A, "PUT", 204),
        ("/items", B, "PUT", 403),
    ],
)
def test_preflights_are_the_apps_own(make: Any, path: str, origin: str, method: str, status: int) -> None:
    sent = [("origin", origin), ("access-control-request-method", method)]
    assert request(make(), "OPTIONS", path, sent).status == status


@pytest.mark.parametrize("make", [installed, wrapped])
def test_enforce_guards_it_all_the_same(make: Any) -> None:
    app = make(Policy(allow_origins=[A], enforce=True, trusted_hosts=["api.example.com"]))
    cross = [("sec-fetch-site", "cross-site")]
    assert request(app, "POST", "/legacy/items", [("origin", B), *cross]).status == 403
    assert request(app, "POST", "/legacy/items", [("origin", A), *cross]).status == 405


@pytest.mark.parametrize("value", ["pass", "", True, {"allow_origins": [A]}, "PASS-THROUGH"])
def test_what_a_path_cannot_have(value: Any) -> None:
    with pytest.raises(PolicyError) as raised:
        install(FastAPI(), POLICY, routes={"/x": value})
    assert [each.code for each in raised.value.problems] == ["path-policy-invalid"]


def test_a_marked_method_leaves_the_others_to_the_app() -> None:
    app = FastAPI()
    app.get("/legacy/x")(cors(POLICY)(lambda: "x"))
    app.put("/legacy/x")(lambda: "x")
    app.options("/legacy/x")(lambda: PlainTextResponse("mine", 299))
    install(app, Policy(allow_origins=[B], allow_methods=["routes"]), routes={"/legacy/*": "pass-through"})
    asked = [("origin", B), ("access-control-request-method", "PUT")]
    assert request(app, "OPTIONS", "/legacy/x", asked).status == 299
