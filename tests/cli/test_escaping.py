"""Whatever a server, an app, a file or a message says, no command sends it to the terminal as control characters."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crossorigin import cli
from crossorigin.browser import Outcome
from crossorigin.browser.outcome import Step
from crossorigin.explain import diagnose, explanation
from crossorigin.report.formats.escaping import visible, visible_line
from crossorigin.standards.messages import Exchange, Request, Response

# OSC 52 writes the clipboard, CSI clears the screen, C1's one-byte CSI colours; RLO and LRM turn a line around.
CONTROLS = "\x1b]52;c;cm0gLXJm\x07\x1b[2J\x9b31m"
BIDI = "\u202e\u200e\u2066\u061c"
HOSTILE = CONTROLS + BIDI

PAGE = "http://localhost:3000"

VISIBLE = [
    ("plain → text ✓ é 漢字", "plain → text ✓ é 漢字"),
    ("a\tb\nc", "a\tb\nc"),
    ("\x1b[2J", r"\x1b[2J"),
    ("\x00\x07\r\x7f", r"\x00\x07\x0d\x7f"),
    ("\x80\x9b\x9d", r"\x80\x9b\x9d"),
    ("\u061c\u200e\u200f\u202a\u202e\u2066\u2069", r"\u061c\u200e\u200f\u202a\u202e\u2066\u2069"),
    ("\u00ad\u200b\u200d\u2060\ufeff\u180e", r"\xad\u200b\u200d\u2060\ufeff\u180e"),
    ("\u2028\u2029\u00a0\u3000", r"\u2028\u2029\xa0\u3000"),
    ("\ud800\ufffe\uffff\U000e0041\ufff9", r"\ud800\ufffe\uffff\U000e0041\ufff9"),
]


@pytest.mark.parametrize(("text", "expected"), VISIBLE)
def test_visible(text: str, expected: str) -> None:
    assert visible(text) == expected
    assert visible_line(text) == expected.replace("\t", r"\x09").replace("\n", r"\x0a")


class Answer(BaseHTTPRequestHandler):
    """A server that says hostile things wherever HTTP lets it."""

    def do_GET(self) -> None:
        raw = HOSTILE.encode()
        path = self.path.partition("?")[0]
        head = b"HTTP/1.1 200 OK\r\n"
        if path == "/away":
            head = b"HTTP/1.1 302 Found\r\nLocation: http://localhost:1/" + raw + b"\r\n"
        head += b"Access-Control-Allow-Origin: " + raw + b"\r\nAccess-Control-Allow-Methods: " + raw + b"\r\n"
        head += b"Vary: " + raw + b"\r\nX-Total: " + raw + b"\r\nContent-Type: " + raw + b"\r\n"
        self.wfile.write(head + b"Content-Length: 3\r\nConnection: close\r\n\r\nabc")

    do_OPTIONS = do_PUT = do_GET

    def log_message(self, *arguments: object) -> None: ...


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join()
    listening.server_close()


APP = f"""
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.routing import Route

HOSTILE = {HOSTILE!r}

def hostile(request):
    response = Response("a", 500 if request.url.path == "/fails" else 200)
    raw = HOSTILE.encode()
    response.raw_headers += [(b"access-control-allow-origin", b"x\\n< " + raw), (b"vary", raw)]
    return response

def crash(request):
    raise ValueError(HOSTILE)

