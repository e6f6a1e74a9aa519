"""Which policy answers, asked by the browser half: every place of an app, every kind of request, every page."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from crossorigin import ASGITransport, Browser
from tests.middleware.many_policies import API, ASKS, NAMES, TABLE, page


@cache
def transport(make: Any) -> ASGITransport:
    return ASGITransport(make())


@pytest.mark.parametrize(
    ("make", "place", "kind", "expected"), TABLE, ids=[f"{it[0].__name__}{it[1]}-{it[2]}" for it in TABLE]
)
def test_one_page_gets_in(make: Any, place: str, kind: str, expected: str) -> None:
    ask = ASKS[kind]
    let_in = []
    for name in NAMES:
        browser = Browser(page(name), transport=transport(make))
        outcome = browser.fetch(API + place + ask.path, method=ask.method)
        if outcome.allowed:
            let_in.append(name)
            assert outcome.status == ask.status
    assert let_in == ([expected] if expected else [])
