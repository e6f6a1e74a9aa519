"""What is worse for a server that is meant for this machine, and what shows that it is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.middleware.cors import CORSMiddleware

from crossorigin import Policy, install
from crossorigin.audit import Options, audit
from crossorigin.audit.purpose import LOOPBACK_ALONE
from crossorigin.report.findings import Report
from crossorigin.transport.asgi import ASGITransport

HERE, THERE = "http://127.0.0.1:8000", "https://api.example.com"
Lines = list[tuple[str, str]]


def saying(*lines: tuple[str, str], status: int = 200, body: bytes = b"[1]", echo: bool = False) -> Any:
    """An app that says the same to everybody; with `echo` it allows every origin."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
            return
        headers = [(name.encode(), value.encode()) for name, value in lines]
        if echo:
            headers += [(b"access-control-allow-origin", dict(scope["headers"]).get(b"origin", b"null"))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def audited(app: Any, url: str = f"{HERE}/items", **options: Any) -> Report:
    async def run() -> Report:
        async with ASGITransport(app) as transport:
            return await audit(url, options=Options(**options), client=transport)

    return asyncio.run(run())


def grades(report: Report) -> dict[str, str]:
    return {found.code: found.severity for found in report.findings}


STAR, PNA = ("access-control-allow-origin", "*"), ("access-control-allow-private-network", "true")
VARY = ("vary", "origin")
RPC = b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Not Acceptable"}}'
SESSION = ("mcp-session-id", "1")
EXPOSED = ("access-control-expose-headers", "Mcp-Session-Id")

# The app, the URL's path, whether the user says that it is local, and the grades of what depends on that.
GRADES: list[tuple[Any, str, bool, dict[str, str]]] = [
    (saying(), "/items", False, {"dns-rebinding": "info"}),
    (saying(), "/items", True, {"dns-rebinding": "high"}),
    (saying(STAR), "/items", False, {"dns-rebinding": "info", "sends-star": "info"}),
    (saying(STAR), "/items", True, {"dns-rebinding": "high", "sends-star-on-private-network": "high"}),
    (saying(STAR, SESSION), "/", False, {"dns-rebinding": "high", "sends-star-on-private-network": "high"}),
    (saying(STAR, EXPOSED), "/", False, {"dns-rebinding": "high", "sends-star-on-private-network": "high"}),
    (saying(status=406, body=RPC), "/mcp", False, {"dns-rebinding": "high"}),
    (saying(status=406, body=RPC), "/my-mcp/", False, {"dns-rebinding": "high"}),
    (saying(status=406, body=RPC), "/rpc", False, {}),  # an error may be a gateway's
    (saying(body=RPC), "/rpc", False, {"dns-rebinding": "info"}),
    (saying(status=404), "/mcp", False, {}),
    (
        saying(STAR, PNA),
        "/items",
        False,
        {"dns-rebinding": "high", "sends-star-on-private-network": "high", "private-network-granted": "low"},
    ),
    # Whoever is let in without cookies reads what everybody reads, unless the address is what protects it.
    (saying(VARY, echo=True), "/items", False, {"dns-rebinding": "info", "accepts-any-origin": "low"}),
    (saying(VARY, echo=True), "/items", True, {"dns-rebinding": "high", "accepts-any-origin": "high"}),
]


@pytest.mark.parametrize(("app", "path", "local", "expected"), GRADES)
def test_grades_at_a_loopback_address(app: Any, path: str, local: bool, expected: dict[str, str]) -> None:
    for host in (HERE, "http://localhost:8000", "http://[::1]:8000"):
        found = grades(audited(app, host + path, local=local))
        shown = {code: grade for code, grade in found.items() if code not in ("accepts-null", "cors-on-errors-only")}
        assert shown == expected, host


def test_a_loopback_address_is_the_reason() -> None:
    (found,) = audited(saying()).findings
    assert found.evidence.endswith(f"; {LOOPBACK_ALONE}")
    (found,) = audited(saying(), local=True).findings
    assert found.evidence.endswith("; the server is meant for this machine: it is said to be")
    (found,) = audited(saying(SESSION)).findings
    assert found.evidence.endswith("; the server is meant for this machine: it speaks MCP")


def test_a_private_network_is_no_loopback_address() -> None:
    assert grades(audited(saying(STAR), "http://192.168.0.7/items")) == {"sends-star-on-private-network": "high"}
    assert grades(audited(saying(STAR), f"{THERE}/items", local=True)) == {"sends-star": "info"}


LOOPBACK_PAGES = r"http://(localhost|127\.0\.0\.1)(:\d+)?"


@pytest.mark.parametrize(
    ("url", "local", "grade"), [(HERE, False, "info"), (HERE, True, "medium"), (THERE, False, "medium")]
)
def test_developments_list_is_no_mistake_under_development(url: str, local: bool, grade: str) -> None:
    app = CORSMiddleware(saying(), allow_origin_regex=LOOPBACK_PAGES, allow_credentials=True)
    assert grades(audited(app, f"{url}/items", local=local))["accepts-loopback"] == grade


def mcp(*, checks: bool) -> Any:
    """A real MCP server, which checks no names by itself."""
    own = TransportSecuritySettings(enable_dns_rebinding_protection=False)
    app = MCPServer("Shop").streamable_http_app(transport_security=own)
    if checks:
        install(app, Policy.mcp())
    return app


def test_a_real_mcp_server() -> None:
    assert grades(audited(mcp(checks=False), f"{HERE}/mcp"))["dns-rebinding"] == "high"
    assert "dns-rebinding" not in grades(audited(mcp(checks=True), f"{HERE}/mcp"))
