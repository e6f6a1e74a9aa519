"""How a command ends: its exit status, where the report goes, and what is said where it cannot go there."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from crossorigin.cli.output import finish, ready
from crossorigin.cli.report_options import Format
from crossorigin.report.findings import Report
from crossorigin.report.formats import render
from tests.report.samples import ALL, AUDIT, CLEAN, FAILED, MILD, RUN_TIME, STOPPED, UNREAD


def run(reports: Sequence[Report], *, format: Format = Format.TEXT, output: Path | None = None) -> Any:
    app = typer.Typer()

    @app.command()
    def command() -> None:
        finish(reports, format=format, output=output)

    return CliRunner().invoke(app, [])


@pytest.mark.parametrize(
    ("reports", "code", "said"),
    [
        ([], 0, "no findings"),
        ([CLEAN], 0, "no findings"),
        ([MILD], 0, "1 finding: 1 info"),
        ([AUDIT], 1, "5 findings: 1 critical, 2 medium, 1 low, 1 info"),
        ([FAILED], 2, "could not run"),
        ([STOPPED], 2, "1 finding: 1 medium; could not run"),
        ([CLEAN, MILD], 0, "1 finding: 1 info"),
        ([CLEAN, AUDIT, MILD], 1, "6 findings: 1 critical, 2 medium, 1 low, 2 info"),
        ([UNREAD], 2, "1 not judged; no findings in the rest"),
        ([CLEAN, UNREAD, MILD], 2, "1 finding: 1 info; 1 not judged"),
        ([AUDIT, UNREAD], 1, "5 findings: 1 critical, 2 medium, 1 low, 1 info; 1 not judged"),
        ([UNREAD, FAILED], 2, "1 not judged; no findings in the rest; 1 could not be looked at"),
        ([RUN_TIME], 0, "no findings; 1 decided at run time"),
        ([CLEAN, FAILED], 2, "no findings; 1 could not be looked at"),
        ([FAILED, FAILED], 2, "2 could not be looked at"),
        (
            [AUDIT, STOPPED, FAILED],
            2,
            "6 findings: 1 critical, 3 medium, 1 low, 1 info; 2 could not be looked at",
        ),
    ],
)
def test_exit_status_and_the_line_beside_a_file(
    tmp_path: Path, reports: Sequence[Report], code: int, said: str
) -> None:
    file = tmp_path / "report.json"
    ran = run(reports, format=Format.JSON, output=file)
    assert (ran.exit_code, ran.stdout, ran.stderr) == (code, "", f"{file}: {said}\n")
    assert file.read_text() == render(reports, "json")


@pytest.mark.parametrize("format", [Format.JSON, Format.SARIF, Format.JUNIT])
@pytest.mark.parametrize("reports", ALL.values(), ids=ALL.keys())
def test_a_format_goes_to_the_terminal_as_it_is(reports: Sequence[Report], format: Format) -> None:
    ran = run(reports, format=format)
    assert (ran.stdout, ran.stderr) == (render(reports, format), "")


def test_html_goes_there_too() -> None:
    assert run([CLEAN], format=Format.HTML).stdout.startswith("<!DOCTYPE html>\n")


def test_text_is_as_wide_as_the_terminal_and_100_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    narrow = run([AUDIT]).stdout
    run([AUDIT], output=tmp_path / "report.txt")
    wide = (tmp_path / "report.txt").read_text()
    assert max(len(it) for it in narrow.splitlines()) <= 60 < max(len(it) for it in wide.splitlines()) <= 100
    assert narrow.split() != wide  # the same words, folded elsewhere
    assert "".join(narrow.split()) == "".join(wide.split())
    assert "\x1b" not in narrow + wide
    assert " \n" not in narrow + wide


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_no_color(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], coloured: bool) -> None:
    for name, value in {"FORCE_COLOR": "1", **environment}.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[36m" in run([AUDIT]).stdout) is coloured


@pytest.mark.parametrize(
    ("reports", "options", "code"),
    [
        ([AUDIT], {"fail_on": "critical"}, 1),
        ([MILD], {"fail_on": "info"}, 1),
        ([STOPPED], {"fail_on": "never"}, 2),
        ([AUDIT], {"fail_on": "never"}, 0),
        ([UNREAD], {"allow_not_judged": True}, 0),
        ([AUDIT, UNREAD], {"fail_on": "never"}, 2),
        ([AUDIT, UNREAD], {"fail_on": "never", "allow_not_judged": True}, 0),
    ],
)
def test_what_makes_a_command_fail(reports: Sequence[Report], options: dict[str, Any], code: int) -> None:
    with pytest.raises(typer.Exit) as left:
        finish(reports, format=Format.JSON, output=Path("/dev/null"), **options)
    assert left.value.exit_code == code


# -- files -------------------------------------------------------------------------------------------


def test_a_file_that_is_there_is_replaced_and_keeps_its_permissions(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_text("old")
    file.chmod(0o640)
    assert run([CLEAN], format=Format.JSON, output=file).exit_code == 0
    assert file.read_text() == render([CLEAN], "json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_a_new_file_has_the_permissions_that_any_other_would_have(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    mask = os.umask(0o027)
    try:
        run([CLEAN], format=Format.JSON, output=file)
        assert os.umask(0o027) == 0o027, "the mask is as it was"
    finally:
        os.umask(mask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link, real = tmp_path / "latest.json", tmp_path / "real" / "report.json"
    link.symlink_to(real)
    assert run([CLEAN], format=Format.JSON, output=link).exit_code == 0
    assert link.is_symlink()
    assert real.read_text() == render([CLEAN], "json")


def test_a_device_is_written_straight() -> None:
    ran = run([CLEAN], format=Format.JSON, output=Path("/dev/null"))
    assert (ran.exit_code, ran.stderr) == (0, "/dev/null: no findings\n")


@pytest.fixture
def nobody() -> Iterator[None]:
    """Root may write everywhere."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("/dev/full", "No space left on device"),
        ("{here}/gone/report.json", "No such file or directory"),
        ("{here}/file/report.json", "Not a directory"),
        ("{here}", "Is a directory"),
        ("{here}/" + "x" * 300, "File name too long"),
    ],
)
def test_what_cannot_be_written_gets_one_line(tmp_path: Path, place: str, why: str) -> None:
    (tmp_path / "file").touch()
    output = Path(place.format(here=tmp_path))
    ran = run([AUDIT], format=Format.JSON, output=output)
    assert (ran.exit_code, ran.stdout, ran.stderr) == (2, "", f"crossorigin: {output} cannot be written: {why}\n")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.usefixtures("nobody")
