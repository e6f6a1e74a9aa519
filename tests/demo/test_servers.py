"""The API and the front ends of the demo, asked without a browser."""

from __future__ import annotations

import ast
import asyncio
import re
import socket
from pathlib import Path
from typing import Any

import httpx2
import pytest

from crossorigin import Policy
from crossorigin.demo import policies
from crossorigin.demo.api import api
from crossorigin.demo.front import PAGE, PROGRAMS, Addresses, compare, front
from crossorigin.demo.record import MAX_EXCHANGES, Log, RecordedExchange
from crossorigin.demo.run import Ports, running
from crossorigin.report.errors import CannotRun

ROOT = Path(__file__).parent.parent.parent
HERE = Addresses("http://localhost:3000", "http://localhost:3001", "http://localhost:8000")
PAGE_ORIGIN = {"Origin": HERE.front}


async def ask(app: Any, method: str, path: str, **options: Any) -> httpx2.Response:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        return await client.request(method, path, **options)


def request(app: Any, method: str, path: str, **options: Any) -> httpx2.Response:
    return asyncio.run(ask(app, method, path, **options))


def test_an_exchange_is_recorded_whole() -> None:
    log = Log()
    app = api(HERE.front, log)
    cookie = {"Cookie": "other=1; crossorigin_demo=ada", **PAGE_ORIGIN}
    assert request(app, "GET", "/plain/me?run=a", headers=cookie).json() == {"you are": "Ada"}
    request(app, "GET", "/plain/me?run=b")
    assert log.of("a") == [
        {
            "run": "a",
            "kind": "request",
            "method": "GET",
            "path": "/plain/me",
            "request": [("origin", HERE.front)],
            "cookie": True,
            "reason": "allowed",
            "culprit": "",
            "status": 200,
            "response": [("access-control-allow-origin", HERE.front), ("vary", "Origin")],
        }
    ]
    assert [it["reason"] for it in log.of("b")] == ["no-origin"]
    assert log.of("") == log.of("c") == []


def test_a_refused_preflight_names_its_culprit() -> None:
    log = Log()
    asks = PAGE_ORIGIN | {"Access-Control-Request-Method": "PATCH"}
    request(api(HERE.front, log), "OPTIONS", "/methods/items/1?run=a", headers=asks)
    (exchange,) = log.of("a")
    assert (exchange["kind"], exchange["status"], exchange["reason"], exchange["culprit"]) == (
        "preflight",
        204,
        "method-not-allowed",
        "PATCH",
    )


@pytest.mark.parametrize(("name", "cors"), [("plain", HERE.front), ("starlette", None)])
def test_a_crash_is_a_500_and_no_traceback(name: str, cors: str | None) -> None:
    log = Log()
    answer = request(api(HERE.front, log), "GET", f"/{name}/crash?run=a", headers=PAGE_ORIGIN)
    assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (500, cors)
    assert log.of("a")[0]["reason"] == ("allowed" if name == "plain" else "")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/methods/items/1", {"replaced": "Tea"}),
        ("DELETE", "/methods/items/1", {"deleted": "Tea"}),
        ("PATCH", "/methods/items/1", {"changed": "Tea"}),
        ("POST", "/plain/items", {"created": "Tea", "sent as": "nothing"}),
        ("POST", "/plain/login", {"welcome": "Ada"}),
        ("GET", "/plain/me", {"you are": "nobody"}),
        ("GET", "/plain/items", [{"id": 1, "name": "Tea"}, {"id": 2, "name": "Cake"}]),
    ],
)
def test_the_endpoints(method: str, path: str, body: object) -> None:
    assert request(api(HERE.front, Log()), method, path).json() == body


def test_the_log_is_bounded() -> None:
    log = Log()
    for number in range(MAX_EXCHANGES + 5):
        log.add(RecordedExchange("a", "request", "GET", f"/{number}", [], False))
    paths = [it["path"] for it in log.of("a")]
    assert (len(paths), paths[0], paths[-1]) == (MAX_EXCHANGES, "/5", f"/{MAX_EXCHANGES + 4}")


# -- what is shown is what runs -----------------------------------------------------------------


def test_the_policy_shown_is_the_policy_in_force() -> None:
    """Read back as Python, the code of every card makes the very policy that its API enforces."""
    ours = [it for it in policies.served(HERE.front) if it.policy]
    assert {it.name for it in ours} == set(policies.TABLE)
    for served in ours:
        shown = policies.as_code(served)
        for lines in (shown["lines"], [it for it in shown["lines"] if it["said"]]):
            code = "\n".join([shown["opening"], *(it["text"] for it in lines), shown["closing"]])
            policy = eval(code, {"Policy": Policy, "install": lambda _, policy: policy, "app": None})
            assert policy == served.policy


