"""A rejected policy stops the start-up: each way in which a middleware comes into an app, under each server."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette import applications
from starlette.applications import Starlette
from starlette.testclient import TestClient

from crossorigin import CORSMiddleware, PolicyError, install
from crossorigin.middleware.failed_startup import FailedStartup, watch_applications
from crossorigin.policy.policy import Policy
from tests.asgi import lifespan, request
from tests.e2e.served.servers import PATIENCE, end, free_ports, start
from tests.middleware import rejected

REASON = "allow_origins[0] = '*'  [star-with-credentials]"
A = "https://app.example.com"
ASKS = [("origin", A), ("access-control-request-method", "PUT")]
APP = "tests.middleware.rejected:"

# Arguments after `python -m`, and the exit code of each server whose app fails to start.
SERVERS = {
    "uvicorn": ("uvicorn {app} --port {port}", 3),
    "uvicorn, two workers": ("uvicorn {app} --port {port} --workers 2", 0),
    "hypercorn": ("hypercorn {app} --bind 127.0.0.1:{port}", 0),
    "granian": ("granian {app} --interface asgi --port {port}", 1),
    "gunicorn": ("gunicorn {app} --bind 127.0.0.1:{port} --worker-class uvicorn_worker.UvicornWorker", 3),
}


@pytest.mark.parametrize("kind", rejected.KINDS)
def test_a_rejected_policy_fails_the_start_up(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = lifespan(getattr(rejected, kind))
    assert [message["type"] for message in answer.messages] == ["lifespan.startup.failed"]
    assert REASON in answer.messages[0]["message"]
    assert isinstance(answer.raised, PolicyError)
    assert [
        each for each in caplog.records if each.levelno > logging.INFO
    ] == []  # the server prints the message, and once is enough


@pytest.mark.parametrize("kind", ["sound", "sound_mounted"])
def test_a_sound_policy_starts(kind: str) -> None:
    messages = lifespan(getattr(rejected, kind)).messages
    assert [message["type"] for message in messages] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


# Each way into an app under one server, and two ways under each server; every night, every way under every server.
EVERY = [(kind, server) for kind in rejected.KINDS for server in SERVERS]
UNDER_EACH_SERVER = ("subclass", "mounted_function")
NIGHTLY = [pair for pair in EVERY if pair[1] != "uvicorn" and pair[0] not in UNDER_EACH_SERVER]


@pytest.mark.parametrize(
    ("kind", "server"),
    [
        *(pair for pair in EVERY if pair not in NIGHTLY),
        *(pytest.param(*pair, marks=pytest.mark.nightly) for pair in NIGHTLY),
    ],
)
def test_no_server_serves_it(kind: str, server: str, tmp_path: Path) -> None:
    command, code = SERVERS[server]
    assert REASON in _stopped(command, APP + kind, code, tmp_path)


def test_a_factory_of_the_whole_app(tmp_path: Path) -> None:
    assert REASON in _stopped("uvicorn {app} --port {port} --factory", APP + "make", 3, tmp_path)


def _stopped(command: str, app: str, code: int, folder: Path) -> str:
    """What a server printed that had to end by itself, with this exit code and without a listener."""
    (port,) = free_ports(1)
    log = folder / "log"
    process = start(command.format(app=app, port=port), log)
    try:
        assert process.wait(PATIENCE) == code, log.read_text()
    finally:
        end(process)
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", port)) != 0
    output = log.read_text()
    assert "Application startup complete" not in output
    return output


def test_a_test_client_passes_the_reason_on() -> None:
    with pytest.raises(PolicyError, match="star-with-credentials"), TestClient(rejected.with_middleware(rejected.Mine)):
        raise AssertionError


def test_without_a_lifespan_every_request_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    app = rejected.with_middleware(rejected.factory)
    for method, headers in (("GET", []), ("GET", [("origin", A)]), ("OPTIONS", ASKS), ("OPTIONS", ASKS)):
        answer = request(app, method, headers=headers)
        assert (answer.status, answer.body, answer.cors) == (500, b"Internal Server Error", {})
        assert isinstance(answer.raised, PolicyError)
    (record,) = caplog.records
    assert (record.levelname, REASON in record.getMessage()) == ("CRITICAL", True)


def test_without_a_lifespan_no_websocket_is_accepted() -> None:
    client = TestClient(rejected.with_middleware(rejected.factory))
    with pytest.raises(PolicyError), client.websocket_connect("/"):
        raise AssertionError


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_app_that_cannot_be_seen_is_closed_when_it_is_asked(wrapped: bool) -> None:
    inner = rejected.with_middleware(rejected.Mine)

    async def closure(scope: Any, receive: Any, send: Any) -> None:
        await inner(scope, receive, send)

    app = Starlette()
    app.mount("/sub", closure)
    if wrapped:
        install(app, Policy(allow_origins=["https://other.example.com"]))
    answer = request(app, "GET", "/sub/x", [("origin", A)])
    assert (answer.status, answer.cors.get("access-control-allow-origin")) == (500, None)


def test_other_errors_stay_what_they_are() -> None:
    def broken(app: Any) -> Any:
        raise ValueError("no database")

    answer = lifespan(rejected.with_middleware(broken))
    assert (answer.messages, str(answer.raised)) == ([], "no database")


def test_outside_an_application_the_constructor_raises() -> None:
    for make in (
        lambda: CORSMiddleware(Starlette(), **rejected.BAD),
        lambda: install(FastAPI(), Policy(**rejected.BAD)),
    ):
        with pytest.raises(PolicyError):
            make()


def test_a_mounted_app_without_a_middleware_of_ours_is_not_built_early() -> None:
    class Other:
        def __init__(self, app: Any) -> None:
            self.app = app

    mounted = Starlette()
    mounted.add_middleware(Other)
    lifespan(rejected.with_mounted(mounted))
    assert mounted.middleware_stack is None


PROGRAM = """
import importlib, sys
sys.modules.update(dict.fromkeys({hidden}))
{order}
import crossorigin
print("fine")
"""


@pytest.mark.parametrize(
    ("hidden", "order"),
    [
        (["starlette", "starlette.applications"], ""),
        ([], "import fastapi"),
        ([], "import starlette.applications"),
    ],
)
def test_the_order_of_imports_does_not_matter(hidden: list[str], order: str) -> None:
    program = PROGRAM.format(hidden=hidden, order=order)
    if not hidden:
        program += """
