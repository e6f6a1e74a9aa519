"""Origins that an app may mean, found in strings, in objects and in source."""

from __future__ import annotations

import functools
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
from pydantic import AnyHttpUrl, BaseModel

from crossorigin.check.meant_origins import meant_origins, strings_of_objects, strings_of_source


@pytest.mark.parametrize(
    ("string", "expected"),
    [
        ("https://app.example.com", ["https://app.example.com"]),
        ("HTTPS://App.Example.com:443/login?x", ["https://app.example.com"]),
        ("https://a.example, http://b.example:3000;null", ["https://a.example", "http://b.example:3000"]),
        ('["https://a.example"]', ["https://a.example"]),
        ("https://*.example.com", ["https://app.example.com"]),
        (
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            ["chrome-extension://abcdefghijklmnopabcdefghijklmnop"],
        ),
        ("postgresql://user@db.example.com/shop", []),
        ("https://", []),
        ("https://*", ["https://app"]),
        ("https://a b", ["https://a"]),
        ("*://*.example.com", ["https://app.example.com", "http://app.example.com"]),
        ("*://app.example.com", ["https://app.example.com", "http://app.example.com"]),
        ("http://192.168.", ["http://192.168.1.5", "http://192.168.example.com"]),
        ("https://10.0.0.", ["https://10.0.0.1", "https://10.0.0.example.com"]),
        ("https://app.*.com", ["https://app.example.com"]),
        ("example.com", ["https://example.com", "https://app.example.com"]),
        (".example.com", ["https://example.com", "https://app.example.com"]),
        ("main.py", []),
        ("com", []),
        ("co.uk", []),
        (r"https://(a|b)\.example\.com", ["https://a.example.com", "https://b.example.com"]),
        (r"https://app\.example\.com[", []),
        (r"https://app(?=x)", []),
        ("x" * 501 + "https://a.example", []),
        ("no origin. at all", []),
    ],
)
def test_what_a_string_names(string: str, expected: list[str]) -> None:
    assert meant_origins([string])[: len(expected) or None] == expected


def test_what_a_regular_expression_should_not_accept_is_asked() -> None:
    found = meant_origins([r"https://app\.example\.com.*"])
    assert any(not origin.endswith(("example.com", "example.com.")) for origin in found), found


def test_no_more_than_can_be_asked() -> None:
    assert len(meant_origins(f"https://a{number}.example" for number in range(1000))) == 40


def test_a_warning_about_a_string_that_is_no_regular_expression() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        meant_origins(["https://a.example/[[x]"])
    assert told == []


class Settings(BaseModel):
    origin: AnyHttpUrl = AnyHttpUrl("https://pydantic.example")


class Holder:
    constant = "in a class"

    def __init__(self) -> None:
        self.attribute = "in an attribute"

    def method(self) -> str:
        return "in a method"


def around() -> Any:
    cell, later = "in a cell", 1

    def function(given: str = "in a default") -> list[str]:
        return [cell, "in a constant", GLOBAL, *[each + "in a comprehension" for each in ()], str(unset)]

    if later == 2:
        unset = 1
    return function


GLOBAL = "in a global"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", {"a"}),
        (["a", ("b", {"c"}, {"key": "d"}, frozenset({"e"}))], {"a", "b", "c", "d", "e"}),
        (re.compile("a.b"), {"a.b"}),
        (Settings(), {"https://pydantic.example/"}),
        (Holder(), {"in an attribute"}),
        (Holder().method, {"in an attribute", "in a method"}),
        (functools.partial(print, "a", sep="b"), {"a", "b"}),
        (around(), {"in a cell", "in a default", "in a constant", "in a global", "in a comprehension"}),
        ([re, Path("a"), 7, None], set()),
    ],
)
def test_strings_of_an_object(value: Any, expected: set[str]) -> None:
    found = set(strings_of_objects([value, value]))
    assert expected <= found
    assert expected or not found


def test_a_class() -> None:
    assert {"in a class", "in a method"} <= set(strings_of_objects([Holder]))


def test_a_list_in_itself() -> None:
    endless: list[Any] = ["a"]
    endless.append(endless)
    assert list(strings_of_objects([endless])) == ["a"]


def test_strings_of_a_source(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.py", tmp_path / "b.py"
    good.write_text('"""A module.\n\nOf two lines."""\nx = ["a", b"b", f"c{x}"]\n')
    bad.write_text("(")
    assert list(strings_of_source([bad, tmp_path / "gone.py", good])) == ["a", "c"]
