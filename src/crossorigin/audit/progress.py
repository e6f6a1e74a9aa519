"""What is done already: the reports of a list of targets, kept line by line, so that a run can be taken up again.

Here belong writing a report down and reading it back. Not here: how a report is shown (`reports`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

from ..findings import Finding, Place, Report


class Progress:
    """A file of reports, one JSON document a line; a line that was cut off is asked again.

    Raises OSError where the file can be neither read nor written.
    """

    def __init__(self, path: Path) -> None:
        self.done: dict[str, Report] = {}
        content = path.read_bytes() if path.exists() else b""
        for line in content.splitlines():
            report = _read(line)
            if report is not None:
                self.done[report.target] = report
        self._file: TextIO = path.open("a", encoding="utf-8")
        if content and not content.endswith(b"\n"):
            self._file.write("\n")

    def keep(self, report: Report) -> None:
        """Writes one report down, at once."""
        self._file.write(json.dumps(asdict(report), default=list) + "\n")
        self._file.flush()
        self.done[report.target] = report

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _read(line: bytes) -> Report | None:
    try:
        said = json.loads(line)
        findings = tuple(
            Finding(**it | {"place": Place(**it["place"]) if it["place"] else None}) for it in said.pop("findings")
        )
        return Report(**said | {"findings": findings, "notes": tuple(said["notes"])})
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
