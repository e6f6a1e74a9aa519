"""The whole campaign: draw, play in the browser, play in the simulator, compare, count.

Run by `make fidelity`: `python -m fidelity.campaign --browser chromium --count 3000 --seed 20260702`.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from .chromium import Chromium
from .compare import differences
from .firefox import Firefox
from .generate import DEFAULT_SEED, generate
from .scenario import Scenario
from .server import Server
from .simulate import simulate

DRIVERS: dict[str, type] = {"chromium": Chromium, "firefox": Firefox}
BATCH = 60


@dataclass(slots=True)
class Report:
    """What a campaign came to."""

    browser: str
    seed: int
    version: str = ""
    scenarios: int = 0
    calls: int = 0
    requests: int = 0
    seconds: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)
    disagreements: list[tuple[Scenario, list[str]]] = field(default_factory=list)

    def summary(self) -> str:
        lines = [
            f"{self.browser} {self.version}: {self.scenarios} scenarios, {self.calls} calls, {self.requests} requests, "
            f"seed {self.seed}, {self.seconds:.0f} s: {len(self.disagreements)} disagreements",
            "outcomes: " + ", ".join(f"{reason} {count}" for reason, count in self.reasons.most_common()),
        ]
        return "\n".join(lines)


async def run(browser: str, seed: int, count: int, only: Sequence[int] = ()) -> Report:
    """Play `count` scenarios of this seed, or those numbers `only`."""
    report = Report(browser, seed)
    server = Server()
    await server.start()
    started = time.monotonic()
    scenarios = list(generate(seed, max([count, *(number + 1 for number in only)])))
    scenarios = [scenarios[number] for number in only] if only else scenarios
    async with DRIVERS[browser](server.world) as driver:
        report.version = driver.version
        for first in range(0, len(scenarios), BATCH):
            batch = [server.world.resolve(it) for it in scenarios[first : first + BATCH]]
            server.book.scenarios = {it.name: it for it in batch}
            server.book.arrivals.clear()
            results = await driver.play(batch)
            for scenario in batch:
                played = simulate(scenario, server.world, driver.name)
                arrivals = server.book.arrivals[scenario.name]
                found = differences(played, results[scenario.name], arrivals)
                report.scenarios += 1
                report.calls += len(scenario.calls)
                report.requests += len(arrivals)
                report.reasons.update(it.reason or it.type for it in played.outcomes)
                if found:
                    report.disagreements.append((scenario, found))
    await server.stop()
    report.seconds = time.monotonic() - started
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", choices=sorted(DRIVERS), default="chromium")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--only", type=int, nargs="*", default=(), help="numbers of scenarios, with their full text")
    options = parser.parse_args()
    report = asyncio.run(run(options.browser, options.seed, options.count, options.only))
    for scenario, found in report.disagreements:
        print(f"\n{scenario.name} on {scenario.page}:")
        for line in found:
            print(f"  {line}")
        if options.only:
            print(scenario.to_json())
    print(report.summary())
    raise SystemExit(bool(report.disagreements))


if __name__ == "__main__":
    main()
