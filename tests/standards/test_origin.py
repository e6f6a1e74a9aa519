"""Origins: same origin or not, and how browsers write them."""

from __future__ import annotations

import pytest

from crossorigin import Origin, same_origin
from crossorigin.standards.origin import OPAQUE

SAME = [
    # The tutorial's table.
    ("http://localhost:3000", "http://localhost:8000", False),
    ("http://example.com", "http://api.example.com", False),
    ("https://example.com", "http://example.com", False),
    ("http://example.com", "http://example.com/api", True),
    # Default ports, case, root dot.
    ("http://example.com", "http://example.com:80/", True),
    ("https://example.com:443", "https://example.com", True),
    ("http://example.com:443", "https://example.com", False),
    ("HTTP://EXAMPLE.com", "http://example.com", True),
    ("http://example.com.", "http://example.com", False),
    # Other spellings of one host.
    ("https://bücher.example", "https://xn--bcher-kva.example/a?b#c", True),
    ("http://127.1:8000", "http://127.0.0.1:8000", True),
    ("http://localhost:8000", "http://127.0.0.1:8000", False),
    ("http://[::1]:3000", "http://[0:0::1]:3000/", True),
    ("http://[::1]", "http://127.0.0.1", False),
    ("http://user:pass@example.com/", "http://example.com", True),
    # Schemes of applications.
    ("chrome-extension://abcdef/page.html", "chrome-extension://abcdef", True),
    ("chrome-extension://abcdef", "chrome-extension://other", False),
    ("capacitor://localhost", "capacitor://localhost/index.html", True),
    ("tauri://localhost", "http://localhost", False),
    ("blob:https://example.com/5f8a", "https://example.com", True),
    # Opaque origins are the same as nothing.
    ("null", "null", False),
    ("file:///a.html", "file:///a.html", False),
    ("data:text/html,hi", "null", False),
    ("mailto:a@example.com", "mailto:a@example.com", False),
]


@pytest.mark.parametrize(("a", "b", "expected"), SAME)
def test_same_origin(a: str, b: str, expected: bool) -> None:
    assert same_origin(a, b) is expected
    assert same_origin(b, a) is expected
    assert same_origin(Origin.parse(a), b) is expected


@pytest.mark.parametrize(
    "text", ["", "example.com", "http://", "http://ex ample.com", "http://a:99999", "//example.com"]
)
def test_what_is_no_url_has_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Origin.parse(text)


SERIALISED = [
    ("HTTPS://Example.COM:443/x", "https://example.com"),
    ("http://localhost:3000/", "http://localhost:3000"),
    ("http://[0:0:0:0:0:0:0:1]:80", "http://[::1]"),
    ("chrome-extension://ABC/x", "chrome-extension://abc"),
    ("ftp://example.com:21", "ftp://example.com"),
    ("data:,x", "null"),
]


@pytest.mark.parametrize(("text", "expected"), SERIALISED)
def test_an_origin_serialises_as_browsers_do(text: str, expected: str) -> None:
    assert str(Origin.parse(text)) == expected
    assert str(Origin.parse(expected)) == expected


LOOPBACK = [
    ("http://localhost:3000", True),
    ("http://app.localhost", True),
    ("http://localhost.", True),
    ("http://127.9.9.9", True),
    ("http://[::1]:8080", True),
    ("http://localhost.evil.example", False),
    ("http://notlocalhost", False),
    ("http://192.168.0.1", False),
]


@pytest.mark.parametrize(("text", "expected"), LOOPBACK)
def test_loopback(text: str, expected: bool) -> None:
    assert Origin.parse(text).loopback is expected


def test_the_opaque_origin() -> None:
    assert OPAQUE.opaque
    assert str(OPAQUE) == "null"
    assert not Origin.parse("https://example.com").opaque
