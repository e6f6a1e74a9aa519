"""Policy files: every profile, each problem at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossorigin.check import Kind, inspect_file
from crossorigin.check.policy_findings import GRADES
from crossorigin.policy.problems import CATALOGUE
from tests.check.marks import HERE, expected, found

FILES = sorted((HERE / "policies").glob("*/*.toml"))


@pytest.mark.parametrize("process", ["", "development", "production"])
@pytest.mark.parametrize("file", FILES, ids=lambda it: it.parent.name)
def test_what_is_found(file: Path, process: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if process:
        monkeypatch.setenv("CROSSORIGIN_ENVIRONMENT", process)
    assert found(inspect_file(file, Kind.POLICY), file) == expected(file)


def test_every_problem_has_a_grade() -> None:
    assert GRADES.keys() == CATALOGUE.keys()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("crossorigin.toml", "allow_origins = [", [("file-not-toml", 1)]),
        ("crossorigin.toml", b"\xff", [("file-not-toml", 1)]),
        ("crossorigin.toml", "", [("empty-policy", 0)]),
        ("crossorigin.toml", "production = 1", [("profile-invalid", 1)]),
        ("crossorigin.toml", "[development]\nallow_origins = ['https://a.example']\n", []),
        ("crossorigin.toml", "[production]\nallow_methods = ['PUT']\n", [("empty-policy", 1)]),
        ("crossorigin.toml", "[production]\n'allow_origins' = ['https://a.example']\n", []),
        ("crossorigin.toml", "allow_origins = [\n 'null',\n 'NULL']\n", [("lists-null", 2), ("lists-null", 3)]),
        ("crossorigin.toml", "allow_origins = ['https://a.example', \"\\u0061\"]", [("origin-scheme", 1)]),
        ("crossorigin.toml", "allow_origins = [\n'https://a.example',\n\"\\u0061\"\n]", [("origin-scheme", 1)]),
        ("pyproject.toml", "[tool]\ncrossorigin = 1", [("profile-invalid", 0)]),
        ("pyproject.toml", "[project]\nname = 'x'", []),
        ("pyproject.toml", "tool = 1", []),
        ("pyproject.toml", "[tool.crossorigin]\nmax_age = 5\n", [("empty-policy", 1)]),
        ("pyproject.toml", "[tool.crossorigin]\nmax_age = \n", [("file-not-toml", 2)]),
        ("pyproject.toml", b"\xff", [("file-not-toml", 1)]),
    ],
)
def test_files(name: str, text: str | bytes, said: list[tuple[str, int]], tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    findings = list(inspect_file(file, Kind.POLICY))
    assert [(it.code, it.place.line if it.place else None) for it in findings] == said


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (finding,) = inspect_file(tmp_path / "crossorigin.toml", Kind.POLICY)
    assert finding.code == "file-unreadable"


def test_what_a_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "crossorigin.toml").write_text("allow_methods = ['PUT']\n")
    monkeypatch.setenv("CROSSORIGIN_ALLOW_ORIGINS", "https://a.example/x")
    (finding,) = inspect_file(tmp_path / "crossorigin.toml", Kind.POLICY)
    assert (finding.code, finding.evidence) == ("origin-path", "allow_origins[0] = 'https://a.example/x'")
    assert finding.place is not None
    assert finding.place.line == 0
