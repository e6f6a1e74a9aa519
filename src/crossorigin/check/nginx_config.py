"""An nginx configuration, read into one tree by crossplane."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import crossplane  # type: ignore[import-untyped]

from ..report.errors import CannotRun
from ..report.findings import Finding, Place
from .declarations import shorten
from .proxy_headers import found


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive, and the block below it."""

    name: str
    args: tuple[str, ...]
    place: Place
    block: tuple[Directive, ...] | None = None

    def __str__(self) -> str:
        return " ".join((self.name, *self.args))


def read_nginx(file: Path) -> tuple[tuple[Directive, ...], list[Finding]]:
    try:
        file.read_bytes()  # crossplane says less well why it cannot
    except OSError as why:
        raise CannotRun(f"{file} cannot be read: {why.strerror}") from None
    # A site's own file has no `http` block around it, so contexts are not checked.
    payload: dict[str, Any] = crossplane.parse(str(file), check_ctx=False)
    unread = []
    for it in payload["errors"]:
        if it["line"] and "No such file" in it["error"]:
            what = f"not found: {it['error'].rpartition(': ')[2]}"
            unread.append(found("config-unread", what, place=Place(shorten(Path(it["file"])), it["line"])))
        else:
            raise CannotRun(f"{shorten(Path(it['file']))} is no nginx configuration: {it['error']}")
    return _tree(payload["config"], 0), unread


def _tree(configs: Sequence[dict[str, Any]], index: int) -> tuple[Directive, ...]:
    """One file's directives, those of the files that it includes in their place."""
    name = shorten(Path(configs[index]["file"]))

    def walk(statements: Sequence[dict[str, Any]]) -> Iterator[Directive]:
        for it in statements:
            for included in it.get("includes", ()):
                yield from _tree(configs, included)
            inner = tuple(walk(it["block"])) if "block" in it else None
            yield Directive(it["directive"], tuple(it["args"]), Place(name, it["line"]), inner)

    return tuple(walk(configs[index]["parsed"]))
