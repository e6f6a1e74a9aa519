"""What an audit is given, as URLs; and what is no such thing, in one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import fastapi
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route, WebSocketRoute

from crossorigin.audit.targets import NotOpenAPI, addresses, described, of_routes, openapi
from crossorigin.report.errors import CannotRun

HERE = "http://localhost:8000/docs/openapi.json"
UUID = "00000000-0000-0000-0000-000000000000"
YAML = "openapi: 3.1.0\nservers: [{url: 'https://api.example.com/v1'}]\npaths: {/items: {get: {}}}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("http://localhost:8000", ["http://localhost:8000"]),
        ("HTTPS://api.example.com/a?b=c", ["HTTPS://api.example.com/a?b=c"]),
        ("https://münchen.example/ü", ["https://xn--mnchen-3ya.example/%C3%BC"]),
        ("https://api.example.com/a b", ["https://api.example.com/a%20b"]),
    ],
)
def test_urls(text: str, urls: list[str]) -> None:
    assert addresses(text) == urls


@pytest.mark.parametrize(
    ("name", "content", "urls"),
    [
        ("a.txt", "http://a.example/1\n\n# no\nhttp://a.example/2#x  # two\nhttp://a.example/1\n", ["/1", "/2#x"]),
        ("a.txt", "\ufeffhttp://a.example/1\r\n", ["/1"]),
        ("a.yaml", YAML.replace("https://api", "http://a").replace("a.example.com/v1", "a.example"), ["/items"]),
        ("a.JSON", '{"servers": [{"url": "http://a.example"}], "paths": {"/items": {}}}', ["/items"]),
    ],
)
def test_files(name: str, content: str, urls: list[str]) -> None:
    Path(name).write_text(content, newline="")
    assert addresses(name) == [f"http://a.example{it}" for it in urls]


MANY = b",".join(b'"/%d": {}' % number for number in range(2001))
HINT = "if it is not a file, write https://api.example.com/items, targets.txt, openapi.json or main:app"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("http://", None, "'http://' is no URL that a browser could open"),
        ("http://a:99999/", None, "'http://a:99999/' is no URL that a browser could open"),
        ("https://a.example/\r\nX: 1", None, r"'https://a.example/\r\nX: 1' is no URL that a browser could open"),
        ("gone", None, f"gone cannot be read: No such file or directory; {HINT}"),
        (".", None, f". cannot be read: it is a directory; {HINT}"),
        ("a\0b", None, f"a\0b cannot be read: its name has a NUL byte; {HINT}"),
        ("a.txt", b"", "a.txt has no URL in it"),
        ("a.txt", b"# only\n", "a.txt has no URL in it"),
        ("a.txt", b"\x89PNG\r\n\xff", "a.txt cannot be read: it is not UTF-8 (byte 0)"),
        ("a.txt", b"api.example.com\n", "a.txt: 'api.example.com' is no URL; one on a line, `#` begins a comment"),
        ("a.txt", b"http://a/\nhttp://[\n", "'http://[' is no URL that a browser could open"),
        ("a.json", b"", "a.json is no OpenAPI document: it has no paths"),
        ("a.json", b"[]", "a.json is no OpenAPI document: it has no paths"),
        ("a.json", b'{"paths": []}', "a.json is no OpenAPI document: it has no paths"),
        ("a.json", b'{"paths": {"/a": {}}}', "a.json names no server; give its URL: https://…/openapi.json"),
        ("a.json", b'{"paths": {"/a": {}}, "servers": [{"url": "http://["}]}', "'http://["),
        ("a.json", b'{"a":\n"b', "a.json is neither JSON nor YAML (line 2)"),
        ("a.json", b"[" * 200_000, "a.json is neither JSON nor YAML"),
        ("a.yaml", b"a: [\nb: }", "a.yaml is neither JSON nor YAML (line 2)"),
        ("a.yaml", b"a: 2026-99-99", "a.yaml is no OpenAPI document: it has no paths"),
        ("a.yaml", b"paths: &a {/b: *a, /c: 1:1}", "a.yaml is neither JSON nor YAML (line 1)"),
        ("a.yaml", b"paths: {/a: &a {}, <<: *a}", "a.yaml has a merge key (`<<`) among its paths: write them out"),
        ("a.yaml", b"a" * 600_000, "a.yaml cannot be read: it is longer than 512 KiB, the most for YAML"),
        ("a.json", b'{"paths": {' + MANY + b"}}", "a.json has more than 2,000 paths: list the URLs to audit in a file"),
        ("http://me:secret@a.example/", None, "'http://me:***@a.example/' has a user in it: write --header"),
        ("http://me@a.example/", None, "'http://me@a.example/' has a user in it: write --header"),
        ("a.txt", b"http://a.example/\nhttp://me:secret@a.example/", "'http://me:***@a.example/' has a user in it"),
    ],
)
def test_what_is_no_address(name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    with pytest.raises(CannotRun) as raised:
        addresses(name)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_yaml_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.yaml").write_text(YAML)
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(
        CannotRun, match=r"YAML cannot be read: yaml is not installed: pip install .crossorigin\[audit\]"
    ):
        addresses("a.yaml")


@pytest.mark.parametrize(
    ("said", "server"),
    [
        ({}, "http://localhost:8000"),  # the default is `/`, not where the document is
        ({"servers": []}, "http://localhost:8000"),
        ({"servers": "no"}, "http://localhost:8000"),
        ({"servers": ["no"]}, "http://localhost:8000"),
        ({"servers": [{"url": "/"}]}, "http://localhost:8000"),
        ({"servers": [{"url": "/v1/"}]}, "http://localhost:8000/v1"),
        ({"servers": [{"url": "v1"}]}, "http://localhost:8000/docs/v1"),
        ({"servers": [{"url": "../v1"}]}, "http://localhost:8000/v1"),
        ({"servers": [{"url": "//b.example/v1"}]}, "http://b.example/v1"),
        ({"servers": [{"url": "https://b.example"}, {"url": "https://c.example"}]}, "https://b.example"),
        (
            {"servers": [{"url": "https://{r}.b.example{q}", "variables": {"r": {"default": "eu"}, "q": 1}}]},
            "https://eu.b.example",
        ),
        ({"swagger": "2.0", "host": "b.example", "schemes": ["https"], "basePath": "/v2"}, "https://b.example/v2"),
        ({"swagger": "2.0", "host": "b.example"}, "http://b.example"),
        ({"swagger": "2.0"}, "http://localhost:8000"),
    ],
)
def test_servers_of_a_document(said: dict[str, Any], server: str) -> None:
    assert described(json.dumps({**said, "paths": {"/items": {}}}), HERE) == [f"{server}/items"]


def test_a_path_may_have_a_server_of_its_own() -> None:
    paths = {"/a": {"servers": [{"url": "https://b.example"}]}, "/b": None}
    assert openapi({"paths": paths}, HERE) == ["https://b.example/a", "http://localhost:8000/b"]


def path(name: str, **said: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", **said}


@pytest.mark.parametrize(
    ("item", "filled"),
    [
        ({}, "/1"),
        ({"parameters": [path("id", example="a/b")]}, "/a%2Fb"),
        ({"get": {"parameters": [path("id", schema={"default": 7})]}}, "/7"),
        ({"get": {"parameters": [path("id", schema={"enum": ["red", "blue"]})]}}, "/red"),
        ({"get": {"parameters": [path("id", schema={"examples": ["x"]})]}}, "/x"),
        ({"get": {"parameters": [path("id", schema={"type": "string", "format": "uuid"})]}}, f"/{UUID}"),
        ({"get": {"parameters": [path("id", schema={"type": "boolean"})]}}, "/true"),
        ({"get": {"parameters": [path("id", schema={"type": "string"})]}}, "/1"),
        ({"get": {"parameters": [path("id", schema=True)]}}, "/1"),
        ({"get": {"parameters": [{"name": "id", "in": "query", "example": "no"}, {"$ref": "#/x"}, 7]}}, "/1"),
        ({"get": {"parameters": 7}, "summary": "text"}, "/1"),
    ],
)
def test_parameters(item: dict[str, Any], filled: str) -> None:
    assert openapi({"paths": {"/{id}": item}}, HERE) == [f"http://localhost:8000{filled}"]


def test_routes_of_apps() -> None:
    async def no(_: Any) -> None:
        """Never called."""

    inner = Starlette(routes=[Route("/b/{x:uuid}", no), WebSocketRoute("/ws", no)])
    hidden = Route("/hidden", no, include_in_schema=False)
    app = Starlette(routes=[Route("/a/{id:int}", no), Mount("/m", inner), hidden])
    assert of_routes(app.routes, "http://a") == ["http://a/a/1", f"http://a/m/b/{UUID}", "http://a/m/ws"]

    router = fastapi.APIRouter(prefix="/r")
    router.get("/{id}")(no)
    router.post("/{id}")(no)
    api = fastapi.FastAPI()
    api.get("/x")(no)
    api.websocket("/ws")(no)
    api.include_router(router, prefix="/p")
    assert of_routes(api.routes, "http://a") == ["http://a/x", "http://a/ws", "http://a/p/r/1"]
    assert of_routes(["no route"], "http://a") == []


@pytest.mark.parametrize(
    ("default", "port"), [("8080", "8080"), (8080, "8080"), (True, "true"), (["8080"], ""), (None, "")]
)
def test_the_default_of_a_servers_variable(default: object, port: str) -> None:
    server = {"url": "https://api.example/{port}", "variables": {"port": {"default": default}}}
    document = {"openapi": "3.1.0", "servers": [server], "paths": {"/items": {"get": {}}}}
    expected = f"https://api.example/{port}".rstrip("/") + "/items"
    assert openapi(document, "openapi.json") == [expected]


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(NotOpenAPI, match="neither JSON nor YAML"):
        described(b"\xff\xfe\xff{", "openapi.yaml")
