"""`crossorigin audit` as people type it: its targets, its manners, its exit status, and its one-line errors."""

from __future__ import annotations

import json
import os
import pty
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import typer
import uvicorn
from typer.testing import CliRunner

from crossorigin.cli import audit

ROOT = Path(__file__).parent.parent.parent

APP = """
import asyncio
import os
import signal

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def items(request):
    return JSONResponse([1], headers={"access-control-allow-origin": "*"})

async def interrupting(request):
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.sleep(30)

slow = Starlette(routes=[Route("/items", items), Route("/slow", interrupting)])
app = Starlette(routes=[Route("/items/{id:int}", items), Route("/more", items)])
text = "no app"

async def bare(scope, receive, send):
    if scope["type"] == "http":
        await JSONResponse([1])(scope, receive, send)

async def failing(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database"})
"""


class Server:
    """An API on a loopback port: `/star` lets everybody read, `/sound` nobody, and every request is kept."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.documents: dict[str, Any] = {}
        self.moved = "/"
        self.interrupts = ""  # the path whose first request ends whoever asks
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            self.asked.append(("websocket", "", scope["path"]))
            await send({"type": "websocket.close"})
            return
        assert scope["type"] == "http"
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.asked.append((scope["type"], scope["method"], scope["path"]))
        self.headers.append(headers)
        if scope["path"] == self.interrupts:
            self.interrupts = ""
            os.kill(os.getpid(), signal.SIGINT)
        star = [(b"access-control-allow-origin", b"*")] if "star" in scope["path"] else []
        body = b"[1]"
        if scope["path"] == "/openapi.json":
            body = json.dumps({"openapi": "3.1.0", "paths": {"/star": {"get": {}}, "/sound/{id}": {}}}).encode()
        if scope["path"] in self.documents:
            body = json.dumps(self.documents[scope["path"]]).encode()
        if scope["path"] == "/moved.json":
            star = [(b"location", self.moved.encode())]
        if scope["path"] == "/broken.json":
            body = b"{"
        status = {"/gone.json": 404, "/moved.json": 302}.get(scope["path"], 200)
        known = headers["host"] == f"127.0.0.1:{self.port}"  # no rebinding here
        await send({"type": "http.response.start", "status": status if known else 421, "headers": star})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = Server()
    config = uvicorn.Config(server, "127.0.0.1", server.port, log_level="error", lifespan="off", ws="wsproto")
    runner = uvicorn.Server(config)
    thread = threading.Thread(target=runner.run)
    thread.start()
    while not runner.started:
        assert thread.is_alive()
        threading.Event().wait(0.01)
    yield server
    runner.should_exit = True
    thread.join()


@pytest.fixture
def server(running: Server) -> Server:
    running.asked.clear()
    running.headers.clear()
    return running


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory of its own; what is imported from it is forgotten again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    Path("main.py").write_text(APP)
    yield tmp_path
    sys.modules.pop("main", None)


LOCAL = "--local"


class Ran:
    """How the command ended: exit status, both outputs, and the report where it was JSON."""

    def __init__(self, *words: str) -> None:
        app = typer.Typer()
        app.command()(audit.command)
        words = (*words, *([] if LOCAL in words else [LOCAL]))  # what these servers are
        result = CliRunner().invoke(app, list(words), env={"COLUMNS": "300", "NO_COLOR": "1"})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr

    @property
    def reports(self) -> list[dict[str, Any]]:
        found = json.loads(self.out)
        return found if isinstance(found, list) else [found]


def said(*words: str) -> tuple[int, list[tuple[str, list[str], str]]]:
    """Exit status, and of each report the target, the codes above "info", and the error."""
    ran = Ran(*words, "--format", "json")
    rows = [
        (it["target"], [f["code"] for f in it["findings"] if f["severity"] != "info"], it["error"] or "")
        for it in ran.reports
    ]
    return ran.code, rows


HIGH = ["sends-star-on-private-network"]


def test_targets(server: Server) -> None:
    """URLs, lists, documents from a file and from a server, apps: each once, in the order in which they are named."""
    Path("urls.txt").write_text(f"{server.url}/star # known\n{server.url}/sound\n{server.url}/star\n")
    Path("api.yaml").write_text(f"servers: [{{url: '{server.url}'}}]\npaths: {{/yaml: {{get: {{}}}}}}\n")
    star, sound = (f"{server.url}/star", HIGH, ""), (f"{server.url}/sound", [], "")
    assert said(f"{server.url}/sound") == (0, [sound])
    assert said(f"{server.url}/star") == (1, [star])
    assert said("urls.txt", f"{server.url}/sound") == (1, [star, sound])
    assert said("api.yaml") == (0, [(f"{server.url}/yaml", [], "")])
    assert said(f"{server.url}/openapi.json") == (1, [star, (f"{server.url}/sound/1", [], "")])
    assert said(f"{server.url}/broken.json") == (0, [(f"{server.url}/broken.json", [], "")])
    assert said(f"{server.url}/gone.json") == (0, [(f"{server.url}/gone.json", [], "")])
    codes = ["preflight-refused", "errors-without-cors"]
    apps = [(f"https://api.example.com/{it}", codes, "") for it in ("items/1", "more")]
    assert said("main:app") == (1, apps)
    assert said("main:bare") == (0, [("https://api.example.com/", [], "")])


NOTHING = "if it is not a file, write https://api.example.com/items, targets.txt, openapi.json or main:app"


@pytest.mark.parametrize(
    ("target", "error"),
    [
        ("gone.txt", f"gone.txt cannot be read: No such file or directory; {NOTHING}"),
        (".", f". cannot be read: it is a directory; {NOTHING}"),
        ("/dev/zero", f"/dev/zero cannot be read: it is not a regular file; {NOTHING}"),
        ("empty.txt", "empty.txt has no URL in it"),
        ("binary", f"binary cannot be read: it is not UTF-8 (byte 0); {NOTHING}"),
        ("a.json", "a.json is neither JSON nor YAML (line 1)"),
        ("http://[", "'http://[' is no URL that a browser could open"),
        ("localhost:8000", "localhost:8000 says no scheme: write http://localhost:8000"),
        ("nothing:app", "there is no module 'nothing' here ({folder})"),
        ("main:gone", "module 'main' has no 'gone'; it has app, slow"),
        ("main:text", "main:text is not an ASGI app: it is str"),
        ("main:failing", "main:failing does not start: the application's startup failed: no database"),
        ("http://nobody.invalid/", "there is no host of this name"),
        ("http://nobody.invalid/openapi.json", "there is no host of this name"),
    ],
)
def test_a_bad_target_is_one_line_and_the_others_are_audited(
    server: Server, folder: Path, target: str, error: str
) -> None:
    Path("empty.txt").touch()
    Path("binary").write_bytes(b"\x89\xff")
    Path("a.json").write_text("{")
    code, rows = said(target, f"{server.url}/sound", "--rate", "0")
    assert code == 2
    assert sorted(rows) == sorted([(target, [], error.format(folder=folder)), (f"{server.url}/sound", [], "")])


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--header", "no colon"], "'no colon' is not a header: write -H \"Name: value\""),
        (["--header", ": a"], "': a' is not a header"),
        (["--header", "a b: c"], "'a b: c' is not a header"),
        (["--header", "ü: c"], "'ü: c' is not a header"),
        (["--header", "X-A: b\r\nX-B: c"], r"'X-A: b\r\nX-B: c' is not a header"),
        (["--header", "Origin: https://a.example"], "Origin is what the audit itself sends"),
        (["--header", "content-length: 5"], "content-length is what the audit itself sends"),
        (["--origin", "app.example.com"], "'app.example.com' is not an origin: write --origin https://app.example.com"),
        (["--origin", "null"], "'null' is not an origin"),
        (["--connect", "localhost"], "'localhost' is not a place to connect to: write --connect 127.0.0.1:8000"),
        (["--connect", "a:99999"], "'a:99999' is not a place to connect to"),
        (["--connect", "a/b:1"], "'a/b:1' is not a place to connect to"),
        (["--rate", "-1"], "Invalid value for '--rate'"),
        (["--timeout", "0"], "Invalid value for '--timeout'"),
        (["--concurrency", "0"], "Invalid value for '--concurrency'"),
        (["--resume", "."], ". cannot be written: it is no file"),
        (["--resume", "gone/a.jsonl"], "gone/a.jsonl cannot be written: No such file or directory"),
        (["--output", "gone/a.txt"], "gone/a.txt cannot be written: No such file or directory"),
    ],
)
def test_bad_options(server: Server, words: list[str], line: str) -> None:
    ran = Ran(f"{server.url}/sound", *words)
    assert ran.code == 2
    shown = re.sub(r"[\s│]+", " ", ran.out + ran.err)
    assert line in shown
    assert "Traceback" not in shown


# -- manners ----------------------------------------------------------------------------------------------


def test_it_asks_and_changes_nothing(server: Server) -> None:
    ran = Ran(f"{server.url}/star", "--origin", "https://app.example.com", "--lab", "--format", "json")
    assert {it for it, _, _ in server.asked} == {"http", "websocket"}
    assert {it for kind, it, _ in server.asked if kind == "http"} == {"GET", "OPTIONS"}
    assert len(server.asked) <= ran.reports[0]["requests"] < 200  # what uvicorn refuses does not come as far
    assert ran.err == "1 target, at most 190 GET and OPTIONS requests each\n"
    assert {it["user-agent"] for it in server.headers} == {"crossorigin-audit"}
    server.asked.clear()
    told = Ran(f"{server.url}/star", "--write", "--rate", "900", "--header", "X-Key: 7")
    assert "GET, OPTIONS and POST requests each, at most 900 a second to one server\n" in told.err
    assert "POST" in {it for _, it, _ in server.asked}
    assert server.headers[-1]["x-key"] == "7"


def test_nobody_is_asked_while_a_format_is_missing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    ran = Ran(f"{server.url}/star", "--format", "html")
    assert (ran.code, server.asked) == (2, [])


def test_a_server_that_is_not_here_is_asked_slowly() -> None:
    ran = Ran("http://nobody.invalid/")
    assert ran.err == "1 target, at most 190 GET and OPTIONS requests each, at most 20 a second to one server\n"


def test_connect_leads_elsewhere(server: Server) -> None:
    Ran("http://api.example.com/sound", "--connect", f"127.0.0.1:{server.port}", "--rate", "0")
    assert {it["host"] for it in server.headers} == {"api.example.com"}


@pytest.mark.parametrize("format", ["text", "json", "sarif", "junit", "html"])
def test_formats(server: Server, format: str) -> None:
    ran = Ran(f"{server.url}/star", "--format", format)
    file = Ran(f"{server.url}/star", "--format", format, "--output", "report")
    assert (ran.code, file.code, file.out) == (1, 1, "")
    assert file.err.splitlines()[-1] == "report: 1 finding: 1 high"
    for text in (ran.out, Path("report").read_text()):
        assert "sends-star-on-private-network" in text
        match format:
            case "json":
                assert json.loads(text)["kind"] == "audit"
            case "sarif":
                assert json.loads(text)["version"] == "2.1.0"
            case "junit":
                assert ElementTree.fromstring(text).tag == "testsuites"
            case "html":
                assert text.startswith("<!DOCTYPE html>")


# -- going on ----------------------------------------------------------------------------------------------


def test_a_list_is_taken_up_again(server: Server) -> None:
    urls = [f"{server.url}/{it}" for it in ("sound", "star", "more")]
    assert Ran(*urls[:2], "--resume", "done.jsonl").code == 1
    lines = Path("done.jsonl").read_bytes().splitlines()
    Path("done.jsonl").write_bytes(lines[0] + b"\n" + lines[1][:40])  # killed while it wrote
    left = json.loads(lines[0])["target"]
    server.asked.clear()
    ran = Ran(*urls, "--resume", "done.jsonl", "--format", "json")
    assert [it["target"] for it in ran.reports] == urls
    assert ran.err.startswith("2 targets (1 done before), ")
    assert left.removeprefix(server.url) not in {it for _, _, it in server.asked}
    server.asked.clear()
    assert Ran(*urls, "--resume", "done.jsonl").code == 1
    assert server.asked == []


def test_a_disk_that_is_full(server: Server) -> None:
    """A limit on the size of files stands for it; Python ignores the signal that goes with it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    Path("done.jsonl").write_bytes(b"\n" * 64)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        ran = Ran(f"{server.url}/sound", f"{server.url}/star", "--concurrency", "1", "--resume", "done.jsonl")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert ran.code == 2
    assert "crossorigin audit: done.jsonl cannot be written: File too large\n" in ran.err
    assert "1 of 2 targets" in ran.out


