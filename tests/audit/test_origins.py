"""Hostile origins: which are made of an origin, what each would mean, and that no sound policy lets one in."""

from __future__ import annotations

import re
from itertools import chain
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossorigin import Origin, Policy
from crossorigin.probes.origins import CHROMIUM, EVERY, NONE, Names, Probe, around, guesses, strangers
from crossorigin.report.catalogue import FINDINGS
from crossorigin.server.compiled_policy import CompiledPolicy

NAMES = Names("https://api.example.com/")
SPECIAL = dict.fromkeys("_-+$", EVERY) | dict.fromkeys("!&'(),;=`{}~", CHROMIUM)

# {label}, {host} and {port} are names that nobody has; `*` after a code: no browser sends it.
OF_A_NAME = """
accepts-prefix               https://app.example.com.{host}
accepts-prefix               https://app.example.com{host}
accepts-prefix               https://app.example.comx
accepts-prefix               https://example.co
accepts-prefix               https://app.example.co
accepts-suffix               https://{label}example.com
accepts-suffix               https://{label}-example.com
accepts-suffix               https://{label}app.example.com
accepts-infix                https://{label}.app.example.com.{host}
accepts-infix                https://{label}-example.com.{host}
accepts-other-character        https://appxexample.com
accepts-other-character        https://app.examplexcom
accepts-other-character        https://{label}.examplexcom
accepts-subdomains            https://{label}.example.com
accepts-subdomains            https://{label}.app.example.com
accepts-subdomains            https://a.{label}.example.com
accepts-superdomain          https://example.com
accepts-http               http://{label}.example.com
accepts-http               http://app.example.com
accepts-any-port                 https://app.example.com:{port}
accepts-trailing-dot         https://app.example.com.
accepts-look-alike           https://xn--exmple-4nf.com
accepts-unregistered         https://example.net
accepts-any-case*                https://APP.EXAMPLE.COM
accepts-userinfo*            https://user@app.example.com
accepts-userinfo*            https://app.example.com@{host}
accepts-unsendable*          https://app.example.com/
accepts-unsendable*          https://app.example.com%60.{host}
accepts-unsendable*          https://{host}#app.example.com
"""
OF_LOOPBACK = """
accepts-prefix               http://localhost.{host}:3000
accepts-prefix               http://localhost:30001
accepts-suffix               http://{host}:3000
accepts-address-spelling                   http://127.0.0.1:3000
accepts-address-spelling                   http://[::1]:3000
accepts-address-spelling                   http://[::ffff:7f00:1]:3000
accepts-any-port                 http://localhost:{port}
accepts-any-case*                http://LOCALHOST:3000
accepts-userinfo*            http://user@localhost:3000
accepts-userinfo*            http://localhost:3000@{host}
accepts-unsendable*          http://localhost:3000/
accepts-unsendable*          http://localhost%60.{host}
accepts-unsendable*          http://{host}#localhost
"""
OF_AN_ADDRESS = """
accepts-prefix               https://192.168.0.7.{host}
accepts-other-character        https://{label}.192x168.0.7.com
accepts-http               http://192.168.0.7
accepts-any-port                 https://192.168.0.7:{port}
accepts-address-spelling                   https://[::ffff:c0a8:7]
accepts-address-spelling*                  https://3232235527
accepts-address-spelling*                  https://0xc0a80007
accepts-address-spelling*                  https://0300.0250.00.07
accepts-userinfo*            https://user@192.168.0.7
accepts-userinfo*            https://192.168.0.7@{host}
accepts-unsendable*          https://192.168.0.7/
accepts-unsendable*          https://192.168.0.7%60.{host}
accepts-unsendable*          https://{host}#192.168.0.7
"""
BELOW_A_PUBLIC_SUFFIX = """
accepts-shared-platform      https://{label}.github.io
accepts-superdomain          https://b.me.github.io
accepts-superdomain          https://me.github.io
"""


def rows(text: str) -> set[tuple[str, str, tuple[str, ...]]]:
    """A table as (origin, code, engines)."""
    filled = text.format(label=NAMES.label, host=NAMES.host, port=NAMES.port)
    lines = [it.split() for it in filled.strip().splitlines()]
    return {(origin, code.rstrip("*"), NONE if code.endswith("*") else EVERY) for code, origin in lines}


def made(base: str) -> set[tuple[str, str, tuple[str, ...]]]:
    found = [*around(base, NAMES)]
    assert all(it.base == base for it in found)
    return {(it.origin, it.code, it.engines) for it in found}


def special(host: str) -> set[tuple[str, str, tuple[str, ...]]]:
    return {
        (f"https://{host}{character}.{NAMES.host}", "accepts-special-characters", engines)
        for character, engines in SPECIAL.items()
    }


@pytest.mark.parametrize(
    ("base", "wanted"),
    [
        ("https://app.example.com", rows(OF_A_NAME) | special("app.example.com")),
        ("http://localhost:3000", rows(OF_LOOPBACK)),
        ("https://192.168.0.7", rows(OF_AN_ADDRESS)),
        ("null", set()),
        ("nonsense", set()),
    ],
)
def test_what_is_made_of_an_origin(base: str, wanted: set[tuple[str, str, tuple[str, ...]]]) -> None:
    assert made(base) == wanted


