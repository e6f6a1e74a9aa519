"""How `check`, `audit` and `verify` end: the reports written down, and the exit code.

Here belong the choice of format and place. Not here: what each format looks like (`reports`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

import typer

from ..findings import Report


class Format(StrEnum):
    """What `--format` takes."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    HTML = "html"


def finish(reports: Sequence[Report], *, format: Format, output: Path | None) -> NoReturn:
    """Write the reports to `output`, or to the terminal, and leave with the worst exit code among them."""
    for report in reports:
        for it in report.findings:
            typer.echo(f"{it.severity}: {it.code}: {it.title}: {it.evidence}")
    raise typer.Exit(max((it.exit_code for it in reports), default=0))