@pytest.mark.parametrize("output", [Path("/proc/1/report.json"), Path("/usr/report.json"), Path("/usr/bin/env")])
def test_a_folder_of_others(output: Path) -> None:
    ran = run([AUDIT], format=Format.JSON, output=output)
    line = f"crossorigin: {output} cannot be written: "
    assert (ran.exit_code, ran.stdout, ran.stderr.startswith(line), ran.stderr.count("\n")) == (2, "", True, 1)


# -- the terminal ------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["text", "json"])
def test_a_terminal_that_takes_nothing_gets_one_line(format: str) -> None:
    arguments = ["check", "--kind", "policy", "/dev/null", "--format", format]
    with open("/dev/full", "w") as full:
        ran = subprocess.run(
            [sys.executable, "-c", "from crossorigin.cli import main; main()", *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (ran.returncode, ran.stderr) == (2, "crossorigin: the terminal cannot be written: No space left on device\n")


@pytest.mark.parametrize("format", Format)
def test_a_full_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], format: Format) -> None:
    with open("/dev/full", "w") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", full)
        with pytest.raises(typer.Exit) as left:
            finish([AUDIT], format=format, output=None)
    assert left.value.exit_code == 2
    assert capsys.readouterr().err == "crossorigin: the terminal cannot be written: No space left on device\n"


def test_a_terminal_of_another_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = StringIO()  # has no encoding to change
    monkeypatch.setattr(sys, "stdout", paper)
    with pytest.raises(typer.Exit):
        finish([CLEAN], format=Format.TEXT, output=None)
    assert paper.getvalue() == "crossorigin check  main:app\n\n✓ no findings\n"


# -- libraries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("format", "library"), [(Format.JUNIT, "junitparser"), (Format.HTML, "jinja2")], ids=["junit", "html"]
)
def test_a_library_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], format: Format, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(typer.Exit) as left:
        ready(format)
    assert left.value.exit_code == 2
    line = f'crossorigin: --format {format} needs {library}: pip install "crossorigin[reports]"\n'
    assert capsys.readouterr().err == line


@pytest.mark.parametrize("format", [Format.TEXT, Format.JSON, Format.SARIF])
def test_formats_that_need_no_library(monkeypatch: pytest.MonkeyPatch, format: Format) -> None:
    for name in ("junitparser", "jinja2"):
        monkeypatch.setitem(sys.modules, name, None)
    assert run([CLEAN], format=format).exit_code == 0