import asyncio
from tests.asgi import lifespan
from tests.middleware import rejected
for kind in ("plain", "starlette", "derived_again"):
    print(lifespan(getattr(rejected, kind)).messages[0]["type"])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=PATIENCE)
    failed = [] if hidden else ["lifespan.startup.failed"] * 3
    assert done.stdout.split() == ["fine", *failed], done.stderr


class Framework:
    """Stands for Starlette, in a process that has not watched it yet."""

    user_middleware = ()
    routes = ()

    def build_middleware_stack(self) -> Any:
        return Policy(**rejected.BAD)


class Older(Framework):
    """Derived before it is watched, with a method of its own."""

    def build_middleware_stack(self) -> Any:
        return super().build_middleware_stack()


class OlderStill(Older):
    """Inherits it."""


def test_classes_are_watched_once_whether_older_or_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applications, "Starlette", Framework)
    watch_applications()
    watched = Framework.build_middleware_stack
    watch_applications()
    assert Framework.build_middleware_stack is watched

    class Newer(Framework):
        def build_middleware_stack(self) -> Any:
            return super().build_middleware_stack()

    for kind in (Framework, Older, OlderStill, Newer):
        assert isinstance(kind().build_middleware_stack(), FailedStartup), kind


def test_without_starlette_there_is_nothing_to_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "starlette.applications", None)
    watch_applications()


def test_a_mounted_app_that_has_started_is_not_built_again() -> None:
    mounted = rejected.with_middleware(CORSMiddleware, allow_origins=[A])
    assert request(mounted, "GET").status == 404
    stack = mounted.middleware_stack
    assert lifespan(rejected.with_mounted(mounted)).messages[0]["type"] == "lifespan.startup.complete"
    assert mounted.middleware_stack is stack
