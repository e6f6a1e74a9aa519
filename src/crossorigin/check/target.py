"""A file of any kind, inspected.

Here belongs which room reads which kind. Not here: reading one, and telling the kind (`kinds`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from ..report.errors import CannotRun
from ..report.findings import Result
from .bounds import for_one_target
from .kinds import Kind
from .policy_file import has_policy, inspect_policy_file

_PROXIES: Final = {
    Kind.NGINX: ("nginx_findings", "inspect_nginx"),
    Kind.CADDY: ("caddy_findings", "inspect_caddy"),
    Kind.ENVOY: ("envoy_findings", "inspect_envoy"),
    Kind.OTHER: ("other_kinds", "inspect_other"),
}
_ROOMS: Final = {
    Kind.SOURCE: ("source.files", "inspect_source"),
}


def inspect_file(file: Path, kind: Kind, root: Path | None = None) -> Iterator[Result]:
    """Everything found in one file; what it includes is looked for under `root` as well.

    Raises CannotRun, with one line that says why.
    """
    try:
        yield from for_one_target(lambda: list(_inspect(file, kind, root)))
    except RecursionError:
        raise CannotRun(f"{file} cannot be read: it nests too deeply") from None


def _inspect(file: Path, kind: Kind, root: Path | None) -> Iterator[Result]:
    # A room is entered when it is needed. What reads YAML comes with `crossorigin[check]`.
    if kind is Kind.POLICY:
        if has_policy(file):
            yield from inspect_policy_file(file)
        return
    if kind in _PROXIES:
        room, name = _PROXIES[kind]
        yield from getattr(import_module(f".{room}", __package__), name)(file, root)
        return
    room, name = _ROOMS[kind]
    yield from getattr(import_module(f".{room}", __package__), name)(file)


def inspect_sources(files: Sequence[Path]) -> tuple[list[Result], list[str]]:
    """Everything found in the Python source of a folder, and a note of how much was looked at."""
    results, mentioning = import_module(".source.files", __package__).inspect_sources(files)
    noun = "file" if len(files) == 1 else "files"
    verb = "mentions" if mentioning == 1 else "mention"
    return results, [f"{len(files):,} Python {noun} looked at, {mentioning:,} of which {verb} CORS."]
