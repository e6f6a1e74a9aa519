"""How many examples Hypothesis draws: the number that a test names under `ci`, a tenth of it under `dev`, and five
times as many under `nightly`. Under `mutants`, they are those of `dev`, the same ones each time.

`pytest` alone runs `dev`; `make test` runs `ci`, as `pytest --hypothesis-profile ci` does; `make nightly` `nightly`;
`make mutants` `mutants`.
"""

from __future__ import annotations

from typing import Final

from hypothesis import Phase, settings

CI: Final = 200
DEV: Final = 20
NIGHTLY: Final = 1000

settings.register_profile("ci", deadline=None, max_examples=CI)
settings.register_profile("nightly", deadline=None, max_examples=NIGHTLY)
settings.register_profile("dev", deadline=None, max_examples=DEV)
# A test that fails has found the mutant: a smaller example would only take time.
settings.register_profile(
    "mutants",
    deadline=None,
    max_examples=DEV,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)


def load(profile: str) -> None:
    settings.load_profile(profile)


def examples(count: int) -> settings:
    """Settings of a test that needs another number of examples than the profile's."""
    fewer = count * settings().max_examples // CI
    return settings(max_examples=max(fewer, DEV), deadline=None)
