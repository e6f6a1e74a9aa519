"""The hook under the real pre-commit, in a repository whose app is not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
OURS = ("src", ".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE")

MAIN = """
import a_package_that_is_not_installed
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

app = FastAPI()
app.add_middleware(CORSMiddleware, allow_origins={origins}, allow_credentials=True)
"""
CONFIG = """
repos:
  - repo: {repository}
    rev: {revision}
    hooks:
      - id: crossorigin-check
"""


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=Tester", "-c", "user.email=tester@example.com")
    ran = subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True)
    return ran.stdout.strip()


def committed(folder: Path) -> str:
    """A repository of all that is in a folder; its one revision."""
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "All of it")
    return git(folder, "rev-parse", "HEAD")


@pytest.mark.slow
def test_the_hook_in_a_repository(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "crossorigin", tmp_path / "theirs"
    for name in OURS:
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        ours.mkdir(exist_ok=True)
        copy(source, ours / name)
    theirs.mkdir()
    config = CONFIG.format(repository=ours, revision=committed(ours))
    (theirs / ".pre-commit-config.yaml").write_text(config)
    (theirs / "main.py").write_text(MAIN.format(origins='["*"]'))
    committed(theirs)
    environment = os.environ | {"PRE_COMMIT_HOME": str(tmp_path / "home"), "PYTHONPATH": ""}
    command = [sys.executable, "-m", "pre_commit", "run", "--all-files"]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=theirs, env=environment, check=False, capture_output=True, text=True)

    rejected = run()
    assert (rejected.returncode, "main.py:7" in rejected.stdout) == (1, True), rejected.stdout + rejected.stderr
    assert "star-with-credentials" in rejected.stdout
    (theirs / "main.py").write_text(MAIN.format(origins='["https://app.example.com"]'))
    git(theirs, "add", "-A")
    accepted = run()
    assert accepted.returncode == 0, accepted.stdout
