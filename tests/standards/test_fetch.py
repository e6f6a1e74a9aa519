"""The Fetch Standard's tables, row by row where a row surprises people."""

from __future__ import annotations

import pytest

from crossorigin.standards import fetch

METHODS = [
    # method, as a browser sends it, whether no page can send it
    ("get", "GET", False),
    ("Put", "PUT", False),
    ("delete", "DELETE", False),
    ("patch", "patch", False),
    ("PATCH", "PATCH", False),
    ("query", "query", False),
    ("connect", "connect", True),
    ("TRACE", "TRACE", True),
    ("Track", "Track", True),
]


@pytest.mark.parametrize(("method", "sent", "forbidden"), METHODS)
def test_methods(method: str, sent: str, forbidden: bool) -> None:
    assert fetch.normalise_method(method) == sent
    assert fetch.is_forbidden_method(method) is forbidden


HEADERS = [
    ("Cookie", True),
    ("HOST", True),
    ("Origin", True),
    ("Sec-Anything", True),
    ("proxy-authorization", True),
    ("Access-Control-Request-Method", True),
    ("Authorization", False),
    ("Content-Type", False),
    ("X-Sec-Y", False),
    ("User-Agent", False),
]


@pytest.mark.parametrize(("name", "forbidden"), HEADERS)
def test_headers_that_no_page_can_set(name: str, forbidden: bool) -> None:
    assert fetch.is_forbidden_request_header(name) is forbidden


TOKENS = [
    ("GET", True),
    ("x-a", True),
    ("!#$%&'*+-.^_`|~09az", True),
    ("", False),
    ("a b", False),
    ("é", False),
    ("a:", False),
]


@pytest.mark.parametrize(("text", "expected"), TOKENS)
def test_tokens(text: str, expected: bool) -> None:
    assert fetch.is_token(text) is expected
