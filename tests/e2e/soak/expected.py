"""What is right: the policies that take turns, and what each must make of a request.

Nothing here asks crossorigin: it is what is tested.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.e2e.reload.expected import COUNT, OTHER, PAGE, Headers, answer

STRANGER = "https://stranger.example"
TENANTS = 8  # set n of the source allows tenants n and n + 1


def tenant(number: int) -> str:
    return f"https://tenant-{number % TENANTS}.example"


@dataclass(frozen=True, slots=True)
class Force:
    """What is in force: which policy, and which origins of the source."""

    policy: int = 0
    tenants: int = 0

    def allows(self, origin: str) -> bool:
        """Whether a page of this origin may read."""
        named = {PAGE, tenant(self.tenants), tenant(self.tenants + 1)}
        return origin in named or (origin == OTHER and self.policy == 0)

    def answer(self, origin: str | None, *, preflight: bool) -> tuple[int, Headers]:
        """The status and the CORS headers, sorted."""
        if origin is None or not self.allows(origin):
            _, headers = answer(1, STRANGER, preflight=preflight)  # a stranger's answer is the same under each policy
            return (403 if preflight else 200), headers
        status, headers = answer(self.policy, PAGE, preflight=preflight)
        return status, sorted((name, origin if value == PAGE else value) for name, value in headers)

    def status_of_write(self, origin: str) -> int:
        """The status of a POST that a page sends without asking first, under `enforce`."""
        return 200 if self.allows(origin) else 403


POLICIES = [
    {
        "allow_origins": [PAGE, OTHER] if k == 0 else [PAGE],
        "allow_methods": ["GET", f"TURN-{k}"],
        "allow_headers": [f"x-only-{k}"],
        "expose_headers": [f"x-policy-{k}"],
        "allow_credentials": k % 2 == 1,
        "max_age": 100 + k,
        "enforce": True,
    }
    for k in range(COUNT)
]
