"""One server to audit: what it is, and the codes that an audit must find in it.

Here belong the shape of a target and the registers that its files fill. Not here: the servers themselves, nor
starting them (`serving`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

APP = "https://app.example.com"  # the front end of every target
HERE = Path(__file__).parent

ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]
Factory = Callable[[], ASGIApp]


@dataclass(frozen=True, slots=True)
class Target:
    """A server and what is wrong with it.

    `finds` are all codes above "info" that an audit finds, and those of `WORTH_A_WORD`; none for a sound server. It is
    asked for `path` on `host`, and told that `origins` are allowed; `write` lets it POST, `local` says that it is meant
    for this machine alone. `made_with` is the framework or server;
    `app` makes an ASGI app; `file` is a site's configuration for nginx or Caddy, `{port}` and `{backend}` to be
    filled in.
    """

    name: str
    story: str
    made_with: str
    finds: frozenset[str]
    app: Factory | None = None
    file: Path | None = None
    path: str = "/items"
    host: str = "api.example.com"
    origins: tuple[str, ...] = (APP,)
    write: bool = False
    local: bool = False


# Information, and yet what a server is planted with: that an audit sees it is tested.
WORTH_A_WORD = frozenset({"request-headers-unbounded", "header-injection"})

TARGETS: dict[str, Target] = {}


def _add(target: Target) -> None:
    assert target.name not in TARGETS, f"two targets are called {target.name}"
    TARGETS[target.name] = target


def app(made_with: str, *finds: str, **more: Any) -> Callable[[Factory], Factory]:
    """Registers what makes an ASGI app; its name is the target's, the docstring's first line the story."""

    def register(factory: Factory) -> Factory:
        story = (factory.__doc__ or "").splitlines()[0]
        _add(
            Target(
                f"{made_with}-{factory.__name__.replace('_', '-')}", story, made_with, frozenset(finds), factory, **more
            )
        )
        return factory

    return register


def site(made_with: str, name: str, story: str, *finds: str, **more: Any) -> None:
    """Registers a site of nginx or Caddy; its file is `made_with/name.*`."""
    file = next(_files(made_with, name))
    _add(Target(f"{made_with}-{name}", story, made_with, frozenset(finds), file=file, **more))


def _files(folder: str, name: str) -> Iterator[Path]:
    yield from (HERE / folder).glob(f"{name}.*")
