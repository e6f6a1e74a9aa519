"""Where the engines differ in what they check, and which of two failures they report: each row was seen."""

from __future__ import annotations

from typing import Any

import pytest

from crossorigin.browser import REASONS, Browser, Request, Response

PAGE = "https://app.example.com"
API = "https://api.example.org"
AWAY = "https://other.example.net"
GRANTS = {"access-control-allow-methods": "PUT", "access-control-allow-headers": "x-one"}
STANDARD, CHROMIUM, FIREFOX = "standard", "chromium", "firefox"
Pairs = list[tuple[str, str]]


def response(status: int, *pairs: tuple[str, str]) -> Response:
    return Response(status, [(name.encode(), value.encode()) for name, value in pairs], b"hi")


def outcome_of(answers: dict[str, Response], engine: Any, **options: Any) -> Any:
    """What a fetch of `/x` on the API comes to; `answers` are by method, host and path."""

    def transport(request: Request) -> Response:
        return answers[f"{request.method} {request.url.removeprefix('https://')}"]

    return Browser(PAGE, transport=transport, engine=engine).fetch(API + "/x", **options)


def back_home(preflight: Response, status: int = 307, actual: str = "null") -> dict[str, Response]:
    """A PUT to the API that is redirected to the page's own origin, and answered there."""
    allowed = [("access-control-allow-origin", "*"), *GRANTS.items()]
    method = "GET" if status == 303 else "PUT"
    return {
        "OPTIONS api.example.org/x": response(200, *allowed),
        "PUT api.example.org/x": response(status, *allowed, ("location", f"{PAGE}/y")),
        "OPTIONS app.example.com/y": preflight,
        f"{method} app.example.com/y": response(200, ("access-control-allow-origin", actual)),
    }


# What the preflight to the page's own origin says of the origin; the reason by the standard, and in Firefox.
HOME: list[tuple[Pairs, str | None, str | None]] = [
    ([], "preflight-allow-origin-missing", None),
    ([("access-control-allow-origin", "null")], None, None),
    ([("access-control-allow-origin", PAGE)], "preflight-allow-origin-mismatch", None),
    ([("access-control-allow-origin", AWAY)], "preflight-allow-origin-mismatch", None),
    ([("access-control-allow-origin", "nonsense")], "preflight-allow-origin-invalid", None),
    ([("access-control-allow-origin", "null, null")], "preflight-allow-origin-multiple", None),
    ([("Access-Control-Allow-Origin", "null")] * 2, "preflight-allow-origin-multiple", None),
]


@pytest.mark.parametrize("status", [303, 307])
@pytest.mark.parametrize("listener", [False, True])
@pytest.mark.parametrize(("pairs", "standard", "firefox"), HOME)
def test_firefox_checks_no_preflight_to_the_pages_own_origin(
    pairs: Pairs, standard: str | None, firefox: str | None, listener: bool, status: int
) -> None:
    answers = back_home(response(200, *pairs, *GRANTS.items()), status)
    options: dict[str, Any] = {"method": "PUT", "upload_listener": listener}
    preflighted = status == 307 or listener
    reason = standard if preflighted else None
    assert outcome_of(answers, STANDARD, **options).reason == reason
    assert outcome_of(answers, CHROMIUM, **options).reason == reason
    assert outcome_of(answers, FIREFOX, **options).reason == firefox


# What is checked there all the same: the status, the method, the headers, and the response itself.
STILL: list[tuple[Response, str, dict[str, Any], str]] = [
    (response(404, *GRANTS.items()), "null", {}, "preflight-status"),
    (response(200), "null", {}, "method-not-allowed"),
    (response(200, ("access-control-allow-methods", "P U")), "null", {}, "allow-methods-invalid"),
    (response(200, ("access-control-allow-methods", "PUT")), "null", {"x-one": "1"}, "header-not-allowed"),
    (response(200, *GRANTS.items()), PAGE, {}, "allow-origin-mismatch"),
]


@pytest.mark.parametrize(("preflight", "actual", "headers", "reason"), STILL)
def test_firefox_checks_the_rest_there(preflight: Response, actual: str, headers: dict[str, str], reason: str) -> None:
    answers = back_home(preflight, actual=actual)
    assert outcome_of(answers, FIREFOX, method="PUT", headers=headers).reason == reason


