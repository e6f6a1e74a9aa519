"""What a sample says of itself: after `#:` at the end of a line stand the codes that are to be found there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from crossorigin.report.findings import Result, RunTimeValue

HERE = Path(__file__).parent


def samples(folder: str, pattern: str) -> list[Path]:
    """The samples of a folder."""
    return sorted(it for it in (HERE / folder).glob(pattern) if it.name != "__init__.py")


def expected(file: Path) -> Counter[tuple[int, str]]:
    """(line, code) for every code that a sample names."""
    marks = ((n, re.search(r"#: (.*)$", line)) for n, line in enumerate(file.read_text().splitlines(), 1))
    return Counter((n, code) for n, found in marks if found for code in found[1].split())


def found(results: Iterable[Result], file: Path) -> Counter[tuple[int, str]]:
    """(line, code) of results, all of which stand in this file; of a value of run time, its setting."""
    places = [(result.place, _code(result)) for result in results]
    assert {place.file for place, _ in places if place} <= {str(file.relative_to(Path.cwd()))}
    return Counter((place.line if place else 0, code) for place, code in places)


def _code(result: Result) -> str:
    return result.setting if isinstance(result, RunTimeValue) else result.code
