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
from .nginx_config import included_by_others
from .other_kinds import MENTIONS_CORS, by_name, other_kind, sets_cors
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
# In a folder: other files of TOML are no policies, and a text is looked at only if its name is a configuration's.
_POLICIES: Final = re.compile(r"(.*\.)?crossorigin\.toml|pyproject\.toml")
_BY_TEXT: Final = (
    (re.compile(r".*\.conf"), Kind.NGINX),
    (re.compile(r".*\.ya?ml"), Kind.ENVOY),
    (re.compile(r".*\.(toml|tf|hcl|properties)"), Kind.OTHER),
)
_SITES: Final = frozenset({"sites-enabled", "sites-available", "conf.d", "snippets"})


@dataclass(frozen=True, slots=True)
class Found:
    """What can be checked in a folder: configurations and policies, and the Python source.

    `files` has the kind of each. `cut_at` is the first folder that was not looked into, because there are too many
    files; None if there is none. `unread` says which folders cannot be listed, and which files cannot be read whose
    names do not tell their kind.
    """

    files: dict[Path, Kind]
    sources: tuple[Path, ...]
    cut_at: Path | None = None
    unread: tuple[NotJudged, ...] = ()


def kind_of(target: str) -> Kind | None:
    """The kind of one target; None where it is none that is known."""
    file = Path(target)
    if not file.exists():
        return Kind.APP if is_app_name(target) else _by_name(file)
    try:
        named = _named(file)
        if named is not None:
            return named
        text = _text(file)
        return _by_text(file, text) or _unknown(text)
    except CannotRun:  # which is said when somebody looks into it
        return _by_name(file)


def _rendered_name(file: Path) -> str:
    """The name of a file; a template is called as what is made of it."""
    return file.stem if is_template_name(file) else file.name


def _by_name(file: Path) -> Kind | None:
    """The kind that a name alone shows."""
    name = _rendered_name(file)
    return next((kind for pattern, kind in _NAMES if pattern.fullmatch(name)), None)


def _named(file: Path) -> Kind | None:
    """The kind that a name shows. Other tools have files of TOML, too. Raises CannotRun."""
    kind = _by_name(file)
    if kind is Kind.POLICY and not _POLICIES.fullmatch(file.name) and other_kind(file) is not None:
        return Kind.OTHER
    return kind


def _text(file: Path) -> str:
    """The text of a file. Raises CannotRun."""
    return read_file(file).decode("utf-8", "replace")


def _by_text(file: Path, text: str) -> Kind | None:
    """The kind that a file's text shows."""
    if other_kind(file) is not None:
        return Kind.OTHER
    return next((kind for pattern, kind in _WORDS if pattern.search(text)), None)


def _unknown(text: str) -> Kind | None:
    """That a text is of a kind that is not read, if it sets CORS."""
    return Kind.OTHER if sets_cors(text) else None


def in_folder(folder: Path, kind: Kind | None, root: Path | None = None) -> Found:
    """What can be checked in a folder and those below it. What another file of nginx includes is not named again."""
    walk = Walk(folder)
    files: dict[Path, Kind] = {}
    silent: dict[Path, Kind] = {}
    unread = list(walk.unread)
    for here, inside in walk.folders:
        for file in inside:
            try:
                mine = _kind_in_folder(file)
                if mine is not None and kind in (None, mine):
                    files[file] = mine
                elif mine is None and here == folder and _is_nginx(file):
                    silent[file] = Kind.NGINX
            except CannotRun as why:
                unread.append((file, str(why)))
    sources = tuple(file for file, mine in files.items() if mine is Kind.SOURCE)
    files = {file: mine for file, mine in files.items() if mine is not Kind.SOURCE}
    if kind is Kind.NGINX or (kind is None and not files):
        files |= silent
    included = included_by_others([file for file, mine in files.items() if mine is Kind.NGINX], root)
    files = {file: mine for file, mine in files.items() if file not in included}
    said = [not_judged("unread-part", why, place=Place(shorten(path))) for path, why in unread]
    return Found(files, sources, walk.cut_at, tuple(said))


def _is_nginx(file: Path) -> bool:
    """Whether a file is nginx's by its text, though CORS is not in it. Raises CannotRun."""
    return file.suffix == ".conf" and _by_text(file, _text(file)) is Kind.NGINX


def _kind_in_folder(file: Path) -> Kind | None:
    """The kind of a file that is looked for in a folder. Raises CannotRun if it cannot be told."""
    named = _named(file)
    if named is Kind.POLICY and _POLICIES.fullmatch(file.name):
        return named if has_policy(file) else None
    if named not in (None, Kind.POLICY):
        return named
    name = _rendered_name(file)
    wanted = next((kind for pattern, kind in _BY_TEXT if pattern.fullmatch(name)), None)
    site = file.parent.name in _SITES
    if wanted is None and not site and by_name(file) is None:
        return None
    text = _text(file)
    found = _by_text(file, text)
    if site and found is Kind.NGINX:
        return found
    if not MENTIONS_CORS.search(text):
        return None
    return found if found in (wanted, Kind.OTHER) else _unknown(text)
