"""nginx configurations as people write them: every line's expected codes stand on it, after `#:`."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from crossorigin.inspection.nginx import inspect_nginx

HERE = Path(__file__).parent / "nginx"
FILES = sorted(HERE.glob("*.conf"))


def expected(file: Path) -> list[tuple[int, str]]:
    """(line, code) for every code that a file says of itself."""
    lines = file.read_text().splitlines()
    said = [(n, it) for n, line in enumerate(lines, 1) if (found := re.search(r"#: (.*)$", line)) for it in found[1].split()]
    return sorted(said)


@pytest.mark.parametrize("file", FILES, ids=lambda it: it.stem)
def test_what_is_found(file: Path) -> None:
    found = list(inspect_nginx(file))
    assert sorted((it.place.line, it.code) for it in found if it.place) == expected(file)
