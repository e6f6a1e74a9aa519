"""The grammar by which regular expressions are judged: which texts are origins that a browser sends."""

from __future__ import annotations

import pytest

from crossorigin.policy.origin_grammar import Reading, start, step


def read(text: str, *, counting: bool = True) -> Reading | None:
    """What has been read of a text; None once no origin goes on like that."""
    at: Reading | None = start()
    for character in text:
        if at is None:
            return None
        at = step(at, character, counting)
    return at


def ends(text: str, *, counting: bool = True) -> bool:
    at = read(text, counting=counting)
    return at is not None and at.ends


ORIGINS = """
https://a.example http://a.example https://a https://a.example. https://a_b.example https://-a.example https://a-
https://1a.example https://a1 https://1.2.3.a https://255.a https://1.2.3.4.a https://0xg
http://1.2.3.4 http://0.0.0.0 http://255.255.255.255 http://199.249.10.99 https://127.0.0.1:8443 http://10.20.30.40
http://[::1] http://[::1]:8080 https://[a:b] https://[::ffff:7f00:1]
http://a:443 https://a:80 http://a:8 https://a:4 https://a:44 https://a:4430 http://a:800 http://a:1 http://a:65535
http://a:65529 http://a:64999 http://a:60000 http://a:9999 http://a:6553
chrome-extension://abc moz-extension://0a capacitor://localhost tauri://localhost a+b://x x.y://a a1://b h://a httpx://a
chrome-extension://1.2 chrome-extension://0x1 chrome-extension://256 files://a datum://a
"""
NO_ORIGINS = """
null * a https https: https:/ https:// https:/a https//a ://a 1a://b +a://b -a://b .a://b Https://a https://A
https://a..b https://.a https://a/ https://a?b https://a#b https://a@b https://* https://a%41 https://[a]b
http://1 http://1.2 http://1.2.3 http://1.2.3.256 http://1.2.3.4.5 http://1.2.3.4. http://01.2.3.4 http://256.2.3.4
http://a.1 http://a.256 http://a.0x http://a.0x1f http://1.2.3.0x4 http://0x7f.1 http://1.2.3.04 http://300 http://25.6
http://1.2.3.260 http://1.2.3.299 http://1.2.3.1000
https://a: https://a:0 https://a:01 https://a:443 http://a:80 http://a:65536 http://a:70000 http://a:66000
http://a:65540 http://a:65600 http://a:100000 http://a:655350 https://a:x https://a:1:2
https://[] https://[: https://[::1 https://[a https://[a] https://[::g] https://[::1]a https://[::1]. https://[::1]:
https://[::1]:443 https://a[::1] https://a.[::1]
ws://a hX://a wss://a file://a data://a blob://a about://a ftp://a javascript://a
"""


@pytest.mark.parametrize("text", ORIGINS.split())
def test_an_origin(text: str) -> None:
    assert ends(text)
    assert ends(text, counting=False)


@pytest.mark.parametrize("text", NO_ORIGINS.split())
def test_no_origin(text: str) -> None:
    assert not ends(text)
    assert not ends(text, counting=False)


@pytest.mark.parametrize(("length", "fits"), [(1, True), (62, True), (63, True), (64, False)])
def test_how_long_a_label_may_be(length: int, fits: bool) -> None:
    for host in ("a" * length, f"{'a' * length}.example", f"b.{'a' * length}"):
        assert ends(f"https://{host}") is fits
        assert ends(f"https://{host}", counting=False)  # which nobody asked for


@pytest.mark.parametrize(
    ("text", "ipv4"),
    [
        ("http://1.2.3.4", True),
        ("http://255.255.255.255", True),
        ("http://1.2.3", False),
        ("http://1.2.3.", False),
        ("http://1.2.3.4.", False),
        ("http://1.2.3.4a", False),
        ("http://a.2.3.4", False),
        ("http://a", False),
        ("http://a.", False),
        ("other://1.2.3.4", False),
    ],
)
def test_whether_a_host_is_an_address(text: str, ipv4: bool) -> None:
    at = read(text)
    assert at is not None
    assert at.ipv4 is ipv4


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a", "https://b", True),
        ("https://a", "http://a", False),
        ("tauri://a", "capacitor://a", True),  # what kind of other scheme it is does not matter
        ("https://a.b", "https://cc.dd", True),
        ("https://a:1", "https://a:2", True),
        ("https://a:12", "https://a:98", False),  # only one of them may have three more digits
        ("https://a:12", "https://a:13", True),
        ("https://[::1]", "https://[::2]", True),
    ],
)
def test_what_is_the_same_state(one: str, other: str, same: bool) -> None:
    """The fewer states, the sooner an expression is judged."""
    assert (read(one, counting=False) == read(other, counting=False)) is same
