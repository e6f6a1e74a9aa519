"""Passwords in URLs are in no report and in no message."""

from __future__ import annotations

import pytest

from crossorigin.report.findings import Place, Report, finding
from crossorigin.report.formats import FORMATS, render
from crossorigin.report.formats.escaping import conceal, visible, without_passwords


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://me:secret@a.example/", "http://me:***@a.example/"),
        ("at http://me:se:cr@et@a.example/x, once", "at http://me:***@a.example/x, once"),
        ("http://:secret@a.example", "http://:***@a.example"),
        ("postgresql+asyncpg://me:secret@db/shop", "postgresql+asyncpg://me:***@db/shop"),
        (r"http:\\me:secret@a.example", r"http:\\me:***@a.example"),
        ("http://a:b@c http://d:e@f", "http://a:***@c http://d:***@f"),
        ("http://me@a.example:80/", "http://me@a.example:80/"),
        ("http://a.example:80/@b", "http://a.example:80/@b"),
        ("http://a.example:80?c@b", "http://a.example:80?c@b"),
        ("me:secret@a.example", "me:secret@a.example"),
        ("://" * 100_000 + "@", "://" * 100_000 + "@"),
    ],
)
def test_a_password_in_a_url(text: str, expected: str) -> None:
    assert without_passwords(text) == expected
    assert visible(text) == expected


URL = "http://me:hunter2@a.example/"


def test_every_string_of_a_value() -> None:
    assert conceal({URL: [URL, (URL, 1, None)]}) == {
        "http://me:***@a.example/": ["http://me:***@a.example/", ("http://me:***@a.example/", 1, None)]
    }
    assert conceal(Place(URL, 1)) == Place("http://me:***@a.example/", 1)
    assert conceal(Place) is Place


@pytest.mark.parametrize("format", FORMATS)
def test_a_report(format: str) -> None:
    seen = finding("sends-star", URL, remedy=URL, place=Place(URL, 1, URL), origin=URL, urls=[URL])
    text = render([Report("audit", URL, (seen,), (URL,), error=URL)], format)
    assert "a.example" in text
    assert "hunter2" not in text
