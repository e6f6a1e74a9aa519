"""The servers that `audit` is measured with, as far as they are apps: `check` asks them, and finds the same."""

from __future__ import annotations

from typing import Final

import pytest

from crossorigin.check import inspect_app
from crossorigin.report.findings import Finding
from tests.audit.targets.all import TARGETS
from tests.audit.targets.target import Factory, Target

# What settings show is told by its own code, with the line.
BY_READING: Final = frozenset(
    {
        "lists-null",
        "not-a-list",
        "origin-insecure",
        "public-suffix",
        "regex-dot",
        "regex-look-alike",
        "star-with-credentials",
    }
)
# What the app itself names, and so means; `audit` does not know that.
MEANT: Final = frozenset({"asgi-capacitor", "asgi-localhost-listed", "starlette-regex-of-localhost"})
# An address in another spelling, and a port that is glued to a name which stands elsewhere.
MISSED: Final = frozenset({"asgi-any-spelling-of-loopback", "asgi-starts-with-a-port"})

APPS: Final = [target for target in TARGETS.values() if target.app is not None]


def codes(app: Factory) -> set[str]:
    """The codes of an app, all that is above "info" and what was not judged."""
    results = inspect_app(app(), "main:app", seconds=60).results
    return {
        str(getattr(each, "code", "")) for each in results if not isinstance(each, Finding) or each.severity != "info"
    }


@pytest.mark.parametrize("target", APPS, ids=[target.name for target in APPS])
def test_what_lets_strangers_in_is_found(target: Target) -> None:
    assert target.app is not None
    wanted = {code for code in target.finds if code.startswith("accepts-")}
    found = codes(target.app)
    if not target.finds:
        assert found == set()
    elif target.name in MEANT | MISSED:
        assert not found & wanted
    else:
        assert wanted <= found or found & BY_READING
