"""Limits: how much an audit may ask, how fast, and for how long.

Here belong the options of an audit. Not here: keeping to them (`session`, `run`).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Options:
    """How to audit.

    `origins` are known to be allowed, where it cannot be guessed. `lab` tries origins that no browser sends;
    `write` sends requests that may change something. `rate` is requests a second to one target, 0 for no bound;
    `timeout` is seconds for one request, `limit` for a target. `budget` is the most requests that a target gets.
    `headers` go with every request (a session's cookie). `connect` is the address, `host:port`, to connect to
    in place of the URL's own, which stays in `Host`. `concurrency` is how many requests, or targets, run at once.
    `local` says that the target is meant for this machine alone, which its address does not tell: an app under
    development is reached at a loopback address, too.
    """

    origins: tuple[str, ...] = ()
    lab: bool = False
    write: bool = False
    rate: float = 0.0
    timeout: float = 5.0
    limit: float = 60.0
    budget: int = 190
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    connect: str = ""
    concurrency: int = 8
    verify: bool = True
    local: bool = False
