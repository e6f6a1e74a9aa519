"""Origins: same origin or not, what operators may write, and what a request's Origin matches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossorigin import Origin, OriginPattern, OriginSet, same_origin
from crossorigin.policy.origin_patterns import InvalidOrigin
from crossorigin.standards.origin import MAX_ORIGIN_BYTES, OPAQUE, split_serialised

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


NORMALISED = [
    ("https://example.com", "https://example.com"),
    (" HTTPS://Example.com:443/ ", "https://example.com"),
    ("https://*.Example.com/", "https://*.example.com"),
    ("http://localhost:*", "http://localhost:*"),
    ("http://localhost:*/", "http://localhost:*"),
    ("https://*.bücher.example:*", "https://*.xn--bcher-kva.example:*"),
    ("http://[::1]:*", "http://[::1]:*"),
    ("https://*.example.com:8443", "https://*.example.com:8443"),
    ("capacitor://localhost", "capacitor://localhost"),
    ("chrome-extension://abcdefgh", "chrome-extension://abcdefgh"),
    ("https://example.com.", "https://example.com."),
]


@pytest.mark.parametrize(("written", "sent"), NORMALISED)
def test_what_is_unambiguous_is_normalised(written: str, sent: str) -> None:
    assert str(OriginPattern.parse(written)) == sent
    assert str(OriginPattern.parse(sent)) == sent


REFUSED = [
    # written, code, the nearest origin that a browser could send
    ("", "origin-invalid", ""),
    ("null", "lists-null", ""),
    ("file:///home/me/index.html", "lists-null", ""),
    ("example.com", "origin-scheme", "https://example.com"),
    ("//example.com/", "origin-scheme", "https://example.com"),
    ("localhost:3000", "origin-scheme", "http://localhost:3000"),
    ("127.0.0.1:8000/x", "origin-scheme", "http://127.0.0.1:8000"),
    ("*.example.com", "origin-scheme", "https://*.example.com"),
    ("exa mple", "origin-scheme", ""),
    ("/", "origin-scheme", ""),
    ("://example.com", "origin-scheme", ""),
    ("https://example.com/app", "origin-path", "https://example.com"),
    ("https://*.example.com/app/", "origin-path", "https://*.example.com"),
    ("https://example.com?x=1", "origin-query", "https://example.com"),
    ("https://example.com/?", "origin-query", "https://example.com"),
    ("https://example.com#top", "origin-query", "https://example.com"),
    ("https://me:secret@example.com", "origin-userinfo", "https://example.com"),
    ("https://@example.com", "origin-userinfo", "https://example.com"),
    ("http://*:3000", "origin-glob", ""),
    ("https://api.*.example.com", "origin-glob", ""),
    ("https://a*b*.example.com", "origin-glob", ""),
    ("https://app-*", "origin-glob", ""),
    ("https://app.ex*", "origin-glob", ""),
    ("http://127.0.0.*", "origin-glob", ""),
    ("https://[2001:db8::*]", "origin-glob", ""),
    ("https://*.app-*.example.com", "origin-glob", ""),
    ("https://user@app-*.example.com", "origin-glob", "https://app-*.example.com"),
    ("https://app-*.example.com/path", "origin-path", "https://app-*.example.com"),
    ("https://bücher-*.example.com", "origin-glob", ""),
    ("https://example.*", "origin-glob", ""),
    ("*://example.com", "origin-glob", "https://example.com"),
    ("*://*.example.com", "origin-glob", "https://*.example.com"),
    ("*://*", "origin-glob", "https://*"),
    ("http://localhost:30*", "origin-glob", "http://localhost:*"),
    ("https://**.example.com", "origin-glob", "https://*.example.com"),
    ("http://*.127.0.0.1", "origin-glob", "http://127.0.0.1"),
    ("https://exa mple.com", "origin-invalid", ""),
    ("https://", "origin-invalid", ""),
    ("foo:///x", "origin-invalid", ""),
    ("https://example.com:8000:*", "origin-invalid", ""),
    ("https://example.com:99999", "origin-invalid", ""),
    ("x" * 80 + "://example.com", "origin-too-long", ""),
]


@pytest.mark.parametrize(("written", "code", "remedy"), REFUSED)
def test_what_no_browser_sends_is_refused(written: str, code: str, remedy: str) -> None:
    with pytest.raises(InvalidOrigin) as caught:
        OriginPattern.parse(written)
    assert (caught.value.code, caught.value.suggestion) == (code, remedy)


LISTED = [
    "https://example.com",
    "https://*.example.org",
    "http://localhost:*",
    "https://*.example.net:*",
    "https://*.example.net:8443",
    "https://*.shop.example:8443",
    "http://[::1]:*",
]
MATCHES = [
    ("https://example.com", True),
    ("https://example.com:443", False),
    ("https://example.com:8443", False),
    ("http://example.com", False),
    ("https://www.example.com", False),
    ("https://example.com.", False),
    ("https://EXAMPLE.com", False),
    ("https://example.com/", False),
    ("https://a.example.org", True),
    ("https://a.b.c.example.org", True),
    ("https://a_b.example.org", True),
    ("https://xn--bcher-kva.example.org", True),
    ("https://example.org", False),
    ("https://.example.org", False),
    ("https://a..example.org", False),
    ("https://evilexample.org", False),
    ("https://a.example.org.evil.example", False),
    ("https://a.example.org:8443", False),
    ("http://a.example.org", False),
    ("https://a.example.org@evil.example", False),
    ("https://evil.example/.example.org", False),
    ("https://A.example.org", False),
    ("https://a`.example.org", False),
    ("https://" + "a" * 64 + ".example.org", False),
    ("http://localhost", True),
    ("http://localhost:3000", True),
    ("http://localhost:80", False),
    ("http://localhost:0", False),
    ("http://localhost:03000", False),
    ("http://localhost:65536", False),
    ("http://localhost:65535", True),
    ("https://localhost:3000", False),
    ("http://a.localhost:3000", False),
    ("http://localhost:", False),
    ("https://a.example.net", True),
    ("https://a.example.net:1234", True),
    ("https://a.shop.example:8443", True),
    ("https://a.shop.example", False),
    ("https://a.shop.example:8444", False),
    ("http://[::1]:5173", True),
    ("http://[::2]:5173", False),
    ("null", False),
    ("", False),
    ("https://a.example.org\n", False),
    ("\u00e9https://example.com", False),
]


@pytest.mark.parametrize(("origin", "expected"), MATCHES)
def test_an_origin_set(origin: str, expected: bool) -> None:
    origins = OriginSet(map(OriginPattern.parse, LISTED))
    assert (origin.encode() in origins) is expected


def test_an_overlong_origin_is_never_read() -> None:
    origins = OriginSet([OriginPattern.parse("https://*.example.org")])
    head = "https://" + "a." * 200
    assert len(head) > MAX_ORIGIN_BYTES
    assert (head + "example.org").encode() not in origins
    assert split_serialised((head + "example.org").encode()) is None


def test_parts_of_an_origin_are_bounded_each() -> None:
    assert split_serialised(b"a" * 65 + b"://example.org") is None
    assert split_serialised(b"https://" + b"a." * 127 + b"b") is None
    assert split_serialised(b"https://" + b"a." * 126 + b"b") is not None


def test_an_empty_set_is_false() -> None:
    assert not OriginSet()
    assert OriginSet([OriginPattern.parse("https://example.com")])
    assert OriginSet([OriginPattern.parse("http://localhost:*")])


LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


@given(labels=st.lists(LABEL, min_size=1, max_size=5), glued=LABEL)
def test_only_whole_labels_match(labels: list[str], glued: str) -> None:
    origins = OriginSet([OriginPattern.parse("https://*.example.org")])
    below = ".".join(labels)
    assert f"https://{below}.example.org".encode() in origins
    assert f"https://{below}{glued}example.org".encode() not in origins
    assert f"https://{below}.example.org.{glued}".encode() not in origins


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(origin: bytes) -> None:
    origins = OriginSet(map(OriginPattern.parse, LISTED))
    if origin in origins:
        assert split_serialised(origin) is not None
