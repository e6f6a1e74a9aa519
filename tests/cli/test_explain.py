"""`crossorigin explain` as people type it: what it prints, its exit status, its JSON, and its one-line errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crossorigin import cli

PAGE = "http://localhost:3000"
PROGRAM = """
from fastapi import FastAPI, WebSocket
from starlette.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["http://localhost:3000"], allow_credentials=True)


@app.get("/items")
def items() -> list[str]:
    return ["a"]


@app.post("/items")
def create(item: dict) -> dict:
    return item


@app.get("/crash")
def crash() -> float:
    return 1 / 0


@app.get("/away")
def away():
    from starlette.responses import RedirectResponse

    return RedirectResponse("http://away.invalid/")


@app.websocket("/chat")
async def chat(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close()


text = "no app"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a program in it."""
    (tmp_path / "shop.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path  # type: ignore[misc]
    for name in set(sys.modules) - before:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


class Ran:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


def explain(capsys: pytest.CaptureFixture[str], *words: str) -> Ran:
    sys.argv, kept = ["crossorigin", "explain", *words], sys.argv
    try:
        cli.main()
    except SystemExit as left:
        code = left.code
    finally:
        sys.argv = kept
    out, err = capsys.readouterr()
    assert isinstance(code, int)
    return Ran(code, out, err)


BLOCKED = """\
A page with the origin http://localhost:3000 calls PUT /items (shop:app, chromium)

  * preflight
  > OPTIONS http://localhost:8000/items
  > Access-Control-Request-Method: PUT
  > Access-Control-Request-Headers: authorization
  > Origin: http://localhost:3000
  < 400
  < Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers, Access-Control-Request-Private-Network
  < Access-Control-Allow-Methods: GET
  < Access-Control-Max-Age: 600
  < Access-Control-Allow-Headers: Accept, Accept-Language, Content-Language, Content-Type
  < Access-Control-Allow-Credentials: true
  < Access-Control-Allow-Origin: http://localhost:3000

  * the page gets a TypeError

✗ blocked: preflight-status
  the status is 400, not 200 to 299 (Fetch § CORS-preflight fetch, step 7)

Why: The policy does not allow the method
  The preflight's answer names the methods; GET, HEAD and POST need no naming.

Seen
  · OPTIONS /items → 400, Access-Control-Allow-Origin: http://localhost:3000
  · allowed: GET

Do this
  allow_methods=["GET", "PUT"]
"""


def test_a_blocked_call(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = explain(capsys, "shop:app", "PUT /items", "--from", PAGE, "-H", "Authorization: Bearer x", "--credentials")
    assert ran.code == 1
    assert ran.out == BLOCKED  # without colours, into a pipe


ALLOWED = """\
A page with the origin http://localhost:3000 calls GET /items (shop:app, chromium)

  > GET http://localhost:8000/items
  > Origin: http://localhost:3000
  < 200
  < Access-Control-Allow-Credentials: true
  < Access-Control-Allow-Origin: http://localhost:3000
  < Vary: Origin

  * the page gets 200

✓ allowed
"""


def test_an_allowed_call(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = explain(capsys, "shop:app", "/items", "--from", PAGE + "/a/b")
    assert (ran.code, ran.out) == (0, ALLOWED)


STAR = """
from fastapi import FastAPI, WebSocket
from starlette.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins=["*"])


@app.get("/items")
def items() -> list[str]:
    return ["a"]


@app.websocket("/needs")
async def needs(websocket: WebSocket, token: str) -> None:
    await websocket.accept()


@app.websocket("/own")
async def own(websocket: WebSocket) -> None:
    if websocket.headers["origin"] == "http://localhost:8000":
        await websocket.accept()
    await websocket.close()
