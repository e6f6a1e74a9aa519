"""What is asked once: preflights, WebSocket handshakes and writes, over a client whose answers are scripted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from crossorigin.audit import Options, audit
from crossorigin.browser import Failure, Request, Response
from tests.audit.test_run import PAGE, Script, Scripted, listed

API = "https://api.example.com/items"
GRANTED = [(b"access-control-allow-origin", PAGE.encode()), (b"access-control-allow-methods", b"PUT")]
GRANTED += [(b"access-control-allow-headers", b"content-type"), (b"vary", b"origin")]


def evidence(script: Script, code: str, **options: Any) -> list[str]:
    """The evidence of the findings with this code."""
    report = asyncio.run(audit(API, options=Options(origins=(PAGE,), **options), client=Scripted(script)))
    assert report.error == ""
    return [found.evidence for found in report.findings if found.code == code]


def preflights_get(answer: Response) -> Script:
    """A server that gives every preflight this answer, and the page its data."""
    return lambda request, origin: answer if request.method == "OPTIONS" else listed(origin)


ASKED = f"OPTIONS with Origin: {PAGE} and Access-Control-Request-Method: GET"


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (
            Response(307, [(b"location", b"https://api.example.com/items/")], b""),
            "preflight-redirected",
            [f"{ASKED} → 307, Location: https://api.example.com/items/"],
        ),
        (Response(401, [], b""), "preflight-behind-auth", [f"{ASKED} → 401"]),
        (Response(407, [], b""), "preflight-behind-auth", [f"{ASKED} → 407"]),
        (Response(403, [], b""), "preflight-refused", [f"{ASKED} → 403, Access-Control-Allow-Origin: None"]),
        (Response(200, [], b""), "preflight-refused", [f"{ASKED} → 200, Access-Control-Allow-Origin: None"]),
        (Response(200, GRANTED, b""), "preflight-refused", []),
    ],
)
def test_a_preflight_that_is_not_granted(answer: Response, code: str, words: list[str]) -> None:
    assert evidence(preflights_get(answer), code) == words


@pytest.mark.parametrize(
    ("get", "words"),
    [
        (Response(200, [], b"{}"), [f"the preflight of {PAGE} is granted (200), its GET is not"]),
        (Response(200, GRANTED, b"{}"), []),
        (Response(404, [], b"{}"), []),  # an error without CORS headers has a finding of its own
    ],
)
def test_a_preflight_that_is_granted_for_nothing(get: Response, words: list[str]) -> None:
    def script(request: Request, origin: str | None) -> Response:
        if origin != PAGE:
            return Response(200, [(b"vary", b"origin")], b"{}")
        return Response(200, GRANTED, b"") if request.method == "OPTIONS" else get

    assert evidence(script, "preflight-only") == words


def handshakes(*accepted: str) -> Script:
    """A server that accepts WebSocket handshakes of origins with one of these beginnings."""

    def script(request: Request, origin: str | None) -> Response | Failure:
        if not request.url.startswith("wss:"):
            return listed(origin)
        opens = origin is not None and origin.startswith(accepted)
        return Response(101 if opens else 403, [], b"")

    return script


@pytest.mark.parametrize(
    ("accepted", "opened"),
    [
        ((), []),
        ((PAGE + "/",), []),
        (("https://", "null"), [True]),
        ((PAGE,), [True]),  # a prefix: `https://app.example.com.evil.example` begins like the page
        (("null", PAGE), [True]),
    ],
)
def test_whose_handshake_is_accepted(accepted: tuple[str, ...], opened: list[bool]) -> None:
    found = evidence(handshakes(*accepted), "websocket-foreign-origin")
    assert [words.endswith("→ 101") and f"Origin: {PAGE} " not in words for words in found] == opened


def test_a_handshake_of_the_page_alone_is_accepted() -> None:
    def script(request: Request, origin: str | None) -> Response:
        if not request.url.startswith("wss:"):
            return listed(origin)
        return Response(101 if origin == PAGE else 403, [], b"")

    assert evidence(script, "websocket-foreign-origin") == []


@pytest.mark.parametrize(
    ("taken", "status", "location", "body_type"),
    [
        (b"application/x-www-form-urlencoded", 200, "", "application/x-www-form-urlencoded"),
        (b"text/plain", 201, "", "text/plain"),
        (None, 200, "", "no Content-Type"),
        (b"text/plain", 303, "/items/7", "text/plain"),
        (b"text/plain", 303, "/login?next=/items", None),
        (b"application/json", 200, "", None),  # needs a preflight
    ],
)
def test_a_form_of_a_strangers_page(taken: bytes | None, status: int, location: str, body_type: str | None) -> None:
    def script(request: Request, origin: str | None) -> Response:
        if request.method != "POST":
            return listed(origin)
        if dict(request.headers).get(b"Content-Type") != taken:
            return Response(415, [], b"")
        return Response(status, [(b"location", location.encode())] if location else [], b"")

    found = evidence(script, "cross-site-write", write=True)
    ends = [words.partition("cross-site and ")[2] for words in found]
    assert ends == ([] if body_type is None else [f"{body_type} → {status}"])


@pytest.mark.parametrize("with_credentials", [True, False])
def test_who_gets_a_star_is_asked_again_with_a_cookie(with_credentials: bool) -> None:
    """Some frameworks answer `*` to a request without a cookie, and name the origin to one with it."""

    def script(request: Request, origin: str | None) -> Response:
        sent = dict(request.headers)
        if with_credentials and b"Cookie" in sent and origin is not None:
            named = [(b"access-control-allow-origin", origin.encode()), (b"access-control-allow-credentials", b"true")]
            return Response(200, named, b"{}")
        return Response(200, [(b"access-control-allow-origin", b"*")], b"{}")

    report = asyncio.run(audit(API, options=Options(origins=(PAGE,)), client=Scripted(script)))
    severities = [found.severity for found in report.findings if found.code == "accepts-any-origin"]
    assert severities == (["high"] if with_credentials else [])
