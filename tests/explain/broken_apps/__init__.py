"""Apps with one real-life mistake each, and the same apps with the remedy applied.

A module has `app`, `CAUSE` (what `diagnose` must name) and what is needed of: `PAGE`, `BASE`, `PATH`, `CALL` (the
second argument of `fetch()`), `READ` (headers that the page wants), `STATUS` (what it wants), `VISIT` (a path that is
opened first, for its cookies), `WEBSOCKET`, `NAMED` (a word of the evidence). `fixed` is the app with the remedy
applied; `FIXED` replaces constants where the mistake is in the page.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAMES = sorted(it.stem for it in Path(__file__).parent.glob("[!_]*.py"))


@dataclass(frozen=True)
class Broken:
    """One call of one page to one app."""

    app: Any
    cause: str
    page: str
    base: str
    path: str
    call: dict[str, Any] = field(default_factory=dict)
    read: tuple[str, ...] = ()
    status: int | None = None
    visit: str | None = None
    websocket: bool = False
    named: str = ""

    @property
    def url(self) -> str:
        base = self.base.replace("http", "ws", 1) if self.websocket else self.base
        return base + self.path


def load(name: str, *, fixed: bool = False) -> Broken:
    """A module's call, to the app as it is or with the remedy applied."""
    module = importlib.import_module(f"{__name__}.{name}")
    said: dict[str, Any] = vars(module) | (vars(module).get("FIXED", {}) if fixed else {})
    return Broken(
        said.get("fixed", said["app"]) if fixed else said["app"],
        said["CAUSE"],
        said.get("PAGE", "http://localhost:3000"),
        said.get("BASE", "http://localhost:8000"),
        said.get("PATH", "/items"),
        said.get("CALL", {}),
        said.get("READ", ()),
        said.get("STATUS"),
        said.get("VISIT"),
        said.get("WEBSOCKET", False),
        said.get("NAMED", ""),
    )
