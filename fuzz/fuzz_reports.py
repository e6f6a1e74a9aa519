"""Reports with hostile text in every place: each format is well-formed, says every code, shows no control character,
no password and no markup of a stranger's, and is the same again."""

from __future__ import annotations

import io
import json
import re
from xml.etree import ElementTree

from rich.console import Console

from crossorigin.report.catalogue import FINDINGS, NOT_JUDGED
from crossorigin.report.findings import Finding, NotJudged, Place, Report, RunTimeValue, finding, not_judged
from crossorigin.report.formats import FORMATS, render
from crossorigin.report.formats.text import draw
from fuzz.common import FuzzedDataProvider, bounded, fuzz

HOSTILE = (
    "<script>alert(1)</script>", "\x1b[2J", "\u202e", "]]>", "\x00", "\ufffe", "\r\n", "\x9b31m", '" onload="x',
    "{{ 7*7 }}",
    "https://user:hunter2@example.com/", "&lt;", "é", "a b", "[bold]", "x" * 300, "\\", "'", "\u2028", "-->", "", "\t",
)  # fmt: skip
SEEDS = [bytes(range(number, number + 30)) for number in range(0, 60, 7)]


def text(given: FuzzedDataProvider) -> str:
    """What a server or a file's name may say."""
    return "".join(given.some(HOSTILE, 3)) + given.ConsumeUnicodeNoSurrogates(given.ConsumeIntInRange(0, 6))


def place(given: FuzzedDataProvider) -> Place | None:
    return Place(text(given), given.ConsumeIntInRange(0, 9), text(given)) if given.ConsumeBool() else None


def report(given: FuzzedDataProvider) -> Report:
    """A report of any results."""
    results: list[Finding | NotJudged | RunTimeValue] = []
    for _ in range(given.ConsumeIntInRange(0, 3)):
        code = given.PickValueInList(list(FINDINGS))
        results.append(finding(code, text(given), remedy=text(given), place=place(given), origin=text(given)))
    if given.ConsumeBool():
        results.append(not_judged(given.PickValueInList(list(NOT_JUDGED)), text(given), place=place(given)))
    if given.ConsumeBool():
        results.append(RunTimeValue("allow_origins", text(given), place(given)))
    kind = given.PickValueInList(("check", "audit", "verify"))
    error = text(given) if given.ConsumeIntInRange(0, 3) == 0 else ""
    return Report.of(kind, text(given), results, [text(given)], error=error)


def drawn(reports: list[Report]) -> str:
    """The reports as a terminal without colours gets them."""
    written = io.StringIO()
    draw(reports, Console(file=written, width=100, color_system=None, force_terminal=False))
    return written.getvalue()


def undated(text: str) -> str:
    """A report without the minute in which it was made."""
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "", text)


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about reports is broken."""
    given = FuzzedDataProvider(data)
    reports = [report(given) for _ in range(given.ConsumeIntInRange(1, 2))]
    codes = {each.code for one in reports for each in (*one.findings, *one.not_judged)}
    screen = drawn(reports)
    assert drawn(reports) == screen
    assert screen.replace("\n", "").replace("\t", "").isprintable(), repr(screen)
    assert "hunter2" not in screen
    assert all(code in screen for code in codes), (codes, screen)
    for format in FORMATS:
        made = render(reports, format)
        assert undated(render(reports, format)) == undated(made), format
        assert "hunter2" not in made, format
        assert all(code in made for code in codes), (format, codes)
        if format in ("json", "sarif"):
            json.loads(made)
        elif format == "junit":
            ElementTree.fromstring(made.encode())
        else:
            assert "<script>alert(1)" not in made
            assert not re.search(r"<[^>]*\sonload=\"x", made)
    parsed = json.loads(render(reports, "json"))
    objects = parsed if isinstance(parsed, list) else [parsed]
    counted = [len(one["findings"]) for one in objects]
    assert counted == [len(one.findings) for one in reports]


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
