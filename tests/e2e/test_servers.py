"""What each server does at the two ends of its life: a refused policy never serves, and a lifespan ends as it began."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from crossorigin import Browser, HTTPTransport, Policy, PolicyError
from tests.e2e.served.clients import COMBINATIONS, PROTOCOLS, Protocol, client
from tests.e2e.served.servers import (
    PATIENCE,
    ROOT,
    Served,
    end,
    free_ports,
    listening,
    make_certificate,
    serving,
    start,
)

REFUSED = "allow_origins[0] = '*'  [star-with-credentials]"
LATE = "examples.development:app"  # Starlette builds its middleware inside the lifespan call
IMPORTED = "tests.e2e.served.refused:app"  # the policy is refused where the module is imported

# (arguments after `python -m`, the exit code). Hypercorn's parent process takes its workers' failure for an ordinary
# end: 0, where there is such a parent, which is to say unless --workers 0.
STOPPED = [
    ("uvicorn {app} --port {port}", {LATE: 3, IMPORTED: 1}),
    ("hypercorn {app} --bind 127.0.0.1:{port} --workers 0", {LATE: 1, IMPORTED: 1}),
    ("hypercorn {app} --bind 127.0.0.1:{port}", {LATE: 0, IMPORTED: 0}),
    ("granian {app} --interface asgi --port {port}", {LATE: 1, IMPORTED: 1}),
]

# A PUT with these headers, and what comes of it.
ENFORCED = [
    ({}, 200),
    ({"Origin": "http://localhost:3000"}, 200),
    ({"Origin": "http://localhost:3000", "Sec-Fetch-Site": "cross-site"}, 200),
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
    ({"Origin": "http://HOST"}, 200),
    ({"Origin": "http://HOST", "Sec-Fetch-Site": "same-origin"}, 200),
    ({"Origin": "http://HOST", "Sec-Fetch-Site": "same-site"}, 403),
    ({"Host": "evil.example"}, 403),
    ({"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
]


@pytest.mark.parametrize("app", [LATE, IMPORTED])
@pytest.mark.parametrize(
    ("command", "codes"), STOPPED, ids=[it[0].partition("{app}")[0] + it[0][-11:] for it in STOPPED]
)
def test_a_refused_policy_stops_the_server_and_says_why(
    command: str, codes: dict[str, int], app: str, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    log = tmp_path / "log"
    process = start(command.format(app=app, port=port), log)
    try:
        assert process.wait(PATIENCE) == codes[app]
    finally:
        end(process)
    output = log.read_text()
    assert REFUSED in output
    assert "→ set CROSSORIGIN_ENVIRONMENT=development" in output
    assert "Uvicorn running on" not in output
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) != 0


UVICORN_STOPS = "ERROR:    Application startup failed. Exiting."
FASTAPI_DEV = "fastapi dev {file} --port {port} --reload-dir {folder}"  # which goes on, and waits for a change


@pytest.mark.parametrize(
    ("command", "before", "after"),
    [
        ("uvicorn {app} --port {port}", "\nERROR:    ", UVICORN_STOPS),
        ("uvicorn {app} --port {port} --lifespan on", "\nERROR:    ", UVICORN_STOPS),
        ("fastapi run {file} --port {port}", "\nERROR:    ", UVICORN_STOPS),
        (FASTAPI_DEV, "\nERROR:    ", UVICORN_STOPS),
        ("hypercorn {app} --bind 127.0.0.1:{port} --workers 0", " Lifespan failure in startup. '", "'"),
    ],
)
def test_the_reason_is_printed_once_and_last(
    command: str, before: str, after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What follows is the server's own farewell, and nothing of the application's."""
    monkeypatch.delenv("CROSSORIGIN_ENVIRONMENT", raising=False)
    with pytest.raises(PolicyError) as caught:
        Policy(allow_origins=["*"], allow_credentials=True)
    (port,) = free_ports(1)
    log, file = tmp_path / "log", ROOT / "examples" / "development.py"
    process = start(command.format(app=LATE, file=file, folder=file.parent, port=port), log)
    try:
        until = time.monotonic() + PATIENCE
        while process.poll() is None and UVICORN_STOPS not in log.read_text():
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.02)
        output = log.read_text()
    finally:
        end(process)
    reason = before + str(caught.value)
    assert output.count(reason) == log.read_text().count(REFUSED) == 1
    assert output.partition(reason)[2].strip() == after


