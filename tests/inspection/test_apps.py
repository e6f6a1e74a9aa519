"""Apps as people write them: every code at its line, what Starlette does, the policy that is meant, what changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware as StarletteCORS

from crossorigin import Policy, cli
from crossorigin.cli.check import _look_at_app
from crossorigin.findings import Finding
from crossorigin.inspection.equivalent import equivalent
from tests.inspection.marks import expected, found, samples

APPS = samples("apps", "*.py")


def look(file: Path) -> tuple[list[Finding], list[str], str]:
    return _look_at_app(f"tests.inspection.apps.{file.stem}:app")


@pytest.mark.parametrize("file", APPS, ids=lambda it: it.stem)
def test_what_is_found(file: Path) -> None:
    findings, _, error = look(file)
    assert not error
    assert found(findings, file) == expected(file)
