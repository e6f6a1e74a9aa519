"""Snapshots: what they allow, for whom, and that a change comes to the same as a new beginning."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossorigin.origins.rows import Owner, Rows, Terms, collect
from crossorigin.origins.snapshot import Snapshot

TERMS = frozenset({Terms(credentials=True, environment="production")})


def snapshot(*elements: object, tenanted: bool = False) -> Snapshot:
    rows, _ = collect(elements, tenants=tenanted)
    return Snapshot(tenanted=tenanted).changed(rows, TERMS)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (b"https://a.example", True),
        (b"https://x.b.example", True),
        (b"https://x.y.b.example", True),
        (b"http://localhost:3000", True),
        (b"https://b.example", False),
        (b"https://*.b.example", False),
        (b"https://xb.example", False),
        (b"http://a.example", False),
        (b"https://a.example:8443", False),
        (b"https://A.example", False),
        (b"https://a.example.evil.example", False),
        (b"http://c.example", False),
        (b"null", False),
        (b"*", False),
        (b"\0", False),
        (b"", False),
        (b"https://" + b"x" * 4000 + b".b.example", False),
    ],
)
def test_what_is_allowed(origin: bytes, allowed: bool) -> None:
    made = snapshot("a.example", "https://*.b.example", "http://localhost:*", "http://c.example", "*", "null")
    assert made.allows(origin) is allowed
    assert (len(made), made.skipped) == (3, 3)


@pytest.mark.parametrize(
    ("origin", "tenant", "allowed"),
    [
        (b"https://a.example", "one", True),
        (b"https://a.example", "two", True),
        (b"https://a.example", "three", False),
        (b"https://a.example", None, False),
        (b"https://b.example", "one", False),
        (b"https://b.example", "two", True),
        (b"https://x.c.example", "one", True),
        (b"https://x.c.example", "two", False),
        (b"https://x.c.example", None, False),
        (b"https://d.example", "one", False),
    ],
)
def test_origins_of_tenants(origin: bytes, tenant: str | None, allowed: bool) -> None:
    made = snapshot(
        ("a.example", "one"), ("https://a.example/", "two"), ("b.example", "two"), ("*.c.example", "one"),
        ("d.example", None), tenanted=True,
    )  # fmt: skip
    assert made.allows(origin, tenant) is allowed


TEXTS = st.sampled_from(
    ["a.example", "https://a.example", "https://A.example/", "b.example", "*.a.example", "https://*.a.example",
     "*.b.example", "http://c.example", "*", "nonsense"]
)  # fmt: skip
ELEMENTS = st.lists(st.tuples(TEXTS, st.sampled_from(["one", "two"])), max_size=8)
ASKED = [b"https://a.example", b"https://b.example", b"https://x.a.example", b"https://x.b.example"]


@given(st.lists(ELEMENTS, min_size=1, max_size=5), st.booleans())
def test_a_change_comes_to_what_a_new_beginning_does(loads: list[list[tuple[str, str]]], tenanted: bool) -> None:
    changed = Snapshot(tenanted=tenanted)
    for elements in loads:
        rows, _ = collect(elements, tenants=tenanted)
        touched = {text for text, _ in rows.items() ^ changed.rows.items()}
        changed = changed.changed({text: rows.get(text) for text in touched}, TERMS)
        fresh = Snapshot(tenanted=tenanted).changed(rows, TERMS)
        assert dict(changed.rows) == dict(fresh.rows) == rows
        assert len(changed) == len(fresh)
        assert changed.skipped == fresh.skipped
        assert {key: set(_listed(texts)) for key, texts in changed.exact.items()} == {
            key: set(_listed(texts)) for key, texts in fresh.exact.items()
        }
        for origin in ASKED:
            for tenant in ("one", "two", None):
                assert changed.allows(origin, tenant) is fresh.allows(origin, tenant)


def _listed(texts: str | tuple[str, ...]) -> tuple[str, ...]:
    return (texts,) if isinstance(texts, str) else texts


def test_one_more_among_100_000_is_cheap() -> None:
    """In seconds of this thread, so that other tests beside it cost nothing."""
    rows: Rows = collect([f"shop-{n}.example" for n in range(100_000)], tenants=False)[0]
    began = time.thread_time()
    made = Snapshot().changed(rows, TERMS)
    assert time.thread_time() - began < 2
    best = 1.0
    for n in range(20):
        began = time.thread_time()
        made = made.changed({f"new-{n}.example": rows["shop-1.example"]}, TERMS)
        best = min(best, time.thread_time() - began)
    assert best <= 0.005
    assert len(made) == 100_020
    assert made.version == 21


def test_many_changes_become_part_of_the_whole() -> None:
    made = snapshot(*[f"shop-{n}.example" for n in range(2000)])
    for n in range(1500):
        made = made.changed({f"shop-{n}.example": None, f"new-{n}.example": (Owner(),)}, TERMS)
    assert len(made) == len(made.exact.merged()) == 2000
    assert len(made.exact.recent) <= 1000
    assert not made.allows(b"https://shop-0.example")
    assert made.allows(b"https://new-0.example")
    assert made.allows(b"https://new-1499.example")
    with pytest.raises(KeyError):
        made.exact[b"https://shop-1499.example"]


def test_a_pattern_of_one_tenant_changes_nothing_for_another() -> None:
    made = snapshot(("*.a.example", "one"), ("*.b.example", "two"), tenanted=True)
    made = made.changed({"*.c.example": (Owner("one"),)}, TERMS)
    asked = [b"https://x.a.example", b"https://x.b.example", b"https://x.c.example"]
    assert [made.allows(origin, "one") for origin in asked] == [True, False, True]
    assert [made.allows(origin, "two") for origin in asked] == [False, True, False]
