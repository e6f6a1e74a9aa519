"""What a target of `check` is: told by what it is, never asked for.

Here belong the kinds, how each is known by its name or its text, and what is looked for in a folder. Not here:
looking into one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from ..report.documents import read_file
from ..report.errors import CannotRun
from ..report.findings import NotJudged, Place, not_judged
from ..transport.app_name import is_app_name
from .declarations import shorten
from .folders import Walk
from .other_kinds import by_name, other_kind
from .policy_file import has_policy
from .templates import is_template_name


class Kind(StrEnum):
    """What `--kind` takes."""

    POLICY = "policy"
    APP = "app"
    SOURCE = "source"
    NGINX = "nginx"
    CADDY = "caddy"
    ENVOY = "envoy"
    OTHER = "other"  # known, and not read


_NGINX_CONF: Final = "nginx.conf"
# By name first: what these are called is settled.
_NAMES: Final = (
    (re.compile(r"(.*\.)?crossorigin\.toml|pyproject\.toml|.*\.toml"), Kind.POLICY),
    (re.compile(r".*\.pyw?"), Kind.SOURCE),
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
# In a folder: other files of TOML are no policies, and a text is looked at only if its name speaks for the kind.
_POLICIES: Final = re.compile(r"(.*\.)?crossorigin\.toml|pyproject\.toml")
_BY_TEXT: Final = (
    (re.compile(r".*\.conf"), Kind.NGINX),
    (re.compile(r".*\.ya?ml"), Kind.ENVOY),
)
_SITES: Final = frozenset({"sites-enabled", "sites-available", "conf.d"})
_MENTIONS_CORS: Final = re.compile(r"cors|access-control-|http_origin", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Found:
    """What can be checked in a folder: configurations and policies, and the Python source.

    `cut_at` is the first folder that was not looked into, because there are too many files; None if there is none.
    `unread` says which folders cannot be listed, and which files cannot be read whose names do not tell their kind.
    """

    files: tuple[Path, ...]
    sources: tuple[Path, ...]
    cut_at: Path | None = None
    unread: tuple[NotJudged, ...] = ()


def kind_of(target: str) -> Kind | None:
    """The kind of one target; None where it is none that is known."""
    file = Path(target)
    if not file.exists():
        return Kind.APP if is_app_name(target) else _by_name(file)
    try:
        return _named(file) or _by_text(file)
    except CannotRun:  # which is said when somebody looks into it
        return _by_name(file)


def _by_name(file: Path) -> Kind | None:
    """The kind that a name alone shows; a template is called as what is made of it."""
    name = file.stem if is_template_name(file) else file.name
    return next((kind for pattern, kind in _NAMES if pattern.fullmatch(name)), None)


def _named(file: Path) -> Kind | None:
    """The kind that a name shows. Other tools have files of TOML, too. Raises CannotRun."""
    kind = _by_name(file)
    if kind is Kind.POLICY and not _POLICIES.fullmatch(file.name) and other_kind(file) is not None:
        return Kind.OTHER
    return kind


def _by_text(file: Path, mentions: re.Pattern[str] | None = None) -> Kind | None:
    """The kind that a file's text shows, if the text mentions what is asked for. Raises CannotRun."""
    text = read_file(file).decode("utf-8", "replace")
    if mentions is not None and mentions.search(text) is None:
        return None
    if other_kind(file) is not None:
        return Kind.OTHER
    return next((kind for pattern, kind in _WORDS if pattern.search(text)), None)


def in_folder(folder: Path, kind: Kind | None) -> Found:
    """What can be checked in a folder and those below it. What an nginx.conf includes is not named again."""
    walk = Walk(folder)
    with_nginx = {here for here, files in walk.folders if here / _NGINX_CONF in files}
    files: list[Path] = []
    silent: list[Path] = []
    sources: list[Path] = []
    unread = list(walk.unread)
    for here, inside in walk.folders:
        included = here in with_nginx or (here.name in _SITES and here.parent in with_nginx)
        for file in inside:
            try:
                mine = _kind_in_folder(file)
                if mine is None and here == folder and _is_nginx(file):
                    silent.append(file)
            except CannotRun as why:
                unread.append((file, str(why)))
                continue
            if mine is None or kind not in (None, mine):
                continue
            if mine is Kind.SOURCE:
                sources.append(file)
            elif mine is not Kind.NGINX or not included or file.name == _NGINX_CONF:
                files.append(file)
    if kind in (None, Kind.NGINX) and (kind or not files):
        files += [file for file in silent if file.parent not in with_nginx]
    said = [not_judged("unread-part", why, place=Place(shorten(path))) for path, why in unread]
    return Found(tuple(files), tuple(sources), walk.cut_at, tuple(said))


def _is_nginx(file: Path) -> bool:
    """Whether a file is nginx's by its text, though CORS is not in it. Raises CannotRun."""
    return file.suffix == ".conf" and _by_text(file) is Kind.NGINX


def _kind_in_folder(file: Path) -> Kind | None:
    """The kind of a file that is looked for in a folder. Raises CannotRun if it cannot be told."""
    named = _named(file)
    if named is Kind.POLICY:
        return named if _POLICIES.fullmatch(file.name) and has_policy(file) else None
    if named is not None:
        return named
    wanted = next((kind for name, kind in _BY_TEXT if name.fullmatch(file.name)), None)
    if file.parent.name in _SITES:
        return Kind.NGINX if _by_text(file) is Kind.NGINX else None
    found = _by_text(file, _MENTIONS_CORS) if wanted is not None or by_name(file) is not None else None
    return found if found in (wanted, Kind.OTHER) else None
