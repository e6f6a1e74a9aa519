"""The soak: `python -m tests.e2e.soak.campaign --minutes 30`; `make soak MINUTES=30`.

Mixed traffic against uvicorn and granian, one after the other, while policies and origins change all the time. Every
response is judged, and the server's memory is sampled. A line a minute, one at the end; exit 1 for an error, a wrong
verdict, a traceback in the server's output, or memory that grows.
"""

from __future__ import annotations

import argparse
import http.client
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

from tests.e2e.reload.expected import COUNT
from tests.e2e.served.servers import end, free_ports, listening, start
from tests.e2e.soak.expected import TENANTS, tenant
from tests.e2e.soak.traffic import LONG, Client, Figures, Forces

CLIENTS = 3
SAMPLES = 120  # of memory, over the whole run
MINUTE = 60.0
# The last third may hold this much more than the second: what allocators keep, and caches that are not full yet.
GROWTH_MB = 4.0
GROWTH_SHARE = 0.03
COMMANDS = {
    "uvicorn": "uvicorn tests.e2e.soak.app:app --host 127.0.0.1 --port {port} --no-access-log --timeout-keep-alive 75",
    "granian": "granian tests.e2e.soak.app:app --interface asgi --host 127.0.0.1 --port {port} --workers 1",
}


class Soak:
    """One server, its traffic, and what was heard of it."""

    def __init__(self, server: str, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.server = server
        self.process = process
        self.port = port
        self.log = log
        self.figures = Figures()
        self.forces = Forces()
        self.memory: list[float] = []
        self.seconds = 0.0

    def run(self, seconds: float) -> None:
        """Traffic for so long; a summary line every minute."""
        stopping = threading.Event()
        clients = [Client(self.port, self.forces, self.figures, seed) for seed in range(CLIENTS)]
        threads = [threading.Thread(target=it.run, args=(stopping,), daemon=True) for it in clients]
        threads.append(threading.Thread(target=self.change, args=(stopping,), daemon=True))
        for it in threads:
            it.start()
        began, told = time.monotonic(), 0
        pause = max(seconds / SAMPLES, 0.05)
        while not stopping.wait(pause):
            self.seconds = time.monotonic() - began
            self.memory.append(memory(self.process.pid))
            if self.seconds // MINUTE > told:
                told += 1
                print(self, flush=True)
            if self.seconds >= seconds or self.process.poll() is not None:
                break
        stopping.set()
        for it in threads:
            it.join(LONG)
            if it.is_alive():
                self.figures.error("a request has not been answered")
        output = self.log.read_text()
        tracebacks = output.split("Traceback (most recent call last)")[1:]
        for it in tracebacks:
            self.figures.error(f"the server's output: {it.strip()[-1000:]}")

    def change(self, stopping: threading.Event) -> None:
        """Puts one policy after the other in force, and one set of origins after the other."""
        control = Client(self.port, self.forces, self.figures, 0)
        turns = 0
        while not stopping.wait(0.02):
            turns += 1
            try:
                if turns % 50 == 0:
                    self.change_tenants(control)
                else:
                    self.change_policy(control)
            except (OSError, http.client.HTTPException) as error:
                self.figures.error(f"a change: {error!r}")
                control.connection.close()
        control.connection.close()

    def change_policy(self, control: Client) -> None:
        number = (self.forces.now.policy + 1) % COUNT
        self.forces.begin(replace(self.forces.now, policy=number))
        control.order(f"/set/{number}")
        self.forces.seen()
        self.figures.policies += 1

    def change_tenants(self, control: Client) -> None:
        """Another set, two further, so that both of its tenants are new; it is in force when one of them is let in."""
        number = (self.forces.now.tenants + 2) % TENANTS
        force = replace(self.forces.now, tenants=number)
        self.forces.begin(force)
        control.order(f"/tenants/{number}")
        until = time.monotonic() + LONG
        while control.ask("/page", tenant(number))[0] != force.answer(tenant(number), preflight=False):
            if time.monotonic() > until:
                self.figures.error(f"set {number} of origins never came into force")
                break
            time.sleep(0.02)
        self.forces.seen()
        self.figures.sets += 1

    @property
    def growth(self) -> float:
        """MB that the last third of the run holds more than the second."""
        third = len(self.memory) // 3
        return median(self.memory[-third:]) - median(self.memory[third : 2 * third]) if third else 0.0

    @property
    def faults(self) -> list[str]:
        """Why it fails, empty if it does not."""
        allowed = max(GROWTH_MB, GROWTH_SHARE * median(self.memory)) if self.memory else 0.0
        found = {
            "the server ended": self.process.poll() is not None,
            f"{self.figures.errors} errors": self.figures.errors > 0,
            f"{self.figures.wrong} wrong verdicts": self.figures.wrong > 0,
            f"memory grew by {self.growth:.1f} MB": self.growth > allowed,
            "nothing was judged": not self.figures.judged,
            "no memory was sampled": len(self.memory) < 3,
            "the policies did not change": self.figures.policies < COUNT or not self.figures.sets,
        }
        return [name for name, holds in found.items() if holds]

    def __str__(self) -> str:
        now = self.memory[-1] if self.memory else 0.0
        return (
            f"{self.server}, {self.seconds:.0f} s: {self.figures.judged.total():,} responses judged, "
            f"{self.figures.policies:,} policies and {self.figures.sets:,} sets of origins put in force, "
            f"{self.figures.errors} errors, {self.figures.wrong} wrong verdicts, {now:.0f} MB"
        )


def memory(pid: int) -> float:
    """MB that a process and its children hold."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return 0.0
    held = next((int(it.split()[1]) for it in status.splitlines() if it.startswith("VmRSS:")), 0)
    return held / 1024 + sum(memory(int(it)) for it in children)


@contextmanager
def soaking(server: str, log: Path, **environment: str) -> Iterator[Soak]:
    """A server in a process of its own."""
    port = free_ports(1)[0]
    process = start(COMMANDS[server].format(port=port), log, **environment)
    try:
        listening(process, port, log)
        yield Soak(server, process, port, log)
    finally:
        end(process)


def main() -> int:
    parser = argparse.ArgumentParser(description="Mixed traffic for a long time; every response is judged.")
    parser.add_argument("--minutes", type=float, default=30.0, help="in all, shared by the servers")
    parser.add_argument("--server", choices=sorted(COMMANDS), help="this one alone")
    options = parser.parse_args()
    servers = [options.server] if options.server else list(COMMANDS)
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for server in servers:
            with soaking(server, Path(folder) / f"{server}.log") as soak:
                soak.run(options.minutes * MINUTE / len(servers))
                faults = soak.faults
                print(f"{soak}; grew by {soak.growth:.1f} MB: {'; '.join(faults) or 'good'}", flush=True)
                print("  " + ", ".join(f"{count:,} {kind}" for kind, count in soak.figures.judged.items()))
                for example in soak.figures.examples[:5]:
                    print(f"  {example[:1200]}", file=sys.stderr)
                failed |= bool(faults)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
