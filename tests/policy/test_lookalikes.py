"""Look-alikes of a host: what each kind of careless comparison takes for it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from crossorigin.policy import lookalikes
from crossorigin.policy.lookalikes import STRANGER_HOST

HOST = "app.example.com"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([lookalikes.continued(HOST)], ["app.example.com.evil.example"]),
        ([lookalikes.continued(HOST, "b.test")], ["app.example.com.b.test"]),
        ([lookalikes.longer(HOST)], ["app.example.comx"]),
        (lookalikes.glued(HOST, "evil"), ["evilapp.example.com", "evil-app.example.com"]),
        (lookalikes.dots_replaced(HOST), ["appxexample.com", "app.examplexcom"]),
        (lookalikes.dots_replaced("localhost"), []),
        (lookalikes.below(HOST, "x"), ["x.app.example.com", "a.x.app.example.com"]),
        (lookalikes.parents(HOST), ["example.com"]),
        (lookalikes.parents("a.b.example.com"), ["example.com", "b.example.com"]),
        (lookalikes.parents("example.com"), ["com"]),
        (lookalikes.parents("localhost"), []),
        ([lookalikes.fully_qualified(HOST)], ["app.example.com."]),
    ],
)
def test_look_alikes(made: list[str], expected: list[str]) -> None:
    assert list(made) == expected


@pytest.mark.parametrize(
    ("comparison", "taken"),
    [
        (lambda host: host.startswith(HOST), [lookalikes.continued(HOST), lookalikes.longer(HOST)]),
        (lambda host: host.endswith(HOST), [*lookalikes.glued(HOST, "evil"), *lookalikes.below(HOST, "evil")]),
        (lambda host: re.fullmatch(HOST, host), [*lookalikes.dots_replaced(HOST)]),
        (lambda host: host.rstrip(".") == HOST, [lookalikes.fully_qualified(HOST)]),
        (lambda host: HOST.endswith(host), [*lookalikes.parents(HOST)]),
    ],
)
def test_a_careless_comparison_takes_them(comparison: Callable[[str], object], taken: list[str]) -> None:
    assert taken
    assert [host for host in taken if not comparison(host)] == []
    assert not comparison(STRANGER_HOST)
