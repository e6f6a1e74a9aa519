"""How long a policy's lists and values may be, and the names that have a meaning of their own."""

from __future__ import annotations

from typing import Final

Environment = str  # any name, as `staging`
DEVELOPMENT: Final = "development"  # the one name with rules of its own; every other name has those of production
PRODUCTION: Final = "production"


ENFORCE_VARIABLE: Final = "CROSSORIGIN_ENFORCE"
ENVIRONMENT_VARIABLE: Final = "CROSSORIGIN_ENVIRONMENT"


MAX_METHOD_BYTES: Final = 64


FROM_ROUTES: Final = "routes"  # in allow_methods: what the routes of the path serve


MAX_LISTED_HEADERS: Final = 120  # and as many bytes as a preflight may bring, less what needs no listing


MAX_LISTED_BYTES: Final = 4000


MAX_AGE_LIMIT: Final = 86_400  # Firefox keeps a preflight for a day; no browser keeps one longer.
