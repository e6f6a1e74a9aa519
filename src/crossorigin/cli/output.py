"""How `check`, `audit` and `verify` end: the reports written down, and the exit code.

Here belong the choice of format and place, and writing a file whole or not at all. Not here: what each format
looks like (`report.formats`, and `formats.text` for text).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Final, NoReturn

import typer
from rich.console import Console

from ..report.findings import FailOn, Report, exit_code
from ..report.formats import render
from ..report.formats.groups import summary
from ..report.formats.text import draw
from .report_options import Format
from .stderr import say, stop

_LIBRARIES: Final = {Format.JUNIT: "junitparser", Format.HTML: "jinja2"}
_WIDEST: Final = 100


def ready(format: Format) -> None:
    """Leave with one line if this format cannot be written, before anything is asked of anybody."""
    if find_spec(_LIBRARIES.get(format, "rich")) is None:
        stop(f'--format {format} needs {_LIBRARIES[format]}: pip install "crossorigin[reports]"')


def finish(
    reports: Sequence[Report],
    *,
    format: Format,
    output: Path | None,
    fail_on: FailOn = "low",
    allow_not_judged: bool = False,
) -> NoReturn:
    """Write the reports to `output`, or to the terminal, and leave with their exit status."""
    ready(format)
    try:
        if output is None:
            _show(reports, format)
        else:
            output.write_text(_rendered(reports, format), encoding="utf-8")
            say(f"{output}: {summary(reports)}")
    except OSError as error:
        place = "the terminal" if output is None else str(output)
        stop(f"{place} cannot be written: {error.strerror or error}")
    raise typer.Exit(exit_code(reports, fail_on, allow_not_judged=allow_not_judged))


def _rendered(reports: Sequence[Report], format: Format, width: int = _WIDEST) -> str:
    if format is not Format.TEXT:
        return render(reports, format)
    paper = StringIO()
    draw(reports, Console(file=paper, width=width, highlight=False, color_system=None))
    return "\n".join(line.rstrip() for line in paper.getvalue().split("\n"))


def _show(reports: Sequence[Report], format: Format) -> None:
    with suppress(AttributeError):  # a terminal without ✓ gets a ?, never a traceback
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    try:
        width = min(_WIDEST, shutil.get_terminal_size((_WIDEST, 24)).columns)
        console = Console(width=width, highlight=False)
        if format is Format.TEXT and console.is_terminal:
            draw(reports, console)
        else:
            sys.stdout.write(_rendered(reports, format, width))
        sys.stdout.flush()
    except OSError:
        # What is left in the buffer would fail once more when Python ends, with a traceback.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise
