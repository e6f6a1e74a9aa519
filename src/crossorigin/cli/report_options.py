"""The options that several commands have in common, so that each means the same in all of them.

Here belong their names and their help. Not here: what is done with them (`output`, `header_option`).
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..report.findings import FailOn


class Format(StrEnum):
    """What `--format` takes."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    JUNIT = "junit"
    HTML = "html"


class TextOrJSON(StrEnum):
    """What `--format` takes in the commands that do not end with a report: `explain` and `denials`."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="The format of the report.")]
TextOrJSONOption = Annotated[TextOrJSON, typer.Option("--format", help="The format of the answer.")]
# What `--format json` was called before.
JSONOption = Annotated[bool, typer.Option("--json", hidden=True)]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="The file for the report.", show_default="the terminal")
]
FailOnOption = Annotated[
    FailOn, typer.Option("--fail-on", help="The lowest severity of a finding that makes the exit status 1.")
]
AllowNotJudgedOption = Annotated[
    bool, typer.Option("--allow-not-judged", help="What was not judged does not make the exit status 2.")
]
HeaderOption = Annotated[
    list[str] | None,
    typer.Option("--header", "-H", help='A header of every request: "Cookie: session=…".', show_default=False),
]
