"""`[[check.ignore]]`: what an entry hides, what it does not, and what is said of an entry that hides nothing."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from crossorigin.check import Ignores, add_ignores, read_ignores
from crossorigin.report.errors import CannotRun
from crossorigin.report.findings import Place, Report, RunTimeValue, finding, not_judged

VARY = finding("missing-vary", "add_header …", place=Place("deploy/nginx.conf", 7))
STAR = finding("sends-star", "add_header …", place=Place("deploy/nginx.conf", 7))
UNREAD = not_judged("unread-include", "include x;", place=Place("deploy/nginx.conf", 3))
APP = finding("sends-star", "", place=Place(name="main:app, /sub"))
SERVER = finding("sends-star", "")
VALUE = RunTimeValue("allow_origins", "settings.ORIGINS", Place("deploy/nginx.conf", 1))
TODAY = date(2026, 11, 27)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "nginx.conf").touch()
    return tmp_path


def read(text: str, name: str = "crossorigin.toml") -> Ignores:
    Path(name).write_text(text)
    ignores, unread = read_ignores(Path())
    assert unread == []
    return ignores


def entry(lines: str) -> Ignores:
    return read(f"[[check.ignore]]\nreason = 'known'\n{lines}\n")


def report(*results: object, target: str = "deploy/nginx.conf") -> Report:
    return Report.of("check", target, results)  # type: ignore[arg-type]


# -- what an entry names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "left", "ignored"),
    [
        ("code = 'missing-vary'", ["sends-star", "unread-include"], ["missing-vary"]),
        ("code = 'unread-include'", ["missing-vary", "sends-star"], ["unread-include"]),
        ("code = 'sends-star'\npath = 'deploy/nginx.conf'", ["missing-vary", "unread-include"], ["sends-star"]),
        ("code = 'sends-star'\npath = './deploy/nginx.conf'", ["missing-vary", "unread-include"], ["sends-star"]),
        ("code = 'sends-star'\npath = 'deploy/*'", ["missing-vary", "unread-include"], ["sends-star"]),
        ("code = 'sends-star'\npath = '*.conf'", ["missing-vary", "unread-include"], ["sends-star"]),
        ("code = 'sends-star'\npath = 'nginx.conf'", ["missing-vary", "sends-star", "unread-include"], []),
        ("code = 'sends-star'\npath = 'deploy'", ["missing-vary", "sends-star", "unread-include"], []),
        ("code = 'accepts-null'", ["missing-vary", "sends-star", "unread-include"], []),
    ],
)
def test_what_an_entry_hides(lines: str, left: list[str], ignored: list[str]) -> None:
    after = entry(lines).apply(report(VARY, STAR, UNREAD, VALUE))
    assert [result.code for result in (*after.findings, *after.not_judged)] == left
    assert [(each.result.code, each.reason, str(each.entry)) for each in after.ignored] == [
        (code, "known", "crossorigin.toml:1") for code in ignored
    ]
    assert after.run_time == (VALUE,)


def test_an_entry_hides_one_place_of_a_cause_and_the_others_stay() -> None:
    found = replace(VARY, other_places=(Place("a.conf", 2), Place("b.conf", 3)))
    after = entry("code = 'missing-vary'\npath = 'deploy/nginx.conf'").apply(report(found))
    assert [finding.places for finding in after.findings] == [(Place("a.conf", 2), Place("b.conf", 3))]
    assert [each.result.place for each in after.ignored] == [VARY.place]


@pytest.mark.parametrize(
    ("path", "target", "hidden"),
    [
        ("main:app, /sub", "main:app", True),
        ("main:app", "main:app", True),
        ("main:*", "main:app", True),
        ("other:app", "main:app", False),
    ],
)
def test_apps_have_names(path: str, target: str, hidden: bool) -> None:
    for result in (APP, SERVER):
        after = entry(f"code = 'sends-star'\npath = '{path}'").apply(report(result, target=target))
        assert bool(after.ignored) is (hidden if result is APP or "," not in path else False)


def test_what_else_a_report_says_stays() -> None:
    before = replace(report(VARY), notes=("a note",), requests=3, seconds=1.5, error="no answer")
    after = entry("code = 'missing-vary'").apply(before)
    assert replace(after, ignored=(), findings=(VARY,)) == before


# -- where entries are --------------------------------------------------------------------------------


def test_pyproject(folder: Path) -> None:
    text = "[project]\nname = 'x'\n\n[[ tool . crossorigin . check.ignore ]]\ncode = 'missing-vary'\nreason = 'known'\n"
    ignores = read(text, "pyproject.toml")
    assert [(each.code, str(each.place)) for each in ignores.entries] == [("missing-vary", "pyproject.toml:4")]


def test_both_files(folder: Path) -> None:
    Path("pyproject.toml").write_text("[[tool.crossorigin.check.ignore]]\ncode = 'missing-vary'\nreason = 'a'\n")
    ignores = read("[check]\nignore = [{code = 'sends-star', reason = 'b'}]\n")
    assert [(each.code, str(each.place)) for each in ignores.entries] == [
        ("sends-star", "crossorigin.toml"),
        ("missing-vary", "pyproject.toml:1"),
    ]


def test_paths_are_from_the_file_s_folder_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("crossorigin.toml").write_text(
        "[[check.ignore]]\ncode = 'sends-star'\npath = 'deploy/nginx.conf'\nreason = 'a'\n"
    )
    monkeypatch.chdir(folder / "deploy")
    ignores, _ = read_ignores(Path.cwd())
    here = replace(STAR, place=Place("nginx.conf", 7))
    assert ignores.apply(report(here, target="nginx.conf")).findings == ()
    assert str(ignores.entries[0].place) == f"{folder}/crossorigin.toml:1"


@pytest.mark.parametrize("boundary", [".git", "pyproject.toml"])
def test_a_file_of_another_project_does_not_count(folder: Path, monkeypatch: pytest.MonkeyPatch, boundary: str) -> None:
    Path("crossorigin.toml").write_text("[[check.ignore]]\ncode = 'sends-star'\nreason = 'a'\n")
    inner = folder / "inner"
    inner.mkdir()
    (inner / boundary).touch()
    monkeypatch.chdir(inner)
    assert read_ignores(Path.cwd())[0].entries == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[", "is not TOML, so that its entries of [[check.ignore]] are not applied: "),
        (b"\xff", "cannot be read: it is not UTF-8 (byte 0)"),
        (b"x = " + b"[" * 10_000, "is not TOML, so that its entries of [[check.ignore]] are not applied: "),
    ],
)
def test_a_file_that_cannot_be_read_hides_nothing(folder: Path, content: bytes, why: str) -> None:
    Path("crossorigin.toml").write_bytes(content)
    ignores, (said,) = read_ignores(Path.cwd())
    assert ignores.entries == []
    assert said.startswith(f"{folder}/crossorigin.toml {why}")


@pytest.mark.parametrize("text", ["tool = 1\n", "[tool]\ncrossorigin = 2\n", "[project]\nname = 'x'\n", ""])
def test_a_file_without_entries(text: str) -> None:
    ignores = read(text, "pyproject.toml")
    assert (ignores.entries, ignores.problems) == ([], [])


# -- entries that are not applied ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code = 'missing-vary'", 'code = "missing-vary": there is no reason'),
        ("code = 'missing-vary'\nreason = ' '", 'code = "missing-vary": there is no reason'),
        ("reason = 'a'", 'code = "": there is no result with this code'),
        ("code = 'missing-varry'\nreason = 'a'", 'code = "missing-varry": there is no result with this code'),
        ("code = 3\nreason = 'a'", "code = 3: this must be a string"),
        ("code = 'sends-star'\nreason = 'a'\npath = ['a']", "path = ['a']: this must be a string"),
        ("code = 'sends-star'\nreason = true", "reason = True: this must be a string"),
        ("code = 'sends-star'\nreason = 'a'\nfile = 'b'", "file: an entry has code, path, reason, expires"),
        (
            "code = 'sends-star'\nreason = 'a'\nexpires = 'soon'",
            "expires = 'soon': write a date, such as 2027-03-01",
        ),
        ("code = 'sends-star'\nreason = 'a'\nexpires = 1", "expires = '1': write a date, such as 2027-03-01"),
        (
            "code = 'sends-star'\nreason = 'a'\nexpires = 2027-01-01T00:00:00Z",
            "expires = '2027-01-01 00:00:00+00:00': write a date, such as 2027-03-01",
        ),
    ],
)
def test_an_entry_that_cannot_be_understood_hides_nothing_and_is_said(text: str, said: str) -> None:
    ignores = read(f"\n[[check.ignore]]\n{text}\n")
    assert [(each.code, each.severity, each.evidence, str(each.place)) for each in ignores.problems] == [
        ("ignore-invalid", "low", said, "crossorigin.toml:2")
    ]
    assert ignores.entries == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("check = 1", "check.ignore is not a list of at most 1000 tables"),
        ("[check]\nignore = 'missing-vary'", "check.ignore is not a list of at most 1000 tables"),
        ("[check]\nignore = [" + "{}," * 1001 + "]", "check.ignore is not a list of at most 1000 tables"),
        ("[check]\nignore = ['missing-vary']", "'missing-vary': an entry is a table"),
        ("[check]\nignored = []", "check.ignored: there is no such setting"),
    ],
)
def test_a_table_that_cannot_be_understood(text: str, said: str) -> None:
    assert [each.evidence for each in read(text).problems] == [said]


@pytest.mark.parametrize("quoted", [False, True])
def test_an_entry_holds_up_to_its_date(quoted: bool) -> None:
    today = date.today()

    def until(year: int) -> Ignores:
        written = str(today.replace(year=today.year + year, day=1))
        return entry(
            f"code = 'missing-vary'\nexpires = {written!r}" if quoted else f"code = 'missing-vary'\nexpires = {written}"
        )

    assert until(1).apply(report(VARY)).findings == ()
    expired = until(-1)
    assert expired.apply(report(VARY)).findings == (VARY,)
    assert [(each.code, each.severity) for each in expired.problems] == [("ignore-expired", "info")]


def test_today_is_the_last_day() -> None:
    assert entry(f"code = 'missing-vary'\nexpires = {date.today()}").apply(report(VARY)).findings == ()


@pytest.mark.parametrize(
    ("lines", "targets", "unused"),
    [
        ("code = 'accepts-null'\npath = 'deploy/nginx.conf'", ["deploy/nginx.conf"], True),
        ("code = 'accepts-null'\npath = 'deploy/nginx.conf'", ["."], True),
        ("code = 'accepts-null'\npath = 'deploy/nginx.conf'", ["deploy"], True),
        ("code = 'accepts-null'\npath = 'deploy/*'", ["deploy/nginx.conf"], True),
        ("code = 'accepts-null'", ["deploy/nginx.conf"], True),
        # In a run over some files, an entry for another file says nothing.
        ("code = 'accepts-null'\npath = 'deploy/nginx.conf'", ["crossorigin.toml"], False),
        ("code = 'accepts-null'\npath = 'main:app'", ["."], False),
        ("code = 'accepts-null'\npath = 'main:app'", ["main:app"], True),
        ("code = 'accepts-null'\npath = 'gone.conf'", ["crossorigin.toml"], True),
        ("code = 'accepts-null'\npath = 'gone/*'", ["crossorigin.toml"], False),
        ("code = 'missing-vary'\npath = 'deploy/nginx.conf'", ["."], False),
    ],
)
def test_an_entry_that_matches_nothing_is_said(lines: str, targets: list[str], unused: bool) -> None:
    ignores = entry(lines)
    ignores.apply(report(VARY))
    found = list(ignores.unused(targets))
    assert [(each.code, each.severity, str(each.place)) for each in found] == (
        [("ignore-unused", "info", "crossorigin.toml:1")] if unused else []
    )


# -- writing ------------------------------------------------------------------------------------------


WRITTEN = """
[[check.ignore]]
code = "missing-vary"
path = "deploy/nginx.conf"
reason = "not reviewed: added by `crossorigin check --add-ignores` on 2026-11-27"
expires = 2027-02-25