"""
CURL = f"curl http://localhost:8000/items -H 'Origin: {PAGE}'"


@pytest.mark.parametrize(
    ("words", "code", "cause"),
    [
        (["--curl", CURL], 1, "credentials-not-recorded"),
        (["--curl", CURL, "--no-credentials"], 0, "allowed"),
        (["--curl", CURL, "--credentials"], 1, "star-for-credentials"),
        (["--curl", CURL + " -b a=1"], 1, "star-for-credentials"),
        (["--curl", CURL + " -H 'sec-fetch-mode: no-cors'"], 0, "opaque-response"),
        (["--curl", f"Invoke-WebRequest -Uri 'http://localhost:8000/items' -Headers @{{'Origin'='{PAGE}'}}"], 1, "?"),
        (["--curl", "fetch('http://localhost:8000/items')"], 0, "allowed"),
        (["--curl", "fetch('http://localhost:8000/items', {credentials: 'include'})"], 1, "star-for-credentials"),
        (["/items"], 0, "allowed"),
        (["WS /needs"], 1, "websocket-rejected"),
        (["WS /own"], 1, "websocket-origin"),
    ],
)
def test_what_a_request_does_not_tell_is_not_taken_as_allowed(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, cause: str
) -> None:
    (folder / "star.py").write_text(STAR)
    ran = explain(capsys, "star:app", *words, "--from", PAGE, "--json")
    expected = "credentials-not-recorded" if cause == "?" else cause
    assert (ran.code, ran.data["cause"], ran.data["allowed"]) == (code, expected, code == 0)


UNSAID = """\
? not known: credentials-not-recorded

Why: It depends on whether the call includes credentials
  A request without a cookie looks the same either way. The browser gives the
  page this response if the call is without credentials, and blocks it if the
  call includes them.

Seen
  · GET /items → 200, Access-Control-Allow-Origin: *

Do this
  say which it is: --credentials or --no-credentials; what was copied as fetch
  says it, too
