"""`crossorigin verify`: over HTTP, against a real server."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from typer.testing import CliRunner

from crossorigin import CORSMiddleware, Policy, install
from crossorigin.browser import Request, Response
from crossorigin.cli.verify import command, read_policy
from crossorigin.origins import OriginSource
from crossorigin.transport.http import HTTPTransport
from tests.e2e.served.servers import end, free_ports, listening, start

POLICY = Policy(
    allow_origins=["https://app.example.com", "https://*.example.org", "http://localhost:*"],
    allow_methods=["GET", "PUT"],
    allow_headers=["x-a"],
    expose_headers=["x-total"],
    allow_credentials=True,
)
FILE = """
allow_origins = ["https://app.example.com", "https://*.example.org", "http://localhost:*"]
allow_methods = ["GET", "PUT"]
allow_headers = ["x-a"]
expose_headers = ["x-total"]
allow_credentials = true
"""


def served_app() -> FastAPI:
    app = FastAPI()

    @app.get("/items")
    def items() -> list[int]:
        return [1]

    @app.get("/long")
    def long() -> StreamingResponse:
        return StreamingResponse(b"x" * 1000 for _ in range(1000))

    install(app, POLICY)
    return app


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    # A process of its own, which opens its own socket: one that it inherits, asyncio gives Nagle's algorithm.
    (port,) = free_ports(1)
    log = tmp_path_factory.mktemp("verify") / "log"
    running = start(f"uvicorn --factory {__name__}:served_app --port {port} --log-level error", log)
    try:
        listening(running, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(running)


def run(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(command)
    return CliRunner().invoke(app, list(arguments))


def written(folder: Path, text: str = FILE) -> str:
    file = folder / "crossorigin.toml"
    file.write_text(text)
    return str(file)


@pytest.mark.parametrize("path", ["/items", "/nothing-here", "/items?page=2#top", "/long", ""])
def test_a_deployment_of_the_same_policy(server: str, tmp_path: Path, path: str) -> None:
    ran = run(server + path, "--policy", written(tmp_path), "--format", "json", "-H", "Authorization: Bearer x")
    report = json.loads(ran.stdout)
    assert report["findings"] == []
    assert report["kind"] == "verify"
    assert report["target"] == (server + (path or "/")).partition("#")[0]
    assert 100 < report["requests"] < 250
    assert ran.exit_code == 0


def test_a_deployment_of_another_policy(server: str, tmp_path: Path) -> None:
    text = FILE.replace('"PUT"', '"PUT", "DELETE"')
    ran = run(server, "--policy", written(tmp_path, text), "--origin", "https://old.example/page")
    assert ran.exit_code == 1
    assert "high  The deployment's verdict is not the policy's  verdict-differs" in ran.stdout
    assert "DELETE (preflight)" in ran.stdout
    assert "server: blocked: Access-Control-Allow-Methods does not name the method" in ran.stdout
    assert "✗ 2 findings: 1 high, 1 info" in ran.stdout
    assert ran.stderr == ""


def test_a_report_in_a_file(server: str, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    ran = run(server, "--policy", written(tmp_path), "--format", "html", "--output", str(out))
    assert (ran.exit_code, ran.stdout, ran.stderr) == (0, "", f"{out}: no findings\n")
    assert out.read_text().startswith("<!DOCTYPE html>")


def test_a_browser_takes_no_header(server: str, tmp_path: Path) -> None:
    ran = run(server, "--policy", written(tmp_path), "--browser", "chromium", "-H", "Authorization: Bearer x")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr == ("crossorigin: --browser takes no --header: a page that sets one is asked for a preflight\n")


def test_a_browser_without_its_package_is_named(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright", None)
    ran = run(server, "--policy", written(tmp_path), "--browser", "chromium")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr == 'crossorigin: playwright is not installed: pip install "crossorigin[browser]"\n'


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    ran = run(f"http://127.0.0.1:{port}/", "--policy", written(tmp_path), "--timeout", "1", "--format", "json")
    report = json.loads(ran.stdout)
    assert ran.exit_code == 2
    assert report["error"].startswith(f"no answer to GET http://127.0.0.1:{port}/: nothing listens there")


NO_URL = "is not a URL to ask: write https://api.example.com/items"
NO_HEADER = 'is not a header: write -H "Name: value"'


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], f"'nonsense' {NO_URL}"),
        (["ftp://a.example"], f"'ftp://a.example' {NO_URL}"),
        (["http://u:p@a.example"], f"'http://u:***@a.example' {NO_URL}"),
        (["http://["], f"'http://[' {NO_URL}"),
        (["http://a.example", "-H", "nonsense"], f"'nonsense' {NO_HEADER}"),
        (["http://a.example", "-H", "a: b\r\nc: d"], f"'a: b\\r\\nc: d' {NO_HEADER}"),
        (["http://a.example", "-H", "a: ☃"], f"'a: ☃' {NO_HEADER}"),
        (["http://a.example", "-H", ": b"], f"': b' {NO_HEADER}"),
        (["http://a.example", "--origin", "x"], "'x' is not an origin: write https://app.example.com"),
    ],
)
def test_what_cannot_be_asked_gets_one_line(tmp_path: Path, arguments: list[str], words: str) -> None:
    ran = run(*arguments, "--policy", written(tmp_path))
    assert (ran.exit_code, ran.stdout, ran.stderr) == (2, "", f"crossorigin: {words}\n")


def test_a_policy_that_is_refused(tmp_path: Path) -> None:
    ran = run("http://a.example", "--policy", written(tmp_path, "allow_origins = ['*']\nallow_credentials = true"))
    assert ran.exit_code == 2
    assert ran.stderr.startswith("crossorigin: The CORS policy was refused:")
    assert "Traceback" not in ran.stderr


# -- where the policy is ----------------------------------------------------------------------------------------


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI app without a policy."""


