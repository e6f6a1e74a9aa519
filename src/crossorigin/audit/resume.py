"""What is done already: the reports of a list of targets, kept line by line, so that a run can be taken up again.

Here belong writing a report down and reading it back. Not here: how a report is shown (`report.formats`).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from errno import EINVAL
from pathlib import Path
from typing import Any, Final

from ..report.findings import Finding, NotJudged, Place, Report, RunTimeValue

# Field of a report: what is in it.
_RESULTS: Final = (("findings", Finding), ("not_judged", NotJudged), ("run_time", RunTimeValue))


class Progress:
    """A file of reports, one JSON document a line.

    What could not be looked at is asked again, and so is the target of a line that was cut off.

    Raises OSError where the file can be neither read nor written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        if path.exists() and not path.is_file():
            raise OSError(EINVAL, "it is no file")
        self.done: dict[str, Report] = {}
        content = path.read_bytes() if path.exists() else b""
        for line in content.splitlines():
            report = _read(line)
            if report is not None and not report.error:
                self.done[report.target] = report
        self._file = path.open("ab", buffering=0)  # nothing waits in a buffer to be lost
        if content and not content.endswith(b"\n"):
            self._file.write(b"\n")

    def __str__(self) -> str:
        return str(self._path)

    def keep(self, report: Report) -> None:
        """Writes one report down, at once. Raises OSError."""
        self._file.write(json.dumps(asdict(report), default=list).encode() + b"\n")
        self.done[report.target] = report

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _read(line: bytes) -> Report | None:
    try:
        said = json.loads(line)
        said.pop("ignored", None)  # the audit ignores nothing
        for name, kind in _RESULTS:
            said[name] = tuple(kind(**_with_places(result)) for result in said.get(name, ()))
        return Report(**said | {"notes": tuple(said["notes"])})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _with_places(result: dict[str, Any]) -> dict[str, Any]:
    """A result with its places as values again; a value of run time has one at most."""
    place = result["place"]
    result = result | {"place": Place(**place) if place else None}
    if "other_places" in result:
        result["other_places"] = tuple(Place(**other) for other in result["other_places"])
    return result