ALLOWED = ("access-control-allow-origin", "*")
ANYTHING = [ALLOWED, ("access-control-allow-methods", "*"), ("access-control-allow-headers", "*")]
HOSTS = {"page": PAGE, "api": API, "away": AWAY}

# A call of the page's script, where it is redirected and how, and what Firefox sends; `*` is a preflight.
HOPS: list[tuple[dict[str, Any], list[tuple[str, int]], str]] = [
    ({"method": "PUT"}, [("page", 303), ("api", 200)], "PUT GET"),
    ({"method": "QUERY"}, [("page", 303), ("page", 307), ("api", 200)], "QUERY GET GET"),
    ({"method": "PUT"}, [("page", 307), ("api", 200)], "PUT * PUT"),
    ({"method": "PUT"}, [("api", 303), ("away", 200)], "* PUT * GET"),
    ({"method": "PUT"}, [("page", 307), ("api", 303), ("away", 200)], "PUT * PUT * GET"),
    ({"method": "PUT"}, [("page", 303), ("api", 307), ("away", 200)], "PUT GET GET"),
    ({"headers": {"x-one": "1"}}, [("page", 303), ("api", 200)], "GET * GET"),
    (
        {"method": "POST", "headers": {"content-type": "application/json"}},
        [("page", 303), ("api", 200)],
        "POST * GET",
    ),
    ({"method": "PUT", "upload_listener": True}, [("page", 303), ("api", 200)], "PUT * GET"),
]


def sent_over(hops: list[tuple[str, int]], options: dict[str, Any]) -> list[Request]:
    """What Firefox sends over these hops, each of which allows everything."""
    sent: list[Request] = []

    def transport(request: Request) -> Response:
        sent.append(request)
        if any(name == b"Access-Control-Request-Method" for name, _ in request.headers):
            return response(200, *ANYTHING)
        at = int(request.url.rpartition("/")[2])
        following = hops[at + 1 :]
        location = [("location", f"{HOSTS[following[0][0]]}/{at + 1}")] if following else []
        return response(hops[at][1], *ANYTHING, *location)

    Browser(PAGE, transport=transport, engine="firefox").fetch(f"{HOSTS[hops[0][0]]}/0", **options)
    return sent


@pytest.mark.parametrize(("options", "hops", "expected"), HOPS)
def test_what_makes_a_preflight_at_a_later_hop(
    options: dict[str, Any], hops: list[tuple[str, int]], expected: str
) -> None:
    lines = []
    for request in sent_over(hops, options):
        preflight = any(name == b"Access-Control-Request-Method" for name, _ in request.headers)
        lines.append("*" if preflight else request.method)
    assert " ".join(lines) == expected


@pytest.mark.parametrize(("listener", "typed"), [(False, True), (True, False)])
def test_a_type_that_comes_back_without_its_body(listener: bool, typed: bool) -> None:
    options = {"method": "PUT", "body": "hello", "upload_listener": listener}
    last = sent_over([("page", 303), ("page", 307), ("page", 200)], options)[-1]
    assert ("content-type" in {name.decode().lower() for name, _ in last.headers}) is typed


SPELLED, LOWER = "Access-Control-Allow-Origin", "access-control-allow-origin"

# Lines of a response, and the reason by the standard and Chromium, and in Firefox.
LINES: list[tuple[Pairs, str | None, str | None]] = [
    ([(SPELLED, "*")], None, None),
    ([(SPELLED, "*"), (SPELLED, "*")], "allow-origin-multiple", "allow-origin-multiple"),
    ([(SPELLED, "*"), (LOWER, "*")], "allow-origin-multiple", "allow-origin-multiple"),
    ([(SPELLED, ""), (SPELLED, "*")], "allow-origin-multiple", "allow-origin-multiple"),
    ([(SPELLED, ""), (LOWER, "*")], "allow-origin-multiple", None),
    ([(LOWER, PAGE), (LOWER, "")], "allow-origin-multiple", None),
    ([(LOWER, PAGE), (LOWER, " "), (LOWER, "")], "allow-origin-multiple", None),
    ([(LOWER, ""), (LOWER, "")], "allow-origin-multiple", "allow-origin-invalid"),
    ([(LOWER, "")], "allow-origin-invalid", "allow-origin-invalid"),
    ([(LOWER, f"{PAGE}, ")], "allow-origin-multiple", "allow-origin-multiple"),
]