@pytest.mark.parametrize(
    "command", ["uvicorn {app} --port {port} --lifespan off", "granian {app} --interface asginl --port {port}"]
)
def test_a_server_without_lifespan_serves_nothing_of_a_refused_app(command: str, tmp_path: Path) -> None:
    """Nobody asks the app whether it may start: every request gets a 500, and none reaches it."""
    (port,) = free_ports(1)
    log = tmp_path / "log"
    process = start(command.format(app=LATE, port=port), log)
    try:
        listening(process, port, log)
        for method in ("GET", "OPTIONS"):
            headers = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "GET"}
            answer = httpx2.request(method, f"http://127.0.0.1:{port}/docs", headers=headers, trust_env=False)
            assert (answer.status_code, answer.headers.get("access-control-allow-origin")) == (500, None)
    finally:
        end(process)
    assert REFUSED in log.read_text()


@pytest.fixture(scope="module")
def enforced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Served], ssl.SSLContext]]:
    """An app with enforce=True and trusted_hosts=["localhost"], under each server."""
    folder = tmp_path_factory.mktemp("enforced")
    certificate = make_certificate(folder)
    with serving(PROTOCOLS, "tests.e2e.served.enforced:app", certificate, folder) as served:
        yield served, certificate.trusted


@pytest.mark.parametrize(("server", "protocol"), COMBINATIONS, ids=str)
def test_enforce_reads_the_same_headers_everywhere(
    server: str, protocol: Protocol, enforced: tuple[dict[str, Served], ssl.SSLContext]
) -> None:
    """HTTP/2 has no Host line: each server makes one of `:authority`, and the guard relies on that."""
    served, trusted = enforced
    address = served[server].tls if protocol.tls else served[server].plain
    host = address.rpartition("/")[2]
    for headers, status in ENFORCED:
        with client(protocol, trusted) as http:
            lines = {name: value.replace("HOST", host) for name, value in headers.items()}
            answer = http.put(address + "/items/7", headers=lines)
        assert (answer.http_version, answer.status_code) == (protocol.version, status), headers


@pytest.mark.parametrize("server", PROTOCOLS)
@pytest.mark.parametrize(
    ("page", "status"),
    [("http://localhost:3000", 101), ("SAME", 101), ("http://evil.example", 403), ("http://localhost:3001", 403)],
)
def test_enforce_refuses_handshakes_everywhere(
    server: str, page: str, status: int, enforced: tuple[dict[str, Served], ssl.SSLContext]
) -> None:
    address = enforced[0][server].plain
    for engine in ("standard", "chromium"):  # Chromium has no Sec-Fetch-Site in a handshake, the standard has one
        with HTTPTransport() as wire:
            browser = Browser(page.replace("SAME", address), transport=wire, engine=engine)
            outcome = browser.websocket(address.replace("http", "ws") + "/")
        assert outcome.allowed is (status == 101)
        assert [it.response.status for it in outcome.requests] == [status]


def test_the_lifespan_ends_when_the_server_does(tmp_path: Path) -> None:
    """As that of every other framework does: `tests.e2e.test_frameworks` looks when it ends its servers."""
    with serving(PROTOCOLS, "tests.e2e.served.bare:app", make_certificate(tmp_path), tmp_path) as served:
        assert ["stopped" in it.output for it in served.values()] == [False] * 3
        for it in served.values():
            assert httpx2.get(it.plain + "/about", trust_env=False).text == "HTTP/1.1 started"
    assert [it.output.splitlines().count("stopped") for it in served.values()] == [
        it.processes for it in served.values()
    ]
