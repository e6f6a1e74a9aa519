"""Real Chromium, and uvicorn with two workers: the record of each denial says what `explain` says."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, sync_playwright

from crossorigin.explain.denial_log import read_denials
from tests.e2e.chromium import Served, chromium, empty_page
from tests.e2e.served.servers import end, free_ports, listening, start
from tests.e2e.test_broken_apps import FETCH
from tests.explain.broken_apps import load
from tests.explain.rebuilt import QUERY, app_of
from tests.explain.test_broken_apps import ask
from tests.explain.test_denial_records import DENIED


class Stage(NamedTuple):
    page: Page
    log: Path
    file: Path


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("denials")
    log = folder / "log"
    [port] = free_ports(1)
    server = start(f"uvicorn tests.explain.rebuilt:app --workers 2 --host 127.0.0.1 --port {port}", log)
    pages = Served(empty_page)
    hosts = ["localhost", "127.0.0.1", *(f"{name}.test" for name in ("app", "api", "login", "shop.app", "www.app"))]
    ports = {":3000": pages.port, ":80": pages.port, ":8000": port}
    try:
        listening(server, port, log)
        with sync_playwright() as playwright:
            browser = chromium(playwright, folder / "profile", hosts, ports)
            file = folder / "page.html"
            file.write_text("<!doctype html><title>page</title>")
            yield Stage(browser.new_page(), log, file)
            browser.close()
    finally:
        pages.stop()
        end(server)


@pytest.mark.parametrize("name", sorted(DENIED))
def test_the_record_says_what_explain_says(name: str, stage: Stage) -> None:
    case = dataclasses.replace(load(name), app=app_of(name))
    with ThreadPoolExecutor(1) as aside:  # Playwright keeps an event loop running in this thread
        _, found = aside.submit(ask, case).result()
    # A file, not a data: page, which Chromium keeps from this machine before the server is asked.
    stage.page.goto(stage.file.as_uri() if case.page == "null" else case.page + "/")
    call = dict(case.call)
    if "json" in call:
        call |= {"body": json.dumps(call.pop("json")), "headers": {"Content-Type": "application/json"}}
    before = len(stage.log.read_text().splitlines())
    got = stage.page.evaluate(FETCH, [f"{case.url}?{QUERY}{name}&token=secret", call, list(case.read), False])
    assert "error" in got
    lines = stage.log.read_text().splitlines()[before:]
    said = [(group.cause, group.remedy) for group in read_denials(lines).denied]
    assert said == [(found.cause, found.remedy)], lines
    assert not any("secret" in line for line in lines if "crossorigin: " in line)
