"""The options that commands have in common: the same names and the same help in each, and they do what they say."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from crossorigin.cli import report_options

NGINX = "server { add_header Access-Control-Allow-Origin https://app.example.com; }\n"  # medium: no `always`
UNREAD = "server { listen 81; include gone.conf; }\n"
REPORTING = ("check", "audit", "verify")
SHARED = {
    "format": (report_options.FormatOption, ["--format"]),
    "output": (report_options.OutputOption, ["--output", "-o"]),
    "fail_on": (report_options.FailOnOption, ["--fail-on"]),
    "allow_not_judged": (report_options.AllowNotJudgedOption, ["--allow-not-judged"]),
}


def app(name: str) -> typer.Typer:
    commands = typer.Typer()
    commands.command(name)(import_module(f"crossorigin.cli.{name}").command)
    return commands


def annotation(command: str, parameter: str) -> Any:
    function = import_module(f"crossorigin.cli.{command}").command
    return get_type_hints(function, include_extras=True)[parameter]


@pytest.mark.parametrize("command", REPORTING)
@pytest.mark.parametrize(("parameter", "expected"), SHARED.items(), ids=SHARED)
def test_an_option_is_the_same_in_each_command(command: str, parameter: str, expected: tuple[Any, list[str]]) -> None:
    annotated, names = expected
    assert annotation(command, parameter) == annotated
    (option,) = annotated.__metadata__
    assert [option.default, *option.param_decls] == names


@pytest.mark.parametrize("command", ["audit", "verify", "explain"])
def test_headers_are_the_same_in_each_command(command: str) -> None:
    assert annotation(command, "header") == report_options.HeaderOption


@pytest.mark.parametrize("command", ["explain", "denials"])
def test_the_format_of_what_is_not_a_report(command: str) -> None:
    assert annotation(command, "format") == report_options.TextOrJSONOption
    assert annotation(command, "json") == report_options.JSONOption
    assert "--json" not in CliRunner().invoke(app(command), ["--help"]).stdout.replace("--json-body", "")


@pytest.mark.parametrize("name", REPORTING)
def test_the_exit_status_is_stated(name: str) -> None:
    text = " ".join(CliRunner().invoke(app(name), ["--help"], env={"COLUMNS": "200"}).stdout.split())
    assert "Exit status: 0 if " in text
    assert "; 1 for findings at or above --fail-on; 2 if " in text
    assert "or if something was not judged (without --allow-not-judged)." in text
    assert "<critical|high|medium|low|info|never>" in text


@pytest.mark.parametrize(
    ("content", "words", "code"),
    [
        (NGINX, [], 1),
        (NGINX, ["--fail-on", "medium"], 1),
        (NGINX, ["--fail-on", "high"], 0),
        (NGINX, ["--fail-on", "never"], 0),
        (UNREAD, [], 2),
        (UNREAD, ["--allow-not-judged"], 0),
        (UNREAD + NGINX, [], 1),
        (UNREAD + NGINX, ["--fail-on", "high"], 2),
        (UNREAD + NGINX, ["--fail-on", "high", "--allow-not-judged"], 0),
        ("}", ["--fail-on", "never", "--allow-not-judged"], 2),
        (NGINX, ["--fail-on", "worst"], 2),
    ],
)
def test_check(content: str, words: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nginx.conf").write_text(content)
    assert CliRunner().invoke(app("check"), ["nginx.conf", *words]).exit_code == code


def test_the_report_goes_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("nginx.conf").write_text(UNREAD)
    ran = CliRunner().invoke(app("check"), ["nginx.conf", "--format", "json", "-o", "report.json"])
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert ran.stderr == "report.json: 1 not judged; no findings in the rest\n"
    (unknown,) = json.loads(Path("report.json").read_text())["not_judged"]
    assert unknown["code"] == "unread-include"


@pytest.mark.parametrize("words", [["--format", "json"], ["--json"]])
def test_explain_as_json(words: list[str]) -> None:
    message: Any = (
        "Access to fetch at 'https://api.example.com/' from origin 'https://app.example.com' has been blocked by CORS "
        "policy: No 'Access-Control-Allow-Origin' header is present on the requested resource."
    )
    ran = CliRunner().invoke(app("explain"), ["--console", message, *words])
    assert json.loads(ran.stdout)["reason"] == "allow-origin-missing"


@pytest.mark.parametrize("words", [["--format", "json"], ["--json"]])
def test_denials_as_json(words: list[str]) -> None:
    ran = CliRunner().invoke(app("denials"), ["-", *words], input="")
    assert json.loads(ran.stdout) == {"denied": [], "would_deny": [], "unnamed": 0, "unread": 0}
