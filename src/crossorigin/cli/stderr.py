"""Lines on standard error, and the one way in which a command says that it cannot do what it was asked to do."""

from __future__ import annotations

from typing import NoReturn

import typer

from ..report.formats.escaping import visible


def say(text: str) -> None:
    """Print to standard error, escaped: an error may quote what a file, a server or an app said."""
    typer.echo(visible(text), err=True)


def stop(why: object) -> NoReturn:
    """Leave with the reason on standard error, and exit status 2."""
    say(f"crossorigin: {why}")
    raise typer.Exit(2)
