"""The GraphQL example under a real server: the front end queries and sells, and no other page makes it work."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx2
import pytest

from crossorigin import Browser, HTTPTransport
from tests.e2e.served.chromium import fetch, pages
from tests.e2e.served.clients import statuses
from tests.e2e.served.servers import Served, make_certificate, serving

PAGE = "http://localhost:3000"
STRANGER = "http://evil.example"
STOCK = {"query": '{ stock(item: "tea") }'}
SELL = {"query": 'mutation { sell(item: "tea") }'}


@pytest.fixture
def server(tmp_path: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A shop of its own for each test: three teas."""
    folder = tmp_path_factory.mktemp("graphql")
    with serving(["uvicorn"], "examples.graphql.server:app", make_certificate(folder), folder) as served:
        yield served["uvicorn"]


def stock(server: Served) -> int:
    """What is left, as a client says that is no browser."""
    answer = httpx2.post(server.plain + "/graphql", json=STOCK, trust_env=False)
    left: int = answer.json()["data"]["stock"]
    return left


def test_the_front_end_queries_and_sells(server: Served, wire: HTTPTransport) -> None:
    page, url = Browser(PAGE, transport=wire), server.plain + "/graphql"
    asked = page.fetch(url, method="POST", json=STOCK, credentials="include")
    assert (asked.reason, statuses(asked), asked.text) == (None, [204, 200], '{"data":{"stock":3}}')
    sold = page.fetch(url, method="POST", json=SELL, credentials="include")
    assert (sold.reason, sold.text) == (None, '{"data":{"sell":2}}')
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
    signed = page.fetch(url, method="POST", json=STOCK, headers=headers)
    assert (signed.reason, signed.status) == (None, 200)
    read = page.fetch(url + "?query={stock(item:%22tea%22)}")
    assert (read.reason, read.text) == (None, '{"data":{"stock":2}}')


def test_a_strangers_page_sells_nothing(server: Served, wire: HTTPTransport) -> None:
    page, url = Browser(STRANGER, transport=wire), server.plain + "/graphql"
    asked = page.fetch(url, method="POST", json=SELL, credentials="include")
    assert (asked.reason, statuses(asked)) == ("preflight-allow-origin-missing", [403])
    # The three bodies that a page sends without being asked first.
    for call in ({"body": json.dumps(SELL)}, {"form": SELL}, {"multipart": ("x", b"--x--\r\n")}):
        sent = page.fetch(url, method="POST", mode="no-cors", credentials="include", **call)
        assert statuses(sent) == [403]
    assert stock(server) == 3


def test_a_strangers_page_opens_no_subscription(server: Served, wire: HTTPTransport) -> None:
    url = server.plain.replace("http", "ws") + "/graphql"
    assert statuses(Browser(STRANGER, transport=wire).websocket(url)) == [403]
    assert statuses(Browser(PAGE, transport=wire).websocket(url)) == [101]


def test_in_real_chromium(server: Served) -> None:
    url = server.plain + "/graphql"
    call = {"method": "POST", "headers": {"Content-Type": "application/json"}, "body": json.dumps(SELL)}
    with pages(PAGE, STRANGER) as opened:
        sold = fetch(opened[PAGE], url, **call)
        assert (sold["status"], sold["text"]) == (200, '{"data":{"sell":2}}')
        assert fetch(opened[STRANGER], url, **call) == {"error": "TypeError"}
        plain = {"method": "POST", "mode": "no-cors", "body": json.dumps(SELL)}
        assert fetch(opened[STRANGER], url, **plain)["status"] == 0  # opaque
    assert stock(server) == 2
