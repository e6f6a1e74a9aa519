"""The cookie jar: what a Set-Cookie stores, when it is sent, and the words where it is not."""

from __future__ import annotations

from typing import Any

import pytest

from crossorigin.browser import Browser, Request, Response

APP = "https://app.example.com"
API = "https://api.example.com"
OTHER = "https://api.example.org"


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def sent(
    url: str, *cookies: tuple[str, str], page: str = APP, engine: Any = "standard", wait: int = 0, **options: Any
) -> Any:
    """The Cookie header of one credentialed fetch after these visits, and the outcome."""
    seen: list[Request] = []

    def transport(request: Request) -> Response:
        seen.append(request)
        return Response(200, [(b"access-control-allow-origin", b"*")])

    clock = Clock()
    browser = Browser(page, transport=transport, engine=engine, clock=clock)
    refused = [browser.cookies.set(place, line) for place, line in cookies]
    clock.now += wait
    outcome = browser.fetch(url, **{"credentials": "include", **options})
    found = [value.decode() for name, value in seen[0].headers if name == b"Cookie"]
    return (found[0] if found else None), " ".join(step.text for step in outcome.steps), refused


@pytest.mark.parametrize(
    ("line", "url", "expected"),
    [
        ("a=1", API + "/x", "a=1"),
        ("a=1; Max-Age=10", API, None),
        ("a=1; Max-Age=100", API, "a=1"),
        ("a=1; Max-Age=0", API, None),
        ("a=1; Max-Age=x", API, "a=1"),
        ("a=1; Expires=Wed, 21 Oct 2099 07:28:00 GMT", API, "a=1"),
        ("a=1; Expires=Wed, 21-Oct-15 07:28:00 GMT", API, None),
        ("a=1; Expires=21 Oct 94 07:28:00", API, None),
        ("a=1; Expires=31 Feb 2099 07:28:00", API, "a=1"),
        ("a=1; Expires=nonsense", API, "a=1"),
        ("a=1; Max-Age=100; Expires=Wed, 21 Oct 2015 07:28:00 GMT", API, "a=1"),
        ("a=1; Path=/x", API + "/x/y", "a=1"),
        ("a=1; Path=/x/", API + "/x/y", "a=1"),
        ("a=1; Path=/x", API + "/xy", None),
        ("a=1; Path=relative", API, "a=1"),
        ("a=1; Domain=example.com", API, "a=1"),
        ("a=1; Domain=.Example.com", APP, "a=1"),
        ("a=1", APP, None),
        ("a=1; SameSite=Strict", API, "a=1"),
        ("a=1; SameSite=nonsense; Unknown", API, "a=1"),
        (f"a=1; Path=/{'x' * 2000}", API, "a=1"),
        ("=1", API, "1"),
        ("1", API, "1"),
    ],
)
def test_what_is_sent(line: str, url: str, expected: str | None) -> None:
    assert sent(url, (API + "/", line), wait=60)[0] == expected


@pytest.mark.parametrize(
    ("place", "line", "why"),
    [
        (API, "", "neither name nor value"),
        (API, "a=\x01", "control character"),
        (API, "a=" + "x" * 5000, "exceed"),
        (API, "a=1; Domain=com", "public suffix"),
        (API, "a=1; Domain=other.example.com", "does not hold"),
        ("http://127.0.0.1", "a=1; Domain=0.1", "public suffix"),
        ("http://api.example.com", "a=1; Secure", "did not come over https"),
        (API, "a=1; SameSite=None", "needs Secure"),
        (API, "__Secure-a=1", "needs Secure"),
        (API, "__Host-a=1; Secure; Path=/x", "needs Secure, Path=/"),
        (API, "__Host-a=1; Secure; Path=/", ""),
        ("http://localhost", "a=1; Secure; Domain=localhost", ""),
    ],
)
def test_what_is_refused(place: str, line: str, why: str) -> None:
    refused = sent(API, (place, line))[2][0]
    assert why in refused
    assert bool(why) is bool(refused)


def test_a_secure_cookie_is_left_alone() -> None:
    cookie, _, refused = sent(API, (API, "a=1; Secure"), ("http://api.example.com", "a=2"))
    assert (cookie, "not overwritten" in refused[1]) == ("a=1", True)


def test_a_cookie_keeps_its_place_and_long_paths_go_first() -> None:
    visits = [(API, "a=1"), (API, "b=1"), (API, "a=2"), (API, "c=1; Path=/x")]
    assert sent(API + "/x", *visits)[0] == "c=1; a=2; b=1"