@pytest.mark.parametrize(
    ("words", "how"),
    [(["--resume", "done.jsonl"], "--resume done.jsonl goes on"), ([], "--resume FILE keeps what is done")],
)
def test_ctrl_c(server: Server, words: list[str], how: str) -> None:
    """A real SIGINT, as soon as the second target is asked: the first is reported, and the end is no success."""

    server.interrupts = "/star"
    ran = Ran(f"{server.url}/sound", f"{server.url}/star", "--concurrency", "1", *words, "--format", "json")
    assert ran.code == 2
    first, stopped = ran.reports
    assert (first["target"], first["error"]) == (f"{server.url}/sound", None)
    assert (stopped["target"], stopped["error"]) == ("1 of 2 targets", f"stopped before these; {how}")


def test_ctrl_c_while_an_app_is_audited() -> None:
    code, rows = said("main:slow")
    assert code == 2
    assert [(it[0], it[2]) for it in rows] == [
        ("https://api.example.com/items", ""),
        ("1 of 2 targets", "stopped before these"),
    ]


def test_the_bar_is_for_terminals(server: Server) -> None:
    """In a pipe there is one line on standard error; on a terminal a bar, which is gone at the end."""
    command = [sys.executable, "-c", "from crossorigin.cli import main; main()", "audit", f"{server.url}/sound"]
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    piped = subprocess.run(command, capture_output=True, text=True, check=False, env=kept)
    assert piped.stderr == "1 target, at most 190 GET and OPTIONS requests each\n"
    assert "\x1b" not in piped.stdout
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as terminal:
        with open(theirs, "wb", buffering=0) as end:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=end, env=kept | {"TERM": "xterm"})
        shown = b""
        try:
            while chunk := terminal.read(65_536):
                shown += chunk
        except OSError:  # EIO: the last who had it open has closed it
            pass
        assert process.wait(30) == 0
    assert b"Asking" in shown


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    """A port of somebody else: whatever connects there stays in its queue."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield listening


def untouched(stranger: socket.socket) -> bool:
    with pytest.raises(BlockingIOError):
        stranger.accept()
    return True


PATHS = {"/a": {"get": {}}, "/b": {"get": {}}}


@pytest.mark.parametrize(
    "document",
    [
        {"servers": [{"url": "http://{there}"}], "paths": PATHS},
        {"servers": [{"url": "//{there}/v1"}], "paths": PATHS},
        {"servers": [{"url": "http://{x}", "variables": {"x": {"default": "{there}"}}}], "paths": PATHS},
        {"swagger": "2.0", "schemes": ["http"], "host": "{there}", "paths": PATHS},
        {"paths": {path: {"servers": [{"url": "http://{there}"}]} for path in PATHS}},
    ],
)
def test_a_document_of_a_server_leads_to_no_other_server(
    server: Server, stranger: socket.socket, document: dict[str, Any]
) -> None:
    there = f"127.0.0.1:{stranger.getsockname()[1]}"
    server.documents = {"/api.json": json.loads(json.dumps(document).replace("{there}", there))}
    url = f"{server.url}/api.json"
    why = f"{url} leads to 2 paths there, and nobody named this server: name http://{there}/ as a target, too"
    assert said(url, "--header", "Cookie: session=1") == (2, [(f"http://{there}", [], why)])
    assert untouched(stranger)


def test_a_document_may_lead_to_a_server_that_is_named(server: Server) -> None:
    server.documents = {"/api.json": {"servers": [{"url": server.url}], "paths": {"/a": {}}}}
    code, rows = said(f"{server.url}/api.json", f"{server.url}/sound")
    assert (code, [row[0] for row in rows]) == (0, [f"{server.url}/a", f"{server.url}/sound"])
    Path("api.json").write_text(json.dumps(server.documents["/api.json"]))
    code, rows = said("api.json", f"{server.url}/sound", "--header", "Cookie: a=1")
    assert (code, [row[0] for row in rows]) == (0, [f"{server.url}/a", f"{server.url}/sound"])


def test_headers_do_not_go_where_a_file_leads(stranger: socket.socket) -> None:
    there = f"http://127.0.0.1:{stranger.getsockname()[1]}"
    Path("api.json").write_text(json.dumps({"servers": [{"url": there}], "paths": {"/a": {}}}))
    why = f"api.json leads to 1 path there, and nobody named this server: name {there}/ as a target, too"
    assert said("api.json", "--header", "Cookie: session=1") == (2, [(there, [], why)])
    assert untouched(stranger)


def test_a_document_that_moved_is_not_followed(server: Server, stranger: socket.socket) -> None:
    server.moved = f"http://127.0.0.1:{stranger.getsockname()[1]}/openapi.json"
    code, rows = said(f"{server.url}/moved.json", "--header", "Cookie: session=1")
    assert (code, [row[0] for row in rows]) == (0, [f"{server.url}/moved.json"])
    assert untouched(stranger)


def test_a_document_with_too_many_paths_is_said_to_be(server: Server) -> None:
    url = f"{server.url}/api.json"
    server.documents = {"/api.json": {"paths": {f"/{number}": {} for number in range(2001)}}}
    assert said(url) == (2, [(url, [], f"{url} has more than 2,000 paths: list the URLs to audit in a file")])


@pytest.mark.parametrize("format", ["text", "json", "sarif", "junit", "html"])
@pytest.mark.parametrize("user", ["me:hunter2", "me:hunter2@x", ":hunter2", "hunter1:hunter2"])
def test_a_password_is_in_no_report(server: Server, format: str, user: str) -> None:
    ran = Ran(server.url.replace("://", f"://{user}@"), "--format", format)
    assert ran.code == 2
    assert "hunter2" not in ran.out + ran.err
