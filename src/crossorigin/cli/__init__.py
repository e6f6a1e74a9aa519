"""The command line: `crossorigin <command>`, one file per command.

A command is a module of this package with a function `command`, whose docstring is its help. Only the command that
runs is imported: the others need packages, and time, that it does not need. The module of a group of commands has
`commands` instead, a `typer.Typer`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from traceback import walk_tb
from typing import Any, Final, NamedTuple, NoReturn, cast

from ..standards.optional import MissingPackage, optional


class Command(NamedTuple):
    """What is known of a command before it is imported: the first line of its help, and the extra that it needs."""

    summary: str
    extra: str


COMMANDS: Final = {
    "demo": Command("Watch CORS happen, in your own browser.", "demo"),
    "explain": Command("Find out why a browser blocks a request, and what to change.", "cli"),
    "check": Command("Find what is wrong with a CORS policy before anybody runs it.", "check"),
    "audit": Command("Find what a stranger's website could do to a server, by asking it as a browser would.", "audit"),
    "verify": Command("Prove that a deployment does what the policy says.", "cli"),
    "denials": Command("List who was denied, by cause, with the line to write for each, from a server's log.", "cli"),
}
GROUPS: Final = {"origins": Command("Look into origins that change while you serve.", "cli")}

_TRACEBACK: Final = "CROSSORIGIN_TRACEBACK"


def main() -> None:
    """The console script."""
    try:
        typer = optional("typer", "cli")
        optional("rich", "cli")
    except MissingPackage as error:
        _leave(error)
    app = typer.Typer(
        name="crossorigin",
        help="CORS for FastAPI, Starlette and ASGI: see it, understand it, get it right.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",  # which joins the lines of a paragraph again
    )
    app.callback()(import_module(".version", __name__).options)
    asked = _asked(sys.argv[1:])
    for name, known in {**COMMANDS, **GROUPS}.items():
        if name != asked:
            app.command(name, help=known.summary)(lambda: None)
            continue
        try:
            if name in GROUPS:
                app.add_typer(load_group(name), name=name)
            else:
                app.command(name)(load_command(name))
        except ModuleNotFoundError as error:
            _leave(f'{name} needs {error.name}: pip install "crossorigin[{known.extra}]"')
    try:
        app()
    except Exception as error:
        if os.environ.get(_TRACEBACK):
            raise
        _leave(_unexpected(error))


def load_command(name: str) -> Callable[..., Any]:
    """The function of a command, imported. Raises ModuleNotFoundError if a package that it needs is not installed."""
    return cast(Callable[..., Any], import_module(f".{name}", __name__).command)


def load_group(name: str) -> Any:
    """The commands of a group, imported. Raises as `load_command` does."""
    return import_module(f".{name}", __name__).commands


def _unexpected(error: Exception) -> str:
    """One line for a mistake of our own: what it is, and the line of this package that it comes from."""
    # Imported late, because no other start needs it.
    visible_line = import_module("..report.formats.escaping", __name__).visible_line
    here = Path(__file__).parent.parent
    at = ""
    for frame, line in walk_tb(error.__traceback__):
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(here):
            at = f" ({file.relative_to(here).as_posix()}:{line})"
    said = visible_line(f"{type(error).__name__}: {error}")
    return f"a mistake in crossorigin: {said}{at}; please report it, with what it prints under {_TRACEBACK}=1"


def _leave(why: object) -> NoReturn:
    print(f"crossorigin: {why}", file=sys.stderr)
    sys.exit(2)


def _asked(arguments: Sequence[str]) -> str | None:
    """The command's name: the first argument that is not an option, because no option before it takes a value."""
    for argument in arguments:
        if not argument.startswith("-"):
            return argument
    return None
