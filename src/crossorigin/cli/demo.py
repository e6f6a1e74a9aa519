"""`crossorigin demo`: what is printed while the demo runs.

Here belong the options, the banner, and the exit codes. Not here: the servers (`demo.run`).
"""

from __future__ import annotations

from threading import Event
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ..demo.run import Ports, running
from ..report.errors import CannotRun
from .stderr import stop


def command(
    front_port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="The front end: the page you open.")
    ] = 3000,
    other_port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="A second front end, which no policy allows.")
    ] = 3001,
    api_port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="The API that both front ends call.")
    ] = 8000,
) -> None:
    """Watch CORS happen, in your own browser.

    `crossorigin demo`

    `crossorigin demo --front-port 0 --other-port 0 --api-port 0`

    Starts a front end and an API on two ports of this machine. Two ports are two origins, so every call of
    the page is cross-origin, and your browser judges each of them. The page has one card for every rule: it
    sends real requests, shows what reached the API, and names the line of policy that decided.

    Nothing leaves this machine. A port of 0 is any that is free. Ctrl-C stops it.
    """
    try:
        _serve(front_port, other_port, api_port)
    except KeyboardInterrupt:
        Console().print("\n  Stopped.")


def _serve(front_port: int, other_port: int, api_port: int) -> None:
    try:
        with running(Ports(api=api_port, front=front_port, other=other_port)) as here:
            banner(here.front, here.other, here.api)
            Event().wait()
    except CannotRun as error:
        stop(error)


def banner(front: str, other: str, api: str) -> None:
    """What to open, and what runs where."""
    rows = Table.grid(padding=(0, 2), pad_edge=False)
    rows.add_column(style="cyan", no_wrap=True)
    rows.add_column(overflow="fold")
    rows.add_row(f"  {front}", "the front end: one card for every CORS rule")
    rows.add_row(f"  {other}", "a second front end, which no policy allows")
    rows.add_row(f"  {api}", "the API: one small FastAPI app for each policy")
    console = Console(highlight=False)
    console.print(f"\n  [bold]crossorigin demo[/bold]: open [bold underline]{front}[/bold underline]\n")
    console.print(rows)
    console.print("\n  [dim]Ctrl-C stops it.[/dim]")
