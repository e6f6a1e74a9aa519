"""What is done, as it is kept in a file: read back whole, or asked again."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossorigin.audit.resume import Progress
from crossorigin.report.findings import Place, Report, RunTimeValue, finding

FOUND = finding("sends-star", "GET → *", place=Place("a", 1), url="http://a/", origins=["x", "y"])
DONE = Report("audit", "http://a/", (FOUND,), ("a note",), 90, 0.5)
CLEAN = Report("audit", "http://b/", requests=90)
DECIDED = Report(
    "audit", "http://d/", run_time=(RunTimeValue("allow_origins", "settings.origins", Place("main.py", 3)),)
)
FAILED = Report("audit", "http://c/", requests=1, error="nothing listens there")


def kept(path: Path) -> dict[str, Report]:
    progress = Progress(path)
    progress.close()
    return progress.done


def test_reports_come_back_as_they_were(tmp_path: Path) -> None:
    file = tmp_path / "done.jsonl"
    progress = Progress(file)
    for it in (DONE, CLEAN, FAILED, DECIDED):
        progress.keep(it)
    assert set(progress.done) == {it.target for it in (DONE, CLEAN, FAILED, DECIDED)}
    progress.close()
    assert kept(file) == {it.target: it for it in (DONE, CLEAN, DECIDED)}, "what failed is asked again"


@pytest.mark.parametrize(
    "damage",
    [b'{"kind": "audit", "tar', b"\xff\xfe", b"7", b"[]", b"{}", b'{"findings": [7]}', b"[" * 200_000, b"", b"\n\n"],
)
def test_a_damaged_line_is_asked_again(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "done.jsonl"
    first = Progress(file)
    first.keep(CLEAN)
    first.close()
    with file.open("ab") as end:
        end.write(damage)
    second = Progress(file)
    second.keep(DONE)
    second.close()
    assert kept(file) == {it.target: it for it in (CLEAN, DONE)}


@pytest.mark.parametrize("name", [".", "gone/done.jsonl"])
def test_what_is_no_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"no file|No such file"):
        Progress(tmp_path / name)