def starlette_app() -> Starlette:
    app = Starlette()
    app.add_middleware(GZipMiddleware)
    app.add_middleware(CORSMiddleware, policy=POLICY)
    app.add_middleware(GZipMiddleware)
    return app


WITH_POLICY = {
    "installed": served_app(),
    "added": starlette_app(),
    "wrapped": CORSMiddleware(nothing, policy=POLICY),
}


@pytest.mark.parametrize("name", WITH_POLICY)
def test_the_policy_of_an_app(name: str) -> None:
    globals()[name] = WITH_POLICY[name]
    assert read_policy(f"{__name__}:{name}", "http://a.example/items")[0] == POLICY


async def tenants() -> list[str]:
    return ["https://shop.example.net"]


def closed(scope: Any) -> Policy:
    return Policy.closed()


SOURCE = "origins=OriginSource(...): the origins that it loads were not asked for"
FUNCTION = "policy_for=closed: the policies that it returns were not compared"
UNSEEN: list[tuple[dict[str, Any], list[str]]] = [
    ({}, []),
    ({"origins": OriginSource(tenants)}, [SOURCE]),
    ({"policy_for": closed}, [FUNCTION]),
    ({"origins": OriginSource(tenants), "policy_for": closed}, [SOURCE, FUNCTION]),
]


@pytest.mark.parametrize(("keywords", "evidence"), UNSEEN)
def test_what_decides_beside_the_policy_is_not_judged(
    server: str, keywords: dict[str, Any], evidence: list[str]
) -> None:
    """The deployment agrees with what was seen, and is not said to be right."""
    globals()["more"] = CORSMiddleware(nothing, policy=POLICY, **keywords)
    ran = run(f"{server}/items", "--policy", f"{__name__}:more", "--format", "json")
    report = json.loads(ran.stdout)
    assert [(each["code"], each["evidence"]) for each in report["not_judged"]] == [
        ("unread-code", words) for words in evidence
    ]
    assert report["findings"] == []
    assert ran.exit_code == (2 if evidence else 0)
    allowed = run(f"{server}/items", "--policy", f"{__name__}:more", "--allow-not-judged")
    assert allowed.exit_code == 0


def test_an_app_without_a_policy() -> None:
    ran = run("http://a.example", "--policy", f"{__name__}:nothing")
    words = "has no policy of crossorigin: install(app, policy), or name a file"
    assert (ran.exit_code, ran.stderr) == (2, f"crossorigin: {__name__}:nothing {words}\n")


def test_a_file_whose_name_has_a_colon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a:b").write_text(FILE)
    assert read_policy("a:b", "http://a.example/")[0] == POLICY


# -- bodies that nobody waits for --------------------------------------------------------------------------------


def answering(*parts: bytes, drip: bytes = b"") -> Iterator[str]:
    """A server that sends the parts of one answer, each when the one before was taken, and then waits or drips."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            for part in parts:
                connection.sendall(part)
            with suppress(OSError):
                while not done.wait(0.02 if drip else 10):
                    connection.sendall(drip)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    done.set()
    thread.join()
    listener.close()


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n", b"5\r\ndata:\r\n"),
        (b"content-length: 100000000\r\n", b"x" * 1000),
        (b"content-length: many\r\n", b""),
    ],
)
def test_a_body_that_does_not_end_is_not_waited_for(head: bytes, body: bytes) -> None:
    server = answering(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body)
    with HTTPTransport(timeout=5, body_limit=1000) as transport:
        answer = transport(Request("GET", next(server), []))
    list(server)
    assert isinstance(answer, Response) or b"many" in head
    if isinstance(answer, Response):
        assert (answer.status, answer.body) == (200, b"")


def test_a_body_that_drips_is_left() -> None:
    server = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", drip=b"x")
    with HTTPTransport(timeout=0.5, body_limit=1000) as transport:
        began = time.monotonic()
        answer = transport(Request("GET", next(server), []))
        took = time.monotonic() - began
    list(server)
    assert isinstance(answer, Response)
    assert answer.body.strip(b"x") == b"" != answer.body
    assert took < 5
