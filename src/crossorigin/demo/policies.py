"""The demo's policies: one table, from which the API enforces and the page quotes.

Here belong what each small API of the demo allows, and how that is written as Python. Not here: the
endpoints (`api`), and the fetch() calls that try a policy out (`page/cards.js`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ..policy.policy import Policy
from ..policy.problems import PolicyError

Engine = Literal["crossorigin", "starlette"]
Keywords = Mapping[str, Any]

# Said aloud, so that the demo shows the same whatever CROSSORIGIN_ENVIRONMENT says.
_PRODUCTION: Final = "production"
_STAR_WITH_COOKIES: Final[Keywords] = {"allow_origins": ["*"], "allow_credentials": True}

# name -> what the policy says beyond `allow_origins=[<the front end>]`. The front end on :3001 is in no list.
TABLE: Final[Mapping[str, Keywords]] = {
    "plain": {},
    "methods": {"allow_methods": ["GET", "POST", "PUT", "DELETE"]},
    "headers": {"allow_headers": ["X-Request-ID"]},
    "bearer": {"allow_headers": ["Authorization"]},
    "cookies": {"allow_credentials": True},
    "exposed": {"expose_headers": ["X-Total-Count"]},
    "cached": {"allow_methods": ["GET", "PUT"], "max_age": 600},
    "uncached": {"allow_methods": ["GET", "PUT"], "max_age": -1},
    "public": {"allow_origins": ["*"], "allow_methods": ["*"], "allow_headers": ["*"]},
}
# The same settings under Starlette's own middleware, where the difference is worth seeing.
STARLETTE: Final[Mapping[str, Keywords]] = {
    "starlette": {},
    "starlette-star": _STAR_WITH_COOKIES,
}


@dataclass(frozen=True, slots=True)
class Served:
    """One small API: its name, whose middleware guards it, and the middleware's keywords."""

    name: str
    engine: Engine
    keywords: Keywords

    @property
    def policy(self) -> Policy | None:
        """The policy in force, or None where Starlette's middleware takes the keywords."""
        return Policy(**self.keywords, environment=_PRODUCTION) if self.engine == "crossorigin" else None


def served(front: str) -> tuple[Served, ...]:
    """Every small API, for a front end of this origin."""
    listed = {"allow_origins": [front]}
    ours = (Served(name, "crossorigin", listed | dict(own)) for name, own in TABLE.items())
    theirs = (Served(name, "starlette", listed | dict(own)) for name, own in STARLETTE.items())
    return (*ours, *theirs)


def as_code(api: Served) -> dict[str, Any]:
    """The policy as lines of Python: one for each field, and whether it was said or is the default."""
    shown = {name: each for name, each in Policy.model_fields.items() if name not in ("environment", "enforce")}
    fields = {name: each.default for name, each in shown.items()}
    in_force = (api.policy.model_dump() if api.policy else fields) | dict(api.keywords)  # as written, where said
    lines = [
        {"field": name, "text": f"{name}={_python(in_force[name])},", "said": name in api.keywords} for name in fields
    ]
    if api.engine == "crossorigin":
        return {"engine": api.engine, "opening": "install(app, Policy(", "lines": lines, "closing": "))"}
    whose = {"field": "middleware", "text": "CORSMiddleware,  # Starlette's own", "said": True}
    return {"engine": api.engine, "opening": "app.add_middleware(", "lines": [whose, *lines], "closing": ")"}


def refusal() -> str:
    """What the real PolicyError says of `*` with credentials in production."""
    try:
        Policy(**_STAR_WITH_COOKIES, environment=_PRODUCTION)
    except PolicyError as error:
        return str(error)
    raise AssertionError("`*` with credentials was accepted in production")  # pragma: no cover


def _python(value: object) -> str:
    return json.dumps(value) if isinstance(value, list | tuple | str) else repr(value)
