"""`crossorigin --version`, and what else stands before the name of a command."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import __version__


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"crossorigin {__version__}")
        raise typer.Exit


def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """The options of `crossorigin` itself. With them, a command is always named, even while there is only one."""
