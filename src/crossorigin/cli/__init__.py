"""The command line: `crossorigin <command>`, one file per command.

Here belong the entry point and the list of commands. Not here: what a command does. A command is a module
of this package with a function `command`, whose docstring is its help. Nothing imports this package.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

COMMANDS: Final = ("demo", "explain", "check", "audit", "verify")


def main() -> None:
    """The console script."""
    try:
        import typer
    except ImportError:
        print('The command line needs typer and rich: pip install "crossorigin[cli]"', file=sys.stderr)
        sys.exit(2)
    app = typer.Typer(
        name="crossorigin",
        help="CORS for FastAPI, Starlette and ASGI: see it, understand it, get it right.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",  # which joins the lines of a paragraph again
    )
    app.callback()(import_module(".version", __name__).options)
    for name in COMMANDS:
        app.command(name)(import_module(f".{name}", __name__).command)
    app()