@pytest.mark.parametrize(("lines", "others", "firefox"), LINES)
def test_allow_origin_on_several_lines(lines: Pairs, others: str | None, firefox: str | None) -> None:
    answers = {"GET api.example.org/x": response(200, *lines)}
    assert outcome_of(answers, STANDARD).reason == others
    assert outcome_of(answers, CHROMIUM).reason == others
    assert outcome_of(answers, FIREFOX).reason == firefox


# Values of one header of a response to a page of its own origin; what script reads in each browser.
VALUES: list[tuple[str, list[str], str, str]] = [
    ("x-one", ["", ""], ", ", ""),
    ("x-one", ["", "1"], ", 1", "1"),
    ("x-one", ["1", "", "2"], "1, , 2", "1, 2"),
    ("content-type", ["", "a/b"], ", a/b", "a/b"),
    ("content-type", ["a/b", ""], "a/b, ", "a/b,"),
    ("content-type", ["a/b", "", "c/d"], "a/b, , c/d", "a/b,,c/d"),
    ("content-type", ["", ""], ", ", ""),
]


@pytest.mark.parametrize(("name", "values", "others", "firefox"), VALUES)
def test_which_values_count(name: str, values: list[str], others: str, firefox: str) -> None:
    answers = {"GET api.example.org/x": response(200, *[(name, value) for value in values])}

    def read(engine: Any) -> str:
        browser = Browser(API, transport=lambda request: answers["GET api.example.org/x"], engine=engine)
        return browser.fetch(API + "/x").headers[name]

    assert (read(STANDARD), read(CHROMIUM), read(FIREFOX)) == (others, others, firefox)


INVALID, DATA, HTTP, USER = "http://[", "data:,hi", "http://other.example.net/", "https://u:p@other.example.net/"
MISSING, REFUSED = "allow-origin-missing", "redirect-mode-error"
BAD_LOCATION, SCHEME, MIXED = "redirect-location-invalid", "redirect-scheme", "mixed-content"

# A redirect with two faults: mode, Location, whether every origin is allowed; the reason in each engine.
REDIRECTS: list[tuple[str, str, bool, str | None, str | None, str | None]] = [
    ("follow", INVALID, False, MISSING, BAD_LOCATION, BAD_LOCATION),
    ("follow", DATA, False, MISSING, MISSING, SCHEME),
    ("follow", HTTP, False, MISSING, MISSING, MIXED),
    ("follow", "ftp://other.example.net/", False, MISSING, MISSING, MISSING),
    ("follow", "https://other.example.net:6667/", False, MISSING, MISSING, MISSING),
    ("follow", "http://other.example.net:6667/", True, MIXED, MIXED, MIXED),
    ("follow", USER, False, MISSING, MISSING, MISSING),
    ("follow", USER, True, "redirect-credentials", "redirect-credentials", "redirect-credentials"),
    ("error", INVALID, False, MISSING, BAD_LOCATION, MISSING),
    ("error", HTTP, False, MISSING, MISSING, MISSING),
    ("error", USER, False, MISSING, MISSING, MISSING),
    ("error", USER, True, REFUSED, "redirect-credentials", REFUSED),
    ("error", AWAY, True, REFUSED, REFUSED, REFUSED),
    ("manual", INVALID, False, MISSING, BAD_LOCATION, MISSING),
    ("manual", USER, True, None, None, None),
]


@pytest.mark.parametrize(("mode", "location", "allowed", "standard", "chromium", "firefox"), REDIRECTS)
def test_which_failure_of_a_redirect_is_reported(
    mode: str, location: str, allowed: bool, standard: str | None, chromium: str | None, firefox: str | None
) -> None:
    pairs = [("location", location), *([ALLOWED] if allowed else [])]
    answers = {"GET api.example.org/x": response(307, *pairs)}
    found = [outcome_of(answers, engine, redirect=mode).reason for engine in (STANDARD, CHROMIUM, FIREFOX)]
    assert found == [standard, chromium, firefox]


