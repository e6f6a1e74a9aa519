"""only(): the union of all keys' origins decides a preflight, the key decides the request."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Header
from fastapi.testclient import TestClient

from crossorigin import ASGITransport, Browser, Policy, install, origins

KEYS: dict[str, Any] = {
    "shop": ["https://shop.example", "partner.example"],
    "wildcard": ["https://*.shop.example"],
    "one": "https://shop.example",
    "anybody": ["*"],
    "nobody": [],
    "none": None,
    "garbage": ["nonsense", None, 7],
}


def get_allowed_origins(x_key: Annotated[str, Header()]) -> Any:
    return KEYS[x_key]


app = FastAPI()


@app.get("/items", dependencies=[Depends(origins.only(get_allowed_origins))])
def items() -> dict[str, str]:
    return {"status": "read"}


install(app, Policy(allow_origins=["https://*.example", "https://*.shop.example"], allow_headers=["X-Key"]))


@pytest.mark.parametrize(
    ("key", "page", "status"),
    [
        ("shop", "https://shop.example", 200),
        ("shop", "https://partner.example", 200),
        ("shop", "https://other.example", 403),
        ("wildcard", "https://www.shop.example", 200),
        ("wildcard", "https://shop.example", 403),
        ("one", "https://shop.example", 200),
        ("one", "https://other.example", 403),
        ("anybody", "https://other.example", 200),
        ("nobody", "https://shop.example", 403),
        ("none", "https://shop.example", 403),
        ("garbage", "https://shop.example", 403),
    ],
)
def test_a_key_is_good_for_its_origins_and_the_page_can_read_the_403(key: str, page: str, status: int) -> None:
    browser = Browser(page=page, transport=ASGITransport(app))
    outcome = browser.fetch("https://api.test/items", headers={"X-Key": key})
    assert outcome.allowed
    assert outcome.status == status


def test_a_request_that_is_not_a_pages_passes_and_one_with_two_origins_does_not() -> None:
    with TestClient(app) as client:
        assert client.get("/items", headers={"X-Key": "nobody"}).status_code == 200
        twice = [("X-Key", "shop"), ("Origin", "https://shop.example"), ("Origin", "https://shop.example")]
        assert client.get("/items", headers=twice).status_code == 403