@pytest.mark.parametrize(
    ("line", "engine", "page", "words"),
    [
        ("a=1; SameSite=Lax", "standard", APP, "it is SameSite=Lax, and the page's site https://example.com"),
        ("a=1", "chromium", APP, "it is without SameSite, so Lax"),
        ("a=1; Secure; SameSite=None", "firefox", APP, "keeps third-party cookies apart"),
        ("a=1; Secure; SameSite=None", "webkit", APP, "sends no third-party cookies"),
        ("a=1; Secure; SameSite=None; Path=/deep", "standard", APP, "Path /deep does not hold /"),
        ("a=1; SameSite=Lax", "standard", "null", "the page's site null"),
    ],
)
def test_why_a_cookie_stays_behind(line: str, engine: Any, page: str, words: str) -> None:
    cookie, text, _ = sent(OTHER, (OTHER, line), engine=engine, page=page)
    assert cookie is None
    assert words in text


def test_a_secure_cookie_waits_for_https() -> None:
    text = sent("http://api.example.com", (API, "a=1; Secure"), page="http://example.com", engine="firefox")[1]
    assert "Secure and the request is not https" in text


@pytest.mark.parametrize(("mode", "words"), [("omit", "mode omit"), ("same-origin", "mode same-origin")])
def test_credentials_that_are_not_included(mode: Any, words: str) -> None:
    cookie, text, _ = sent(API, (API, "a=1"), credentials=mode)
    assert cookie is None
    assert words in text


def jar_after(set_cookie: str, engine: Any, url: str = OTHER, **answers: Response) -> tuple[list[str], str]:
    def transport(request: Request) -> Response:
        name = request.url.rpartition("/")[2]
        return answers.get(name, Response(200, [(b"set-cookie", set_cookie.encode())]))

    browser = Browser(APP, transport=transport, engine=engine)
    outcome = browser.fetch(url + "/x", credentials="include", mode="no-cors")
    return [it.name for it in browser.cookies], " ".join(step.text for step in outcome.steps)


@pytest.mark.parametrize(
    ("line", "engine", "stored", "words"),
    [
        ("a=1; Secure; SameSite=None", "standard", True, ""),
        ("a=1", "standard", False, "the cookie a is not stored: SameSite, and the page is of another site"),
        ("a=1", "firefox", True, ""),
        ("a=1; Secure; SameSite=None", "webkit", False, "stores no third-party cookies"),
    ],
)
def test_what_a_response_stores(line: str, engine: Any, stored: bool, words: str) -> None:
    names, text = jar_after(line, engine)
    assert bool(names) is stored
    assert words in text


@pytest.mark.parametrize(("engine", "kept"), [("standard", False), ("firefox", False), ("chromium", True)])
def test_a_redirect_from_another_site(engine: Any, kept: bool) -> None:
    hops = {"x": Response(302, [(b"location", f"{API}/y".encode())])}
    names, text = jar_after("a=1; SameSite=Lax", engine, **hops)
    assert bool(names) is kept
    assert ("a redirect from another site led here" in text) is not kept
    seen: list[bytes] = []

    def transport(request: Request) -> Response:
        seen.extend(value for name, value in request.headers if name == b"Cookie")
        return hops["x"] if request.url.endswith("x") else Response(200, [])

    browser = Browser(APP, transport=transport, engine=engine)
    browser.cookies.set(API, "b=1; SameSite=Strict")
    browser.fetch(OTHER + "/x", credentials="include", mode="no-cors")
    assert bool(seen) is kept


@pytest.mark.parametrize("engine", ["standard", "firefox", "chromium"])
def test_redirects_within_one_site(engine: Any) -> None:
    hops = {"x": Response(302, [(b"location", b"/y")]), "y": Response(307, [(b"location", APP.encode() + b"/z")])}
    names, text = jar_after("a=1; SameSite=Strict", engine, url=API, **hops)
    assert names == ["a"]
    assert "another site" not in text


@pytest.mark.parametrize(
    ("cookie", "page", "engine", "code"),
    [
        ("a=1; Path=/site", "http://api.test/site", "standard", "cookie-withheld-path"),
        ("a=1; SameSite=Strict", "http://shop.example/", "standard", "cookie-withheld-same-site"),
        ("a=1; SameSite=None; Secure", "http://shop.example/", "webkit", "cookie-withheld-third-party"),
        ("a=1; SameSite=None; Secure", "http://shop.example/", "firefox", "cookie-withheld-partition"),
    ],
)
def test_the_step_of_a_withheld_cookie_has_a_code(cookie: str, page: str, engine: Any, code: str) -> None:
    """The code, whatever the words are: a path may hold the word `site`."""
    browser = Browser(page, transport=lambda request: (200, [], b""), engine=engine)  # type: ignore[arg-type,return-value]
    browser.cookies.set("https://api.test/", cookie)
    outcome = browser.fetch("https://api.test/items", credentials="include", mode="no-cors")
    assert [step.code for step in outcome.steps if step.code.startswith("cookie")] == [code]
