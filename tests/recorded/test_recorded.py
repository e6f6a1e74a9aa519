"""The bytes on the wire are those in headers.json: a change of the code's layout changes none of them."""

from __future__ import annotations

import pytest

from tests.recorded import recording
from tests.recorded.recording import Row

RECORD = recording.read()


@pytest.mark.parametrize("section", [*recording.SECTIONS, "model"])
def test_what_is_sent_is_what_was_recorded(section: str) -> None:
    """A new row is recorded by `make record`; a changed one by `tools/record --replace`, if the change is meant."""
    present = recording.present(section, RECORD["model"])
    found = recording.differences(RECORD[section], present)
    changed = {name: (RECORD[section][name], present[name]) for name in found["changed"]}
    assert (changed, found["missing"], found["added"]) == ({}, [], [])


def test_the_record_has_every_section() -> None:
    sizes = {section: len(rows) for section, rows in RECORD.items()}
    assert sizes.keys() == {*recording.SECTIONS, "model"}
    assert sizes["model"] >= 400
    assert recording.FILE.stat().st_size < 2_000_000


def test_the_record_is_written_in_one_way_only() -> None:
    assert recording.written(RECORD) == recording.FILE.read_text()


KEPT: Row = {"exchanges": []}
OTHER: Row = {"exchanges": [{"request": ["GET /"], "response": ["200"]}]}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": KEPT}, {"a": KEPT}, ([], [], [])),
        ({"a": KEPT}, {"a": OTHER}, (["a"], [], [])),
        ({"a": KEPT}, {}, ([], ["a"], [])),
        ({}, {"a": KEPT}, ([], [], ["a"])),
        ({"b": KEPT, "a": KEPT, "c": KEPT}, {"b": OTHER, "d": KEPT, "c": KEPT}, (["b"], ["a"], ["d"])),
    ],
)
def test_how_two_records_differ(
    before: dict[str, Row], after: dict[str, Row], expected: tuple[list[str], list[str], list[str]]
) -> None:
    found = recording.differences(before, after)
    assert (found["changed"], found["missing"], found["added"]) == expected
