"""What to write for a request that was denied: the causes and lines that explain and the record share."""

from __future__ import annotations

import pytest

from crossorigin import Policy
from crossorigin.policy.denial_remedies import for_credentials, for_headers, for_host, for_method, for_origin
from crossorigin.policy.near_misses import NearMiss, Neighbours, nearest

PAGE = "https://app.example.com"

ORIGINS = [
    ([], False, "origin-not-listed", f'allow_origins=["{PAGE}"]'),
    (["https://app.example.com:8443"], False, "mismatch-port", f'allow_origins=["{PAGE}:8443", "{PAGE}"]'),
    ([], True, "mismatch-regex", f'allow_origins=["{PAGE}"]'),
    (["https://a.example.org"], True, "mismatch-regex", f'allow_origins=["https://a.example.org", "{PAGE}"]'),
    ([f"https://shop-{n}.example" for n in range(30)], False, "origin-not-listed", f'add "{PAGE}" to allow_origins'),
    # `*` in Starlette's list: its patterns, if a Policy takes them; else the page.
    (["https://app.*.com"], False, "mismatch-glob", f'allow_origins=["{PAGE}"]'),
    (["https://*.example.com"], False, "mismatch-glob", 'use Policy(allow_origins=["https://*.example.com"])'),
    (
        ["https://*.example.com", "https://b.example"],
        False,
        "mismatch-glob",
        'use Policy(allow_origins=["https://*.example.com", "https://b.example"])',
    ),
    (
        ["https://*.example.com", *(f"https://shop-{n}.example" for n in range(30))],
        False,
        "mismatch-glob",
        f'add "{PAGE}" to allow_origins',
    ),
    (["https://*.example.com", "null"], False, "mismatch-glob", f'allow_origins=["null", "{PAGE}"]'),
    ([f"{PAGE}/"], False, "mismatch-trailing-slash", f'allow_origins=["{PAGE}"]'),
]


@pytest.mark.parametrize(("listed", "regex", "cause", "line"), ORIGINS)
def test_origins(listed: list[str], regex: bool, cause: str, line: str) -> None:
    found = for_origin(PAGE, listed, regex=regex, patterns=False)
    assert (found.cause, found.line) == (cause, line)


STRICT = Policy(allow_origins=["https://a.example"], allow_credentials=True)
SECURE = "serve the page over https:"
OF_A_POLICY = [
    ("https://b.example", STRICT, 'allow_origins=["https://a.example", "https://b.example"]'),
    ("http://b.example", STRICT, f'{SECURE}, and write allow_origins=["https://a.example", "https://b.example"]'),
    ("http://a.example", STRICT, SECURE),
    ("http://localhost:3000", STRICT, 'allow_origins=["https://a.example", "http://localhost:3000"]'),
    ("wss://b.example", STRICT, ""),
    (
        "http://b.example",
        Policy(allow_origins=["https://a.example"]),
        'allow_origins=["https://a.example", "http://b.example"]',
    ),
    (
        "http://b.example",
        Policy(allow_origins=["https://a.example"], allow_credentials=True, accept_risks=["insecure-origin"]),
        'allow_origins=["https://a.example", "http://b.example"]',
    ),
]


@pytest.mark.parametrize(("page", "policy", "line"), OF_A_POLICY)
def test_no_origin_is_offered_that_the_policy_rejects(page: str, policy: Policy, line: str) -> None:
    assert for_origin(page, policy.allow_origins, regex=False, patterns=True, policy=policy).line == line


CREDENTIALS = [
    ("https://b.example", ["*"], 'allow_origins=["https://b.example"], allow_credentials=True'),
    ("http://b.example", ["*"], f'{SECURE}, and write allow_origins=["https://b.example"], allow_credentials=True'),
    ("https://b.example", ["https://b.example"], "allow_credentials=True"),
    (
        "https://b.example",
        ["http://a.example", "https://b.example"],
        'allow_origins=["https://a.example", "https://b.example"], allow_credentials=True',
    ),
    (
        "https://b.vercel.app",
        ["https://*.vercel.app"],
        'allow_origins=["https://b.vercel.app"], allow_credentials=True',
    ),
    (
        "http://b.example",
        ["http://b.example"],
        f'{SECURE}, and write allow_origins=["https://b.example"], allow_credentials=True',
    ),
]


@pytest.mark.parametrize(("page", "listed", "line"), CREDENTIALS)
def test_credentials_for_a_page(page: str, listed: list[str], line: str) -> None:
    assert for_credentials(page, Policy(allow_origins=listed)) == line