# A call with two faults: its options, and the URL; the reason in Chromium, and elsewhere.
CALLS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"mode": "same-origin"}, "http://api.example.org/", "same-origin-mode", MIXED),
    ({"mode": "same-origin"}, "https://api.example.org:6667/", "same-origin-mode", "bad-port"),
    ({"mode": "no-cors", "redirect": "manual"}, "https://api.example.org:6667/", "no-cors-redirect-mode", "bad-port"),
    ({"mode": "no-cors", "redirect": "error"}, "http://api.example.org/", "no-cors-redirect-mode", MIXED),
    ({}, "http://api.example.org:6667/", MIXED, MIXED),
    ({"mode": "same-origin"}, f"{PAGE}:6667/", "same-origin-mode", "bad-port"),
]


@pytest.mark.parametrize(("options", "url", "chromium", "others"), CALLS)
def test_which_failure_of_a_call_is_reported(options: dict[str, Any], url: str, chromium: str, others: str) -> None:
    found = []
    for engine in (CHROMIUM, STANDARD, FIREFOX):
        found.append(Browser(PAGE, transport=lambda request: response(200), engine=engine).fetch(url, **options).reason)
    assert found == [chromium, others, others]


NO_ORIGIN, STATUS, REDIRECT = "preflight-allow-origin-missing", "preflight-status", "preflight-redirect"

# A preflight that is answered with a 3xx: mode, Location, whether every origin is allowed; the reason in each engine.
PREFLIGHTS: list[tuple[str, str | None, bool, str, str, str]] = [
    ("follow", None, True, STATUS, STATUS, STATUS),
    ("follow", None, False, NO_ORIGIN, NO_ORIGIN, NO_ORIGIN),
    ("follow", "", True, REDIRECT, STATUS, REDIRECT),
    ("follow", AWAY, True, REDIRECT, REDIRECT, REDIRECT),
    ("follow", AWAY, False, NO_ORIGIN, REDIRECT, NO_ORIGIN),
    ("follow", INVALID, False, NO_ORIGIN, REDIRECT, REDIRECT),
    ("follow", DATA, False, NO_ORIGIN, REDIRECT, REDIRECT),
    ("follow", HTTP, False, NO_ORIGIN, REDIRECT, REDIRECT),
    ("manual", AWAY, True, REDIRECT, REDIRECT, STATUS),
    ("error", AWAY, True, REDIRECT, REDIRECT, STATUS),
    ("error", HTTP, False, NO_ORIGIN, REDIRECT, NO_ORIGIN),
]


@pytest.mark.parametrize(("mode", "location", "allowed", "standard", "chromium", "firefox"), PREFLIGHTS)
def test_a_redirected_preflight(
    mode: str, location: str | None, allowed: bool, standard: str, chromium: str, firefox: str
) -> None:
    pairs = [] if location is None else [("location", location)]
    answers = {"OPTIONS api.example.org/x": response(302, *pairs, *([ALLOWED] if allowed else []))}
    found = [
        outcome_of(answers, engine, method="PUT", redirect=mode).reason for engine in (STANDARD, CHROMIUM, FIREFOX)
    ]
    assert found == [standard, chromium, firefox]


# A preflight with two faults: Access-Control-Allow-Methods and -Headers; the reason in Firefox, and elsewhere.
LISTS: list[tuple[str, str, str, str]] = [
    ("PATCH", "x y", "method-not-allowed", "allow-headers-invalid"),
    ("P U", "x y", "allow-methods-invalid", "allow-methods-invalid"),
    ("PUT", "x y", "allow-headers-invalid", "allow-headers-invalid"),
    ("PATCH", "x-two", "method-not-allowed", "method-not-allowed"),
]


@pytest.mark.parametrize(("methods", "names", "firefox", "others"), LISTS)
def test_firefox_looks_for_the_method_first(methods: str, names: str, firefox: str, others: str) -> None:
    pairs = [ALLOWED, ("access-control-allow-methods", methods), ("access-control-allow-headers", names)]
    answers = {"OPTIONS api.example.org/x": response(200, *pairs)}
    found = [outcome_of(answers, it, method="PUT", headers={"x-one": "1"}).reason for it in (FIREFOX, CHROMIUM)]
    assert found == [firefox, others]


