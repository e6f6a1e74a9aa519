"""The campaign: `python -m tests.e2e.reload.campaign --seconds 20`; `make reload`.

First, without load, requests that are under way while another policy comes into force. Then wrk's load and a client
of our own, under a server that turns its policies all the time. One line of figures; exit 1 for a response that
belongs to no policy, for an error, or for fewer turns a second than were asked for.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.reload.expected import COUNT, OTHER, PAGE, Headers, answer, ours

HERE = Path(__file__).parent
ROOT = Path(__file__).parent.parent.parent.parent
CONNECTIONS = 8
ENOUGH = 1_000  # responses to wrk, without which a run says little
MOST_RUNS = 20  # of wrk, on a machine that is busy with something else
LONG = 60.0  # seconds after which anything has failed


@dataclass
class Figures:
    held: int = 0
    by_client: int = 0
    by_wrk: int = 0
    turns: int = 0
    seconds: float = 0.0
    errors: int = 0
    mixed: int = 0
    policies: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.turns / self.seconds if self.seconds else 0.0

    def __str__(self) -> str:
        checked = self.by_wrk + self.by_client + self.held
        return (
            f"{self.seconds:.1f} s: {checked:,} responses checked ({self.by_wrk:,} by wrk, {self.by_client:,} by "
            f"a second client, {self.held} held across a change), {self.turns:,} reconfigurations "
            f"({self.rate:,.0f} a second), {self.errors} errors, {self.mixed} mixed"
        )


class Client:
    """One connection; every response with all its header lines."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONG)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def send(self, path: str, origin: str = PAGE, *, preflight: bool = False) -> None:
        headers = {"Origin": origin}
        if preflight:
            headers |= {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-asked"}
        self.connection.request("OPTIONS" if preflight else "GET", path, headers=headers)

    def receive(self) -> tuple[int, Headers, str]:
        response = self.connection.getresponse()
        return response.status, ours(response.getheaders()), response.read().decode()

    def ask(self, path: str, origin: str = PAGE, *, preflight: bool = False) -> tuple[int, Headers, str]:
        self.send(path, origin, preflight=preflight)
        return self.receive()


@contextmanager
def serving(*options: str) -> Iterator[int]:
    """A server in a process of its own; its port."""
    command = [sys.executable, "-m", "tests.e2e.reload.app", *options]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def hold(port: int, figures: Figures) -> None:
    """Every pair of policies: a request that began under one answers so, though the other is in force by then."""
    with Client(port) as held, Client(port) as control:
        control.ask("/set/0")
        for old, new in itertools.permutations(range(COUNT), 2):
            control.ask(f"/set/{old}")
            held.send("/hold")
            control.ask("/held")
            steps = [  # the request that changes the policy began under the old one, too
                (control.ask(f"/set/{new}"), old, f"/set/{new}"),
                (control.ask("/release"), new, "/release"),
                (held.receive(), old, "/hold"),
            ]
            for found, k, path in steps:
                figures.held += 1
                if found != (*answer(k, PAGE, preflight=False), path):
                    figures.mixed += 1
                    figures.examples.append(f"{path}, from {old} to {new}: {found}")


def ask_all_the_time(port: int, figures: Figures, stopping: threading.Event) -> None:
    """The second client: sees a header line that stands twice, which wrk's Lua does not."""
    with Client(port) as client:
        kinds = itertools.cycle([("/page", PAGE), ("/other", OTHER), ("/slow", PAGE)])
        while not stopping.is_set():
            path, origin = next(kinds)
            for preflight in (False, True):
                try:
                    status, headers, body = client.ask(path, origin, preflight=preflight)
                except (OSError, http.client.HTTPException) as error:
                    figures.errors += 1
                    figures.examples.append(repr(error))
                    return
                figures.by_client += 1
                if body != ("" if preflight else path):
                    figures.errors += 1
                    figures.examples.append(f"{path}: {status} {body[:80]}")
                elif (status, headers) not in [answer(k, origin, preflight=preflight) for k in range(COUNT)]:
                    figures.mixed += 1
                    figures.examples.append(f"{path}: {status} {headers}")


def load(port: int, seconds: int, figures: Figures) -> None:
    """wrk and the second client, while the server turns its policies.

    wrk runs again until it has had enough responses, and each of its connections has met every policy.
    """
    stopping = threading.Event()
    client = threading.Thread(target=ask_all_the_time, args=(port, figures, stopping), daemon=True)
    with Client(port) as control:
        control.ask("/turn")
    client.start()
    for _ in range(MOST_RUNS):
        run_wrk(port, seconds, figures)
        if figures.by_wrk >= ENOUGH and figures.policies == COUNT:
            break
    stopping.set()
    client.join(LONG)
    with Client(port) as control:
        turned = json.loads(control.ask("/stop")[2])
    figures.turns, figures.seconds = turned["count"], turned["seconds"]


def run_wrk(port: int, seconds: int, figures: Figures) -> None:
    """wrk for so many seconds; what its check of each response counted is added to the figures."""
    command = ["wrk", "-t", str(CONNECTIONS), "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--timeout", "10s"]
    command += ["-s", str(HERE / "check.lua"), f"http://127.0.0.1:{port}"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=seconds + LONG, check=True).stdout
    found = re.search(r"^checked=(\d+) mixed=(\d+) wrong=(\d+) socket=(\d+) policies=(\d+)\nexample=(.*)$", made, re.M)
    assert found is not None, made
    checked, mixed, wrong, socket, policies = (int(it) for it in found.groups()[:5])
    figures.by_wrk += checked
    figures.mixed += mixed
    figures.errors += wrong + socket
    figures.policies = max(figures.policies, policies)
    if found[6]:
        figures.examples.append(found[6])


def run(seconds: int, *options: str) -> Figures:
    figures = Figures()
    with serving(*options) as port:
        hold(port, figures)
        load(port, seconds, figures)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description="Reconfigure a server under load, and check every response.")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--through", choices=("middleware", "installed"), default="middleware")
    parser.add_argument("--least", type=int, default=1000, help="reconfigurations a second below which this fails")
    arguments = parser.parse_args()
    figures = run(arguments.seconds, arguments.through)
    print(f"{arguments.through}, {figures}")
    for example in figures.examples[:5]:
        print(f"  {example}", file=sys.stderr)
    if figures.policies < COUNT:
        print(f"  a connection saw {figures.policies} of {COUNT} policies", file=sys.stderr)
    good = not figures.errors and not figures.mixed and figures.policies == COUNT and figures.rate >= arguments.least
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
