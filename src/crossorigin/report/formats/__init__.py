"""Reports written down: one file per format.

`json` is for programs, `sarif` for code scanning, `junit` for test runners, `html` for people without a terminal;
`text` is for a terminal; `groups` and `escaping` are what they share. A new format is one file here, one row in this
table, and its name in `cli.output`. Each is loaded when it is asked for, because each has a library of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Final, cast

from ..findings import Report
from .escaping import conceal

# Format: the module, whose function is called as_<format>.
FORMATS: Final = ("json", "sarif", "junit", "html")


def render(reports: Sequence[Report], format: str) -> str:
    """The reports in one of FORMATS. Raises ImportError if its library is not installed."""
    module = import_module(f".{format}", __name__)
    return cast(str, getattr(module, f"as_{format}")([conceal(report) for report in reports]))
