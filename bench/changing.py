"""What a source of origins adds to a request: `python bench/changing.py`, a part of `make origins`.

Every app of a row answers the same requests in turn, in one process, so that a busy machine disturbs all alike.
The first has the same origins in its policy. Exit 1 if a bar is missed.
"""

from __future__ import annotations

import os
import sys
from statistics import median
from typing import Any

from work import App, Row, null, seconds

from crossorigin import CORSMiddleware, Policy
from crossorigin.origins import OriginSource, by_host

OWN = "https://app.example.com"
MANY = [f"https://shop-{n}.customers.example" for n in range(100_000)]
TURNS = 400
BARS = {"a source": 0.1, "tenants": 1.0}  # µs more than the same origins in the policy
# Many origins in turn measure the processor's caches most of all; and a stranger is looked for in the rows, too.
UNBARRED = ("1,000 of them in turn", "5,000 of them in turn", "a stranger")


def middleware(listed: list[str], source: OriginSource | None = None) -> App:
    policy = Policy(allow_origins=listed, allow_methods=["GET", "PUT"], allow_credentials=True, max_age=60)
    return CORSMiddleware(null, policy=policy, origins=source)


def source(origins: list[str], **options: Any) -> OriginSource:
    rows = [(origin, "api.example.com") for origin in origins]
    made = OriginSource(lambda: rows, refresh_interval=3600, **options)
    made.refresh_sync()
    return made


def scope_of(origin: str) -> dict[str, Any]:
    return Row("", "GET", ((b"origin", origin.encode()),)).scope


def rows() -> dict[str, tuple[dict[str, App], list[Any]]]:
    """For each kind of request: the apps that answer it, the one without a source first, and the requests."""
    few, many, of_tenants = source(MANY[:10]), source(MANY), source(MANY, tenant=by_host)
    beside = {"a source": middleware([OWN], few), "tenants": middleware([OWN], of_tenants)}
    listed = middleware([OWN, *MANY])
    large = {"a source": middleware([OWN], many), "tenants": middleware([OWN], of_tenants)}
    return {
        "an origin of the policy": ({"none": middleware([OWN]), **beside}, [scope_of(OWN)] * 50),
        "one of 100,000 rows": ({"none": listed, **large}, [scope_of(MANY[7])] * 50),
        UNBARRED[0]: ({"none": listed, **large}, [scope_of(origin) for origin in MANY[::100]]),
        UNBARRED[1]: ({"none": listed, **large}, [scope_of(origin) for origin in MANY[::20]]),
        UNBARRED[2]: ({"none": middleware([OWN]), **beside}, [scope_of("https://evil.example")] * 50),
    }


def main() -> int:
    os.environ["CROSSORIGIN_LOG"] = "off"
    missed = []
    print(f"One request, in µs; 1-minute load of the machine: {os.getloadavg()[0]:.1f}")
    for name, (apps, scopes) in rows().items():
        taken: dict[str, list[float]] = {who: [] for who in apps}
        for _ in range(max(10, TURNS * 50 // len(scopes))):
            for who, app in apps.items():
                taken[who].append(seconds(app, scopes) * 1e6)
        without = median(taken.pop("none"))
        added = {who: median(values) - without for who, values in taken.items()}
        print(f"  {name}: {without:.2f}", *(f"{who} {more:+.2f}" for who, more in added.items()), sep="; ")
        if name not in UNBARRED:
            missed += [f"{name}, {who}" for who, bar in BARS.items() if added[who] > bar]
    print("Bars missed: " + "; ".join(missed) if missed else "Every bar is met.")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
