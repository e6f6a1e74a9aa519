"""What headers say, answer by answer: each row is what was seen, and every code that it comes to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from crossorigin.browser import Response
from crossorigin.probes.headers import Answered, of_errors, of_headers

A, B = "https://app.example.com", "https://evil.example"


def answer(*lines: str, status: int = 200) -> Response:
    pairs = [it.partition(": ") for it in lines]
    return Response(status, [(name.encode(), value.encode("latin-1")) for name, _, value in pairs], b"")


def seen(origin: str | None, *lines: str, status: int = 200, preflight: bool = False) -> Answered:
    return Answered(f"GET of {origin}", origin, answer(*lines, status=status), preflight)


ACAO, ACAC, VARY = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials: true", "Vary: Origin"
LISTED = [seen(None, VARY), seen(A, f"{ACAO}: {A}", ACAC, VARY), seen(B, VARY)]


@pytest.mark.parametrize(
    ("answers", "codes"),
    [
        ([], []),
        (LISTED, []),
        ([seen(None), seen(A), seen(B)], []),  # no CORS at all
        ([seen(it, f"{ACAO}: *") for it in (None, A, B)], []),
        ([seen(it, f"{ACAO}: {A}", ACAC) for it in (None, A, B)], []),  # the one origin, said to everybody
        # what no browser accepts
        ([seen(A, f"{ACAO}: {A}, {B}", VARY)], ["sends-invalid-allow-origin"]),
        ([seen(A, f"{ACAO}: https://*.example.com")], ["sends-invalid-allow-origin"]),
        ([seen(A, f"{ACAO}: {A}/")], ["sends-invalid-allow-origin"]),
        ([seen(A, f"{ACAO}: https://bücher.example")], ["sends-invalid-allow-origin"]),
        ([seen(None, f"{ACAO}: {A}/")], []),  # nobody reads it
        ([seen(A, f"{ACAO}: null")], []),
        ([seen(A, f"{ACAO}: {A}", "Access-Control-Allow-Credentials: True")], ["sends-invalid-allow-credentials"]),
        ([seen(A, f"{ACAO}: *", ACAC)], ["sends-star-with-credentials"]),
        ([seen(A, f"{ACAO}: {A}", f"{ACAO}: {A}")], ["duplicate-headers"]),
        ([seen(A, f"{ACAO}: {A}", ACAC, ACAC)], ["duplicate-headers"]),
        ([seen(A, f"{ACAO}: {A}", "Vary: Origin", "Vary: Accept-Encoding")], []),  # may stand on many lines
        # beside credentials
        ([seen(A, f"{ACAO}: {A}", ACAC, "Access-Control-Expose-Headers: *")], ["sends-expose-star"]),
        ([seen(A, f"{ACAO}: {A}", "Access-Control-Expose-Headers: *")], []),
        ([seen(A, f"{ACAO}: {A}", ACAC, "Timing-Allow-Origin: *")], ["timing-allow-star"]),
        ([seen(A, f"{ACAO}: {A}", ACAC, f"Timing-Allow-Origin: {A}, *")], ["timing-allow-star"]),
        ([seen(A, f"{ACAO}: {A}", "Timing-Allow-Origin: *")], []),
        # preflights
        ([seen(A, "Access-Control-Max-Age: 86400", preflight=True)], []),
        ([seen(A, "Access-Control-Max-Age: 86401", preflight=True)], ["max-age-overlong"]),
        ([seen(A, "Access-Control-Max-Age: ever", preflight=True)], []),
        ([seen(A, "Access-Control-Allow-Private-Network: true", preflight=True)], ["private-network-granted"]),
        # Vary
        ([seen(A, f"{ACAO}: {A}"), seen(B)], ["missing-vary"]),
        ([seen(A, f"{ACAO}: {A}", "Vary: *"), seen(B, "Vary: *")], []),
        ([seen(A, f"{ACAO}: {A}", VARY), seen(B)], ["missing-vary"]),
        ([seen(None), seen(A, f"{ACAO}: {A}", VARY), seen(B, VARY)], ["missing-vary"]),
        ([seen(A, f"{ACAO}: {A}"), seen(B, status=403)], []),  # an error is another answer
        ([seen(None, VARY), seen(A, f"{ACAO}: *")], []),  # a kept `*` does for everybody
        ([seen(None), seen(A, f"{ACAO}: *")], ["missing-vary"]),  # and a kept answer without it for nobody
        ([seen(A, f"{ACAO}: {A}", preflight=True), seen(B, preflight=True)], []),  # nobody keeps these
        ([seen(A, f"{ACAO}: {A}", "Cache-Control: public, max-age=60"), seen(B)], ["cacheable-reflection"]),
        ([seen(A, f"{ACAO}: {A}", "Expires: Thu, 01 Jan 2099 00:00:00 GMT"), seen(B)], ["cacheable-reflection"]),
        ([seen(A, f"{ACAO}: {A}", "Cache-Control: max-age=60, private"), seen(B)], ["missing-vary"]),
        ([seen(A, f"{ACAO}: {A}", "Cache-Control: no-store"), seen(B, "Cache-Control: no-store")], []),
        (
            [
                seen(None, "Vary: Accept-Encoding, Origin"),
                seen(A, f"{ACAO}: {A}", VARY),
                seen(B, "Vary: Origin, accept-encoding"),
            ],
            ["clobbered-vary"],
        ),
        # a denied origin
        ([seen(A, f"{ACAO}: {A}", ACAC, VARY), seen(B, ACAC, VARY)], ["credentials-to-denied"]),
    ],
)
def test_what_headers_say(answers: Sequence[Answered], codes: list[str]) -> None:
    assert [it.code for it in of_headers(answers)] == codes


def test_each_is_said_once_with_the_first_that_shows_it() -> None:
    (found,) = of_headers([seen(A, f"{ACAO}: *", ACAC), seen(B, f"{ACAO}: *", ACAC)])
    assert found.evidence == f"GET of {A} → {ACAO}: * with {ACAC}"


MISSING, PLAIN = "a path that is not there", "OPTIONS that is no preflight"
ALLOWED = seen(A, f"{ACAO}: {A}", VARY)
SILENT, SPEAKING = answer(status=404), answer(f"{ACAO}: {A}", status=404)


@pytest.mark.parametrize(
    ("answers", "fine", "found"),
    [
        ({}, ALLOWED, []),
        ({MISSING: SPEAKING, PLAIN: answer(status=200)}, ALLOWED, []),
        (
            {MISSING: SILENT, PLAIN: answer(status=405)},
            ALLOWED,
            [
                (
                    "errors-without-cors",
                    f"Origin: {A}: {MISSING} → 404 without CORS headers; {PLAIN} → 405 without CORS headers",
                )
            ],
        ),
        ({MISSING: SILENT}, seen(A), []),
        ({MISSING: SILENT}, seen(A, f"{ACAO}: {A}", status=500), []),
        (
            {MISSING: SILENT},
            seen(A, status=401),
            [("errors-without-cors", f"GET of {A} → 401 without CORS headers")],
        ),
        (
            {MISSING: SPEAKING},
            seen(A),
            [("cors-on-errors-only", f"{MISSING} → 404 with CORS headers, and GET of {A} without")],
        ),
        ({MISSING: SPEAKING}, seen(A, f"{ACAO}: {B}"), []),
    ],
)
def test_what_errors_say(answers: dict[str, Response], fine: Answered, found: list[tuple[str, str]]) -> None:
    assert [(it.code, it.evidence) for it in of_errors(A, answers, fine)] == found
