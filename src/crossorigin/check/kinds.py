"""What a target of `check` is: told by what it is, never asked for.

Here belong the kinds, how each is known by its name or its text, and what is looked for in a folder. Not here:
looking into one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

from ..report.documents import read_file
from ..report.errors import CannotRun
from ..transport.app_name import is_app_name
from .policy_file import has_policy


class Kind(StrEnum):
    """What `--kind` takes."""

    POLICY = "policy"
    APP = "app"
    NGINX = "nginx"
    CADDY = "caddy"
    ENVOY = "envoy"


# By name first: what these are called is settled.
_NAMES: Final = (
    (re.compile(r"(.*\.)?crossorigin\.toml|pyproject\.toml|.*\.toml"), Kind.POLICY),
    (re.compile(r"Caddyfile(\..*)?|.*\.caddyfile|.*\.caddy", re.IGNORECASE), Kind.CADDY),
    (re.compile(r"nginx.*\.conf|.*\.nginx(\.conf)?", re.IGNORECASE), Kind.NGINX),
    (re.compile(r".*envoy.*\.(ya?ml|json)", re.IGNORECASE), Kind.ENVOY),
)
# Else by a word in the text.
_WORDS: Final = (
    (re.compile(r"envoy\.filters|envoy\.extensions|static_resources"), Kind.ENVOY),
    (
        re.compile(
            r"^[^\S\n]*(?:(?:server|http)\s*\{|location\s[^{\n]*\{|(?:add_header|proxy_pass|server_name|listen)\s.*;)",
            re.MULTILINE,
        ),
        Kind.NGINX,
    ),
    (re.compile(r"^[^\S\n]*(?:reverse_proxy|file_server|header|respond|root)\b", re.MULTILINE), Kind.CADDY),
)
_FOLDER: Final = (
    "crossorigin.toml",
    "pyproject.toml",
    "nginx.conf",
    "conf.d/*.conf",
    "sites-enabled/*",
    "*.nginx",
    "Caddyfile",
    "envoy.yaml",
    "envoy.yml",
    "envoy.json",
)


def kind_of(target: str) -> Kind | None:
    """The kind of one target; None where it is none that is known."""
    file = Path(target)
    if not file.exists():
        return Kind.APP if is_app_name(target) else next((kind for it, kind in _NAMES if it.fullmatch(file.name)), None)
    named = next((kind for it, kind in _NAMES if it.fullmatch(file.name)), None)
    return named or _by_text(file)


def _by_text(file: Path) -> Kind | None:
    try:
        text = read_file(file).decode("utf-8", "replace")
    except CannotRun:
        return None
    return next((kind for it, kind in _WORDS if it.search(text)), None)


def in_folder(folder: Path, kind: Kind | None) -> Iterator[Path]:
    """The files of a folder that can be checked. What an nginx.conf includes is not named again."""
    found = [file for pattern in _FOLDER for file in sorted(folder.glob(pattern)) if file.is_file()]
    if not found or kind is Kind.NGINX:
        found += [it for it in sorted(folder.glob("*.conf")) if it not in found]
    nginx = folder / "nginx.conf"
    for file in found:
        mine = kind_of(str(file))
        if mine is Kind.POLICY and not has_policy(file):
            continue
        if mine is Kind.NGINX and nginx in found and file != nginx:
            continue
        if mine is not None and kind in (None, mine):
            yield file
