"""Advisories: how each class of mistake was exploited elsewhere.

Here belong the classes that `findings` names: numbers of public advisories, their links, and a story of two
sentences each. Not here: finding the mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Advisory:
    """One class of mistake: the advisories that show it (CVE, GHSA or PYSEC numbers), and what happened."""

    name: str
    ids: tuple[str, ...]
    story: str
    links: tuple[str, ...]


ADVISORIES: Final[dict[str, Advisory]] = {}