app = Starlette(routes=[Route("/items", hostile), Route("/fails", hostile), Route("/crash", crash)])
cors = Starlette(routes=[Route("/items", hostile)])
cors.add_middleware(CORSMiddleware, allow_origins=["https://a.example" + HOSTILE], allow_methods=[HOSTILE])
"""

NGINX = f"""
http {{ server {{ listen 80; location / {{ add_header Access-Control-Allow-Origin "https://a.example{HOSTILE}"; }} }} }}
"""


def har() -> str:
    said = [{"name": "Access-Control-Allow-Origin", "value": HOSTILE}]
    request = {"method": "GET", "url": f"http://a.example/{HOSTILE}", "headers": [{"name": "Origin", "value": PAGE}]}
    return json.dumps({"log": {"entries": [{"request": request, "response": {"status": 200, "headers": said}}]}})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "hostile.py").write_text(APP)
    (tmp_path / "fails.py").write_text(f"raise ValueError({HOSTILE!r})")
    (tmp_path / "rejected.py").write_text(f"from crossorigin import Policy\nPolicy(allow_origins=[{HOSTILE!r}])")
    (tmp_path / "nginx.conf").write_text(NGINX)
    (tmp_path / "page.har").write_text(har())
    (tmp_path / "bad.har").write_text(HOSTILE)
    (tmp_path / "good.toml").write_text('allow_origins = ["https://a.example"]')
    (tmp_path / "bad.toml").write_text(f"allow_origins = [{json.dumps(HOSTILE)}]")
    (tmp_path / "urls.txt").write_text(f"http://{HOSTILE}/\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    yield tmp_path
    for name in ("hostile", "fails", "rejected"):
        sys.modules.pop(name, None)


# SERVER stands for the server's URL. Each line is tried with every format of its command.
COMMANDS = [
    "explain SERVER/items --from http://localhost:3000",
    "explain SERVER/items --from http://localhost:3000 --read X-Total --credentials",
    "explain SERVER/away --from http://localhost:3000",
    "explain SERVER/items PUT --from http://localhost:3000",
    "explain hostile:app /items --from http://localhost:3000",
    "explain hostile:app /fails --from http://localhost:3000",
    "explain hostile:app /crash --from http://localhost:3000",
    "explain hostile:cors /items --from http://localhost:3000",
    "explain fails:app /items --from http://localhost:3000",
    "explain rejected:app /items --from http://localhost:3000",
    "explain --har page.har",
    "explain --har bad.har",
    f"explain --console Access-to-fetch-{HOSTILE}",
    f"explain --from {HOSTILE} SERVER/items",
    f"explain SERVER/{HOSTILE} --from http://localhost:3000",
    f"explain nowhere{HOSTILE}:app / --from http://localhost:3000",
    "audit SERVER/items",
    "audit hostile:app",
    "audit urls.txt",
    "check hostile:cors",
    "check fails:app",
    "check rejected:app",
    "check nginx.conf",
    "check bad.toml",
    "verify SERVER/items --policy good.toml",
    "verify SERVER/items --policy bad.toml",
    "verify SERVER/items --policy rejected:app",
]

FORMATS = {
    "explain": ["", "--json"],
    "audit": ["", "--format json", "--format sarif", "--format junit", "--format html"],
    "check": ["", "--format json", "--format sarif", "--format junit", "--format html"],
    "verify": ["", "--format json", "--format sarif", "--format junit", "--format html"],
}
RUNS = [f"{command} {format}".strip() for command in COMMANDS for format in FORMATS[command.split()[0]]]


@pytest.mark.parametrize("command", RUNS, ids=visible)
def test_a_command_prints_no_control_characters(
    folder: Path, server: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    words = [word.replace("SERVER", server) for word in command.split(" ")]
    monkeypatch.setattr(sys, "argv", ["crossorigin", *words])
    with contextlib.suppress(SystemExit):
        cli.main()
    printed = "".join(capsys.readouterr())
    assert printed.strip() != ""
    assert printed.replace("\n", "").isprintable(), ascii(printed)


def test_a_header_of_an_app_cannot_forge_a_line(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["crossorigin", "explain", "hostile:app", "/items", "--from", PAGE])
    with contextlib.suppress(SystemExit):
        cli.main()
    lines = capsys.readouterr().out.splitlines()
    raw = HOSTILE.encode().decode("latin-1")
    assert "  < Access-Control-Allow-Origin: x\\x0a< " + visible(raw) in lines


def test_a_failing_test_prints_no_control_characters() -> None:
    raw = HOSTILE.encode()
    answer = Response(200, [(b"access-control-allow-origin", raw)])
    exchange = Exchange(Request("GET", f"http://a.example/{HOSTILE}", [(b"Origin", PAGE.encode())]), answer)
    step = Step("CORS check", f"the header is {HOSTILE}", ok=False)
    outcome = Outcome(False, "allow-origin-mismatch", "error", "http://a.example/", 0, {}, b"", (exchange,), (step,))
    printed = explanation(outcome, diagnose(outcome, page=PAGE))
    assert printed.replace("\n", "").isprintable(), ascii(printed)
