"""A layer that is asked alone: what it answers, and whom it lets in. A layer that fails proves nothing."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.middleware.cors import CORSMiddleware as StarlettesCORSMiddleware

from crossorigin.browser import Request
from crossorigin.transport.isolated_layer import Build, IsolatedLayer, answering, lets_in, own_answer

PAGE, EVIL = "https://app.example.com", "https://evil.example"
PREFLIGHT = Request(
    "OPTIONS", "https://api.example/", [(b"Origin", PAGE.encode()), (b"Access-Control-Request-Method", b"PUT")]
)


def starlettes(app: Any) -> Any:
    return StarlettesCORSMiddleware(app, allow_origins=[PAGE])


def passing(app: Any) -> Any:
    return app


def refusing(app: Any) -> Any:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    return answer


def needing(app: Any) -> Any:
    """A layer that needs what is not here when it is built."""
    raise KeyError("DATABASE_URL")


def crashing(app: Any) -> Any:
    """A layer that needs what is not here when it is asked."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        raise KeyError("session")

    return answer


@pytest.mark.parametrize(
    ("build", "status", "lets"),
    [
        (starlettes, 400, [PAGE]),
        (refusing, 401, []),
        (passing, None, []),
        (needing, None, []),
        (crashing, None, []),
        (None, None, []),
    ],
)
def test_one_layer(build: Build | None, status: int | None, lets: list[str]) -> None:
    assert own_answer(build, PREFLIGHT) == status
    assert [origin for origin in (PAGE, EVIL) if lets_in(build, origin)] == lets


def test_which_of_several_answers() -> None:
    layers = [("unknown", None), ("passing", passing), ("crashing", crashing), ("auth", refusing), ("late", refusing)]
    assert answering(layers, PREFLIGHT, 401) == "auth"
    assert answering(layers, PREFLIGHT, 403) == ""


def test_a_layer_that_crashes_has_no_headers() -> None:
    layer = IsolatedLayer(crashing)
    assert (layer.failed, layer.get(PAGE), layer.preflight(PAGE, "PUT"), layer.allows(PAGE)) == ("", {}, {}, False)


def test_a_layer_that_cannot_be_built_says_why() -> None:
    assert IsolatedLayer(needing).failed == "KeyError: 'DATABASE_URL'"
