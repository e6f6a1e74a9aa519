"""The policy file, followed from the start of the server to its end."""

from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from crossorigin import CORSMiddleware, Policy, PolicyError, install
from tests.asgi import request

OLD, NEW = "https://old.example", "https://new.example"
PATIENCE = 10  # seconds, of which a fraction is needed


def written(file: Path, origin: str) -> Policy:
    file.write_text(f'allow_origins = ["{origin}"]\n')
    return Policy.load(file)


class Applied(logging.Handler):
    """Waits for the line that says what a file came to."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.event = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "is in force" in record.getMessage() or "is not taken" in record.getMessage():
            self.event.set()

    def wait(self) -> None:
        assert self.event.wait(PATIENCE)
        self.event.clear()


@pytest.fixture
def applied() -> Any:
    handler, logger = Applied(), logging.getLogger("crossorigin")
    logger.addHandler(handler)
    level, logger.level = logger.level, logging.INFO
    yield handler
    logger.removeHandler(handler)
    logger.level = level


def allows(app: Any, origin: str) -> bool:
    return request(app, "GET", "/", [("origin", origin)]).cors.get("access-control-allow-origin") == origin


def watching() -> bool:
    return any(it.name == "crossorigin-watch" for it in threading.enumerate())


@pytest.mark.parametrize("named", [True, False])
def test_a_change_is_in_force_until_the_server_ends(
    tmp_path: Path, applied: Applied, named: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "crossorigin.toml"
    app = Starlette()
    policy = written(file, OLD)
    monkeypatch.chdir(tmp_path)
    install(app, policy, watch=file if named else True)
    assert not watching()
    for first, then in ((OLD, NEW), (NEW, OLD)):  # a server that starts twice
        with TestClient(app):
            assert allows(app, first)
            written(file, then)
            applied.wait()
            assert allows(app, then)
            assert not allows(app, first)
            file.write_text("allow_origins = [")
            applied.wait()
            assert allows(app, then)
            written(file, then)
        assert not watching()


def test_without_a_lifespan_the_first_request_begins_it(tmp_path: Path, applied: Applied) -> None:
    file = tmp_path / "policy.toml"

    async def null(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body"})

    app = CORSMiddleware(null, policy=written(file, OLD), watch=str(file))
    assert allows(app, OLD)
    written(file, NEW)
    applied.wait()
    assert allows(app, NEW)

    async def nothing(*message: Any) -> Any:
        raise AssertionError

    asyncio.run(app({"type": "lifespan"}, nothing, nothing))
    assert not watching()


def test_no_file_to_follow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PolicyError) as caught:
        install(Starlette(), Policy(allow_origins=[OLD]), watch=True)
    assert [it.code for it in caught.value.problems] == ["file-unreadable"]
