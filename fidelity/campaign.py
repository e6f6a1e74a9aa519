"""The whole campaign: draw, play in the browser, play in the simulator, compare, count.

Run by `make fidelity`: `python -m fidelity.campaign --browser chromium --count 3000 --seed 20260702`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .chromium import Chromium
from .compare import differences
from .console import Paste, pastes
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
    replayed: int = 0
    seconds: float = 0.0
    reasons: Counter[str] = field(default_factory=Counter)
    disagreements: list[tuple[Scenario, list[str]]] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    pastes: list[Paste] = field(default_factory=list)

    def summary(self) -> str:
        lines = [
            f"{self.browser} {self.version}: {self.scenarios} scenarios, {self.calls} calls, {self.requests} requests, "
            f"seed {self.seed}, {self.seconds:.0f} s, {self.replayed} played again: "
            f"{len(self.disagreements)} disagreements",
            "outcomes: " + ", ".join(f"{reason} {count}" for reason, count in self.reasons.most_common()),
        ]
        told = ", ".join(f"{verdict} {count}" for verdict, count in self.verdicts.most_common())
        lines.append(f"{self.verdicts.total()} failures with lines in the console, explained by: {told}")
        return "\n".join(lines)

    @property
    def misread(self) -> list[Paste]:
        """What the console says of a failure, and is explained by something else."""
        return [paste for paste in self.pastes if paste.verdict() == "wrong"]


async def run(browser: str, seed: int, count: int, only: Sequence[int] = ()) -> Report:
    """Play `count` scenarios of this seed, or those numbers `only`."""
    report = Report(browser, seed)
    server = Server()
    await server.start()
    started = time.monotonic()
    scenarios = list(generate(seed, max([count, *(number + 1 for number in only)])))
    scenarios = [scenarios[number] for number in only] if only else scenarios
    doubtful: list[tuple[Scenario, list[str]]] = []
    async with DRIVERS[browser](server.world) as driver:
        report.version = driver.version
        for first in range(0, len(scenarios), BATCH):
            batch = [server.world.resolve(scenario) for scenario in scenarios[first : first + BATCH]]
            server.book.scenarios = {scenario.name: scenario for scenario in batch}
            server.book.arrivals.clear()
            results = await driver.play(batch)
            for scenario in batch:
                played = simulate(scenario, server.world, driver.name)
                arrivals = server.book.arrivals[scenario.name]
                found = differences(played, results[scenario.name], arrivals)
                report.scenarios += 1
                report.calls += len(scenario.calls)
                report.requests += len(arrivals)
                report.reasons.update(outcome.reason or outcome.type for outcome in played.outcomes)
                heard = pastes(driver.name, scenario.calls, played.outcomes, results[scenario.name])
                report.pastes += heard
                report.verdicts.update(paste.verdict() for paste in heard)
                if found:
                    doubtful.append((scenario, found))
        # On a busy machine the five seconds of a cached preflight may be over sooner than in the simulator: what
        # disagrees is played once more, alone, at other URLs, of which the browser has cached nothing.
        for again, _ in doubtful:
            scenario = Scenario.from_json(again.to_json().replace(again.name, f"{again.name}-again"))
            server.book.scenarios = {scenario.name: scenario}
            server.book.arrivals.clear()
            results = await driver.play([scenario])
            played = simulate(scenario, server.world, driver.name)
            found = differences(played, results[scenario.name], server.book.arrivals[scenario.name])
            report.replayed += 1
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
    parser.add_argument("--record", type=Path, help="a file for what the console said, a line for each failure")
    options = parser.parse_args()
    report = asyncio.run(run(options.browser, options.seed, options.count, options.only))
    for scenario, found in report.disagreements:
        print(f"\n{scenario.name} on {scenario.page}:")
        for line in found:
            print(f"  {line}")
        if options.only:
            print(scenario.to_json())
    for paste in report.misread:
        print(f"\nThe console of {paste.engine} says, for {paste.reason}:\n{paste.text}")
    if options.record:
        options.record.write_text("".join(f"{json.dumps(asdict(paste))}\n" for paste in report.pastes))
    print(report.summary())
    raise SystemExit(bool(report.disagreements or report.misread))


if __name__ == "__main__":
    main()