[[check.ignore]]
code = "unread-include"
path = "deploy/nginx.conf"
reason = "not reviewed: added by `crossorigin check --add-ignores` on 2026-11-27"
expires = 2027-02-25
"""


@pytest.mark.parametrize(
    ("name", "before"),
    [
        ("crossorigin.toml", ""),
        ("crossorigin.toml", "# mine\nallow_origins = [ 'https://a.example' ]   # kept\n\n[production]\nmax_age = 5\n"),
        ("crossorigin.toml", "max_age = 5"),
        ("crossorigin.toml", "max_age = 5\r\n"),
        ("pyproject.toml", "[project]\nname = 'x'  # kept\n"),
        ("pyproject.toml", "[tool.crossorigin.check]\n[[tool.crossorigin.check.ignore]]\ncode = 'x'\n"),
    ],
)
def test_entries_are_added_and_everything_else_stays(name: str, before: str) -> None:
    file = Path(name)
    file.write_bytes(before.encode())
    ignores, _ = read_ignores(Path.cwd())
    written, count = add_ignores(
        ignores, [report(VARY, replace(VARY, place=Place("deploy/nginx.conf", 9)), UNREAD)], TODAY
    )
    assert (written.name, count) == (name, 2)
    head = "[[tool.crossorigin.check.ignore]]" if name == "pyproject.toml" else "[[check.ignore]]"
    end = "\r\n" if "\r\n" in before else "\n"
    added = WRITTEN.replace("[[check.ignore]]", head)
    middle = "" if before.endswith("\n") or not before else "\n"
    expected = (before + middle + added if before else added.lstrip()).replace("\r\n", "\n").replace("\n", end)
    assert file.read_bytes().decode() == expected
    again, _ = read_ignores(Path.cwd())
    assert again.apply(report(VARY, UNREAD)).exit_code() == 0


def test_a_new_file_is_in_the_working_directory(folder: Path) -> None:
    ignores, _ = read_ignores(folder)
    assert add_ignores(ignores, [report(VARY)], TODAY) == (folder / "crossorigin.toml", 1)
    assert Path("crossorigin.toml").read_text() == WRITTEN[1:].partition("\n\n")[0] + "\n"


def test_nothing_to_add_writes_nothing(folder: Path) -> None:
    ignores, _ = read_ignores(folder)
    assert add_ignores(ignores, [report(VALUE)], TODAY)[1] == 0
    assert not Path("crossorigin.toml").exists()


@pytest.mark.parametrize(
    "name", ["a*.conf", "a[b].conf", "a?.conf", 'a"b.conf', "a\\b.conf", "ä\x7f\t.conf", "😀.conf"]
)
def test_a_name_that_looks_like_a_pattern_stands_for_itself(folder: Path, name: str) -> None:
    Path(name).touch()
    results = report(replace(VARY, place=Place(name, 1)), target=name)
    ignores, _ = read_ignores(folder)
    add_ignores(ignores, [results], TODAY)
    again, unread = read_ignores(folder)
    assert unread == []
    assert again.apply(results).findings == ()
    other = replace(VARY, place=Place("axb.conf", 1))
    assert again.apply(report(other, target="axb.conf")).findings == (other,)


@pytest.mark.parametrize(
    "before",
    ["[check]\nignore = [{code = 'sends-star', reason = 'a'}]\n", "check = {ignore = []}\n", "check.ignore = []\n"],
)
def test_a_file_with_no_place_at_its_end_stays_as_it_is(before: str) -> None:
    ignores = read(before)
    with pytest.raises(CannotRun) as raised:
        add_ignores(ignores, [report(VARY)], TODAY)
    why, _, entries = str(raised.value).partition("\n\n")
    assert why.endswith("crossorigin.toml has no place for more entries at its end; add them yourself:")
    assert tomllib.loads(entries)["check"]["ignore"][0]["code"] == "missing-vary"
    assert Path("crossorigin.toml").read_text() == before


def test_a_file_that_cannot_be_written(folder: Path) -> None:
    ignores = Ignores(folder / "gone")
    with pytest.raises(CannotRun, match=r"gone/crossorigin.toml cannot be written: No such file or directory"):
        add_ignores(ignores, [report(VARY)], TODAY)
