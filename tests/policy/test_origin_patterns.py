"""Patterns of origins: what operators may write, what is suggested in its place, and which origins they take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossorigin import OriginPattern, OriginSet
from crossorigin.policy.origin_patterns import InvalidOrigin, sample
from crossorigin.standards.origin import MAX_ORIGIN_BYTES, split_serialised

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
    ("*/", "origin-scheme", ""),
    ("*:*", "origin-scheme", ""),
    ("*:8000#x", "origin-scheme", ""),
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
    # What stands before `://` is no scheme, or is not all that there is of one.
    ("https:/ttps://app.example.com", "origin-invalid", ""),
    ("https:/ttps://app.exa*mple.com", "origin-invalid", ""),
    ("https:/ttps://app.exa*mple.com/path", "origin-invalid", ""),
    ("https:/*://example.com", "origin-invalid", ""),
    ("a*b:/c://x*.example.com", "origin-invalid", ""),
    ("1http://example.com", "origin-invalid", ""),
    ("(https)://example.com", "origin-invalid", ""),
    ("[::1]://example.com", "origin-invalid", ""),
    ("localhost:3000://example.com", "origin-invalid", ""),
    ("*.example.com:1://x*.example.com", "origin-invalid", ""),
    ("/https://example.com", "origin-invalid", "https://example.com"),
    ("http:https://example.com", "origin-invalid", "https://example.com"),
    ("http:https://app-*.example.com", "origin-invalid", "https://app-*.example.com"),
    ("blob:https://example.com", "origin-invalid", "https://example.com"),
    ("view-source:http://localhost:3000", "origin-invalid", "http://localhost:3000"),
    ("http://https://example.com", "origin-invalid", "https://example.com"),
    ("https://HTTP://*.example.com:8000", "origin-invalid", "http://*.example.com:8000"),
    ("https://https://http://example.com", "origin-invalid", "http://example.com"),
    ("https://https:/example.com", "origin-invalid", ""),
    ("https://https://example.com/path", "origin-invalid", ""),
    ("https;//example.com", "origin-invalid", "https://example.com"),
    ("https//*.example.com", "origin-invalid", "https://*.example.com"),
    ("https:example.com:8000", "origin-invalid", "https://example.com:8000"),
    ("HTTP:/localhost:3000/path", "origin-invalid", "http://localhost:3000"),
    ("http:\\\\127.0.0.1", "origin-invalid", "http://127.0.0.1"),
    ("https, example", "origin-invalid", "https://example"),
    ("http:8000", "origin-scheme", ""),
    ("https", "origin-scheme", ""),
    ("HTTPS:/", "origin-scheme", ""),
    ("http://", "origin-invalid", ""),
    ("https:", "origin-scheme", ""),
    ("https.example.com", "origin-scheme", "https://https.example.com"),
    ("htt p://example.com", "origin-invalid", ()),
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
    if isinstance(remedy, str) and remedy:
        assert str(OriginPattern.parse(remedy)) == remedy


STARS = "`*` stands for labels at the start (`*.`), for a part of one label, or for any port at the end (`:*`)"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("example.com", "an origin starts with its scheme"),
        ("http://*:3000", STARS),
        ("*://example.com", STARS),
        ("https://bücher-*.example.com", "`*` cannot be part of a label that is not ASCII: 'bücher-*.example.com'"),
        ("https://app-*.example.com/x", "an origin ends after the host and port; it has no path"),
        ("https://app-*.example.com:99999", "a browser cannot parse 'https://app-*.example.com:99999' as a URL"),
        ("https://app-*.example.com:1:*", "a port is written once"),
        ("file:///x", "a page of the scheme 'file' sends the origin `null`"),
        ("http://*.127.0.0.1", "an IP address has no subdomains"),
        ("foo:///x", "'foo://' names no host"),
        ("https:/ttps://example.com", "'https:/ttps' is no scheme"),
        ("http://https://example.com", "the scheme is written twice"),
        ("https;//example.com", "a scheme is followed by `://`"),
    ],
)
def test_what_an_error_says(written: str, message: str) -> None:
    with pytest.raises(InvalidOrigin) as caught:
        OriginPattern.parse(written)
    assert str(caught.value) == message


NO_PATH = "an origin ends after the host and port; it has no path"
NO_QUERY = "an origin has no query and no fragment"
NO_USER = "an origin has no user name and no password"
SEVERAL = "these are several origins in one text; each is an element of its own"
NULL = "`null` is what every sandboxed frame, file and data: page sends; it identifies nobody"
NO_SCHEME = "an origin starts with its scheme"
WHOLE = [
    ("", "origin-invalid", "an empty text is no origin", ""),
    ("https://a.example, https://b.example", "origin-invalid", SEVERAL, ("https://a.example", "https://b.example")),
    ("https://a.example;https://b.example/ ", "origin-invalid", SEVERAL, ("https://a.example", "https://b.example")),
    ("https://a.examplehttps://b.example", "origin-invalid", SEVERAL, ("https://a.example", "https://b.example")),
    ("https://a.example/HTTP://b.example:1/", "origin-invalid", SEVERAL, ("https://a.example", "http://b.example:1")),
    ("http://a:1http://b:2https://*.c.d", "origin-invalid", SEVERAL, ("http://a:1", "http://b:2", "https://*.c.d")),
    ("https://a.example/bhttps://c.example", "origin-path", NO_PATH, "https://a.example"),
    ("https://a.example, https://B.EX,", "origin-invalid", SEVERAL, ("https://a.example", "https://b.ex")),
    ("https://{a,b}.example", "origin-invalid", SEVERAL, ("https://a.example", "https://b.example")),
    ("https://a.example:[1,2]", "origin-invalid", SEVERAL, ("https://a.example:1", "https://a.example:2")),
    ("null", "lists-null", NULL, ""),
    ("NULL", "lists-null", NULL, ""),
    ("file:///c", "lists-null", "a page of the scheme 'file' sends the origin `null`", ""),
    ("DATA://a.example", "lists-null", "a page of the scheme 'data' sends the origin `null`", ""),
    ("blob://a", "lists-null", "a page of the scheme 'blob' sends the origin `null`", ""),
    ("about://blank", "lists-null", "a page of the scheme 'about' sends the origin `null`", ""),
    ("javascript://a", "lists-null", "a page of the scheme 'javascript' sends the origin `null`", ""),
    ("Data://a", "lists-null", "a page of the scheme 'data' sends the origin `null`", ""),
    ("https://a.example/b/c", "origin-path", NO_PATH, "https://a.example"),
    ("https://a.example/b?c#d", "origin-query", NO_QUERY, "https://a.example"),
    ("https://a.example:*/b/c", "origin-path", NO_PATH, "https://a.example:*"),
    ("https://*.a.example/b", "origin-path", NO_PATH, "https://*.a.example"),
    ("https://*a.example/b", "origin-path", NO_PATH, "https://*a.example"),
    ("https://a*.b.example/c", "origin-path", NO_PATH, "https://a*.b.example"),
    ("https://a*.b.example\\c", "origin-path", NO_PATH, "https://a*.b.example"),
    ("https://a*.b.example:*/c", "origin-path", NO_PATH, "https://a*.b.example:*"),
    ("https://a_*.b.example:1/c?d", "origin-query", NO_QUERY, "https://a_*.b.example:1"),
    ("https://u@a.example", "origin-userinfo", NO_USER, "https://a.example"),
    ("https://u:p@a.example", "origin-userinfo", NO_USER, "https://a.example"),
    ("https://:p@a.example", "origin-userinfo", NO_USER, "https://a.example"),
    ("foo://u\\@a.example", "origin-userinfo", NO_USER, "foo://a.example"),
    ("https://u@*.a.example:*", "origin-glob", STARS, "https://*.a.example:*"),
    ("https://a.example?", "origin-query", NO_QUERY, "https://a.example"),
    ("https://a.example#", "origin-query", NO_QUERY, "https://a.example"),
    ("https://a.example?b", "origin-query", NO_QUERY, "https://a.example"),
    ("https://a.example#b", "origin-query", NO_QUERY, "https://a.example"),
    ("https://a.example:*?b", "origin-query", NO_QUERY, "https://a.example:*"),
    ("a.example", "origin-scheme", NO_SCHEME, "https://a.example"),
    ("a.example/b/c", "origin-scheme", NO_SCHEME, "https://a.example"),
    ("*.a.example", "origin-scheme", NO_SCHEME, "https://*.a.example"),
    ("localhost", "origin-scheme", NO_SCHEME, "http://localhost"),
    ("localhost:3000", "origin-scheme", NO_SCHEME, "http://localhost:3000"),
    ("*.localhost:3000", "origin-scheme", NO_SCHEME, "http://*.localhost:3000"),
    ("//a.example", "origin-scheme", NO_SCHEME, "https://a.example"),
    ("/", "origin-scheme", NO_SCHEME, ""),
    ("?", "origin-scheme", NO_SCHEME, ""),
    ("#", "origin-scheme", NO_SCHEME, ""),
    ("://", "origin-scheme", NO_SCHEME, ""),
    (":8000", "origin-scheme", NO_SCHEME, ""),
    ("[::1]", "origin-scheme", NO_SCHEME, "http://[::1]"),
    ("127.0.0.1/b", "origin-scheme", NO_SCHEME, "http://127.0.0.1"),
    ("https", "origin-scheme", NO_SCHEME, ""),
    ("*.https", "origin-scheme", NO_SCHEME, ""),
    ("https://*.10.0.0.1", "origin-glob", "an IP address has no subdomains", "https://10.0.0.1"),
    ("https://a.example:1:*", "origin-invalid", "a port is written once", ""),
    ("https://", "origin-invalid", "a browser cannot parse 'https://' as a URL", ""),
    ("https://a b", "origin-invalid", "a browser cannot parse 'https://a b' as a URL", ""),
    ("https://a.example:99999", "origin-invalid", "a browser cannot parse 'https://a.example:99999' as a URL", ""),
    (
        "https://*a.b:99999/://xa.b:99999",
        "origin-invalid",
        "a browser cannot parse 'https://*a.b:99999/://xa.b:99999' as a URL",
        "",
    ),
    ("foo://*a\\b.c", "origin-invalid", r"a browser cannot parse 'foo://*a\\b.c' as a URL", ""),
    ("https://*.a.*.example", "origin-glob", STARS, ""),
    ("moz-extension://*\\a", "origin-glob", STARS, ""),
    ("ht*ps://a.example", "origin-glob", STARS, "https://a.example"),
    ("*://a.example", "origin-glob", STARS, "https://a.example"),
    ("*://a.example\\b", "origin-glob", STARS, "https://a.example"),
    ("https://**.a.example", "origin-glob", STARS, "https://*.a.example"),
    ("https://a.example:8*", "origin-glob", STARS, "https://a.example:*"),
    ("https://x*é.example", "origin-glob", "`*` cannot be part of a label that is not ASCII: 'x*é.example'", ""),
    ("https://0*.0.0.1", "origin-glob", "`*` cannot be part of a label that is not ASCII: '0*.0.0.1'", ""),
    ("chrome-extension://a/b", "origin-path", NO_PATH, "chrome-extension://a"),
]


@pytest.mark.parametrize(("written", "code", "message", "nearest"), WHOLE)
def test_what_an_error_says_whole(written: str, code: str, message: str, nearest: str | tuple[str, ...]) -> None:
    with pytest.raises(InvalidOrigin) as refused:
        OriginPattern.parse(written)
    assert (refused.value.code, str(refused.value), refused.value.suggestion) == (code, message, nearest)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (f"{'x' * 64}://a", ""),
        (f"{'x' * 65}://a", "the scheme of an origin has at most 64 bytes"),
        (f"https://{'a.' * 127}", ""),
        (f"https://{'a.' * 126}b.c", "the host of an origin has at most 254 bytes"),
        (f"http://{'a.' * 127}:65535", ""),
        (f"http://*.{'a.' * 126}b.c:*", "the host of an origin has at most 254 bytes"),
    ],
)
def test_the_longest_origins(written: str, message: str) -> None:
    if not message:
        assert len(str(OriginPattern.parse(written))) <= MAX_ORIGIN_BYTES
        return
    with pytest.raises(InvalidOrigin) as refused:
        OriginPattern.parse(written)
    assert (refused.value.code, str(refused.value)) == ("origin-too-long", message)


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("https://app-*.example.com:*/x", "https://app-*.example.com:*"),
        ("https://app-*.example.com:8443?x", "https://app-*.example.com:8443"),
        ("localhost/x/y:3", "http://localhost"),
        ("*.localhost:3000", "http://*.localhost:3000"),
        ("[::1]:3000", "http://[::1]:3000"),
        ("example.com#top/x", "https://example.com"),
        ("http://a.example:30*", "http://a.example:*"),
        ("https://a.example:[8080,8081]", ("https://a.example:8080", "https://a.example:8081")),
        ("{a,b}.example.com", ()),
        ("https://{a,b}.{c,d}.example", tuple(f"https://{one}.{other}.example" for one in "ab" for other in "cd")),
        ("https://{a,b c}.{d,e}.example", ()),
        ("https://{a, b}.example", ("https://a.example", "https://b.example")),
        ("(http|https)://a.example", ("http://a.example", "https://a.example")),
        (
            "https://{" + ",".join("abcdefghijklmnopqrst") + "}.example",
            tuple(f"https://{it}.example" for it in "abcdefghijklmnopqrst"),
        ),
        ("https://{" + ",".join("abcdefghijklmnopqrstu") + "}.example", ()),
    ],
)
def test_the_nearest_that_is_accepted(written: str, nearest: str | tuple[str, ...]) -> None:
    with pytest.raises(InvalidOrigin) as caught:
        OriginPattern.parse(written)
    assert caught.value.suggestion == nearest


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://a.example", "https://a.example"),
        ("https://a.example:8443", "https://a.example:8443"),
        ("https://*.example.com", "https://app.example.com"),
        ("https://pr-*.example.com", "https://pr-app.example.com"),
        ("http://localhost:*", "http://localhost:3000"),
        ("moz-extension://*", "moz-extension://app"),
    ],
)
def test_a_sample_of_a_pattern(written: str, origin: str) -> None:
    assert sample(OriginPattern.parse(written)) == origin


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
