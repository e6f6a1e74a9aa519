"""The tutorial's programs: only their import changed, and they do what the tutorial says."""

from __future__ import annotations

import ast
import importlib
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.asgi import lifespan, request

ROOT = Path(__file__).parent.parent.parent
TUTORIAL_IMPORT = "from fastapi.middleware.cors import CORSMiddleware"
OUR_IMPORT = "from crossorigin import CORSMiddleware"
ALWAYS = "accept, accept-language, content-language, content-type"
ASKS = [("access-control-request-method", "PUT"), ("access-control-request-headers", "authorization,content-type,x-a")]


def program(name: str) -> str:
    return (ROOT / "examples" / f"{name}.py").read_text()


@pytest.mark.parametrize("name", ["basic", "development", "production"])
def test_only_the_import_differs_from_fastapis(name: str) -> None:
    """With FastAPI's own import in its place, the program is still one that FastAPI takes."""
    text = program(name)
    assert text.count(OUR_IMPORT) == 1
    namespace: dict[str, object] = {}
    exec(compile(text.replace(OUR_IMPORT, TUTORIAL_IMPORT), name, "exec"), namespace)
    assert {it.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) for it in node.names} == {
        "FastAPI",
        "CORSMiddleware",
    }


def test_basic() -> None:
    app = importlib.import_module("examples.basic").app
    for origin in ("http://localhost:3000", "http://localhost:8080"):
        answer = request(app, "GET", "/", [("origin", origin)])
        assert (answer.status, answer.body) == (200, b'{"message":"Hello World"}')
        assert answer.cors == {
            "access-control-allow-origin": origin,
            "access-control-allow-credentials": "true",
            "vary": "Origin",
        }
        asked = request(app, "OPTIONS", "/", [("origin", origin), *ASKS])
        assert asked.status == 204
        assert asked.cors == {
            "access-control-allow-origin": origin,
            "access-control-allow-credentials": "true",
            "access-control-allow-methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT, QUERY",
            "access-control-allow-headers": ALWAYS + ", authorization, x-a",
            "access-control-max-age": "600",
            "vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
        }
    assert request(app, "GET", "/", [("origin", "http://localhost:8000")]).cors == {"vary": "Origin"}


def test_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", "development")
    namespace: dict[str, object] = {}
    exec(program("development"), namespace)
    app = namespace["app"]
    assert lifespan(app).messages[0]["type"] == "lifespan.startup.complete"
    assert request(app, "GET", "/", [("origin", "http://localhost:3000")]).cors == {
        "access-control-allow-origin": "http://localhost:3000",
        "access-control-allow-credentials": "true",
        "vary": "Origin",
    }
    assert request(app, "GET", "/", [("origin", "https://evil.example")]).cors == {
        "access-control-allow-origin": "*",
        "vary": "Origin",
    }


def test_production() -> None:
    app = importlib.import_module("examples.production").app
    answer = request(app, "OPTIONS", "/", [("origin", "https://www.example.com"), *ASKS])
    assert answer.cors == {
        "access-control-allow-origin": "https://www.example.com",
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, POST, PUT, DELETE",
        "access-control-allow-headers": "accept, accept-language, authorization, content-language, content-type",
        "access-control-max-age": "600",
        "vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    }
    assert request(app, "OPTIONS", "/", [("origin", "http://example.com"), *ASKS]).status == 403


def serve(name: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs an example under real uvicorn until it stops by itself."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return subprocess.run(
        [sys.executable, "-m", "uvicorn", f"examples.{name}:app", "--port", str(port)],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("CROSSORIGIN_")} | environment,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_without_the_variable_the_server_stops_before_it_serves_and_says_why() -> None:
    done = serve("development", {})
    assert done.returncode == 3  # uvicorn's word for a failed start-up
    assert "Application startup failed. Exiting." in done.stderr
    assert "Uvicorn running" not in done.stderr
    assert "Traceback" not in done.stderr
    assert re.search(r"CROSSORIGIN_ENVIRONMENT is not set, which means production", done.stderr)
    assert "set CROSSORIGIN_ENVIRONMENT=development" in done.stderr
