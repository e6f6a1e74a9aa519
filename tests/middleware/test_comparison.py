"""The README's table, row by row, against Starlette's middleware itself. A row that stops being true fails here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic import AnyHttpUrl
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware as StarletteCORS
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from crossorigin import CORSMiddleware, Policy, PolicyError, install
from tests.asgi import Answer, request

README = Path(__file__).parent.parent.parent / "README.md"
A, EVIL = "https://example.com", "https://evil.example"
ACAO, ACAC = "access-control-allow-origin", "access-control-allow-credentials"


def ok(*headers: tuple[str, str]) -> Any:
    async def home(request: Any) -> JSONResponse:
        return JSONResponse({}, headers=dict(headers))

    return Route("/", home)


def loose(answer: Answer) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in answer.raw}


def starlettes(origin: str, headers: list[tuple[str, str]] | None = None, **policy: Any) -> dict[str, str]:
    app = StarletteCORS(FastAPI(routes=[ok(*headers or [])]), **policy)
    return loose(request(app, "GET", "/", [("origin", origin)]))


def ours(origin: str, headers: list[tuple[str, str]] | None = None, **policy: Any) -> dict[str, str]:
    app = CORSMiddleware(FastAPI(routes=[ok(*headers or [])]), **policy)
    return request(app, "GET", "/", [("origin", origin)]).cors


def refused(**policy: Any) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        Policy(**policy)
    return [it.code for it in caught.value.problems]


def test_star_with_credentials() -> None:
    policy: dict[str, Any] = {"allow_origins": ["*"], "allow_credentials": True}
    for origin in (EVIL, "null"):
        answer = starlettes(origin, **policy)
        assert (answer[ACAO], answer[ACAC]) == (origin, "true")
    assert refused(**policy) == ["star-with-credentials"]
    assert ours(EVIL, **policy, environment="development") == {ACAO: "*", "vary": "Origin"}
    assert ours("http://localhost:3000", **policy, environment="development")[ACAC] == "true"


def test_a_text_in_place_of_a_list() -> None:
    assert starlettes("https://example.co", allow_origins=A)[ACAO] == "https://example.co"
    assert refused(allow_origins=A) == ["not-a-list"]


@pytest.mark.parametrize("written", [A + "/", AnyHttpUrl(A)])
def test_what_a_browser_never_sends(written: Any) -> None:
    assert ACAO not in starlettes(A, allow_origins=[written])
    assert ours(A, allow_origins=[written])[ACAO] == A


def test_patterns() -> None:
    assert ACAO not in starlettes("https://a.example.com", allow_origins=["https://*.example.com"])
    assert ours("https://a.example.com", allow_origins=["https://*.example.com"])[ACAO] == "https://a.example.com"


@pytest.mark.parametrize("name", ["github.io", "amazonaws.com"])
def test_public_suffixes(name: str) -> None:
    regex = "https://[a-z]+\\." + re.escape(name)
    assert starlettes(f"https://evil.{name}", allow_origin_regex=regex)[ACAO] == f"https://evil.{name}"
    assert refused(allow_origins=[f"https://*.{name}"], allow_credentials=True) == ["public-suffix"]
    assert refused(allow_origin_regex=regex, allow_credentials=True) == ["public-suffix"]


def test_unsafe_regular_expressions() -> None:
    regex = r"https://[a-z]*example\.com"
    assert starlettes("https://evilexample.com", allow_origin_regex=regex)[ACAO] == "https://evilexample.com"
    with pytest.raises(PolicyError, match=r"https://evilexample\.com"):
        Policy(allow_origin_regex=regex, allow_credentials=True)


def test_a_wrong_keyword() -> None:
    app = FastAPI()
    app.add_middleware(StarletteCORS, allow_origins_regex=r"x")  # type: ignore[call-arg]
    assert isinstance(request(app, "GET").raised, TypeError)  # only now
    with pytest.raises(PolicyError, match="allow_origin_regex"):
        Policy(allow_origins=[A], allow_origins_regex=r"x")


def crashing(middleware: Any, **options: Any) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def crash() -> None:
        raise RuntimeError

    app.add_middleware(middleware, allow_origins=[A], **options)
    return app


def test_a_crash() -> None:
    theirs, mine = (request(crashing(it), "GET", "/", [("origin", A)]) for it in (StarletteCORS, CORSMiddleware))
    assert (theirs.status, theirs.cors) == (500, {})
    assert (mine.status, mine.cors) == (500, {ACAO: A, "vary": "Origin"})
    assert isinstance(mine.raised, RuntimeError)


class Refuses(BaseHTTPMiddleware):
    async def dispatch(self, request: Any, call_next: Any) -> Any:
        return PlainTextResponse("", status_code=401)


def test_outer_middleware() -> None:
    theirs, mine = FastAPI(), FastAPI()
    theirs.add_middleware(StarletteCORS, allow_origins=[A])
    install(mine, Policy(allow_origins=[A]))
    for app, cors in ((theirs, {}), (mine, {ACAO: A, "vary": "Origin"})):
        app.add_middleware(Refuses)
        answer = request(app, "GET", "/", [("origin", A)])
        assert (answer.status, answer.cors) == (401, cors)


def asked(app: Any, origin: str, method: str) -> Answer:
    return request(app, "OPTIONS", "/", [("origin", origin), ("access-control-request-method", method)])


def test_preflights() -> None:
    policy: dict[str, Any] = {"allow_origins": [A], "allow_methods": ["PUT"], "allow_credentials": True}
    theirs, mine = StarletteCORS(FastAPI(), **policy), CORSMiddleware(FastAPI(), **policy)
    denied = asked(theirs, EVIL, "PUT")
    assert (denied.status, denied.cors["access-control-allow-methods"], denied.cors[ACAC]) == (400, "PUT", "true")
    assert (asked(mine, EVIL, "PUT").status, list(asked(mine, EVIL, "PUT").cors)) == (403, ["vary"])
    assert asked(theirs, A, "DELETE").status == 400
    assert asked(mine, A, "DELETE").status == 204
    assert asked(mine, A, "DELETE").cors["access-control-allow-methods"] == "PUT"


def test_an_apps_own_headers() -> None:
    own = [(ACAO, "*")]
    answer = starlettes(EVIL, own, allow_origins=[A], allow_credentials=True)
    assert (answer[ACAO], answer[ACAC]) == ("*", "true")
    assert ours(EVIL, own, allow_origins=[A], allow_credentials=True) == {"vary": "Origin"}


def test_the_table_has_a_row_for_each_of_these() -> None:
    rows = [line for line in README.read_text().splitlines() if line.startswith("| ")]
    table = [it for it in rows if it.count("|") == 4 and not it.startswith("| |")]
    assert len(table) == 14  # thirteen are above, by name; the two last, of time, are `make bench`'s
