"""`crossorigin check` with entries of `[[check.ignore]]`, and `--add-ignores`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from crossorigin.cli import check

NGINX = "server { add_header Access-Control-Allow-Origin https://app.example.com; }\n"  # medium: no `always`
UNREAD = "server { listen 81; include gone.conf; }\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("nginx.conf").write_text(NGINX + UNREAD)
    return tmp_path


def run(*words: str) -> Any:
    commands = typer.Typer()
    commands.command()(check.command)
    return CliRunner().invoke(commands, list(words))


def said(ran: Any) -> dict[str, Any]:
    data = json.loads(ran.stdout)
    return {name: [each["code"] for each in data[name]] for name in ("findings", "not_judged", "ignored")}


def write(*codes: str, reason: str = "known") -> None:
    entries = [f"[[check.ignore]]\ncode = '{code}'\nreason = '{reason}'\n" for code in codes]
    Path("crossorigin.toml").write_text("".join(entries))


@pytest.mark.parametrize(
    ("codes", "code", "findings", "unknown", "ignored"),
    [
        ([], 1, ["errors-without-cors"], ["unread-include"], []),
        (["errors-without-cors"], 2, [], ["unread-include"], ["errors-without-cors"]),
        (["unread-include"], 1, ["errors-without-cors"], [], ["unread-include"]),
        (["errors-without-cors", "unread-include"], 0, [], [], ["errors-without-cors", "unread-include"]),
        (["no-such"], 1, ["errors-without-cors", "ignore-invalid"], ["unread-include"], []),
        (["accepts-null"], 1, ["errors-without-cors", "ignore-unused"], ["unread-include"], []),
    ],
)
def test_what_is_ignored_does_not_count(
    codes: list[str], code: int, findings: list[str], unknown: list[str], ignored: list[str]
) -> None:
    write(*codes)
    ran = run("nginx.conf", "--format", "json")
    assert said(ran) == {"findings": findings, "not_judged": unknown, "ignored": ignored}
    assert ran.exit_code == code


def test_an_ignored_result_is_counted_and_its_reason_is_in_the_report() -> None:
    write("errors-without-cors", reason="the edge adds them")
    assert run("nginx.conf").stdout.endswith("? 1 not judged; no findings in the rest; 1 ignored\n")
    (entry,) = json.loads(run("nginx.conf", "--format", "json").stdout)["ignored"]
    assert entry == {
        "code": "errors-without-cors",
        "evidence": "Access-Control-Allow-Origin: https://app.example.com, which is not sent with errors",
        "place": {"file": "nginx.conf", "line": 1, "name": None},
        "reason": "the edge adds them",
        "entry": {"file": "crossorigin.toml", "line": 1, "name": None},
    }
    sarif = json.loads(run("nginx.conf", "--format", "sarif").stdout)["runs"][0]
    assert [result["ruleId"] for result in sarif["results"]] == ["unread-include"]
    texts = [each["message"]["text"] for each in sarif["invocations"][0]["toolExecutionNotifications"]]
    assert any(text.startswith("Ignored by crossorigin.toml:1 (the edge adds them): ") for text in texts)
    assert 'message="ignored: the edge adds them (crossorigin.toml:1)"' in run("nginx.conf", "--format", "junit").stdout
    assert "the edge adds them" in run("nginx.conf", "--format", "html").stdout


@pytest.mark.parametrize(
    ("options", "added"),
    [
        ([], ["errors-without-cors", "unread-include"]),
        (["--fail-on", "high"], ["unread-include"]),
        (["--allow-not-judged"], ["errors-without-cors"]),
    ],
)
def test_add_ignores(options: list[str], added: list[str]) -> None:
    ran = run("nginx.conf", "--add-ignores", "--format", "json", *options)
    assert ran.exit_code == 0
    assert said(ran)["ignored"] == added
    entries = "1 entry" if len(added) == 1 else f"{len(added)} entries"
    assert ran.stderr == f"{Path.cwd()}/crossorigin.toml: {entries} added; look at each, and write its reason\n"
    again = run("nginx.conf", "--add-ignores", *options)
    assert (again.exit_code, again.stderr) == (0, f"{Path.cwd()}/crossorigin.toml: nothing to add\n")
    assert run("nginx.conf", *options).exit_code == 0


def test_a_new_mistake_is_not_ignored() -> None:
    run("nginx.conf", "--add-ignores")
    Path("nginx.conf").write_text(NGINX + UNREAD + NGINX.replace("https://app.example.com", "*"))
    ran = run("nginx.conf", "--format", "json")
    assert said(ran)["findings"] == ["sends-star"]


def test_a_file_that_cannot_be_read_is_said_and_hides_nothing() -> None:
    Path("crossorigin.toml").write_text("[")
    ran = run("nginx.conf", "--format", "json")
    assert (ran.exit_code, said(ran)["ignored"]) == (1, [])
    assert ran.stderr.startswith(f"crossorigin: {Path.cwd()}/crossorigin.toml is not TOML, so that its entries of ")
    assert ran.stderr.count("\n") == 1


def test_entries_that_cannot_be_added_are_printed() -> None:
    Path("crossorigin.toml").write_text("check.ignore = []\n")
    ran = run("nginx.conf", "--add-ignores")
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "has no place for more entries at its end; add them yourself:\n\n[[check.ignore]]\n" in ran.stderr


def test_what_could_not_be_checked_makes_no_entry_unused() -> None:
    write("accepts-null")
    ran = run("nginx.conf", "gone.conf", "--format", "json")
    codes = [found["code"] for report in json.loads(ran.stdout) for found in report["findings"]]
    assert (ran.exit_code, codes) == (2, ["errors-without-cors"])
