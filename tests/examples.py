"""How many examples Hypothesis draws: the number that a test names under `ci`, a tenth of it under `dev`, and five
times as many under `nightly`.

`pytest` alone runs `dev`; `make test` runs `ci`, as `pytest --hypothesis-profile ci` does; `make nightly` `nightly`.
"""

from __future__ import annotations

from typing import Final

from hypothesis import settings

CI: Final = 200
DEV: Final = 20
NIGHTLY: Final = 1000

settings.register_profile("ci", deadline=None, max_examples=CI)
settings.register_profile("nightly", deadline=None, max_examples=NIGHTLY)
settings.register_profile("dev", deadline=None, max_examples=DEV)


def load(profile: str) -> None:
    settings.load_profile(profile)


def examples(count: int) -> settings:
    """Settings of a test that needs another number of examples than the profile's."""
    fewer = count * settings().max_examples // CI
    return settings(max_examples=max(fewer, DEV), deadline=None)
