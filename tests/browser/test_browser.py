"""The browser's half, part by part: each table says a call, what the server answers, and what comes of it."""

from __future__ import annotations

import asyncio
from typing import Any, get_args

import pytest

from crossorigin.browser import ENGINES, REASONS, Browser, Engine, Failure, Reason, Request, Response

PAGE = "https://app.example.com"
API = "https://api.example.org"


class Server:
    """Answers by path; what it does not know is a 200 that lets everybody in."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Any:
        self.requests.append(request)
        name = request.url.partition("://")[2].partition("/")[2].partition("?")[0]
        if request.method == "OPTIONS" and header(request, "access-control-request-method"):
            name = f"pre_{name}" if f"pre_{name}" in self.answers else "pre"
        return self.answers.get(name, answer())

    @property
    def lines(self) -> list[str]:
        return [f"{it.method} {it.url}" for it in self.requests]


def answer(status: int = 200, **headers: str) -> Response:
    allow = {
        "access_control_allow_origin": "*",
        "access_control_allow_methods": "PUT, PATCH",
        "access_control_allow_headers": "x-one, content-type",
    }
    pairs = {**allow, **headers}
    return Response(status, [(name.replace("_", "-").encode(), it.encode()) for name, it in pairs.items() if it], b"hi")


def bare(status: int = 200, **headers: str) -> Response:
    return Response(status, [(name.replace("_", "-").encode(), it.encode()) for name, it in headers.items()], b"")


def header(request: Request, name: str) -> str | None:
    found = [value.decode("latin-1") for key, value in request.headers if key.decode().lower() == name]
    return ", ".join(found) if found else None


def fetch(server: Any, url: str = API + "/x", page: str = PAGE, engine: Any = "standard", **options: Any) -> Any:
    return Browser(page, transport=server, engine=engine).fetch(url, **options)


@pytest.mark.parametrize(
    ("reason", "url", "options"),
    [
        ("invalid-url", "http://[", {}),
        ("url-has-credentials", "https://u:p@api.example.org/", {}),
        ("call-forbidden-method", API, {"method": "trace"}),
        ("call-invalid-method", API, {"method": "a b"}),
        ("call-invalid-header", API, {"headers": {"a b": "1"}}),
        ("call-invalid-header", API, {"headers": {"a": "1\n2"}}),
        ("call-invalid-header", API, {"headers": {"a": "☃"}}),
        ("no-cors-method", API, {"mode": "no-cors", "method": "PUT"}),
        ("body-not-allowed", API, {"body": "x"}),
        ("stream-in-no-cors", API, {"mode": "no-cors", "method": "POST", "body": "x", "stream": True}),
        ("bad-port", "https://api.example.org:6667/", {}),
        ("mixed-content", "http://api.example.org/", {}),
        ("same-origin-mode", API, {"mode": "same-origin"}),
        ("no-cors-redirect-mode", API, {"mode": "no-cors", "redirect": "error"}),
        ("mixed-content", "ftp://api.example.org/", {}),
    ],
)
def test_blocked_before_any_traffic(reason: str, url: str, options: dict[str, Any]) -> None:
    server = Server()
    outcome = fetch(server, url, **options)
    assert (outcome.allowed, outcome.reason, outcome.type) == (False, reason, "error")
    assert not outcome.steps[-1].ok
    assert not server.requests


@pytest.mark.parametrize(
    ("reason", "response", "options"),
    [
        (None, answer(), {}),
        (None, answer(access_control_allow_origin=PAGE), {}),
        ("network-failure", Failure("refused"), {}),
        ("allow-origin-missing", bare(), {}),
        ("allow-origin-multiple", answer(access_control_allow_origin=f"{PAGE}, *"), {}),
        ("allow-origin-invalid", answer(access_control_allow_origin="app.example.com"), {}),
        ("allow-origin-mismatch", answer(access_control_allow_origin=PAGE + "/"), {}),
        ("allow-origin-mismatch", answer(access_control_allow_origin="null"), {}),
        ("allow-origin-star-with-credentials", answer(), {"credentials": "include"}),
        ("allow-credentials-missing", answer(access_control_allow_origin=PAGE), {"credentials": "include"}),
        (
            "allow-credentials-invalid",
            answer(access_control_allow_origin=PAGE, access_control_allow_credentials="TRUE"),
            {"credentials": "include"},
        ),
        (
            None,
            answer(access_control_allow_origin=PAGE, access_control_allow_credentials="true"),
            {"credentials": "include"},
        ),
        ("redirect-mode-error", answer(302, location="/y"), {"redirect": "error"}),
        ("redirect-location-invalid", answer(302, location="http://["), {}),
        ("redirect-scheme", answer(302, location="ftp://api.example.org/"), {}),
        ("redirect-count", answer(302, location="/x"), {}),
        ("redirect-credentials", answer(302, location="https://u:p@api.example.org/"), {}),
        ("mixed-content", answer(302, location="http://api.example.org/"), {}),
        (None, answer(302), {}),
    ],
)
def test_the_response_decides(reason: str | None, response: Any, options: dict[str, Any]) -> None:
    outcome = fetch(Server(x=response), **options)
    assert outcome.reason == reason
    assert outcome.allowed is (reason is None)


@pytest.mark.parametrize("engine", ["standard", "chromium", "firefox", "webkit"])
@pytest.mark.parametrize(
    ("reason", "response", "options"),
    [
        ("preflight-network-failure", Failure("refused"), {"method": "PUT"}),
        ("preflight-allow-origin-missing", bare(), {"method": "PUT"}),
        ("preflight-status", answer(404), {"method": "PUT"}),
        ("allow-methods-invalid", answer(access_control_allow_methods="PUT PATCH"), {"method": "PUT"}),
        ("allow-headers-invalid", answer(access_control_allow_headers="(x)"), {"method": "PUT"}),
        ("method-not-allowed", answer(), {"method": "DELETE"}),
        ("method-not-allowed", answer(), {"method": "patch"}),
        ("header-not-allowed", answer(), {"headers": {"x-two": "1"}}),
        (None, answer(), {"headers": {"x-one": "1"}}),
        (None, answer(access_control_allow_methods="*", access_control_allow_headers="*"), {"method": "DELETE"}),
    ],
)
def test_the_preflight_decides(engine: Any, reason: str | None, response: Any, options: dict[str, Any]) -> None:
    outcome = fetch(Server(pre=response), engine=engine, **options)
    assert outcome.reason == reason
    assert len(outcome.preflights) == 1


INCLUDE = {"access_control_allow_origin": PAGE, "access_control_allow_credentials": "true"}


@pytest.mark.parametrize(
    ("options", "response"),
    [
        ({"method": "PUT"}, answer(**INCLUDE, access_control_allow_methods="*")),
        ({"headers": {"x-two": "1"}}, answer(**INCLUDE, access_control_allow_headers="*")),
    ],
)
def test_a_wildcard_is_a_name_with_credentials(options: dict[str, Any], response: Response) -> None:
    outcome = fetch(Server(pre=response), credentials="include", **options)
    assert outcome.reason in ("method-not-allowed", "header-not-allowed")
    assert "counts for nothing" in outcome.steps[-1].text


@pytest.mark.parametrize(
    ("engine", "reasons"),
    [
        ("standard", ("preflight-allow-origin-missing", "preflight-allow-origin-missing")),
        ("chromium", ("preflight-redirect", "preflight-allow-origin-missing")),
        ("firefox", ("preflight-allow-origin-missing", "preflight-allow-origin-missing")),
        ("webkit", ("preflight-allow-origin-missing", "preflight-status")),
    ],
)
def test_which_failure_of_a_preflight_is_reported(engine: Any, reasons: tuple[str, str]) -> None:
    answers = bare(302, location="https://other.example.net/"), bare(500)
    found = tuple(fetch(Server(pre=answer), engine=engine, method="PUT").reason for answer in answers)
    assert found == reasons


@pytest.mark.parametrize(
    ("engine", "reason"), [("standard", "authorization-not-listed"), ("chromium", None), ("firefox", None)]
)
def test_authorization_under_a_wildcard(engine: Any, reason: str | None) -> None:
    server = Server(pre=answer(access_control_allow_headers="*"))
    assert fetch(server, engine=engine, headers={"Authorization": "Bearer x"}).reason == reason


@pytest.mark.parametrize(
    ("status", "method", "then", "kept"),
    [
        (301, "POST", "GET", False),
        (302, "POST", "GET", False),
        (303, "PUT", "GET", False),
        (303, "HEAD", "HEAD", False),
        (307, "POST", "POST", True),
        (308, "PUT", "PUT", True),
        (301, "PUT", "PUT", True),
    ],
)
def test_a_redirect_rewrites_the_method(status: int, method: str, then: str, kept: bool) -> None:
    server = Server(x=answer(status, location="y"))
    body = None if method == "HEAD" else "text"
    outcome = fetch(server, method=method, body=body)
    last = server.requests[-1]
    assert outcome.allowed
    assert (last.method, last.url, bool(last.body)) == (then, API + "/y", kept)
    assert (header(last, "content-type") is not None) is kept


def test_authorization_does_not_leave_its_origin() -> None:
    server = Server(x=answer(302, location="https://other.example.net/y"))
    fetch(server, PAGE + "/x", headers={"Authorization": "Bearer x"})
    assert [header(it, "authorization") for it in server.requests] == ["Bearer x", None]


def test_a_streamed_body_cannot_follow() -> None:
    server = Server(x=answer(307, location="y"))
    outcome = fetch(server, method="POST", body="x", stream=True)
    assert outcome.reason == "redirect-stream"
    assert outcome.preflights
    assert header(server.requests[-1], "content-length") is None


@pytest.mark.parametrize(
    ("mode", "kind", "status"), [("cors", "opaqueredirect", 0), ("same-origin", "opaqueredirect", 0)]
)
def test_a_manual_redirect_shows_nothing(mode: Any, kind: str, status: int) -> None:
    outcome = fetch(Server(x=answer(302, location="y")), PAGE + "/x", mode=mode, redirect="manual")
    assert (outcome.type, outcome.status, outcome.headers, outcome.body) == (kind, status, {}, b"")


@pytest.mark.parametrize("url", [API + "/x", PAGE + "/x"])
def test_user_name_in_a_location(url: str) -> None:
    server = Server(x=answer(302, location="https://u:p@app.example.com/y"))
    assert fetch(server, PAGE + "/x").allowed
    assert server.lines[-1] == f"GET {PAGE}/y"
    assert fetch(server, PAGE + "/x", engine="chromium").reason == "redirect-credentials"


def test_no_cors_is_opaque_and_keeps_few_headers() -> None:
    server = Server(x=bare())
    outcome = fetch(server, mode="no-cors", method="POST", headers={"X-One": "1", "Range": "bytes=0-"}, json={"a": 1})
    assert (outcome.type, outcome.status, outcome.headers, outcome.text) == ("opaque", 0, {}, "")
    assert header(server.requests[0], "x-one") is None
    assert header(server.requests[0], "content-type") == "text/plain;charset=UTF-8"


@pytest.mark.parametrize(
    ("policy", "page", "url", "engine", "blocked"),
    [
        ("same-origin", PAGE, API, "standard", True),
        ("same-site", PAGE, API, "standard", True),
        ("same-site", PAGE, "https://api.example.com", "standard", False),
        ("same-site", "http://app.example.com", "https://api.example.com", "standard", True),
        ("same-site", "http://app.example.com", "http://api.example.com", "standard", False),
        ("cross-origin", PAGE, API, "standard", False),
        ("nonsense", PAGE, API, "standard", False),
        ("same-site", "null", "http://localhost:8000", "standard", True),
        ("same-site", "null", "http://localhost:8000", "chromium", False),
        ("same-site", "null", "http://127.0.0.1:8000", "chromium", True),
    ],
)
def test_cross_origin_resource_policy(policy: str, page: str, url: str, engine: Any, blocked: bool) -> None:
    server = Server(x=bare(cross_origin_resource_policy=policy))
    outcome = fetch(server, url + "/x", page, engine, mode="no-cors")
    assert (outcome.reason == "cross-origin-resource-policy") is blocked


@pytest.mark.parametrize(
    ("options", "content_type", "body"),
    [
        ({"body": "x"}, "text/plain;charset=UTF-8", b"x"),
        ({"body": b"x"}, None, b"x"),
        ({"json": None}, "application/json", b"null"),
        ({"json": [1], "headers": {"Content-Type": "text/plain"}}, "text/plain", b"[1]"),
        ({"form": {"a": "1 2"}}, "application/x-www-form-urlencoded;charset=UTF-8", b"a=1+2"),
        ({"multipart": ("b", b"--b--")}, "multipart/form-data; boundary=b", b"--b--"),
        ({}, None, b""),
    ],
)
def test_bodies(options: dict[str, Any], content_type: str | None, body: bytes) -> None:
    server = Server()
    fetch(server, PAGE + "/x", method="post", **options)
    assert (header(server.requests[0], "content-type"), server.requests[0].body) == (content_type, body)
    assert header(server.requests[0], "content-length") == str(len(body))
    assert header(server.requests[0], "origin") == PAGE


@pytest.mark.parametrize(
    ("name", "value", "dropped"),
    [
        ("Cookie", "a=1", True),
        ("Sec-Anything", "1", True),
        ("Proxy-Anything", "1", True),
        ("X-HTTP-Method-Override", "get, TRACE", True),
        ("X-HTTP-Method-Override", "PUT", False),
        ("User-Agent", "me", False),
        ("Access-Control-Request-Private-Network", "true", False),
    ],
)
def test_forbidden_request_headers(name: str, value: str, dropped: bool) -> None:
    server = Server()
    outcome = fetch(server, PAGE + "/x", headers=[(name.encode(), value.encode())])
    assert (header(server.requests[0], name.lower()) is None) is dropped
    assert any("forbidden" in step.section for step in outcome.steps) is dropped
    assert header_of(fetch(server, PAGE + "/x", engine="chromium", headers={"User-Agent": "me"}), "user-agent") is None


def header_of(outcome: Any, name: str) -> str | None:
    return header(outcome.requests[0].request, name)


@pytest.mark.parametrize(("engine", "acrh"), [("standard", "x-one"), ("chromium", "x-one"), ("firefox", "x-one,x-one")])
def test_a_header_set_twice(engine: Any, acrh: str) -> None:
    server = Server()
    fetch(
        server, engine=engine, headers=[("X-One", "1"), ("x-one", ""), ("x-one", "2")][:: 1 if acrh == "x-one" else 2]
    )
    assert header(server.requests[0], "access-control-request-headers") == acrh
    assert header(server.requests[1], "x-one") == ("1, 2" if engine == "firefox" else "1, , 2")


def test_firefox_drops_empty_values() -> None:
    server = Server(x=Response(200, [(b"x-a", b""), (b"x-a", b"1"), (b"content-type", b"a"), (b"content-type", b"b")]))
    outcome = fetch(server, PAGE + "/x", engine="firefox", headers=[("X-One", ""), ("X-One", "1")])
    assert header(server.requests[0], "x-one") == "1"
    assert dict(outcome.headers) == {"content-type": "a,b", "x-a": "1"}


@pytest.mark.parametrize(
    ("engine", "preflighted"), [("standard", True), ("chromium", True), ("firefox", True), ("webkit", False)]
)
def test_more_than_1024_safelisted_bytes(engine: Any, preflighted: bool) -> None:
    long = [("Accept", "a" * 128)] * 9
    made = Engine(ENGINES[engine].name, total_size_rule=ENGINES[engine].total_size_rule)
    assert bool(fetch(Server(), engine=made, headers=long).preflights) is preflighted


@pytest.mark.parametrize(
    ("name", "value", "engine", "safe"),
    [
        ("Save-Data", "ON", "chromium", True),
        ("Save-Data", "off", "chromium", False),
        ("DPR", "2.0", "chromium", True),
        ("DPR", "2.0", "firefox", False),
        ("Accept", "café", "standard", True),
        ("Accept", "café", "firefox", False),
        ("Content-Language", "de, en", "standard", True),
    ],
)
def test_engines_safelists(name: str, value: str, engine: Any, safe: bool) -> None:
    assert bool(fetch(Server(), engine=engine, headers={name: value}).preflights) is not safe


def test_exposed_headers() -> None:
    sent = {"x_a": "1", "x_b": "2", "set_cookie": "c=1", "etag": "e", "content_type": "t"}
    star = answer(**sent, access_control_expose_headers="*")
    assert {"x-a", "x-b", "etag", "content-type"} <= set(fetch(Server(x=star)).headers)
    assert "set-cookie" not in fetch(Server(x=star)).headers
    some = answer(**sent, **INCLUDE, access_control_expose_headers="X-A, *")
    assert set(fetch(Server(x=some), credentials="include").headers) == {"x-a", "content-type"}
    none = answer(**sent, access_control_expose_headers="no no")
    assert set(fetch(Server(x=none)).headers) == {"content-type"}


def test_a_head_has_no_body() -> None:
    assert fetch(Server(), method="HEAD").body == b""
    assert fetch(Server()).text == "hi"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000_000.0

    def __call__(self) -> float:
        return self.now


def counting(engine: Any, response: Response, *calls: Any, page: str = PAGE) -> list[int]:
    """How many preflights each call makes; a number is a pause in seconds."""
    clock, server = Clock(), Server(pre=response, x=response)
    browser = Browser(page, transport=server, engine=engine, clock=clock)
    found = []
    for call in calls:
        if isinstance(call, int):
            clock.now += call
        else:
            found.append(len(browser.fetch(API + "/x", **call).preflights))
    return found


PUT = {"method": "PUT"}


@pytest.mark.parametrize(
    ("engine", "response", "calls", "expected"),
    [
        ("standard", answer(), [PUT, 4, PUT, 2, PUT], [1, 0, 1]),
        ("standard", answer(access_control_max_age="60"), [PUT, 59, PUT, 2, PUT], [1, 0, 1]),
        ("standard", answer(access_control_max_age="nonsense"), [PUT, 4, PUT], [1, 0]),
        ("firefox", answer(access_control_max_age="nonsense"), [PUT, PUT], [1, 1]),
        ("standard", answer(access_control_max_age="-1"), [PUT, PUT], [1, 1]),
        ("chromium", answer(access_control_max_age="-1"), [PUT, PUT], [1, 1]),
        ("firefox", answer(access_control_max_age="-1"), [PUT, PUT], [1, 1]),
        ("webkit", answer(access_control_max_age="-1"), [PUT, PUT], [1, 1]),
        ("chromium", answer(access_control_max_age="99999"), [PUT, 7199, PUT, 2, PUT], [1, 0, 1]),
        ("firefox", answer(access_control_max_age="99999"), [PUT, 86399, PUT, 2, PUT], [1, 0, 1]),
        ("webkit", answer(access_control_max_age="99999"), [PUT, 599, PUT, 2, PUT], [1, 0, 1]),
        ("standard", answer(access_control_allow_methods="*"), [PUT, PUT], [1, 0]),
        ("firefox", answer(access_control_allow_methods="*"), [PUT, PUT], [1, 1]),
        ("standard", answer(), [PUT, {"method": "PATCH"}], [1, 0]),
        ("standard", answer(), [PUT, {"method": "PUT", "headers": {"x-one": "1"}}], [1, 0]),
        ("chromium", answer(access_control_allow_headers="x-one"), [PUT, {"headers": {"x-two": "1"}}, PUT], [1, 1, 1]),
        ("standard", answer(access_control_allow_headers="x-one"), [PUT, {"headers": {"x-two": "1"}}, PUT], [1, 1, 1]),
        ("standard", answer(**INCLUDE), [{"method": "PUT", "credentials": "include"}, PUT], [1, 0]),
        ("firefox", answer(**INCLUDE), [{"method": "PUT", "credentials": "include"}, PUT], [1, 1]),
        ("standard", answer(**INCLUDE), [PUT, {"method": "PUT", "credentials": "include"}], [1, 1]),
        (
            "chromium",
            answer(access_control_allow_headers="*"),
            [{"headers": {"if-match": "1"}}, {"headers": {"if-match": "1"}}],
            [1, 1],
        ),
        ("standard", answer(access_control_allow_headers="*"), [{"headers": {"x-a": "1"}}] * 2, [1, 0]),
        ("firefox", answer(access_control_allow_headers="if-match"), [{"headers": {"if-match": "1"}}] * 2, [1, 1]),
        (
            "firefox",
            answer(access_control_allow_headers="if-match"),
            [{"headers": {"if-match": "1"}, "upload_listener": True}] * 2,
            [1, 0],
        ),
        (
            "standard",
            answer(access_control_max_age="600"),
            [PUT, 1, PUT, {"method": "POST", "upload_listener": True}],
            [1, 0, 1],
        ),
    ],
)
def test_preflight_cache(engine: Any, response: Response, calls: list[Any], expected: list[int]) -> None:
    assert counting(engine, response, *calls) == expected


def test_the_cache_counts_and_forgets() -> None:
    clock, server = Clock(), Server()
    browser = Browser(PAGE, transport=server, clock=clock)
    browser.fetch(API + "/x", method="PUT")
    assert len(browser.preflight_cache) == 4
    browser.fetch(API + "/x", method="PUT", headers={"x-one": "1"})
    clock.now += 4
    browser.fetch(API + "/x", method="DELETE")
    assert len(browser.preflight_cache) == 0
    browser.fetch(API + "/x", method="PUT")
    clock.now += 6
    assert len(browser.preflight_cache) == 0


def test_a_second_preflight_renews() -> None:
    clock, server = Clock(), Server(pre=answer(access_control_allow_methods="*"))
    browser = Browser(PAGE, transport=server, engine="firefox", clock=clock)
    browser.fetch(API + "/x", method="PUT")
    clock.now += 3
    browser.fetch(API + "/x", method="PUT")
    clock.now += 3
    assert len(browser.preflight_cache) > 0


@pytest.mark.parametrize(("engine", "expected"), [("standard", (1, 0)), ("chromium", (1, 1)), ("firefox", (1, 0))])
def test_an_upload_listener(engine: Any, expected: tuple[int, int]) -> None:
    listener = {"method": "PATCH", "upload_listener": True}
    response = answer(access_control_allow_methods="" if engine == "standard" else "PATCH")
    found = counting(engine, response, listener, listener, page="null" if engine == "chromium" else PAGE)
    assert tuple(found) == expected
    assert fetch(Server(pre=answer(access_control_allow_methods="")), engine="firefox", **listener).reason


@pytest.mark.parametrize(
    ("engine", "origins"),
    [
        ("standard", [PAGE, PAGE, "null", "null"]),
        ("firefox", [PAGE, PAGE, PAGE, "null"]),
        ("chromium", [PAGE, PAGE, "null", "null"]),
    ],
)
def test_origin_after_a_tainted_redirect(engine: Any, origins: list[str]) -> None:
    server = Server(x=answer(307, location="https://other.example.net/y"))
    outcome = fetch(server, engine=engine, method="PUT")
    assert [header(it, "origin") for it in server.requests] == origins
    assert any("redirect-taint" in step.section for step in outcome.steps)


def test_firefox_restores_headers() -> None:
    server = Server(
        x=answer(302, location="https://other.example.net/y"),
        y=answer(302, location="z"),
        pre=answer(access_control_allow_headers="*"),
    )
    fetch(server, engine="firefox", headers={"Authorization": "Bearer x", "X-One": "1"})
    sent = [header(it, "authorization") for it in server.requests if it.method == "GET"]
    assert sent == ["Bearer x", None, "Bearer x"]
    server = Server(x=answer(303, location="y"))
    assert len(fetch(server, engine="firefox", method="PUT").preflights) == 2


@pytest.mark.parametrize(("engine", "names"), [("standard", ["dpr", None]), ("chromium", ["dpr", "dpr"])])
def test_chromium_drops_hints(engine: Any, names: list[str | None]) -> None:
    server = Server(x=answer(302, location=API + "/y"), pre=answer(access_control_allow_headers="dpr"))
    fetch(server, PAGE + "/x", engine=engine, headers={"DPR": "2"})
    assert (header(server.requests[-1], "dpr") is None) is (engine == "chromium")


def test_chromium_spells_ranges_its_way() -> None:
    server = Server()
    fetch(server, PAGE + "/x", engine="chromium", headers={"Range": "Bytes = 0-9", "Accept": "a"})
    fetch(server, PAGE + "/x", engine="chromium", headers={"Range": "lines=1"})
    assert [header(it, "range") for it in server.requests] == ["bytes=0-9", "lines=1"]


@pytest.mark.parametrize(
    ("location", "mode", "standard", "chromium"),
    [
        (None, "error", "redirect-mode-error", None),
        ("", "error", "redirect-mode-error", None),
        ("http://[", "manual", None, "redirect-location-invalid"),
        ("", "follow", "redirect-count", None),
        ("y", "follow", None, None),
    ],
)
def test_where_chromium_reads_the_location_first(location: Any, mode: Any, standard: Any, chromium: Any) -> None:
    pairs = [(b"access-control-allow-origin", b"*")]
    server = Server(x=Response(302, pairs if location is None else [*pairs, (b"location", location.encode())]))
    assert [fetch(server, redirect=mode, engine=it).reason for it in ("standard", "chromium")] == [standard, chromium]


def test_several_locations_are_none() -> None:
    pairs = [(b"access-control-allow-origin", b"*"), (b"location", b"a"), (b"location", b"b")]
    assert fetch(Server(x=Response(302, pairs))).reason == "redirect-location-invalid"


@pytest.mark.parametrize(
    ("page", "url", "site"),
    [
        (PAGE, PAGE + "/x", "same-origin"),
        (PAGE, "https://api.example.com/x", "same-site"),
        (PAGE, API + "/x", "cross-site"),
        ("null", API + "/x", "cross-site"),
        ("http://example.com", "http://example.com/x", None),
        ("http://localhost:3000", "http://127.0.0.1:3000/x", "cross-site"),
    ],
)
def test_fetch_metadata(page: str, url: str, site: str | None) -> None:
    server = Server()
    fetch(server, url, page)
    assert header(server.requests[0], "sec-fetch-site") == site


def test_chromium_restarts_the_chain() -> None:
    server = Server(x=answer(302, location=PAGE + "/y"))
    for engine in ("standard", "chromium"):
        fetch(server, engine=engine, method="POST")
    assert [header(it, "sec-fetch-site") for it in server.requests if it.url.endswith("y")] == [
        "cross-site",
        "same-origin",
    ]
    server = Server()
    fetch(server, "http://api.example.org/x", "http://a.example.com", "chromium", method="PUT")
    assert [header(it, "sec-fetch-mode") for it in server.requests] == ["cors", None]


@pytest.mark.parametrize(("engine", "origin"), [("standard", "null"), ("firefox", "null"), ("chromium", PAGE)])
def test_origin_of_a_post_from_https_to_loopback(engine: Any, origin: str) -> None:
    server = Server()
    fetch(server, "http://localhost:8000/x", engine=engine, mode="no-cors", method="POST")
    assert header(server.requests[0], "origin") == origin


def test_chromiums_network_stack_follows_no_cors() -> None:
    server = Server(x=answer(307, location=API + "/y"))
    browser = Browser(PAGE, transport=server, engine="chromium")
    browser.cookies.set(API, "a=1; SameSite=None; Secure")
    browser.fetch(PAGE + "/x", mode="no-cors", method="POST")
    assert [(header(it, "origin"), header(it, "cookie")) for it in server.requests] == [(PAGE, None), ("null", "a=1")]


def test_firefox_says_origin_where_storage_access_waits() -> None:
    server = Server()
    browser = Browser("null", transport=server, engine="firefox", top=PAGE)
    for url, credentials in ((PAGE, "include"), (API, "include"), (PAGE, "omit")):
        browser.fetch(url + "/x", mode="no-cors", credentials=credentials)
    assert [header(it, "origin") for it in server.requests] == ["null", None, None]


@pytest.mark.parametrize(
    ("page", "sandboxed", "top", "origin", "secure"),
    [
        ("null", False, None, "null", False),
        ("file:///home/x.html", False, None, "null", False),
        ("data:text/html,x", False, PAGE, "null", True),
        (PAGE + "/page", False, None, PAGE, True),
        (PAGE + "/page", True, None, "null", True),
        ("http://localhost:3000", False, "https://top.example", "http://localhost:3000", True),
    ],
)
def test_pages(page: str, sandboxed: bool, top: str | None, origin: str, secure: bool) -> None:
    browser = Browser(page, transport=Server(), sandboxed=sandboxed, top=top)
    assert (str(browser.page.origin), browser.page.secure) == (origin, secure)


def test_pages_that_are_none() -> None:
    with pytest.raises(ValueError, match="a page is a URL"):
        Browser("app.example.com", transport=Server())
    with pytest.raises(KeyError):
        Browser(PAGE, transport=Server(), engine="netscape")  # type: ignore[arg-type]
    assert fetch(Server(), "/relative", "null").reason == "invalid-url"
    assert fetch(Server(), "/relative").allowed


@pytest.mark.parametrize(
    ("url", "engine", "status", "reason", "site"),
    [
        ("wss://api.example.org/ws", "standard", 101, None, "cross-site"),
        ("wss://app.example.com/ws", "standard", 101, None, "same-origin"),
        ("https://app.example.com/ws", "firefox", 101, None, "same-origin"),
        ("wss://api.example.org/ws", "chromium", 403, "websocket-refused", None),
        ("ws://api.example.org/ws", "standard", 101, "mixed-content", None),
        ("ftp://api.example.org/ws", "standard", 101, "invalid-url", None),
    ],
)
def test_websocket(url: str, engine: Any, status: int, reason: str | None, site: str | None) -> None:
    server = Server(ws=bare(status))
    outcome = Browser(PAGE, transport=server, engine=engine).websocket(url)
    assert outcome.reason == reason
    if reason is None:
        assert header(server.requests[0], "origin") == PAGE
        assert header(server.requests[0], "sec-fetch-site") == site


def test_every_reason_has_a_row() -> None:
    assert set(REASONS) == set(get_args(Reason))
    assert all(names.meaning for names in REASONS.values())
    assert REASONS["preflight-allow-origin-missing"].chromium == "PreflightMissingAllowOriginHeader"


def test_async_and_plain_tuples() -> None:
    async def transport(request: Request) -> Any:
        return 200, [(b"access-control-allow-origin", b"*")], b"hi"

    browser = Browser(PAGE, transport=transport)
    assert asyncio.run(browser.afetch(API)).text == "hi"
    assert asyncio.run(Browser(PAGE, transport=Server()).afetch(API)).text == "hi"
    assert asyncio.run(browser.awebsocket("wss://api.example.org")).reason == "websocket-refused"
    with pytest.raises(TypeError, match="afetch"):
        browser.fetch(API)


def test_an_awaitable_without_close() -> None:
    class Later:
        def __await__(self) -> Any:
            raise AssertionError

    with pytest.raises(TypeError, match="afetch"):
        Browser(PAGE, transport=lambda request: Later()).fetch(API)  # type: ignore[arg-type, return-value]


def test_cors_is_for_http() -> None:
    assert fetch(Server(), "ftp://api.example.org/", "http://app.example.com").reason == "scheme-not-http"
