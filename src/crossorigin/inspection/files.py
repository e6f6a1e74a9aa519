"""A file of any kind, inspected.

Here belongs which room reads which kind. Not here: reading one, and telling the kind (`kinds`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..findings import Finding
from .kinds import Kind
from .policyfile import has_policy, inspect_policy_file
from .unread import Unreadable

__all__ = ["Unreadable", "inspect_file"]


def inspect_file(file: Path, kind: Kind) -> Iterator[Finding]:
    """Everything found in one file. Raises Unreadable, with one line that says why."""
    # What reads the files of a proxy comes with `crossorigin[check]`; who has none of them need not have it.
    if kind is Kind.POLICY:
        if has_policy(file):
            yield from inspect_policy_file(file, str(file))
        return
    if kind is Kind.NGINX:
        from .nginx import inspect_nginx as inspect
    elif kind is Kind.CADDY:
        from .caddy import inspect_caddy as inspect
    else:
        from .envoy import inspect_envoy as inspect
    yield from inspect(file)
