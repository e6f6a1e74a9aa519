"""A bar on standard error while a command has much to do: only on a terminal, and gone at the end."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def progress_bar(*, shown: bool = True) -> Progress:
    """A bar to be used with `with`. Nothing is shown in a pipe, nor if it is not to be `shown`."""
    columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    # Not Console.is_terminal, which is true in a pipe if FORCE_COLOR is set.
    disable = not shown or not sys.stderr.isatty()
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=disable)
