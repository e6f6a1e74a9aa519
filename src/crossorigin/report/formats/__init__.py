"""Reports written down: one file per format.

`json` is for programs, `sarif` for code scanning, `junit` for test runners, `html` for people without a terminal;
`groups` and `escaping` are what they share. The text of a terminal is the command line's. This file defines nothing
but the table of formats; each is loaded when it is asked for, since each has a library of its own.
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
