"""The process that runs an app for `crossorigin check`: it imports the app, looks at it, and ends.

Here belongs all that happens in that process. Standard output carries the messages; whatever the app prints goes to
standard error. Not here: starting and ending the process (`app_process`).
"""

from __future__ import annotations

import faulthandler
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NoReturn, TextIO

from ..check import inspect_app, refused, runs_a_server
from ..policy.problems import PolicyError
from ..report.errors import CannotRun
from ..standards.optional import MissingPackage, optional
from ..transport.app_name import parse_app_name
from .app_messages import AppTask, Message, read_task, write
from .load_app import load_app


def main(task: str) -> NoReturn:
    """Do the task, and end this process with all of its threads."""
    messages = os.fdopen(os.dup(1), "w", encoding="ascii")  # nothing that the app starts inherits it
    os.dup2(2, 1)
    sys.argv = ["crossorigin"]  # programs read it when they are imported
    known = read_task(task)
    # Says where the app hangs, and ends this process even if nobody waits for it any more.
    faulthandler.dump_traceback_later(known.timeout, exit=True)
    with messages:
        serve(known, messages)
    with suppress(Exception):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(0)


def serve(task: AppTask, messages: TextIO) -> None:
    """Write a line for each message."""
    for message in inspected(task):
        messages.write(write(message) + "\n")
        messages.flush()


def inspected(task: AppTask) -> Iterator[Message]:
    """All that is to be said of an app, as it is found; the last message is `done`."""
    yield Message(started=True)
    yield from _findings(task)
    yield Message(done=True)


def _findings(task: AppTask) -> Iterator[Message]:
    # What an app is warned of when it is built is told as a finding, with its place.
    logging.getLogger("crossorigin").addHandler(logging.NullHandler())
    try:
        _read_env_file(task.env_file)
        app = _load(task)
    except CannotRun as error:
        policy_error = error.__context__  # `from None` hides it from people only
        if isinstance(policy_error, PolicyError):
            yield from (Message.of(found) for found in refused(policy_error, task.name))
        else:
            yield Message(error=str(error))
        return
    yield Message(imported=True)
    seen = inspect_app(app, task.name)
    yield from (Message.of(result) for result in seen.results)
    yield from (Message(note=note) for note in seen.notes)


def _read_env_file(name: str) -> None:
    """The variables of a file, under those that are set already, as uvicorn does. Raises CannotRun."""
    if not name:
        return
    try:
        dotenv = optional("dotenv", "cli")
    except MissingPackage:
        raise CannotRun("--env-file needs python-dotenv: pip install python-dotenv") from None
    if not Path(name).is_file():
        raise CannotRun(f"--env-file {name}: there is no such file")
    dotenv.load_dotenv(dotenv_path=name)


def _load(task: AppTask) -> object:
    """The app. Raises CannotRun; so it does before importing what would serve in place of being imported."""
    named = parse_app_name(task.name, task.app_dir)
    serving = runs_a_server(named.module, named.folders) if named is not None else ""
    if serving:
        raise CannotRun(
            f'{task.name} serves when it is imported ({serving}): put that below if __name__ == "__main__":'
        )
    return load_app(task.name, app_dir=task.app_dir, factory=task.factory, options=True)
