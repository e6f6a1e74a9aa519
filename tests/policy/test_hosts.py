"""Trusted hosts: how they may be written, and which `Host` lines they take."""

from __future__ import annotations

import pytest

from crossorigin.policy.hosts import HostSet, parse_host
from crossorigin.policy.origin_patterns import InvalidOrigin


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("*", "*"),
        ("api.example.com", "api.example.com"),
        ("API.Example.COM", "api.example.com"),
        ("api.example.com:8443", "api.example.com:8443"),
        ("api.example.com:80", "api.example.com"),
        ("api.example.com:*", "api.example.com"),
        ("*.example.com", "*.example.com"),
        ("*.example.com:8000", "*.example.com:8000"),
        ("[::1]", "[::1]"),
        ("[0:0::1]:8000", "[::1]:8000"),
        ("127.0.0.1", "127.0.0.1"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_what_is_written(written: str, normalised: str) -> None:
    assert parse_host(written) == normalised


@pytest.mark.parametrize("written", ["a.example/x", "https://a.example", "me@a.example", "a.example?x", "a.example#x"])
def test_a_host_is_no_url(written: str) -> None:
    with pytest.raises(InvalidOrigin) as raised:
        parse_host(written)
    assert raised.value.code == "host-invalid"
    assert str(raised.value) == "a host is a name, with or without a port, and nothing else"


@pytest.mark.parametrize(
    ("listed", "taken", "others"),
    [
        (["*"], [b"a.example", b"evil", b""], []),
        (
            ["api.example.com"],
            [b"api.example.com", b"API.example.com", b"api.example.com:80", b"api.example.com:8443"],
            [b"example.com", b"x.api.example.com", b"api.example.com.", b"evil.example", b"", b"api.example.com:x"],
        ),
        (["api.example.com:8000"], [b"api.example.com:8000"], [b"api.example.com", b"api.example.com:8001"]),
        (
            ["*.example.com"],
            [b"a.example.com", b"a.b.example.com:1", b"a.example.com:80"],
            [b"example.com", b"aexample.com"],
        ),
        (["*.example.com:8000"], [b"a.example.com:8000"], [b"a.example.com", b"example.com:8000"]),
        (["[::1]"], [b"[::1]", b"[::1]:8000", b"[::1]:80"], [b"::1", b"[::2]"]),
        (["a.example", "b.example"], [b"a.example", b"b.example"], [b"c.example", b":80"]),
        ([], [], [b"a.example", b""]),
    ],
)
def test_which_hosts_are_taken(listed: list[str], taken: list[bytes], others: list[bytes]) -> None:
    hosts = HostSet(map(parse_host, listed))
    assert [host for host in taken if host not in hosts] == []
    assert [host for host in others if host in hosts] == []