def test_starlettes_keywords_are_shown_as_they_are_given() -> None:
    for served in (it for it in policies.served(HERE.front) if not it.policy):
        shown = policies.as_code(served)
        keywords = {
            field: ast.literal_eval(line["text"].partition("=")[2].rstrip(","))
            for line in shown["lines"]
            if line["said"] and (field := line["field"]) != "middleware"
        }
        assert keywords == served.keywords


def test_what_the_environment_says_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", "development")
    assert "star-with-credentials" in policies.refusal()
    assert all(it.policy.environment == "production" for it in policies.served(HERE.front) if it.policy)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_programs_are_the_examples(name: str) -> None:
    text = (ROOT / "examples" / f"{name}.py").read_text()
    end = ast.parse(text).body[0].end_lineno
    assert (PAGE / "programs" / f"{name}.txt").read_text() == "\n".join(text.splitlines()[end:]).strip() + "\n"


# -- the front ends -----------------------------------------------------------------------------


def test_the_front_ends_serve_the_page_and_nothing_from_elsewhere() -> None:
    for index, title in (("index.html", "CORS, live"), ("other.html", "The second front end")):
        answer = request(front(index, HERE, Log()), "GET", "/")
        assert title in answer.text
        assert answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-security-policy"] == (
            "default-src 'self'; connect-src 'self' http://localhost:8000; frame-src http://localhost:3001; "
            "frame-ancestors http://localhost:3000; base-uri 'none'; form-action 'none'; object-src 'none'"
        )
    outside = re.compile(r"""(?:src|href|from|url)\s*[=(]?\s*["']?(?:https?:)?//""")
    for file in PAGE.rglob("*.*"):
        if file.suffix in (".html", ".css", ".js"):
            assert not outside.search(file.read_text()), file.name
        if file.suffix == ".js":
            assert "innerHTML" not in file.read_text(), file.name


def test_the_front_end_answers_its_own_page() -> None:
    log = Log()
    log.add(RecordedExchange("a", "request", "GET", "/", [], False))
    app = front("index.html", HERE, log)
    assert [it["run"] for it in request(app, "GET", "/log?run=a").json()] == ["a"]
    assert request(app, "GET", "/log").json() == []
    assert request(app, "GET", "/style.css").headers["content-type"].startswith("text/css")
    facts = request(app, "GET", "/demo.json").json()
    assert [facts[name] for name in ("front", "other", "api")] == [HERE.front, HERE.other, HERE.api]
    assert set(facts["apis"]) == {*policies.TABLE, *policies.STARLETTE}
    answer = request(app, "GET", "/same-origin", params={"a": HERE.front, "b": HERE.api}).json()
    assert answer["same"] is False
    assert "error" in request(app, "GET", "/same-origin").json()


@pytest.mark.parametrize(
    ("a", "b", "same", "ports"),
    [
        ("http://localhost:3000", "http://localhost:8000", False, ("3000", "8000")),
        ("http://example.com", "http://example.com/api", True, ("80 (default)", "80 (default)")),
        ("capacitor://localhost", "https://localhost", False, ("none", "443 (default)")),
        ("file:///a", "file:///a", False, None),
        ("null", "null", False, None),
    ],
)
def test_two_urls_compared(a: str, b: str, same: bool, ports: tuple[str, str] | None) -> None:
    answer = compare(a, b)
    assert answer["same"] is same
    assert answer["opaque"] is (ports is None)
    assert [(it["a"], it["b"]) for it in answer["parts"] if it["name"] == "port"] == ([ports] if ports else [])


# -- ports --------------------------------------------------------------------------------------


def test_a_port_in_use_is_named_and_nothing_stays_open() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotRun, match=f"^port {port} is in use; .* --api-port PORT"), running(Ports(port, 0, 0)):
            pytest.fail("it started")


def test_a_port_that_may_not_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(CannotRun, match=r"^port 80 cannot be opened \(Permission denied\);"), running(Ports(0, 80, 0)):
        pytest.fail("it started")


def test_it_stops_when_the_block_ends() -> None:
    with running(Ports(0, 0, 0)) as here:
        assert httpx2.get(here.front).status_code == 200
        port = int(here.front.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
