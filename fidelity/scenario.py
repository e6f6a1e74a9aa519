"""What one scenario is: a page, what its script fetches, and what the server answers.

Here belong frozen values that survive JSON. Origins are written as marks (`@a@`) that a `World`
replaces by real origins once the ports are known. Not here: chance (`generate`), traffic (`server`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says: status, raw headers, body."""

    status: int = 200
    headers: Pairs = ()
    body: str = "hello"


@dataclass(frozen=True, slots=True)
class Resource:
    """One path: how it answers a preflight, and everything else."""

    preflight: Answer
    actual: Answer


@dataclass(frozen=True, slots=True)
class Call:
    """One `fetch()`; with `xhr`, an XMLHttpRequest, with `upload_listener` one that listens to its upload.

    `body` is a kind (`text`, `bytes`, `form`) and its text. `wait` is the pause before, in seconds.
    """

    url: str
    method: str = "GET"
    headers: Pairs = ()
    body: tuple[str, str] | None = None
    mode: str = "cors"
    credentials: str = "same-origin"
    redirect: str = "follow"
    xhr: bool = False
    upload_listener: bool = False
    websocket: bool = False
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A page (a name of `PAGES`), its calls in order, and the resources by their last path segment."""

    name: str
    page: str
    calls: tuple[Call, ...]
    resources: Mapping[str, Resource] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Scenario:
        raw = json.loads(text)
        return cls(
            raw["name"],
            raw["page"],
            tuple(_call(it) for it in raw["calls"]),
            {key: Resource(_answer(it["preflight"]), _answer(it["actual"])) for key, it in raw["resources"].items()},
        )


def _pairs(raw: Any) -> Pairs:
    return tuple((name, value) for name, value in raw)


def _answer(raw: Any) -> Answer:
    return Answer(raw["status"], _pairs(raw["headers"]), raw["body"])


def _call(raw: Any) -> Call:
    body = tuple(raw["body"]) if raw["body"] else None
    return Call(**{**raw, "headers": _pairs(raw["headers"]), "body": body})


# Marks, and where they are: scheme, host, which of the listening ports.
PLACES: Mapping[str, tuple[str, str, str]] = {
    "a": ("http", "a.test", "http"),
    "a2": ("http", "a.test", "http2"),
    "sub": ("http", "api.a.test", "http"),
    "b": ("http", "b.test", "http"),
    "b2": ("http", "b.test", "http2"),
    "c": ("http", "www.c.test", "http"),
    "loop": ("http", "localhost", "http"),
    "loopip": ("http", "127.0.0.1", "http2"),
    "as": ("https", "a.test", "https"),
    "subs": ("https", "api.a.test", "https"),
    "bs": ("https", "b.test", "https"),
    "closed": ("http", "b.test", "closed"),
    "badport": ("http", "b.test", "bad"),
}

# Pages: the URL that the browser opens, and whether the script runs in a sandboxed or data: frame of it.
PAGES: Mapping[str, tuple[str, str]] = {
    "http": ("@a@/page", ""),
    "https": ("@as@/page", ""),
    "loopback": ("@loop@/page", ""),
    "sandboxed": ("@a@/page", "sandboxed"),
    "sandboxed-https": ("@as@/page", "sandboxed"),
    "data": ("@a@/page", "data"),
}

# What a visit to each place left behind before the first scenario; every scenario finds it.
VISITED: Pairs = tuple(
    (place, line)
    for place, lines in {
        "a": ["lax_a=1; SameSite=Lax; Path=/", "plain_a=1; Path=/", "strict_a=1; SameSite=Strict; Path=/"],
        "sub": ["lax_sub=1; SameSite=Lax; Path=/", "wide=1; Domain=a.test; Path=/", "tld=1; Domain=test; Path=/"],
        "b": ["lax_b=1; SameSite=Lax; Path=/", "plain_b=1; Path=/", "bare_b=1; SameSite=None; Path=/"],
        "c": ["plain_c=1; Path=/", "strict_c=1; SameSite=Strict; Path=/"],
        "loop": ["plain_l=1; Path=/", "secure_l=1; Secure; SameSite=None; Path=/"],
        "as": [
            "secure_a=1; Secure; Path=/",
            "none_as=1; SameSite=None; Secure; Path=/",
            "lax_as=1; SameSite=Lax; Path=/",
        ],
        "subs": ["__Host-h=1; Secure; Path=/", "__Host-bad=1; Path=/", "__Secure-s=1; Secure; Path=/s"],
        "bs": [
            "none_bs=1; SameSite=None; Secure; Path=/",
            "lax_bs=1; SameSite=Lax; Secure; Path=/",
            "deep=1; Path=/nowhere",
        ],
    }.items()
    for line in lines
)


@dataclass(frozen=True, slots=True)
class World:
    """The ports of one run: marks become origins."""

    ports: Mapping[str, int]

    def origin(self, place: str) -> str:
        scheme, host, port = PLACES[place]
        return f"{scheme}://{host}:{self.ports[port]}"

    @property
    def last(self) -> str:
        """A URL that no scenario uses, and that no page may read."""
        return f"{self.origin('bs')}/s/last/0"

    def fill(self, text: str) -> str:
        for place in PLACES:
            text = text.replace(f"@{place}@", self.origin(place))
            text = text.replace(f"@userinfo-{place}@", self.origin(place).replace("://", "://u:p@"))
            text = text.replace(f"@ws-{place}@", "ws" + self.origin(place).removeprefix("http"))
        return text

    def resolve(self, scenario: Scenario) -> Scenario:
        return Scenario.from_json(self.fill(scenario.to_json()))
