"""Every framework under every server, over every protocol that the server offers: what a browser gets.

The app is the framework's example with the routes of `tests.e2e.served` added, in a real server process, started once.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page

from crossorigin import Browser, Outcome
from tests.e2e.served.chromium import fetch, pages
from tests.e2e.served.clients import COMBINATIONS, PROTOCOLS, Protocol, client, transport
from tests.e2e.served.servers import Certificate, Served, make_certificate, serving

PAGE = "http://localhost:3000"
STRANGER = "http://evil.example"
FRAMEWORKS = ["starlette", "fastapi", "litestar", "quart", "blacksheep", "bare"]
# Chromium chooses by ALPN, and speaks HTTP/2 through TLS alone.
CHROMIUMS = [("uvicorn", "http", "HTTP/1.1"), ("hypercorn", "https", "HTTP/2"), ("granian", "https", "HTTP/2")]

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
    "get": Row(PAGE, "GET", "/about", None, [(200, READABLE)], "PROTOCOL started"),
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


class Place(NamedTuple):
    """One framework, under one server, over one protocol."""

    framework: str
    address: str
    protocol: Protocol


@pytest.fixture(scope="module")
def chromium() -> Iterator[dict[str, Page]]:
    with pages(PAGE, STRANGER) as opened:
        yield opened


@pytest.fixture(scope="module", params=FRAMEWORKS)
def servers(
    request: pytest.FixtureRequest, certificate: Certificate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, Served]]]:
    """One framework under each server, started once."""
    framework: str = request.param
    folder: Path = tmp_path_factory.mktemp(framework)
    with serving(PROTOCOLS, f"tests.e2e.served.{framework}:app", certificate, folder) as served:
        yield framework, served
    for it in served.values():  # and each of its processes reached the lifespan's end
        assert it.output.splitlines().count("stopped") == it.processes


@pytest.fixture(params=COMBINATIONS, ids=lambda it: f"{it[0]} {it[1]}")
def place(request: pytest.FixtureRequest, servers: tuple[str, dict[str, Served]]) -> Place:
    framework, served = servers
    server, protocol = request.param
    return Place(framework, served[server].tls if protocol.tls else served[server].plain, protocol)


def answers(outcome: Outcome) -> list[tuple[int, Lines]]:
    """Of each exchange: the status, and every line of CORS and of Vary, repeated where it is repeated."""
    return [(it.response.status, cors(it.response.headers)) for it in outcome.requests]


def cors(headers: list[tuple[bytes, bytes]]) -> Lines:
    lines = [(name.decode().lower(), value.decode()) for name, value in headers]
    return sorted(it for it in lines if it[0].startswith("access-control-") or it[0] == "vary")


@pytest.mark.parametrize("case", ROWS)
def test_what_a_page_gets(place: Place, case: str, trusted: ssl.SSLContext) -> None:
    row = DIFFERENT.get((place.framework, case), ROWS[case])
    # A connection of its own: after a crash, a server may close the one that it came over.
    with transport(place.protocol, trusted) as wire:
        page = Browser(row.page, transport=wire)
        outcome = page.fetch(place.address + row.path, method=row.method, credentials="include")
    assert answers(outcome) == row.answers
    assert outcome.reason == row.reason
    assert outcome.allowed is (row.reason is None)
    if row.body is not None:
        assert outcome.text.strip() == row.body.replace("PROTOCOL", place.protocol.version)
    if row.path == "/cookies":
        headers = outcome.requests[0].response.headers
        lines = [value.decode() for name, value in headers if name.lower() == b"set-cookie"]
        assert [it.partition(";")[0] for it in lines] == ["a=1", "b=2"]


def test_a_stream_is_not_held_back(place: Place, trusted: ssl.SSLContext) -> None:
    """The second piece leaves the app only after a client that has read the first says so."""
    with (
        client(place.protocol, trusted) as http,
        http.stream("GET", place.address + "/stream", headers={"Origin": PAGE}) as got,
    ):
        assert (got.http_version, got.status_code) == (place.protocol.version, 200)
        assert cors(got.headers.raw) == READABLE
        pieces = got.iter_raw()
        assert next(pieces) == b"one "
        assert http.get(place.address + "/release").text == "released"
        assert b"".join(pieces) == b"two"


@pytest.mark.parametrize(("server", "scheme", "version"), CHROMIUMS)
def test_real_chromium(
    servers: tuple[str, dict[str, Served]], chromium: dict[str, Page], server: str, scheme: str, version: str
) -> None:
    """Every row again: Chromium reads what the table says that a page can read."""
    framework, served = servers
    address = served[server].tls if scheme == "https" else served[server].plain
    for case, usual in ROWS.items():
        row = DIFFERENT.get((framework, case), usual)
        got = fetch(chromium[row.page], address + row.path, method=row.method)
        if row.reason is not None:
            assert got == {"error": "TypeError"}, case
            continue
        assert got["status"] == row.answers[-1][0], case
        if row.body is not None:
            assert got["text"] == row.body.replace("PROTOCOL", version), case
