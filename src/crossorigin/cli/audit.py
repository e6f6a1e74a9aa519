"""`crossorigin audit`: what a stranger's website could do to a server, found by asking it.

Here belong the command's options, its progress and its end. Not here: what is asked (`audit`), and how reports look
(`reports`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..audit import Options, audit, audit_all
from ..audit.addresses import UnreadableError, addresses, openapi
from ..audit.progress import Progress as Kept
from ..browser import Request, Response
from ..findings import Report
from ..origin import is_loopback
from ..transport import ASGITransport, HTTPTransport
from .ending import Format, finish, ready
from .target import TargetError, load_app

_POLITE = 20.0  # requests a second, to a server that is not on this machine


def command(
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET...",
            help="A URL, a file with one on each line, an OpenAPI document (file or URL), or an app (main:app).",
            show_default=False,
        ),
    ],
    origin: Annotated[
        list[str] | None,
        typer.Option(help="An origin that is allowed; look-alikes are made from it.", show_default=False),
    ] = None,
    lab: Annotated[
        bool, typer.Option("--lab", help="Also origins that no browser sends: they show a comparison.")
    ] = False,
    write: Annotated[bool, typer.Option("--write", help="Also POST, which may change something there.")] = False,
    rate: Annotated[
        float | None,
        typer.Option(help="Requests a second to one target; 0 for no bound.", show_default="20, loopback 0"),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds for one request.")] = 5.0,
    limit: Annotated[float, typer.Option(help="Seconds for one target.")] = 60.0,
    concurrency: Annotated[int, typer.Option(min=1, max=100, help="Targets, and requests to one, at once.")] = 8,
    header: Annotated[
        list[str] | None, typer.Option(help="A header for every request: 'Cookie: session=…'.", show_default=False)
    ] = None,
    connect: Annotated[str, typer.Option(help="Where to connect to, host:port, whatever the URL says.")] = "",
    insecure: Annotated[bool, typer.Option("--insecure", help="Take any certificate.")] = False,
    resume: Annotated[
        Path | None, typer.Option(help="Keeps what is done here, and goes on from there.", show_default=False)
    ] = None,
    format: Annotated[Format, typer.Option(help="How the report is written.")] = Format.TEXT,
    output: Annotated[Path | None, typer.Option(help="The file it goes to.", show_default="the terminal")] = None,
) -> None:
    """What a stranger's website could do to this server: asked, as a browser would ask.

    Some hundred GET and OPTIONS requests, with origins that an attacker could own; nothing is sent that changes
    anything, unless --write says so, and no other host is contacted. What is let in is held against four browsers.

    `crossorigin audit https://api.example.com/items --origin https://app.example.com`

    `crossorigin audit targets.txt --resume done.jsonl --format html --output audit.html`

    `crossorigin audit main:app`

    Audit what is yours, or what you have leave to audit.

    Exit status: 0 clean, 1 findings, 2 a target could not be looked at.
    """
    ready(format)
    options = Options(
        origins=tuple(origin or ()),
        lab=lab,
        write=write,
        timeout=timeout,
        limit=limit,
        headers=tuple(_header(it) for it in header or ()),
        connect=connect,
        concurrency=concurrency,
        verify=not insecure,
    )
    reports: list[Report] = []
    try:
        with suppress(KeyboardInterrupt):
            for target in targets:
                reports += _audited(target, options, rate, resume)
    except (UnreadableError, TargetError, OSError) as why:
        reports.append(Report("audit", target, error=str(why)))
    finish(reports, format=format, output=output)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip() or not f"{name}{value}".isprintable():
        raise typer.BadParameter(f"{text!r}: write --header 'Cookie: session=…'")
    return name.strip(), value.strip()


def _audited(target: str, options: Options, rate: float | None, resume: Path | None) -> list[Report]:
    if ":" in target and "/" not in target and not Path(target).exists():
        return _audit_app(target, options)
    urls = _described(target, options) or addresses(target)
    bound = (
        rate if rate is not None else 0.0 if all(is_loopback(urlsplit(it).hostname or "") for it in urls) else _POLITE
    )
    options = _with_rate(options, bound)
    return _audit_urls(urls, options, resume)


def _with_rate(options: Options, rate: float) -> Options:

    return replace(options, rate=rate)


def _described(target: str, options: Options) -> list[str]:
    """The paths of an OpenAPI document that a server serves; nothing for any other URL."""
    if not (target.startswith(("http://", "https://")) and urlsplit(target).path.endswith((".json", ".yaml", ".yml"))):
        return []
    with HTTPTransport(timeout=options.timeout, verify=options.verify) as transport:
        answer = transport(Request("GET", target, [(b"Accept", b"application/json")]))
    if not isinstance(answer, Response) or answer.status != 200:
        return []
    try:
        document = json.loads(answer.body)
    except ValueError:
        return []
    return openapi(document, base=target) if isinstance(document, dict) and "paths" in document else []


def _audit_urls(urls: Sequence[str], options: Options, resume: Path | None) -> list[Report]:
    kept = Kept(resume) if resume is not None else None
    done = {it: kept.done[it] for it in urls if kept is not None and it in kept.done}
    waiting = [it for it in urls if it not in done]
    _announce(len(waiting), len(done), options)

    async def all_of_them() -> None:
        with _bar(len(waiting)) as bar:
            task = bar.add_task("Asking", total=len(waiting))
            async for report in audit_all(waiting, options=options):
                done[report.target] = report
                if kept is not None:
                    kept.keep(report)
                bar.advance(task)

    try:
        asyncio.run(all_of_them())
    except KeyboardInterrupt:
        where = f"; go on with --resume {resume}" if resume is not None else ""
        typer.echo(f"crossorigin audit: stopped after {len(done)} of {len(urls)} targets{where}", err=True)
    finally:
        if kept is not None:
            kept.close()
    return [done[it] for it in urls if it in done]


def _announce(count: int, done: int, options: Options) -> None:
    rate = f", at most {options.rate:g} a second each" if options.rate else ""
    kinds = "GET, OPTIONS and POST" if options.write else "GET and OPTIONS"
    before = f" ({done} done before)" if done else ""
    noun = "target" if count == 1 else "targets"
    typer.echo(f"{count} {noun}{before}, at most {options.budget} {kinds} requests each{rate}", err=True)


def _bar(count: int) -> Progress:
    console = Console(stderr=True)
    columns: list[Any] = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal or count == 0)


def _audit_app(target: str, options: Options) -> list[Report]:
    """Every route of an app in this process that takes GET, under a public name."""
    app = load_app(target)
    document = app.openapi() if hasattr(app, "openapi") else {}
    base = "https://api.example.com"
    urls = openapi({**document, "servers": []}, base=base) if document.get("paths") else [base + "/"]
    # A document says nothing of WebSockets.
    urls += [
        base + it.path for it in getattr(app, "routes", ()) if "WebSocket" in type(it).__name__ and "{" not in it.path
    ]
    _announce(len(urls), 0, options)

    async def all_of_them() -> list[Report]:
        async with ASGITransport(app) as transport:
            return [await audit(it, options=options, client=transport) for it in urls]

    return asyncio.run(all_of_them())
