"""A release: two builds are one, each licence is known, and what users install works without what they left out."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from packaging.specifiers import SpecifierSet

ROOT: Final = Path(__file__).parent.parent
OLDEST_PYTHON: Final = "3.11.2"  # of Debian 12
PIN: Final = re.compile(r"^([\w.-]+)==([\w.]+)", re.MULTILINE)
EXTRA_OF: Final = (
    (["--version"], 'typer is not installed: pip install "crossorigin[cli]"'),
    (["check", "."], 'typer is not installed: pip install "crossorigin[cli]"'),
    (["demo"], 'typer is not installed: pip install "crossorigin[cli]"'),
)
EXTRA_BESIDE_CLI: Final = (
    (["check", "envoy.yaml"], 'envoy.yaml needs yaml: pip install "crossorigin[check]"'),
    (
        ["check", "--format", "html", "crossorigin.toml"],
        '--format html needs jinja2: pip install "crossorigin[reports]"',
    ),
    (["check", "--format", "junit", "crossorigin.toml"], "junit needs junitparser"),
    (["demo"], 'demo needs uvicorn: pip install "crossorigin[demo]"'),
)


def name(written: str) -> str:
    return re.sub(r"[-_.]+", "-", written).lower()


@pytest.mark.nightly
def test_two_builds_are_the_same_and_the_parts_are_listed() -> None:
    made = subprocess.run([sys.executable, ROOT / "tools" / "release"], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("Two builds are the same;")
    listed = json.loads((ROOT / "dist" / "sbom.cdx.json").read_text())["components"]
    assert {"pydantic", "ada-url", "publicsuffixlist", "typer", "sqlalchemy"} <= {name(each["name"]) for each in listed}
    packed = sorted(file.suffix for file in (ROOT / "dist").iterdir())
    assert packed == ["", ".gz", ".json", ".whl"]


def test_the_locked_versions_are_those_that_the_tests_use() -> None:
    tested = {name(found): version for found, version in PIN.findall((ROOT / "constraints.txt").read_text())}
    text = (ROOT / "locked.txt").read_text()
    locked = {name(found): version for found, version in PIN.findall(text)}
    assert {"pydantic", "httpx2", "redis", "uvicorn"} <= locked.keys()
    assert {each: tested[each] for each in locked if each in tested} == {
        each: locked[each] for each in locked if each in tested
    }
    entries = [entry for entry in re.split(r"\n(?=\S)", text.strip()) if not entry.startswith("#")]
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_no_pin_needs_a_newer_python_than_debian_12_has() -> None:
    """pip leaves out releases that the running Python is too old for, and then says that the pins conflict."""
    installed = {name(it.metadata["Name"]): it.metadata for it in importlib.metadata.distributions()}
    pins = {name(found) for found, _ in PIN.findall((ROOT / "constraints.txt").read_text())}
    needed = {it: installed[it].get("Requires-Python") for it in pins & installed.keys()}
    assert len(needed) > 150
    too_new = {it: text for it, text in needed.items() if text and OLDEST_PYTHON not in SpecifierSet(text)}
    assert too_new == {}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment with the package alone: `pip install .`, without extras."""
    here = tmp_path_factory.mktemp("plain")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", here], check=True)
    pip(here, ROOT)
    return here


def pip(environment: Path, *wanted: object) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "-q",
        "--disable-pip-version-check",
        "--python",
        environment / "bin" / "python",
    ]
    subprocess.run([*command, "install", "-c", ROOT / "constraints.txt", *wanted], check=True, capture_output=True)


def run(environment: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COV"))}
    command = environment / "bin" / "crossorigin"
    return subprocess.run([command, *words], cwd=folder, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_without_extras_the_middleware_works_and_a_command_names_its_extra(environment: Path, tmp_path: Path) -> None:
    program = (
        "from crossorigin import CORSMiddleware, Policy; print(Policy(allow_origins=['https://a.example']).max_age)"
    )
    ran = subprocess.run([environment / "bin" / "python", "-c", program], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "600\n", "")
    for words, said in EXTRA_OF:
        ran = run(environment, tmp_path, *words)
        assert (ran.returncode, ran.stdout, ran.stderr) == (2, "", f"crossorigin: {said}\n"), words


@pytest.mark.slow
def test_beside_cli_a_command_names_what_it_lacks(environment: Path, tmp_path: Path) -> None:
    pip(environment, "typer", "rich", "httpx2")
    (tmp_path / "envoy.yaml").write_text("static_resources: {}\n")
    (tmp_path / "crossorigin.toml").write_text('allow_origins = ["https://a.example"]\n')
    for words, said in EXTRA_BESIDE_CLI:
        ran = run(environment, tmp_path, *words)
        assert ran.returncode == 2, words
        assert said in ran.stdout + ran.stderr
        assert "Traceback" not in ran.stderr