"""


def test_the_text_about_credentials_that_are_not_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "star.py").write_text(STAR)
    assert explain(capsys, "star:app", "--curl", CURL).out == UNSAID


# (a call, and lines that its text has)
EXCHANGES = [
    (["WS /chat"], ["  > GET ws://localhost:8000/chat", "  < 101", "  * the page gets 101", "✓ allowed"]),
    (
        ["/away"],
        ["  < Location: http://away.invalid/", "  > GET http://away.invalid/", "  * the page gets a TypeError"],
    ),
    (["/items", "--mode", "no-cors"], ["  < 200", "  * no Access-Control-Allow-Origin", "  * the page gets opaque"]),
    (["/items", "--mode", "same-origin"], ["  * nothing is sent", "  * the page gets a TypeError"]),
    (["http://127.0.0.1:49151/items"], ["  * the page gets a TypeError", "✗ blocked: network-failure"]),
]


@pytest.mark.parametrize(("words", "lines"), EXCHANGES, ids=lambda words: words[0])
def test_what_an_exchange_shows(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], lines: list[str]
) -> None:
    target = [] if "://" in words[0] else ["shop:app"]
    printed = explain(capsys, *target, *words, "--from", PAGE).out.splitlines()
    assert [line for line in lines if line not in printed] == []


LONG = "https://" + "a-very-long-label." * 12 + "example.com"


@pytest.mark.parametrize("columns", ["20", "80", "200"])
def test_a_header_is_never_cut(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    (folder / "long.py").write_text(
        "from starlette.applications import Starlette\nfrom crossorigin import install, Policy\n"
        f"app = Starlette()\ninstall(app, Policy(allow_origins=[{LONG!r}]))"
    )
    lines = explain(capsys, "long:app", "/", "--from", LONG).out.splitlines()
    assert f"  > Origin: {LONG}" in lines
    assert f"  < Access-Control-Allow-Origin: {LONG}" in lines


@pytest.mark.parametrize(
    ("words", "code", "cause"),
    [
        (["shop:app", "/items"], 0, "allowed"),
        (["shop:app", "GET", "--base", "http://api.test"], 0, "wrong-path"),
        (["shop:app", "GET http://localhost:8000/items"], 0, "allowed"),
        (["shop:app", "/items", "--read", "X-Total-Count"], 1, "header-absent"),
        (["shop:app", "/items", "--read", "Content-Type"], 0, "allowed"),
        (["shop:app", "/items", "--engine", "webkit"], 0, "allowed"),
        (["shop:app", "/items", "--mode", "no-cors"], 0, "opaque-response"),
        (["shop:app", "/crash"], 1, "crash-outside-cors"),
        (["shop:app", "/none"], 0, "wrong-path"),
        (["shop:app", "POST /items", "--json-body", "{}"], 1, "method-not-listed"),
        (["shop:app", "POST /items", "-d", "text"], 0, "client-error"),
        (["shop:app", "-d", "text"], 0, "wrong-path"),
        (["shop:app", "--json-body", "{}"], 1, "method-not-listed"),
        (["shop:app", "WS /chat"], 0, "allowed"),
        (["shop:app", "WS /char"], 1, "websocket-not-found"),
        (["shop:app", "/away"], 1, "no-such-host"),
        (["shop:app", "/items", "--cookie", "a=1; SameSite=Lax", "--base", "http://api.example"], 0, "allowed"),
        (
            ["shop:app", "/items", "--credentials", "--cookie", "a=1; SameSite=Lax", "--base", "http://api.example"],
            0,
            "cookie-same-site",
        ),
        (["http://127.0.0.1:1/items"], 1, "blocked-port"),
        (["http://127.0.0.1:49151/items"], 1, "no-server"),
        (["http://127.0.0.1:49151"], 1, "no-server"),
        (["--curl", "curl http://127.0.0.1:49151/items"], 1, "no-server"),
        (["shop:app", "--curl", "curl http://localhost:8000/items?a=1 -X PUT"], 1, "method-not-listed"),
        (["shop:app", "--curl", "curl http://localhost:8000 -H 'sec-fetch-mode: no-cors'"], 0, "opaque-response"),
        (["shop:app", "/items", "--from", "http://127.0.0.1:3000"], 1, "mismatch-loopback-name"),
    ],
)
def test_causes_and_exit_status(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, cause: str
) -> None:
    page = [] if "--from" in words else ["--from", PAGE]
    ran = explain(capsys, *words, *page, "--json")
    assert (ran.code, ran.data["cause"]) == (code, cause), ran.out
    assert explain(capsys, *words, *page).code == code


def test_json_has_its_keys(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = explain(capsys, "shop:app", "PUT /items", "--from", PAGE, "--json").data
    assert {"allowed", "reason", "cause", "remedy", "requests", "steps", "evidence", "near_miss"} <= set(data)
    assert (data["allowed"], data["reason"]) == (False, "preflight-status")
    assert data["requests"][0]["method"] == "OPTIONS"
    assert data["requests"][0]["preflight"] is True
    assert ["Origin", PAGE] in data["requests"][0]["headers"]
    assert data["steps"][-1]["ok"] is False
    failed = explain(capsys, "http://127.0.0.1:49151/", "--from", PAGE, "--json").data["requests"][0]
    assert (failed["status"], failed["response_headers"]) == (None, [])
    assert (failed["failure"], failed["failure_kind"]) == ("nothing listens there", "refused")


def test_a_console_message_alone(capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at "
        "http://localhost:8000/items. (Reason: CORS header ‘Access-Control-Allow-Origin’ does not match "
        "‘http://localhost:3000/’)."
    )
    ran = explain(capsys, "--console", text, "--from", PAGE)
    assert ran.code == 1
    assert "Why: A listed origin ends in a slash" in ran.out
    assert ran.out.startswith("✗ blocked: "), "nothing was exchanged"
    safari = f"Origin {PAGE} is not allowed by Access-Control-Allow-Origin. Status code: 500"
    ran = explain(capsys, "--console", safari)
    assert "What the message hides" in ran.out
    assert "crashed" in ran.out
    assert "Seen" not in explain(capsys, "--console", "Redirect is not allowed for a preflight request").out
    header = "Request header field x-a is not allowed by Access-Control-Allow-Headers."
    assert 'allow_headers=["X-A"]' in explain(capsys, "--console", header).out


def test_a_console_message_and_the_app(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        f"Access to fetch at 'http://localhost:8000/items' from origin '{PAGE}' has been blocked by CORS policy: "
        "Request header field x-token is not allowed by Access-Control-Allow-Headers in preflight response."
    )
    ran = explain(capsys, "shop:app", "--console", text, "--json")
    assert (ran.code, ran.data["cause"], ran.data["reason"]) == (1, "header-not-listed", "preflight-status")
    put = (
        text.partition("Request")[0]
        + "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response."
    )
    assert explain(capsys, "shop:app", "--console", put, "--json").data["cause"] == "method-not-listed"
    bare = "Method PUT is not allowed by Access-Control-Allow-Methods."
    assert explain(capsys, "shop:app", "/items", "--console", bare, "--from", PAGE).code == 1


def test_a_har_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def entry(origin: str) -> dict[str, Any]:
        sent = [{"name": "Origin", "value": PAGE}]
        answered = [{"name": "Access-Control-Allow-Origin", "value": origin}]
        url = f"http://localhost:8000/{len(origin)}"
        return {
            "request": {"method": "GET", "url": url, "headers": sent},
            "response": {"status": 200, "headers": answered},
        }

    har = folder / "page.har"
    har.write_text(json.dumps({"log": {"entries": [entry(PAGE), entry(PAGE + "/")]}}))
    ran = explain(capsys, "--har", str(har))
    assert ran.code == 1
    assert "2 cross-origin calls, 1 blocked, 1 not known\n" in ran.out
    assert "2 cross-origin calls, 1 blocked\n" in explain(capsys, "--har", str(har), "--no-credentials").out
    assert "2 cross-origin calls, 2 blocked\n" in explain(capsys, "--har", str(har), "--credentials").out
    data = explain(capsys, "--har", str(har), "--no-credentials", "--json").data
    assert (data["allowed"], data["cause"], len(data["entries"])) == (False, "mismatch-trailing-slash", 2)
    har.write_text(json.dumps({"log": {"entries": [entry(PAGE)]}}))
    data = explain(capsys, "--har", str(har), "--json").data
    assert (data["allowed"], data["cause"]) == (False, "credentials-not-recorded")
    assert explain(capsys, "--har", str(har), "--no-credentials", "--json").data["allowed"] is True
    har.write_text(json.dumps({"log": {"entries": []}}))
    assert explain(capsys, "--har", str(har), "--json").data == {
        "allowed": True,
        "reason": None,
        "cause": None,
        "remedy": "",
        "requests": [],
        "steps": [],
        "entries": [],
    }
    assert explain(capsys, "--har", str(har)).code == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "say what to look at"),
        (["shop:app"], "say which page calls"),
        (["nowhere:app", "--from", PAGE], "there is no module 'nowhere'"),
        (["no.where:app", "--from", PAGE], "there is no module 'no.where'"),
        (["shop", "--from", PAGE], "neither a URL nor an app"),
        (["shop:nothing", "--from", PAGE], "has no 'nothing'"),
        (["shop:text", "--from", PAGE], "is not an ASGI app: it is str"),
        (["needs:app", "--from", PAGE], "imported: needs.py:1: ModuleNotFoundError: No module named 'not_installed'"),
        (["raises:app", "--from", PAGE], "cannot be imported: raises.py:1: ZeroDivisionError"),
        (["leaves:app", "--from", PAGE], "cannot be imported: leaves.py:1: SystemExit"),
        (["refused:app", "--from", PAGE], "The CORS policy was refused"),
        (["late:app", "--from", PAGE], "The CORS policy was refused"),
        (["starts:app", "--from", PAGE], "does not start"),
        (["shop:app", "PUT/items x", "--from", PAGE], "is no call"),
        (["shop:app", "/items", "-H", "nothing", "--from", PAGE], "is not a header"),
        (["shop:app", "/items", "--engine", "lynx", "--from", PAGE], "no engine 'lynx'"),
        (["shop:app", "/items", "--mode", "navigate", "--from", PAGE], "no mode 'navigate'"),
        (["shop:app", "/items", "--from", "nobody"], "a page is a URL"),
        (["http://[", "--from", PAGE], "is no URL"),
        (["shop:app", "/items", "--from", "localhost:3000"], "has no scheme: write http://localhost:3000"),
        (["shop:app", "/items", "--from", "app.example:3000/a"], "has no scheme: write http://app.example:3000/a"),
        (["--console", "Failed to fetch", "--from", "localhost:3000"], "has no scheme"),
        (["http://", "/items", "--from", PAGE], "is no URL"),
        (["shop:app", "GET http://[", "--from", PAGE], "is no URL"),
        (["shop:app", "/items", "--base", "nothing", "--from", PAGE], "is no URL"),
        (["--curl", "curl 'http://['", "--from", PAGE], "Invalid"),
        (["--curl", "wget"], "no curl command"),
        (["--console", "items is not a function"], "no browser is known to say this"),
        (["--har", "none.har"], "cannot be read"),
        (["--har", "shop.py"], "not a HAR file"),
        (["--har", "a", "--curl", "b"], "give one of"),
    ],
)
def test_errors_are_one_line(folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], line: str) -> None:
    (folder / "needs.py").write_text("import not_installed")
    (folder / "raises.py").write_text("1 / 0")
    (folder / "leaves.py").write_text("raise SystemExit(3)")
    (folder / "refused.py").write_text("from crossorigin import Policy\nPolicy(allow_origins=['null'])")
    (folder / "late.py").write_text(
        "from fastapi import FastAPI\nfrom crossorigin import CORSMiddleware\napp = FastAPI()\n"
        "app.add_middleware(CORSMiddleware, allow_origins=['null'])"
    )
    (folder / "starts.py").write_text(
        "from fastapi import FastAPI\nasync def lifespan(app):\n    raise OSError('no database')\n    yield\n"
        "import contextlib\napp = FastAPI(lifespan=contextlib.asynccontextmanager(lifespan))"
    )
    ran = explain(capsys, *words)
    assert ran.code == 2, ran.out
    assert line in ran.err
    assert "Traceback" not in ran.err + ran.out


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    ran = explain(capsys, "--help")
    assert ran.code == 0
    for words in ("--from", "--console", "main:app", "Exit status"):
        assert words in ran.out


def test_without_its_extras_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    ran = explain(capsys)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert 'pip install "crossorigin[cli]"' in ran.err


@pytest.mark.parametrize(
    ("variables", "coloured"), [({"FORCE_COLOR": "1"}, True), ({"NO_COLOR": "1"}, False), ({}, False)]
)
def test_colours(folder: Path, variables: dict[str, str], coloured: bool) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")}
    command = [sys.executable, "-c", "from crossorigin.cli import main; main()", "explain", "shop:app", "--from", PAGE]
    ran = subprocess.run(
        command, env=kept | {"TERM": "xterm"} | variables, capture_output=True, cwd=folder, check=False
    )
    assert (b"\x1b[" in ran.stdout) is coloured
    assert "✓ allowed".encode() in ran.stdout


def test_a_terminal_without_the_signs(folder: Path) -> None:
    command = [sys.executable, "-c", "from crossorigin.cli import main; main()", "explain", "shop:app", "--from", PAGE]
    ran = subprocess.run(command, env=os.environ | {"PYTHONIOENCODING": "ascii"}, capture_output=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.parametrize("more", [[], ["--json"]])
@pytest.mark.parametrize("target", ["http://me:hunter2@127.0.0.1:1024", "http://me:hunter2@[", "me:hunter2@a"])
def test_a_password_is_in_no_output(capsys: pytest.CaptureFixture[str], target: str, more: list[str]) -> None:
    ran = explain(capsys, target, "GET /", "--from", "http://localhost:3000", *more)
    assert ran.code in (1, 2)
    assert "hunter2" not in ran.out + ran.err


def test_a_har_file_that_cannot_be_read(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    Path("folder").mkdir()
    os.mkfifo("pipe")
    with open("large", "wb") as large:
        large.truncate(100 * 2**20)
    Path("latin-1").write_bytes(b"\xe9")
    Path("deep").write_text("[" * 10_000)
    sent = [{"name": "Origin", "value": "no page"}]
    entry = {"request": {"method": "GET", "url": "http://a/", "headers": sent}, "response": {}}
    Path("page").write_text(json.dumps({"log": {"entries": [entry]}}))
    said = {}
    for name in ("gone", "folder", "pipe", "large", "latin-1", "deep", "page", "/dev/zero"):
        ran = explain(capsys, "--har", name)
        assert (ran.code, ran.out) == (2, "")
        said[name] = ran.err.strip().removeprefix("crossorigin explain: ").removeprefix("crossorigin: ")
    assert said == {
        "gone": "gone cannot be read: No such file or directory",
        "folder": "folder cannot be read: it is a directory",
        "pipe": "pipe cannot be read: it is not a regular file",
        "large": "large cannot be read: it is longer than 64 MiB",
        "latin-1": "latin-1 cannot be read: it is not UTF-8 (byte 0)",
        "deep": "this is not a HAR file: it nests too deeply",
        "page": "this is not a HAR file: entry 1: 'http://a/' or its page is not a URL",
        "/dev/zero": "/dev/zero cannot be read: it is not a regular file",
    }


COPIED = "curl 'https://api.example.com/items' -H 'authority: api.example.com' -H 'accept: */*'"

# (a copied request, whether it is allowed, the cause, the methods and URLs that are sent, notes)
COPIES = [
    (f"{COPIED} -H 'origin: {PAGE}'", True, "allowed", ["GET https://api.example.com/items"], []),
    (
        f"{COPIED} -H 'sec-fetch-site: same-origin'",
        True,
        "same-origin-request",
        ["GET https://api.example.com/items"],
        [],
    ),
    (
        f"{COPIED} -X OPTIONS -H 'origin: {PAGE}' -H 'access-control-request-method: GET' "
        "-H 'access-control-request-headers: authorization'",
        False,
        "header-not-listed",
        ["OPTIONS https://api.example.com/items"],
        ["the copied request is a preflight; this is the request that it announced"],
    ),
    (
        f"{COPIED} -X OPTIONS -H 'origin: {PAGE}' -H 'access-control-request-method: GET'",
        True,
        "allowed",
        ["OPTIONS https://api.example.com/items", "GET https://api.example.com/items"],
        ["the copied request is a preflight; this is the request that it announced"],
    ),
    (
        f'fetch("https://api.example.com/items", {{"method": "query", "referrer": "{PAGE}/"}});',
        False,
        "method-lower-case",
        ["OPTIONS https://api.example.com/items"],
        [],
    ),
    (
        f'Invoke-WebRequest -Uri "https://api.example.com/items" -Headers @{{"origin"="{PAGE}"}}',
        True,
        "allowed",
        ["GET https://api.example.com/items"],
        [],
    ),
]


@pytest.mark.parametrize(("text", "allowed", "cause", "sent", "notes"), COPIES, ids=range(len(COPIES)))
def test_a_copied_request_and_the_app(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    text: str,
    allowed: bool,
    cause: str,
    sent: list[str],
    notes: list[str],
) -> None:
    ran = explain(capsys, "shop:app", "--curl", text, "--json")
    assert (ran.code, ran.data["allowed"], ran.data["cause"]) == (int(not allowed), allowed, cause)
    assert [f"{request['method']} {request['url']}" for request in ran.data["requests"]] == sent
    assert ran.data["notes"] == notes
    printed = explain(capsys, "shop:app", "--curl", text).out
    assert all(f"  * {note}" in printed for note in notes)


def test_a_base_that_is_given_counts_more_than_the_copied_host(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"{COPIED} -H 'origin: {PAGE}'"
    data = explain(capsys, "shop:app", "--curl", text, "--base", "http://127.0.0.1:9000", "--json").data
    assert data["requests"][0]["url"] == "http://127.0.0.1:9000/items"


def test_a_lower_case_method_that_the_server_does_not_know(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "open.py").write_text(
        "from fastapi import FastAPI\nfrom starlette.middleware.cors import CORSMiddleware\napp = FastAPI()\n"
        'app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["patch"])\n'
        'app.patch("/items")(lambda: 1)\n'
    )
    data = explain(capsys, "open:app", "patch /items", "--from", PAGE, "--json").data
    assert (data["allowed"], data["cause"]) == (True, "method-lower-case")
    assert data["remedy"] == 'fetch(url, {method: "PATCH"})'


def test_a_message_with_two_meanings(capsys: pytest.CaptureFixture[str]) -> None:
    text = f"Origin {PAGE} is not allowed by Access-Control-Allow-Origin. Status code: 200"
    ran = explain(capsys, "--console", text, "--json")
    assert (ran.code, ran.data["cause"]) == (1, "ambiguous-message")
    assert [each["cause"] for each in ran.data["candidates"]] == ["no-allow-origin", "origin-not-listed"]
    printed = explain(capsys, "--console", text).out
    assert printed.startswith("✗ blocked: no-allow-origin or origin-not-listed\n")
    assert "more than one meaning" in printed


def test_lines_about_other_requests_are_not_explained(capsys: pytest.CaptureFixture[str]) -> None:
    line = (
        "Access to fetch at '{}' from origin '{}' has been blocked by CORS policy: No 'Access-Control-Allow-Origin' "
        "header is present on the requested resource."
    )
    two = line.format("https://a.example/", PAGE) + "\n" + line.format("https://b.example/", PAGE)
    assert "lines about other requests: 1" in explain(capsys, "--console", two).out


def chrome(sentence: str, url: str = "http://localhost:8000/items?a=1", page: str = PAGE) -> str:
    return f"Access to fetch at '{url}' from origin '{page}' has been blocked by CORS policy: {sentence}"


MISSING = "No 'Access-Control-Allow-Origin' header is present on the requested resource."

# (a message, the cause if the app is at hand, what is sent to it)
MESSAGES_AND_AN_APP = [
    (chrome(MISSING, page="http://127.0.0.1:3000"), "mismatch-loopback-name", ["GET http://localhost:8000/items?a=1"]),
    (chrome(MISSING), "answered-by-another", ["GET http://localhost:8000/items?a=1"]),
    (
        chrome("Response to preflight request doesn't pass access control check: " + MISSING),
        "answered-by-another",
        ["OPTIONS http://localhost:8000/items?a=1", "GET http://localhost:8000/items?a=1"],
    ),
    (
        chrome("Request header field accept is not allowed by Access-Control-Allow-Headers in preflight response."),
        "answered-by-another",
        ["OPTIONS http://localhost:8000/items?a=1", "GET http://localhost:8000/items?a=1"],
    ),
    # No server can answer for these, and the app is not asked.
    ("GET http://localhost:8000/items net::ERR_BLOCKED_BY_CLIENT", "blocked-by-extension", []),
    ("GET http://localhost:8000/items net::ERR_CONNECTION_REFUSED", "no-server", ["GET http://localhost:8000/items"]),
    (
        "Refused to connect to 'http://localhost:8000/' because it violates the following Content Security Policy "
        "directive: \"connect-src 'self'\".",
        "content-security-policy",
        [],
    ),
    # These leave it open, and the app tells.
    ("Fetch API cannot load http://localhost:8000/items due to access control checks.", "allowed", ["GET http://localhost:8000/items"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "cause", "sent"), MESSAGES_AND_AN_APP, ids=range(len(MESSAGES_AND_AN_APP)))
def test_a_message_and_the_app_that_is_asked(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, cause: str, sent: list[str]
) -> None:
    ran = explain(capsys, "shop:app", "--console", text, "--from", PAGE if "127.0.0.1" not in text else "", "--json")
    assert (ran.code, ran.data["cause"]) == (int(cause != "allowed"), cause)
    assert [f"{request['method']} {request['url']}" for request in ran.data["requests"]] == sent


def test_what_is_not_known_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, "--console", "Script error.").out.startswith("? not known: script-error\n")
    assert explain(capsys, "--console", "TypeError: Failed to fetch").out.startswith("✗ blocked: said-in-console\n")
