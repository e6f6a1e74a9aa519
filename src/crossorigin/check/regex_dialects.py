"""A proxy's regular expression, written so that our own matcher, which matches the whole of an origin, means the same.

nginx (PCRE) and Caddy (RE2) search in the origin, Envoy (RE2) matches the whole of it. What is written differently
there and cannot be rewritten is a ValueError: Python would read it as something else.
"""

from __future__ import annotations

import re
from typing import Final

_NAMED: Final = re.compile(r"\(\?<(?=\w)")
_FLAG: Final = re.compile(r"\(\?i\)")
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\]", re.DOTALL)
_GROUP: Final = re.compile(r"\((?:\?:|\?P<\w+>|(?!\?))")
_POSIX: Final = re.compile(r"\[[:.=]")


def in_full(pattern: str, *, whole: bool, ignore_case: bool) -> str:
    """The expression for a matcher of whole origins. Raises ValueError."""
    source = _NAMED.sub("(?P<", pattern)
    flag = _FLAG.match(source)
    if flag is not None:
        source, ignore_case = source[flag.end() :], True
    if any(_POSIX.search(found[0], 1) for found in _CLASS.finditer(source)):
        raise ValueError("a class such as `[:alpha:]` is not judged")
    full = source if whole else _searched(source)
    return f"(?i){full}" if ignore_case else full


def _searched(source: str) -> str:
    """Each branch is open at the ends that it does not anchor."""
    return "|".join(_open_ends(branch) for branch in _branches(source))


def _open_ends(branch: str) -> str:
    inner = _inside_one_group(branch)
    if inner is not None:
        return f"(?:{_searched(inner)})"
    start = "" if branch.startswith(("^", "\\A")) else ".*"
    end = "" if _ends_anchored(branch) else ".*"
    return f"{start}(?:{branch}){end}"


def _ends_anchored(branch: str) -> bool:
    before = branch.removesuffix("$")
    backslashes = len(before) - len(before.rstrip("\\"))
    return branch.endswith("$") and backslashes % 2 == 0


def _branches(source: str) -> list[str]:
    """What stands between the `|` that are in no group and no class."""
    starts, depth = [0], 0
    for index, character in _characters(source):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and depth == 0:
            starts.append(index + 1)
    ends = [*(start - 1 for start in starts[1:]), len(source)]
    return [source[start:end] for start, end in zip(starts, ends, strict=True)]


def _inside_one_group(source: str) -> str | None:
    """What is inside the group that is the whole expression; None if it is not one group."""
    opening = _GROUP.match(source)
    if opening is None:
        return None
    depth = 0
    for index, character in _characters(source):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return source[opening.end() : index] if index == len(source) - 1 else None
    return None


def _characters(source: str) -> list[tuple[int, str]]:
    """The characters of an expression that are neither escaped nor in a class, each with its index."""
    found, at = [], 0
    while at < len(source):
        inside = _CLASS.match(source, at)
        if inside is not None:
            at = inside.end()
        elif source[at] == "\\":
            at += 2
        else:
            found.append((at, source[at]))
            at += 1
    return found
