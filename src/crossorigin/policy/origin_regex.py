"""What is wrong with an `allow_origin_regex`?

Here belongs our judgement of a regular expression when a policy is built. Not here: the automaton
that it is judged by, and matching requests, which is `fullmatch` on an `Origin` that already passed
the grammar of `origin`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..standards.origin import split_serialised
from ..standards.public_suffixes import open_to_registration
from .insecure_regex import insecure_origin
from .limits import Environment
from .regex_automaton import Automaton, Unsupported

_PRIVATE: Final = ("10.", "127.", "192.168.", "169.254.", *(f"172.{n}." for n in range(16, 32)))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an expression: a code of the catalogue, and what shows it."""

    code: str
    message: str
    remedy: str = ""


def examine(pattern: str, *, credentials: bool, environment: Environment = "production") -> list[Finding]:
    """Everything that is wrong with an `allow_origin_regex`; nothing where it is safe."""
    try:
        compiled = re.compile(pattern)
        automaton = Automaton(pattern)
        linear = automaton.linear()
        meant = Automaton(pattern, as_meant=True)
    except Unsupported as why:
        return [Finding("regex-unsupported", f"this expression cannot be proved safe: {why}")]
    except (re.error, OverflowError, RecursionError) as why:
        return [Finding("regex-invalid", f"this is no regular expression: {why}")]
    found = []
    if not linear:
        found.append(Finding("regex-slow", "on some origins the time to match grows faster than their length"))
    if automaton.bare_dot:
        found.append(Finding("regex-dot", r"an unescaped `.` matches any character; write `\.` for a dot"))
    if automaton.crosses_slash:
        found.append(
            Finding("regex-any", "a part of it matches `/` and every other delimiter; a label is `[a-z0-9-]+`")
        )
    everything = set(range(len(meant.masks)))
    hosts = meant.hosts(everything)
    private = automaton.only_addresses() and automaton.forced_host().startswith(_PRIVATE)
    if hosts.open is not None and not private:
        found.append(_look_alike(compiled, hosts.open))
    insecure = insecure_origin(automaton, environment) if credentials else None
    if insecure is not None:
        example = f", for example `{insecure}`" if compiled.fullmatch(insecure) else ""
        found.append(
            Finding(
                "origin-insecure",
                f"it accepts `http://` origins{example}; anybody on the network can be such a page",
                "write https:// in the expression, or drop allow_credentials",
            )
        )
    return found


def accepts_private_http(pattern: str) -> bool:
    """Whether an expression accepts an `http://` origin outside loopback, which development alone allows."""
    return insecure_origin(Automaton(pattern), "production") is not None


def _look_alike(compiled: re.Pattern[str], domain: str) -> Finding:
    """The finding for a host whose end is open, with an origin that shows it."""
    glued = domain.lstrip(".")
    hosts = (f"evil{glued}", f"evil-{glued}", f"evil.{glued}", f"a.evil.{glued}", "evil.example", *_near(compiled))
    candidates = (
        f"{scheme}://{host}{port}" for host in hosts for scheme in ("https", "http") for port in ("", ":8000")
    )
    shown = next((it for it in candidates if split_serialised(it.encode()) and compiled.fullmatch(it)), None)
    example = f", for example `{shown}`" if shown else ""
    if domain and open_to_registration(domain):
        why = f"anybody can register a name under `{domain}` that it accepts{example}"
    else:
        why = f"it accepts hosts of other owners{example}"
    return Finding("regex-look-alike", why)


def _near(compiled: re.Pattern[str]) -> Iterator[str]:
    """Hosts near the literal ones of an expression: what an attacker would register first."""
    for literal in re.findall(r"[a-z0-9-]+(?:\\?\.[a-z0-9-]+)+", compiled.pattern):
        host = literal.replace("\\", "")
        yield f"evil{host}"
        yield f"evil-{host}"
        yield f"{host}.evil.example"
        yield f"{host}evil"
        yield f"www.evil{host}"
