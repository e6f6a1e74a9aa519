"""What an accepted origin means: each row is who was let in, and every finding that it comes to, with its grade."""

from __future__ import annotations

import pytest

from crossorigin.browser import Response
from crossorigin.probes.origins import CHROMIUM, EVERY, NONE, Probe
from crossorigin.probes.verdicts import Verdict, accepted, read

URL = "https://api.example.com/items"
E = "evil.example"


def answer(origin: str, *, cookies: bool = True, status: int = 200) -> Response:
    headers = [(b"access-control-allow-origin", origin.encode())]
    return Response(status, [*headers, (b"access-control-allow-credentials", b"true")] if cookies else headers, b"")


def reading(code: str, origin: str, *, engines: tuple[str, ...] = EVERY, **options: bool | int) -> Verdict:
    probe = Probe(origin, code, engines, "https://app.example.com")
    return read(probe, answer(origin, **options))  # type: ignore[arg-type]


STRANGER = reading("accepts-any-origin", f"https://{E}")
NULL = reading("accepts-null", "null")
PREFIX = reading("accepts-prefix", f"https://app.example.com.{E}")
SUFFIX = reading("accepts-suffix", "https://evilexample.com")
SUBDOMAIN = reading("accepts-subdomains", "https://evil.example.com")
DOT = reading("accepts-other-character", "https://appxexample.com")


@pytest.mark.parametrize(
    ("readings", "found"),
    [
        ([], []),
        ([STRANGER], [("accepts-any-origin", "high")]),
        ([STRANGER, NULL, PREFIX, SUFFIX, SUBDOMAIN], [("accepts-any-origin", "high"), ("accepts-null", "high")]),
        ([NULL], [("accepts-null", "high")]),
        (
            [PREFIX, reading("accepts-special-characters", f"https://app.example.com!.{E}")],
            [("accepts-prefix", "high")],
        ),
        ([reading("accepts-infix", f"https://x.app.example.com.{E}"), PREFIX, SUFFIX], [("accepts-infix", "high")]),
        ([SUFFIX, DOT], [("accepts-suffix", "high")]),
        # where the end is not compared, another character in it says nothing of the dot
        ([PREFIX, DOT], [("accepts-prefix", "high"), ("accepts-other-character", "high")]),
        (
            [PREFIX, reading("accepts-other-character", "https://app.examplexcom")],
            [("accepts-prefix", "high")],
        ),
        ([SUBDOMAIN], [("accepts-subdomains", "info")]),
        # whoever is on http:, and nobody else
        ([reading("accepts-any-origin", f"http://{E}")], [("accepts-http", "medium")]),
        # without cookies; on an error; by nobody's browser
        ([reading("accepts-any-origin", f"https://{E}", cookies=False)], [("accepts-any-origin", "low")]),
        ([reading("accepts-any-origin", f"https://{E}", status=404)], [("accepts-any-origin", "medium")]),
        ([reading("accepts-userinfo", "https://user@app.example.com", engines=NONE)], [("accepts-userinfo", "info")]),
        (
            [reading("accepts-special-characters", f"https://app.example.com!.{E}", engines=CHROMIUM)],
            [("accepts-special-characters", "high")],
        ),
        # `evilapp.example.com` is a subdomain like any other, where all of them are allowed
        ([SUBDOMAIN, reading("accepts-suffix", "https://evilapp.example.com")], [("accepts-subdomains", "info")]),
        # what is not let in, and what is let in by `*`, are none of these
        ([read(Probe(f"https://{E}", "accepts-any-origin"), answer("https://app.example.com"))], []),
        ([read(Probe(f"https://{E}", "accepts-any-origin"), answer("*", cookies=False))], []),
        ([read(Probe("https://USER.example", "accepts-any-case", NONE), answer("https://user.example"))], []),
    ],
)
def test_what_is_let_in(readings: list[Verdict], found: list[tuple[str, str]]) -> None:
    assert [(it.code, it.severity) for it in accepted(readings, URL, private=False)] == found


def test_on_a_private_network_no_cookies_are_needed() -> None:
    (found,) = accepted([reading("accepts-any-origin", f"https://{E}", cookies=False)], URL, private=True)
    assert found.severity == "high"


def test_a_finding_shows_the_worst_of_them_and_names_all() -> None:
    mild = reading("accepts-any-port", "https://app.example.com:20001", cookies=False)
    worse = reading("accepts-any-port", "https://app.example.com:20002")
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
    found = read(Probe(origin, "accepts-any-origin", engines), response)
    assert (found.with_cookies, found.without, found.readable) == (with_cookies, without, with_cookies or without)
