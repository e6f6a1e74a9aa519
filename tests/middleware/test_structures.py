"""Apps made by chance: no endpoint is ever open to a page that its policy does not allow.

`make structures` does this for 10,000 apps; STRUCTURES says how many.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, given, settings

from tests.middleware.structures import CLOSING, EXACT, Structure, ask, structures, trying_another

APPS = int(os.environ.get("STRUCTURES", "60"))
many = settings(max_examples=APPS, deadline=None, suppress_health_check=list(HealthCheck))


@many
@given(structures(EXACT))
def test_what_passes_requests_on_as_they_are_changes_nothing(structure: Structure) -> None:
    found = ask(structure)
    assert (found.refused, found.widened, found.narrowed) == (False, [], [])


@many
@given(structures((*EXACT, *CLOSING)))
def test_nothing_is_ever_wider_than_declared(structure: Structure) -> None:
    found = ask(structure)
    assert found.widened == []
    assert not found.refused or any(wrap in CLOSING for wrap in structure.outside)


@many
@given(structures((*EXACT, trying_another)))
def test_another_app_that_was_asked_first_opens_nothing(structure: Structure) -> None:
    found = ask(structure)
    assert (found.refused, found.widened) == (False, [])
