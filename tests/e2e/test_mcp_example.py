"""The MCP example under a real server: what a page, a client and a rebound name get of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import httpx2
import pytest
from mcp.client import Client

from crossorigin import Browser, HTTPTransport
from tests.e2e.served.chromium import fetch, pages
from tests.e2e.served.clients import statuses
from tests.e2e.served.servers import Served, make_certificate, serving

PAGE = "http://localhost:6274"  # where MCP Inspector stands
STRANGER = "http://evil.example"
REFUSED_HOST = 403
VERSION = {"Accept": "application/json, text/event-stream", "Mcp-Protocol-Version": "2025-11-25"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "a page", "version": "1"},
    },
}
CALL = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "price", "arguments": {"item": "tea"}}}
# The protocol of 2026-07-28 has no session: each call says all there is to say.
MODERN = {
    "Accept": VERSION["Accept"],
    "Mcp-Protocol-Version": "2026-07-28",
    "Mcp-Method": "tools/call",
    "Mcp-Name": "price",
}
ENVELOPE = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "a page", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("mcp")
    with serving(["uvicorn"], "examples.mcp.server:app", make_certificate(folder), folder) as served:
        yield served["uvicorn"]


def test_a_page_of_this_machine_has_a_session(server: Served, wire: HTTPTransport) -> None:
    page, url = Browser(PAGE, transport=wire), server.plain + "/mcp"
    begun = page.fetch(url, method="POST", headers=VERSION, json=INITIALIZE)
    assert (begun.reason, statuses(begun)) == (None, [204, 200])
    session = VERSION | {"Mcp-Session-Id": begun.headers["mcp-session-id"]}
    told = page.fetch(
        url, method="POST", headers=session, json={"jsonrpc": "2.0", "method": "notifications/initialized"}
    )
    assert (told.reason, told.status) == (None, 202)
    called = page.fetch(url, method="POST", headers=session, json=CALL)
    assert (called.reason, called.status) == (None, 200)
    assert '"text":"3.20"' in called.text
    ended = page.fetch(url, method="DELETE", headers=session)
    assert (ended.reason, statuses(ended)[-1]) == (None, 200)
    after = page.fetch(url, method="POST", headers=session, json=CALL)
    assert (after.reason, after.status) == (None, 404)  # readable, so that the page can begin another


def test_a_page_calls_without_a_session(server: Served, wire: HTTPTransport) -> None:
    call = CALL | {"params": CALL["params"] | {"_meta": ENVELOPE}}
    called = Browser(PAGE, transport=wire).fetch(server.plain + "/mcp", method="POST", headers=MODERN, json=call)
    assert (called.reason, statuses(called)) == (None, [204, 200])
    assert '"text":"3.20"' in called.text


def test_a_strangers_page_gets_nothing(server: Served, wire: HTTPTransport) -> None:
    page, url = Browser(STRANGER, transport=wire), server.plain + "/mcp"
    asked = page.fetch(url, method="POST", headers=VERSION, json=INITIALIZE)
    assert (asked.reason, statuses(asked)) == ("preflight-allow-origin-missing", [403])
    # What needs no preflight is sent, and refused before the SDK sees it.
    sent = page.fetch(url, method="POST", body="{}", mode="no-cors")
    assert statuses(sent) == [403]
    assert b"Content-Type" not in sent.requests[0].response.body  # which is what the SDK would say


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "localhost.evil.example", "192.168.0.7:{port}"]
)
def test_a_name_that_is_not_this_machines_gets_nothing(server: Served, host: str) -> None:
    """DNS rebinding: the page's own name leads here now, so to the browser all this is of one origin."""
    host = host.replace("{port}", server.plain.rpartition(":")[2])
    for headers in ({}, {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}):
        answer = httpx2.post(
            server.plain + "/mcp", headers=VERSION | headers | {"Host": host}, json=INITIALIZE, trust_env=False
        )
        assert answer.status_code == REFUSED_HOST
        assert not [it for it in answer.headers if it.startswith(("access-control-", "mcp-"))]


def test_a_client_that_is_no_browser_is_served(server: Served) -> None:
    async def ask() -> str:
        async with Client(server.plain + "/mcp") as client:
            result = await client.call_tool("price", {"item": "cake"})
            return result.content[0].text

    assert asyncio.run(ask()) == "4.50"


def test_in_real_chromium(server: Served) -> None:
    port = server.plain.rpartition(":")[2]
    body = {
        "credentials": "omit",
        "method": "POST",
        "headers": {"Content-Type": "application/json", **VERSION},
        "body": json.dumps(INITIALIZE),
    }
    rebound = f"http://rebound.example:{port}"
    with pages(PAGE, STRANGER, rebound=rebound) as opened:
        begun = fetch(opened[PAGE], server.plain + "/mcp", **body)
        assert begun["status"] == 200
        assert "mcp-session-id" in begun["headers"]
        assert fetch(opened[STRANGER], server.plain + "/mcp", **body) == {"error": "TypeError"}
        got = fetch(opened[rebound], rebound + "/mcp", **body)
        assert got["status"] == REFUSED_HOST
        assert "mcp-session-id" not in got["headers"]
