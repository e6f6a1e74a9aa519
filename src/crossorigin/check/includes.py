"""The files that a proxy's configuration includes, looked for where a repository keeps them.

A repository holds a copy of a server's folder. What is `/etc/nginx/snippets/cors.conf` on the server stands beside
the file that includes it, or under the folder that `--root` names.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Final

from ..report.documents import check_wildcards, files_named

# What these files set by their name: types, parameters of a protocol, certificates, logs.
_WITHOUT_CORS: Final = re.compile(
    r"(?:mime|proxy-mime)\.types|(?:fastcgi|scgi|uwsgi|proxy|grpc)[._-]?params(?:\.conf)?|fastcgi(?:-php)?\.conf"
    r"|(?:koi|win)-\w+|.*\b(?:ssl|tls|letsencrypt|certbot|acme|snakeoil|dhparams?|cert(?:s|ificates?)?)\b.*"
    r"|(?:gzip|brotli|compression|log(?:ging)?|log-?format|resolvers?|upstreams?|realip|cloudflare|blocklist)\.conf",
    re.IGNORECASE,
)
_WITHOUT_CORS_FOLDERS: Final = frozenset(("modules-enabled", "modules", "modules.d", "letsencrypt", "ssl"))


def cannot_hold_cors(pattern: str) -> bool:
    """Whether what an include names cannot hold CORS, by its name."""
    path = PurePosixPath(pattern)
    return _WITHOUT_CORS.fullmatch(path.name) is not None or not _WITHOUT_CORS_FOLDERS.isdisjoint(path.parts[:-1])


class Includes:
    """Finds the files of includes. `home` is the folder that relative names begin at on a server."""

    def __init__(self, folder: Path, root: Path | None, home: str) -> None:
        self._folder = folder
        self._root = root
        self._home = PurePosixPath(home)

    def named(self, pattern: str, folder: Path | None = None) -> list[Path]:
        """The files that a pattern names, in the first place that has any. Raises CannotRun."""
        check_wildcards(pattern)
        for base, rest in self._places(pattern, folder or self._folder):
            found = files_named(rest, base)
            if found:
                return found
        return []

    def _places(self, pattern: str, folder: Path) -> list[tuple[Path, str]]:
        """(folder, pattern below it), the likeliest first."""
        path = PurePosixPath(pattern)
        parts = path.parts[1:] if path.is_absolute() else path.parts
        absolute = path if path.is_absolute() else self._home / path
        places = []
        if self._root is not None:
            places += [(self._root, str(PurePosixPath(*absolute.parts[1:]))), (self._root, str(PurePosixPath(*parts)))]
        near = dict.fromkeys((folder, self._folder, self._folder.parent))
        if not path.is_absolute():
            return [*places, *((base, pattern) for base in near)]
        # The last part alone, if it is a wildcard, would name every file beside this one.
        last = len(parts) - ("*" in path.name)
        for start in range(last):
            below = str(PurePosixPath(*parts[start:]))
            places += [(base, below) for base in near]
        return [*places, (folder, pattern)]
