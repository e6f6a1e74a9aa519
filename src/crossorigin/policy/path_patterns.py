"""Paths in rules: how they are written, and how a request's path is compared with them.

Here belong the grammar, which is Starlette's with a trailing `*`, and the path of a request as Starlette's router
reads it. Case counts, the whole path is compared, nothing is decoded again and no dot segment is folded: each of
these, done otherwise, was an advisory (CVE-2020-25032, CVE-2024-6844, CVE-2024-6866, CVE-2025-47910). Not here:
what a rule says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

# Starlette's convertors (starlette.convertors), by name.
_CONVERTORS: Final = {
    "str": "[^/]+",
    "path": ".*",
    "int": "[0-9]+",
    "float": r"[0-9]+(?:\.[0-9]+)?",
    "uuid": "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}",
}
_PARAMETER: Final = re.compile(r"\{([a-zA-Z_][a-zA-Z0-9_]*)(?::([a-z]+))?\}")
_ANYTHING: Final = "*"
_RESERVED: Final = re.compile(r"[{}*?#]")


@dataclass(frozen=True)
class PathPattern:
    """A path as a rule writes it: `/webhooks/stripe`, `/items/{id:int}`, `/public/{rest:path}`, `/saml/*`.

    `{name}` is one segment; `{name:path}` is anything, and so is `*` at the end, slashes included.
    """

    text: str

    @property
    def readable(self) -> bool:
        """Whether it keeps to the grammar."""
        plain = _PARAMETER.sub("", self.text.removesuffix(_ANYTHING))
        kinds = {it[1] or "str" for it in _PARAMETER.findall(self.text)}
        return self.text.startswith("/") and not _RESERVED.search(plain) and kinds <= _CONVERTORS.keys()

    def matches(self, path: str) -> bool:
        """Whether the whole of this path, decoded once by the server, is one that the rule speaks of."""
        return self._expression.fullmatch(path) is not None

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        parts, last = [], 0
        body = self.text.removesuffix(_ANYTHING)
        for found in _PARAMETER.finditer(body):
            parts += [re.escape(body[last : found.start()]), _CONVERTORS[found[2] or "str"]]
            last = found.end()
        parts.append(re.escape(body[last:]))
        # Starlette's routes end in `$`, which takes a newline at the end too: there, /pay%0A is /pay.
        return re.compile("".join(parts) + (".*" if body != self.text else r"\n?"), re.DOTALL)
