"""The tables of web-platform-tests in tests/browser/vectors, under the letter of the standard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crossorigin.browser import Browser, Request, Response

VECTORS = Path(__file__).parent / "vectors"
PAGE = "http://web-platform.test:8000"
REMOTE = "http://www1.web-platform.test:8000"
REMOTE2 = "http://www2.web-platform.test:8000"

# In web-platform-tests, not in the standard; both browsers fail it (see vectors/README.md).
NOT_STANDARD = [("last-event-id", "abc123")]


def table(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text())


def answering(*headers: tuple[str, str], status: int = 200) -> Any:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return lambda request: Response(status, raw, b"")


@pytest.mark.parametrize("row", table("acao")["rows"], ids=repr)
def test_cors_check(row: dict[str, Any]) -> None:
    transport = answering(*[("Access-Control-Allow-Origin", value) for value in row["acao"]])
    assert Browser(PAGE, transport=transport).fetch(REMOTE).allowed is row["ok"]


@pytest.mark.parametrize("row", table("safelist"), ids=lambda row: f"{row['name']}: {row['value']!r}"[:60])
def test_safelisted_request_header(row: dict[str, Any]) -> None:
    transport = answering(("Access-Control-Allow-Origin", "*"), ("Access-Control-Allow-Headers", row["name"]))
    outcome = Browser(PAGE, transport=transport).fetch(REMOTE, headers={row["name"]: row["value"]})
    if (row["name"], row["value"]) in NOT_STANDARD:
        assert outcome.preflights
    else:
        assert bool(outcome.preflights) is row["preflight"]


@pytest.mark.parametrize("row", table("expose"), ids=lambda row: repr(row["input"])[-40:])
def test_exposed_header(row: dict[str, Any]) -> None:
    lines = [tuple(line.split(":", 1)) for line in row["input"].split("\r\n")]
    transport = answering(("Access-Control-Allow-Origin", "*"), ("BB-8", "hey"), *lines)
    outcome = Browser(PAGE, transport=transport).fetch(REMOTE)
    assert ("bb-8" in outcome.headers) is row["exposed"]


@pytest.mark.parametrize("row", table("preflight_star"), ids=repr)
def test_wildcards_in_a_preflight(row: dict[str, Any]) -> None:
    transport = answering(
        ("Access-Control-Allow-Origin", PAGE),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Allow-Methods", row["allow_methods"]),
        ("Access-Control-Allow-Headers", row["allow_headers"]),
    )
    outcome = Browser(PAGE, transport=transport).fetch(
        REMOTE,
        method=row["method"],
        headers=[tuple(row["header"])] if row["header"] else [],
        credentials="include" if row["cred"] else "omit",
    )
    assert outcome.allowed is row["ok"]


@pytest.mark.parametrize("status", table("preflight_status")["codes"])
def test_preflight_status(status: int) -> None:
    def transport(request: Request) -> Response:
        headers = [(b"Access-Control-Allow-Origin", b"*"), (b"Access-Control-Allow-Headers", b"x-test")]
        return Response(status if request.method == "OPTIONS" else 200, headers, b"")

    outcome = Browser(PAGE, transport=transport).fetch(REMOTE, headers={"X-Test": "1"})
    assert outcome.allowed is (200 <= status <= 299)


@pytest.mark.parametrize("row", table("redirect_origin"), ids=repr)
def test_origin_after_redirect(row: dict[str, Any]) -> None:
    places = {"local": PAGE, "remote": REMOTE, "remote2": REMOTE2}
    values = {"*": "*", "ORIGIN": PAGE, "REMOTE": REMOTE, "null": "null"}
    received: list[dict[bytes, bytes]] = []

    def transport(request: Request) -> Response:
        received.append(dict(request.headers))
        hop = row["first"] if request.url.endswith("/first") else row["second"]
        headers = [(b"Access-Control-Allow-Origin", values[hop[1]].encode())] if hop[1] in values else []
        if hop is row["first"]:
            headers.append((b"Location", f"{places[row['second'][0]]}/second".encode()))
            return Response(302, headers, b"")
        return Response(200, headers, b"")

    outcome = Browser(PAGE, transport=transport).fetch(f"{places[row['first'][0]]}/first")
    if row["expect"] == "disallow":
        assert not outcome.allowed
    else:
        assert outcome.allowed
        assert received[-1].get(b"Origin") == {"ORIGIN": PAGE, "null": "null"}[row["expect"]].encode()