# What the two browsers call a failure, where it is not evident.
NAMES: list[tuple[str, str, str, str]] = [
    (
        "allow-origin-multiple",
        "MultipleAllowOriginValues",
        "CORSAllowOriginNotMatchingOrigin",
        "CORSMultipleAllowOriginNotAllowed",
    ),
    (
        "preflight-allow-origin-multiple",
        "PreflightMultipleAllowOriginValues",
        "CORSAllowOriginNotMatchingOrigin",
        "CORSMultipleAllowOriginNotAllowed",
    ),
    ("allow-origin-invalid", "InvalidAllowOriginValue", "CORSAllowOriginNotMatchingOrigin", ""),
    ("preflight-network-failure", "", "CORSDidNotSucceed2", ""),
    ("no-cors-redirect-mode", "NoCorsRedirectModeNotFollow", "", ""),
    ("redirect-count", "", "CORSDidNotSucceed2", ""),
    ("redirect-location-invalid", "", "CORSDidNotSucceed2", ""),
    ("mixed-content", "", "CORSDidNotSucceed2", ""),
    ("bad-port", "", "CORSDidNotSucceed2", ""),
]


@pytest.mark.parametrize(("reason", "chromium", "firefox", "repeated"), NAMES)
def test_what_the_browsers_call_it(reason: str, chromium: str, firefox: str, repeated: str) -> None:
    names = REASONS[reason]
    assert (names.chromium, names.firefox, names.firefox_repeated) == (chromium, firefox, repeated)


# What a preflight allows for long, and two calls; how many preflights Chromium sends, and Firefox.
TWO: list[tuple[str, int, dict[str, str], dict[str, str], int, int]] = [
    ("*", 200, {"authorization": "a"}, {"authorization": "a"}, 2, 2),
    ("*", 200, {"x-one": "1"}, {"authorization": "a"}, 2, 2),
    ("*", 200, {"x-one": "1"}, {"x-two": "1"}, 1, 2),
    ("*, authorization", 200, {"x-one": "1"}, {"authorization": "a"}, 1, 1),
    ("x-one", 200, {"x-one": "1"}, {"x-one": "1"}, 1, 1),
    ("x-one", 307, {"x-one": "1"}, {"x-one": "1"}, 1, 2),  # to a bad port
]


@pytest.mark.parametrize(("names", "status", "one", "two", "chromium", "firefox"), TWO)
def test_when_a_second_call_is_preflighted(
    names: str, status: int, one: dict[str, str], two: dict[str, str], chromium: int, firefox: int
) -> None:
    pairs = [ALLOWED, ("access-control-allow-headers", names), ("access-control-max-age", "600")]
    answers = {"OPTIONS": response(200, *pairs), "GET": response(status, ALLOWED, ("location", f"{API}:6667/"))}
    found = []
    for engine in ("chromium", "firefox"):
        browser = Browser(PAGE, transport=lambda request: answers[request.method], engine=engine)
        outcomes = [browser.fetch(API + "/x", headers=headers) for headers in (one, two)]
        found.append(sum(len(outcome.preflights) for outcome in outcomes))
    assert found == [chromium, firefox]


RANGES: list[tuple[dict[str, str], str]] = [
    ({}, "bytes=0-9"),
    ({"Cache-Control": "no-cache"}, "bytes=0-9"),
    ({"If-Range": "1"}, "Bytes = 0-9"),
    ({"If-Match": "1"}, "Bytes = 0-9"),
    ({"If-None-Match": "1"}, "Bytes = 0-9"),
    ({"If-Modified-Since": "1"}, "Bytes = 0-9"),
    ({"If-Unmodified-Since": "1"}, "Bytes = 0-9"),
]


@pytest.mark.parametrize(("headers", "spelled"), RANGES)
def test_chromium_leaves_a_conditional_range_as_it_is(headers: dict[str, str], spelled: str) -> None:
    sent: list[Request] = []

    def transport(request: Request) -> Response:
        sent.append(request)
        return response(200)

    Browser(API, transport=transport, engine="chromium").fetch(API + "/x", headers={"Range": "Bytes = 0-9", **headers})
    assert dict(sent[0].headers)[b"Range"] == spelled.encode()
