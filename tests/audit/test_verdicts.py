"""What an accepted origin means: each row is who was let in, and every finding that it comes to, with its grade."""

from __future__ import annotations

import pytest

from crossorigin.audit.origins import CHROMIUM, EVERY, NONE, Probe
from crossorigin.audit.verdicts import Verdict, accepted, read
from crossorigin.browser import Response

URL = "https://api.example.com/items"
E = "evil.example"


def answer(origin: str, *, cookies: bool = True, status: int = 200) -> Response:
    headers = [(b"access-control-allow-origin", origin.encode())]
    return Response(status, [*headers, (b"access-control-allow-credentials", b"true")] if cookies else headers, b"")


def reading(code: str, origin: str, *, engines: tuple[str, ...] = EVERY, **options: bool | int) -> Verdict:
    probe = Probe(origin, code, engines, "https://app.example.com")
    return read(probe, answer(origin, **options))  # type: ignore[arg-type]


STRANGER = reading("reflected-origin", f"https://{E}")
NULL = reading("null-origin", "null")
PREFIX = reading("origin-prefix", f"https://app.example.com.{E}")
SUFFIX = reading("origin-suffix", "https://evilexample.com")
SUBDOMAIN = reading("origin-subdomain", "https://evil.example.com")
DOT = reading("origin-unescaped-dot", "https://appxexample.com")


@pytest.mark.parametrize(
    ("readings", "found"),
    [
        ([], []),
        ([STRANGER], [("reflected-origin", "high")]),
        ([STRANGER, NULL, PREFIX, SUFFIX, SUBDOMAIN], [("reflected-origin", "high"), ("null-origin", "high")]),
        ([NULL], [("null-origin", "high")]),
        ([PREFIX, reading("origin-special-characters", f"https://app.example.com!.{E}")], [("origin-prefix", "high")]),
        ([reading("origin-infix", f"https://x.app.example.com.{E}"), PREFIX, SUFFIX], [("origin-infix", "high")]),
        ([SUFFIX, DOT], [("origin-suffix", "high")]),
        ([SUBDOMAIN], [("origin-subdomain", "info")]),
        # whoever is on http:, and nobody else
        ([reading("reflected-origin", f"http://{E}")], [("origin-scheme", "medium")]),
        # without cookies; on an error; by nobody's browser
        ([reading("reflected-origin", f"https://{E}", cookies=False)], [("reflected-origin", "low")]),
        ([reading("reflected-origin", f"https://{E}", status=404)], [("reflected-origin", "medium")]),
        ([reading("origin-userinfo", "https://user@app.example.com", engines=NONE)], [("origin-userinfo", "info")]),
        (
            [reading("origin-special-characters", f"https://app.example.com!.{E}", engines=CHROMIUM)],
            [("origin-special-characters", "high")],
        ),
        # `evilapp.example.com` is a subdomain like any other, where all of them are allowed
        ([SUBDOMAIN, reading("origin-suffix", "https://evilapp.example.com")], [("origin-subdomain", "info")]),
        # what is not let in, and what is let in by `*`, are none of these
        ([read(Probe(f"https://{E}", "reflected-origin"), answer("https://app.example.com"))], []),
        ([read(Probe(f"https://{E}", "reflected-origin"), answer("*", cookies=False))], []),
        ([read(Probe("https://USER.example", "origin-case", NONE), answer("https://user.example"))], []),
    ],
)
def test_what_is_let_in(readings: list[Verdict], found: list[tuple[str, str]]) -> None:
    assert [(it.code, it.severity) for it in accepted(readings, URL, private=False)] == found


def test_on_a_private_network_no_cookies_are_needed() -> None:
    (found,) = accepted([reading("reflected-origin", f"https://{E}", cookies=False)], URL, private=True)
    assert found.severity == "high"


def test_a_finding_shows_the_worst_of_them_and_names_all() -> None:
    mild = reading("origin-port", "https://app.example.com:20001", cookies=False)
    worse = reading("origin-port", "https://app.example.com:20002")
    (found,) = accepted([mild, worse], URL, private=False)
    assert found.evidence == (
        "Origin: https://app.example.com:20002 → 200, Access-Control-Allow-Origin: https://app.example.com:20002; "
        "its pages read the answer with the visitor's cookies"
    )
    assert found.details == {
        "url": URL,
        "origin": "https://app.example.com:20002",
        "origins": ["https://app.example.com:20001", "https://app.example.com:20002"],
        "engines": list(EVERY),
        "credentials": True,
        "status": 200,
        "made_from": "https://app.example.com",
        "response": [
            "access-control-allow-origin: https://app.example.com:20002",
            "access-control-allow-credentials: true",
        ],
    }


@pytest.mark.parametrize(
    ("origin", "engines", "response", "with_cookies", "without"),
    [
        ("https://a.example", EVERY, answer("https://a.example"), True, True),
        ("https://a.example", EVERY, answer("https://a.example", cookies=False), False, True),
        ("https://a.example", EVERY, answer("*"), False, True),
        ("https://a.example", EVERY, answer("https://b.example"), False, False),
        ("null", EVERY, answer("null"), True, True),
        ("https://A.example", NONE, answer("https://A.example"), True, True),
        ("https://A.example", NONE, answer("https://A.example", cookies=False), False, True),
        ("https://A.example", NONE, answer("https://a.example"), False, False),
        # that it leads elsewhere says nothing of who may read it
        ("https://a.example", EVERY, answer("https://a.example", status=302), True, True),
        ("chrome-extension://abc", CHROMIUM, answer("chrome-extension://abc"), True, True),
    ],
)
def test_the_verdict_on_an_answer(
    origin: str, engines: tuple[str, ...], response: Response, with_cookies: bool, without: bool
) -> None:
    found = read(Probe(origin, "reflected-origin", engines), response)
    assert (found.with_cookies, found.without, found.readable) == (with_cookies, without, with_cookies or without)
