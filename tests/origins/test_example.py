"""examples/tenants: on SQLite, and on PostgreSQL in two processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crossorigin.origins.trigger import trigger
from tests.origins.stores import until
from tests.origins.test_sql import write
from tests.origins.workers import Worker, connect, server

APP = "examples.tenants.server:app"
SHOP = "https://shop.example"


def call(port: int, method: str, path: str, body: object = None) -> int:
    connection = connect(port)
    connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
    return connection.getresponse().status


class Orders(Worker):
    """A connection to the example, whose path is another."""

    def __init__(self, port: int) -> None:
        self.connection = connect(port)

    def allows_at(self, host: str, method: str = "OPTIONS") -> bool:
        return self.ask(SHOP, method, "/orders", Host=host)[1]


@pytest.mark.parametrize("store", ["sqlite", "postgresql"])
def test_a_shop_comes_and_goes(store: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path}/shops.db"
    if store == "postgresql":
        dsn = request.getfixturevalue("postgres").fresh("example")
        write(dsn, "CREATE TABLE shop (domain text PRIMARY KEY, tenant text NOT NULL)", *trigger("shop.domain").create)
        url = dsn.replace("postgresql:", "postgresql+psycopg:")
    with server(tmp_path, APP, SHOPS_DATABASE=url) as one, server(tmp_path, APP, SHOPS_DATABASE=url) as two:
        assert call(one, "GET", "/ready") == 200
        assert not Orders(one).allows_at("acme.localhost")
        assert call(one, "POST", "/shops", {"domain": "shop.example", "tenant": "acme.localhost"}) == 201
        assert call(one, "POST", "/shops", {"domain": "shop.example", "tenant": "acme.localhost"}) == 409
        for method in ("OPTIONS", "GET"):
            assert Orders(one).allows_at("acme.localhost", method)
            assert not Orders(one).allows_at("other.localhost", method)
        if store == "postgresql":  # the other process hears of it
            until(lambda: Orders(two).allows_at("acme.localhost"), patience=5)
        assert call(one, "DELETE", "/shops/shop.example") == 200
        if store == "postgresql":
            assert call(two, "GET", "/ready") == 200
