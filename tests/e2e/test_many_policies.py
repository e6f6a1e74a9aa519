"""A sample of the table of many policies in real Chromium: the page that the table names gets in, another does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.e2e.chromium import Served, Switch, chromium, empty_page
from tests.middleware.many_policies import API, ASKS, NAMES, TABLE, fastapi, page, starlette

FETCH = """async ([url, method]) => {
    try {
        return (await fetch(url, { method })).status;
    } catch (error) {
        return error.name;
    }
}"""
SAMPLE = TABLE[::9]  # 38 of 336, of every kind, from both frameworks


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Switch, Page]]:
    api = Switch(empty_page)
    pages, apis = Served(empty_page), Served(api)
    hosts = [*(f"{it}.test" for it in NAMES), "api.test"]
    with sync_playwright() as playwright:
        browser = chromium(
            playwright, tmp_path_factory.mktemp("profile"), hosts, {":3000": pages.port, ":8000": apis.port}
        )
        yield api, browser.new_page()
        browser.close()
    for it in (pages, apis):
        it.stop()


def test_the_sample_has_all_kinds() -> None:
    assert len(SAMPLE) >= 30
    assert {it[2] for it in SAMPLE} == set(ASKS)
    assert {it[0] for it in SAMPLE} == {fastapi, starlette}


@pytest.mark.parametrize(
    ("make", "place", "kind", "expected"), SAMPLE, ids=[f"{it[0].__name__}{it[1]}-{it[2]}" for it in SAMPLE]
)
def test_one_page_gets_in(make: Any, place: str, kind: str, expected: str, stage: tuple[Switch, Page]) -> None:
    api, tab = stage
    api.app = make()
    ask = ASKS[kind]
    other = "router" if expected != "router" else "default"
    got = {}
    for name in {expected or "default", other}:
        tab.goto(page(name) + "/")
        got[name] = tab.evaluate(FETCH, [API + place + ask.path, ask.method])
    assert got.pop(expected, ask.status) == ask.status
    assert set(got.values()) == {"TypeError"}