def test_a_platform_that_anybody_can_join() -> None:
    assert rows(BELOW_A_PUBLIC_SUFFIX) <= made("https://a.b.me.github.io")


@pytest.mark.parametrize(
    ("base", "origin", "there"),
    [
        ("https://example.net", "https://example.org", True),  # another registry than its own
        ("http://app.example.com", "https://app.example.com", False),  # the safer twin is no mistake
        ("https://app.example.com:65000", "https://app.example.com:650001", False),  # no port
        ("https://example.com", "https://example.com.", True),
        ("https://bcd.fgh.com", "https://xn--exmple-4nf.com", False),  # no letter that another looks like
        ("https://intranet", "https://intranet.", True),  # a name of one label
        ("https://[2001:db8::1]", "https://[::ffff:c0a8:7]", False),
    ],
)
def test_what_depends_on_the_origin(base: str, origin: str, there: bool) -> None:
    assert (origin in {it.origin for it in around(base, NAMES)}) is there


def test_a_port_of_its_own_is_not_taken_twice() -> None:
    taken = f"https://app.example.com:{NAMES.port}"
    ports = {urlsplit(it.origin).port for it in around(taken, NAMES) if it.code == "accepts-any-port"}
    assert ports == {NAMES.port + 1}


def test_names_are_the_same_for_the_same_target() -> None:
    again, other = Names("https://api.example.com/"), Names("https://other.example.com/")
    assert (again.label, again.host, again.port) == (NAMES.label, NAMES.host, NAMES.port)
    assert other.label != NAMES.label
    assert re.fullmatch(r"([bdfgklmnprstvz][aeiou]){6}\.com", NAMES.host)  # looks like anybody's
    assert NAMES.reserved == f"{NAMES.label}.example"


@pytest.mark.parametrize(
    ("target", "guessed"),
    [
        (
            "http://api.example.com/items",
            (
                "http://api.example.com",
                "https://api.example.com",
                "https://example.com",
                "https://www.example.com",
                "https://app.example.com",
            ),
        ),
        (
            "https://example.com",
            (
                "https://example.com",
                "https://www.example.com",
                "https://app.example.com",
            ),
        ),
        ("http://localhost:8000/", ("http://localhost:8000",)),
        ("https://192.168.0.7/", ("https://192.168.0.7",)),
        ("https://intranet/", ("https://intranet", "https://www.intranet", "https://app.intranet")),
    ],
)
def test_what_is_guessed_of_a_target(target: str, guessed: tuple[str, ...]) -> None:
    assert guesses(Origin.parse(target)) == guessed


def test_strangers_are_of_several_kinds() -> None:
    """So that a server is found that spares reserved names, one suffix, or addresses."""
    everybody = [it.origin for it in strangers(NAMES) if it.code == "accepts-any-origin"]
    assert everybody == [
        f"https://{NAMES.label}.com",
        f"http://{NAMES.label}.com",
        f"https://{NAMES.label}.example",
        f"https://www.{NAMES.label}.co.uk",
        f"https://{NAMES.label}.dev:8443",
        f"https://{NAMES.address}",
    ]


def test_strangers_have_every_kind() -> None:
    kinds = {it.code for it in strangers(NAMES)}
    assert kinds == {
        "accepts-any-origin",
        "accepts-null",
        "accepts-shared-platform",
        "accepts-loopback",
        "accepts-prefix",
        "accepts-suffix",
        "accepts-extensions",
    }


BASES = ["https://app.example.com", "http://localhost:3000", "https://192.168.0.7", "https://a.b.example.co.uk:8443"]


@pytest.mark.parametrize("base", BASES)
def test_every_code_is_in_the_catalogue(base: str) -> None:
    assert {it.code for it in around(base, NAMES)} <= FINDINGS.keys()


@pytest.mark.parametrize("base", BASES)
def test_what_a_browser_sends_is_serialised_as_browsers_do(base: str) -> None:
    """WHATWG URL: lower case, no default port, no path; our own parser reads it back as it stands."""
    for it in chain(around(base, NAMES), strangers(NAMES)):
        if it.engines and it.code not in ("accepts-special-characters", "accepts-extensions", "accepts-null"):
            assert str(Origin.parse(it.origin)) == it.origin


labels = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)


@given(hosts=st.lists(labels, min_size=2, max_size=4), port=st.none() | st.integers(1, 65535))
def test_no_exact_list_lets_one_in(hosts: list[str], port: int | None) -> None:
    base = str(Origin.parse(f"https://{'.'.join(hosts)}" + (f":{port}" if port is not None else "")))
    answers = CompiledPolicy(Policy.model_construct(allow_origins=(base,)))
    probes: list[Probe] = [*strangers(NAMES), *around(base, NAMES)]
    let_in = [it.origin for it in probes if answers.of(it.origin.encode()).reason == "allowed"]
    assert let_in == []
