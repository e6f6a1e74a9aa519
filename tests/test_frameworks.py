"""Every framework under every server, over every protocol that the server offers: what a browser gets.

The app is the framework's example with the routes of `tests.served` added, in a real server process, started once.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import pytest

from crossorigin import Browser, Outcome
from tests.served.clients import H2, H2C, HTTP1, HTTP1_TLS, Protocol, transport
from tests.served.servers import Certificate, Served, make_certificate, serving

PAGE = "http://localhost:3000"
STRANGER = "https://evil.example"
FRAMEWORKS = ["starlette", "fastapi", "litestar", "quart", "blacksheep", "bare"]
PROTOCOLS = {
    "uvicorn": [HTTP1],
    "hypercorn": [HTTP1, HTTP1_TLS, H2C, H2],
    "granian": [HTTP1, HTTP1_TLS, H2C, H2],
}
COMBINATIONS = [(server, protocol) for server, offered in PROTOCOLS.items() for protocol in offered]

ALWAYS = "accept, accept-language, content-language, content-type"
VARY = [("vary", "Origin")]
READABLE = [
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-origin", PAGE),
    ("vary", "Origin"),
]
ASKED = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
GRANTED = [
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-headers", ALWAYS),
    ("access-control-allow-methods", "PUT"),
    ("access-control-allow-origin", PAGE),
    ("access-control-max-age", "600"),
    ("vary", ASKED),
]
Lines = list[tuple[str, str]]


class Row(NamedTuple):
    """A call of a page's script, and every answer on the wire."""

    page: str
    method: str
    path: str
    reason: str | None
    answers: list[tuple[int, Lines]]  # of each exchange in turn: the status, and the headers that are CORS's
    body: str | None = None  # what script reads; None where it is the framework's own wording


ROWS = {
    "preflight": Row(PAGE, "PUT", "/items/7", None, [(204, GRANTED), (200, READABLE)], '{"item":7}'),
    "preflight denied": Row(STRANGER, "PUT", "/items/7", "preflight-allow-origin-missing", [(403, [("vary", ASKED)])]),
    "method denied": Row(PAGE, "DELETE", "/items/7", "method-not-allowed", [(204, GRANTED)]),
    "get": Row(PAGE, "GET", "/about", None, [(200, READABLE)], "{version} started"),
    "get denied": Row(STRANGER, "GET", "/about", "allow-origin-missing", [(200, VARY)], ""),
    "404": Row(PAGE, "GET", "/nothing", None, [(404, READABLE)]),
    "404 denied": Row(STRANGER, "GET", "/nothing", "allow-origin-missing", [(404, VARY)], ""),
    "crash": Row(PAGE, "GET", "/crash", None, [(500, READABLE)]),
    "cookies": Row(PAGE, "GET", "/cookies", None, [(200, READABLE)], "baked"),
}
# A crash that no framework answers is answered by the server, which knows nothing of CORS.
DIFFERENT = {("bare", "crash"): Row(PAGE, "GET", "/crash", "allow-origin-missing", [(500, [])], "")}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def trusted(certificate: Certificate) -> ssl.SSLContext:
    return certificate.trusted


@pytest.fixture(scope="module", params=FRAMEWORKS)
def framework(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def served(framework: str, certificate: Certificate, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """This framework under each server."""
    folder: Path = tmp_path_factory.mktemp(framework)
    with serving(PROTOCOLS, f"tests.served.{framework}:app", certificate, folder) as running:
        yield running


@pytest.fixture(scope="module", params=COMBINATIONS, ids=lambda it: f"{it[0]} {it[1]}")
def place(request: pytest.FixtureRequest, served: dict[str, Served], trusted: ssl.SSLContext) -> Iterator[Any]:
    """(the address, the version of HTTP, what speaks it) for each server and protocol."""
    server, protocol = request.param
    address = served[server].tls if protocol.tls else served[server].plain
    with transport(protocol, trusted) as wire:
        yield address, protocol, wire


def answers(outcome: Outcome) -> list[tuple[int, Lines]]:
    """Of each exchange: the status, and every line of CORS and of Vary, repeated where it is repeated."""
    return [(it.response.status, cors(it.response.headers)) for it in outcome.requests]


def cors(headers: list[tuple[bytes, bytes]]) -> Lines:
    lines = [(name.decode().lower(), value.decode()) for name, value in headers]
    return sorted(it for it in lines if it[0].startswith("access-control-") or it[0] == "vary")


@pytest.mark.parametrize("case", ROWS)
def test_what_a_page_gets(framework: str, place: tuple[str, Protocol, Any], case: str) -> None:
    address, protocol, wire = place
    row = DIFFERENT.get((framework, case), ROWS[case])
    page = Browser(row.page, transport=wire)
    outcome = page.fetch(address + row.path, method=row.method, credentials="include")
    assert answers(outcome) == row.answers
    assert outcome.reason == row.reason
    assert outcome.allowed is (row.reason is None)
    if row.body is not None:
        assert outcome.text == row.body.format(version=protocol.version.replace("HTTP/2", "HTTP/2"))
    if row.path == "/cookies":
        lines = [
            value.decode() for name, value in outcome.requests[0].response.headers if name.lower() == b"set-cookie"
        ]
        assert [it.partition(";")[0] for it in lines] == ["a=1", "b=2"]


def test_a_stream_is_not_held_back(place: tuple[str, Protocol, Any], trusted: ssl.SSLContext) -> None:
    """The second piece leaves the app only after a client that has read the first says so."""
    address, protocol, _ = place
    http2 = protocol.version == "HTTP/2"
    options = {"http1": not http2 or protocol.tls, "http2": http2, "verify": trusted, "trust_env": False}
    with httpx2.Client(**options) as client, client.stream("GET", address + "/stream", headers={"Origin": PAGE}) as got:
        assert (got.http_version, got.status_code) == (protocol.version, 200)
        assert cors(list(got.headers.raw)) == READABLE
        pieces = got.iter_raw()
        assert next(pieces) == b"one "
        assert client.get(address + "/release").text == "released"
        assert b"".join(pieces) == b"two"
