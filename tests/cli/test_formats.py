"""What the three commands really find, in every format: one shape, whoever found it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from crossorigin import Policy
from crossorigin.cli import audit, check, verify
from crossorigin.verify import serve_policy
from tests.e2e.chromium import Served
from tests.report.sarif_schema import sarif_validator
from tests.report.test_html import Tree

KEYS = ["target", "kind", "findings", "not_judged", "run_time", "ignored", "notes", "requests", "seconds", "error"]
FOUND = ["code", "severity", "title", "evidence", "remedy", "why", "place", "places", "advisory", "details"]
OTHER = 'allow_origins = ["https://app.example.com"]\nallow_credentials = true\nmax_age = 60\n'


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that lets everybody read, and nothing else."""
    server = Served(serve_policy(policy=Policy.public()), log_level="critical")
    yield f"http://127.0.0.1:{server.port}/items"
    server.stop()


@pytest.fixture(params=["check", "audit", "verify"])
def command(request: pytest.FixtureRequest, url: str, tmp_path: Path) -> list[str]:
    (tmp_path / "crossorigin.toml").write_text(OTHER)
    arguments = {
        "check": ["check", str(Path(__file__).parent.parent / "check" / "nginx" / "if_regex.conf")],
        "audit": ["audit", url],
        "verify": ["verify", url, "--policy", str(tmp_path / "crossorigin.toml")],
    }
    return arguments[request.param]


def run(*arguments: str) -> Any:
    commands = typer.Typer()
    for it in (check, audit, verify):
        commands.command(it.__name__.rpartition(".")[2])(it.command)
    return CliRunner().invoke(commands, arguments)


def test_json(command: list[str]) -> None:
    ran = run(*command, "--format", "json")
    data = json.loads(ran.stdout)
    assert list(data) == KEYS
    assert (data["kind"], data["target"], data["error"]) == (command[0], command[1], None)
    assert len(data["findings"]) >= 2
    assert [it for it in data["findings"] if list(it) != FOUND] == []
    assert ran.exit_code == 1


def test_sarif(command: list[str], tmp_path: Path) -> None:
    file = tmp_path / "out.sarif"
    assert run(*command, "--format", "sarif", "--output", str(file)).exit_code == 1
    data = json.loads(file.read_text())
    assert [it.message for it in sarif_validator().iter_errors(data)] == []
    assert data["runs"][0]["automationDetails"] == {"id": f"crossorigin {command[0]}/"}
    assert len(data["runs"][0]["results"]) >= 2


def test_junit(command: list[str]) -> None:
    (suite,) = ElementTree.fromstring(run(*command, "--format", "junit").stdout)
    assert suite.get("name") == f"crossorigin {command[0]} {command[1]}"
    assert int(suite.get("failures", 0)) >= 1


def test_html(command: list[str]) -> None:
    tree = Tree(run(*command, "--format", "html").stdout)
    titles = {"check": "Configuration check", "audit": "Security audit", "verify": "Deployment verification"}
    assert (tree.open, tree.text("h1")) == ([], [titles[command[0]]])
