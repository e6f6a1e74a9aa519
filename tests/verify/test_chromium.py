"""verify's pages in real Chromium: a sound server, servers that differ, and what the browser cannot ask."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crossorigin import CORSMiddleware, HTTPTransport, Policy
from crossorigin.report.errors import CannotRun
from crossorigin.standards.optional import MissingPackage
from crossorigin.verify import chromium, verify
from crossorigin.verify.calls import PageCall, in_browser
from crossorigin.verify.chromium import Chromium
from tests.e2e.chromium import Served, Switch, empty_page
from tests.e2e.served.servers import free_ports

APP = "https://app.example.com"
POLICY = Policy(allow_origins=[APP], allow_headers=["x-a"], allow_credentials=True, max_age=-1)
STRANGER = "https://stranger.example"


async def redirecting(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"location", b"/elsewhere"), (b"access-control-allow-origin", APP.encode())]
    await send({"type": "http.response.start", "status": 302, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


SERVERS = {
    "sound": CORSMiddleware(empty_page, policy=POLICY),
    "wide": CORSMiddleware(empty_page, policy=Policy(allow_origins=[APP, STRANGER], allow_headers=["x-a"])),
    "closed": empty_page,
    "redirecting": redirecting,
}


@pytest.fixture(scope="module")
def switch() -> Iterator[tuple[Switch, str]]:
    api = Switch(empty_page)
    server = Served(api)
    yield api, f"http://127.0.0.1:{server.port}/"
    server.stop()


@pytest.fixture(scope="module")
def browser(switch: tuple[Switch, str]) -> Iterator[Chromium]:
    with chromium(switch[1]) as made:
        yield made


CALLS = [  # server, call, whether its page may read, and the beginning of what is said
    ("sound", PageCall(APP), True, "allowed"),
    ("sound", PageCall(APP, credentials="include"), True, "allowed"),
    ("sound", PageCall(APP, headers=("x-a",)), True, "allowed"),
    ("sound", PageCall(APP, headers=("x-b",)), False, "blocked: Request header field x-b is not allowed"),
    ("sound", PageCall(STRANGER), False, "blocked: No 'Access-Control-Allow-Origin' header"),
    ("sound", PageCall("null"), False, "blocked: No 'Access-Control-Allow-Origin' header"),
    ("wide", PageCall(STRANGER), True, "allowed"),
    ("wide", PageCall("http://plain.example:8000"), False, "blocked: No 'Access-Control-Allow-Origin' header"),
    ("redirecting", PageCall(APP), None, "the response is opaqueredirect"),
    ("sound", PageCall("https://a b.example"), None, "the browser opened it as https://a%20b.example"),
    ("sound", PageCall("https://app.example.com:99999"), None, "Page.goto: "),  # no such port
    ("sound", PageCall("chrome-extension://abcdefghijklmnop"), None, "a page of this scheme"),
    ("sound", PageCall(APP, "PUT"), None, "only GET requests"),
]


@pytest.mark.parametrize(("server", "call", "allowed", "said"), CALLS)
def test_what_a_page_gets(
    server: str, call: PageCall, allowed: bool | None, said: str, switch: tuple[Switch, str], browser: Chromium
) -> None:
    switch[0].app = SERVERS[server]
    seen = browser.ask(call)
    assert (seen.allowed, seen.said[: len(said)]) == (allowed, said)


@pytest.fixture(name="differing")
def _differing(switch: tuple[Switch, str], browser: Chromium) -> Callable[[str], set[str]]:
    """The pages whose verdict the browser finds to differ, of a server."""
    api, url = switch

    def differing(server: str) -> set[str]:
        api.app = SERVERS[server]
        with HTTPTransport() as wire:
            report = verify(url, POLICY, wire, browser=browser)
        assert [it.evidence for it in report.not_judged] == []
        assert any("GET requests alone" in it for it in report.notes)
        return {it.details["page"] for it in report.findings if "Chromium" in it.evidence}

    return differing


def test_what_differs_is_found(differing: Callable[[str], set[str]]) -> None:
    assert differing("wide") == {STRANGER, APP}  # APP: with cookies, it may not


@pytest.mark.parametrize(("server", "pages"), [("sound", set()), ("closed", {APP})])
def test_so_it_is_with_others(server: str, pages: set[str], differing: Callable[[str], set[str]]) -> None:
    assert differing(server) == pages


def test_what_the_browser_does_not_show_is_not_judged(switch: tuple[Switch, str], browser: Chromium) -> None:
    switch[0].app = SERVERS["redirecting"]
    with HTTPTransport() as wire:
        report = verify(switch[1], Policy(allow_origins=[APP]), wire, browser=browser)
    found = [(it.code, it.evidence) for it in report.not_judged]
    assert found == [("not-asked-in-browser", f"{APP}: the response is opaqueredirect")]


def test_a_server_that_is_not_there_is_not_judged() -> None:
    (port,) = free_ports(1)
    with chromium(f"http://127.0.0.1:{port}/") as made:
        seen = made.ask(PageCall(APP))
    assert (seen.allowed, seen.said[:23]) == (None, "Failed to load resource")


def test_a_browser_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    words = r"^Chromium does not start \(.*\): playwright install chromium$"
    with pytest.raises(CannotRun, match=words), chromium("http://127.0.0.1:1/"):
        pass


def test_without_playwright_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "playwright", None)
    words = r'^playwright is not installed: pip install "crossorigin\[browser\]"$'
    with pytest.raises(MissingPackage, match=words), chromium("http://127.0.0.1:1/"):
        pass


@pytest.mark.parametrize(("headers", "more"), [(["x-a"], ["GET with x-a (preflight)"]), (["*"], []), ([], [])])
def test_each_page_is_asked_with_and_without_a_preflight(headers: list[str], more: list[str]) -> None:
    policy = Policy(allow_origins=[APP], allow_headers=headers, allow_credentials=True)
    usual = ["GET with credentials", "GET with x-crossorigin-probe (preflight)"]
    assert [str(it) for it in in_browser([APP], policy)] == [*usual, *more]