def test_all_of_a_long_list_is_written_if_some_of_it_changes() -> None:
    listed = [f"http://shop-{n}.example" for n in range(30)]
    line = for_credentials(listed[0], Policy(allow_origins=listed))
    fields = eval(f"dict({line.removeprefix(f'{SECURE}, and write ')})")
    assert Policy(**fields).allow_origins == tuple(origin.replace("http:", "https:") for origin in listed)


METHODS = [
    ("patch", ["GET"], False, "method-lower-case", 'fetch(url, {method: "PATCH"})'),
    ("query", ["GET", "QUERY"], False, "method-lower-case", 'fetch(url, {method: "QUERY"})'),
    ("query", ["GET"], True, "method-lower-case", 'fetch(url, {method: "QUERY"})'),
    ("Patch", ["*"], False, "method-lower-case", 'fetch(url, {method: "PATCH"})'),
    ("propfind", [], False, "method-lower-case", 'fetch(url, {method: "PROPFIND"})'),
    ("purge", ["PURGE"], False, "method-lower-case", 'fetch(url, {method: "PURGE"})'),
    ("purge", ["GET"], False, "method-not-listed", 'allow_methods=["GET", "purge"]'),
    ("PUT", ["*"], False, "method-star-with-credentials", 'allow_methods=["PUT"]'),
    ("PUT", ["GET"], True, "method-not-listed", 'serve PUT at /a; allow_methods="routes" then names it'),
    ("PUT", ["GET"], False, "method-not-listed", 'allow_methods=["GET", "PUT"]'),
]


@pytest.mark.parametrize(("method", "listed", "served", "cause", "line"), METHODS)
def test_methods(method: str, listed: list[str], served: bool, cause: str, line: str) -> None:
    found = for_method(method, listed, path="/a", from_routes=served)
    assert (found.cause, found.line) == (cause, line)


HEADERS = [
    (["x-a", "etag"], ["X-B"], "header-not-listed", 'allow_headers=["X-B", "X-A", "ETag"]'),
    (["x-a"], ["*"], "header-star-with-credentials", 'allow_headers=["X-A"]'),
    (["access-control-allow-origin"], [], "header-of-responses", "leave access-control-allow-origin out of the call"),
    (["accept"], [], "header-not-listed", 'allow_headers=["Accept"]'),
]


@pytest.mark.parametrize(("asked", "listed", "cause", "line"), HEADERS)
def test_headers(asked: list[str], listed: list[str], cause: str, line: str) -> None:
    found = for_headers(asked, listed)
    assert (found.cause, found.line) == (cause, line)


def test_hosts() -> None:
    assert for_host("[::1]:80").line == 'call it by its name; or trusted_hosts=["::1"], if it goes by that one'
    assert for_host('a"]').line == "call it by its name"


LISTED = [
    "*",
    "https://app.example.com",
    "https://*.shop.example.org",
    "http://localhost:3000",
    "http://127.0.0.1:5173",
    "https://deep.down.example.net",
    "capacitor://localhost",
    *(f"https://customer-{n}.example.io" for n in range(100)),
]
ASKING = [
    "http://app.example.com",
    "https://app.example.com:8443",
    "https://www.example.com",
    "https://example.com",
    "https://a.app.example.com",
    "https://shop.example.org",
    "http://a.shop.example.org",
    "http://localhost:4000",
    "http://[::1]:3000",
    "https://down.example.net",
    "https://other.example.io",
    "https://evil.com",
    "https://evil.example",
    "null",
    "x",
]


@pytest.mark.parametrize("origin", ASKING)
def test_neighbours_are_found_as_if_each_was_compared(origin: str) -> None:
    expected = nearest(origin, LISTED, patterns=True) if "://" in origin else None
    assert Neighbours(LISTED).of(origin) == expected


@pytest.mark.parametrize(
    ("listed", "page", "cause"),
    [
        ("https://app.com", "https://evil.com", None),  # anybody can have a name below com
        ("https://app.co.uk", "https://evil.co.uk", None),
        ("https://mine.github.io", "https://other.github.io", None),
        ("https://app.example.com", "https://evil.example.com", "mismatch-subdomain"),
    ],
)
def test_a_neighbour_below_a_public_suffix_is_a_stranger(listed: str, page: str, cause: str | None) -> None:
    expected = None if cause is None else NearMiss(cause, listed)
    assert nearest(page, [listed]) == expected
    assert Neighbours([listed]).of(page) == expected
