"""What the process that runs an app tells the one that asked for it: lines of JSON, each one message.

Here belong the shape of a message, and writing and reading one. The app's own code may write anything here: what is
read is data of known types, or rejected.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache

from pydantic import TypeAdapter, ValidationError

from ..report.findings import Finding, NotJudged, Result, RunTimeValue


@dataclass(frozen=True, slots=True)
class AppTask:
    """What to do with which app; `timeout` in seconds. See the options of `crossorigin check`."""

    name: str
    app_dir: str = ""
    factory: bool = False
    env_file: str = ""
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that was found or done: one field is set."""

    finding: Finding | None = None
    not_judged: NotJudged | None = None
    run_time: RunTimeValue | None = None
    note: str = ""
    error: str = ""
    started: bool = False
    imported: bool = False
    done: bool = False

    @classmethod
    def of(cls, result: Result) -> Message:
        """The message that carries a result."""
        if isinstance(result, Finding):
            return cls(finding=result)
        if isinstance(result, NotJudged):
            return cls(not_judged=result)
        return cls(run_time=result)

    @property
    def result(self) -> Result | None:
        """The result that it carries; None for any other message."""
        return self.finding or self.not_judged or self.run_time


def write(value: Message | AppTask) -> str:
    """The value as one line of JSON, in ASCII."""
    return json.dumps({name: _plain(each) for name, each in asdict(value).items() if each})


def read_message(line: str) -> Message:
    """The message that a line is. Raises ValueError."""
    try:
        return _messages().validate_json(line)
    except ValidationError:
        raise ValueError("this is not a message") from None


def read_task(line: str) -> AppTask:
    """The task that a line is. Raises ValueError."""
    return TypeAdapter(AppTask).validate_json(line)


@cache
def _messages() -> TypeAdapter[Message]:
    return TypeAdapter(Message)


def _plain(value: object) -> object:
    """The value in the types of JSON; a string without what UTF-8 cannot hold, such as bytes of a file's name."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(_plain(str(name))): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return str(value).encode("utf-8", "backslashreplace").decode()
