"""`crossorigin audit`: what a stranger's website could do to a server, found by asking it.

Here belong the command's options, its progress and its end. Not here: what is asked (`audit`), and how reports look
(`report.formats`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from contextlib import aclosing, closing, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from ..audit import Options, audit, audit_all
from ..audit.declared import declared_origins
from ..audit.resume import Progress as Kept
from ..audit.session import http_client, raw
from ..audit.targets import DOCUMENTS, NotOpenAPI, addresses, described, is_url, of_routes
from ..browser import Response
from ..report.errors import CannotRun
from ..report.findings import Report
from ..standards.origin import Origin, is_loopback
from ..transport.asgi import ASGITransport
from ..transport.async_http import HTTPClient
from .header_option import read_headers
from .load_app import load_app
from .output import finish, ready
from .progress import progress_bar
from .report_options import (
    AllowNotJudgedOption,
    FailOnOption,
    Format,
    FormatOption,
    HeaderOption,
    OutputOption,
)
from .stderr import say, stop

_POLITE: Final = 20.0  # requests a second, to a server that is not on this machine
_PUBLIC: Final = "https://api.example.com"  # what an app in this process is called
# What `--header` may not name: the question itself, and how the request is framed.
_OURS: Final = {"origin", "connection", "content-length", "transfer-encoding", "upgrade"}


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
        typer.Option(min=0, help="Requests a second to one server; 0 for no bound.", show_default="20, loopback 0"),
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.01, help="Seconds for one request.")] = 5.0,
    limit: Annotated[float, typer.Option(min=0.01, help="Seconds for one target.")] = 60.0,
    concurrency: Annotated[int, typer.Option(min=1, max=100, help="Targets, and requests to one, at once.")] = 8,
    header: HeaderOption = None,
    connect: Annotated[str, typer.Option(help="Where to connect to, host:port, whatever the URL says.")] = "",
    local: Annotated[
        bool, typer.Option("--local", help="The server is meant for this machine alone: no website is to reach it.")
    ] = False,
    insecure: Annotated[bool, typer.Option("--insecure", help="Take any certificate.")] = False,
    resume: Annotated[
        Path | None, typer.Option(help="Keeps what is done here, and goes on from there.", show_default=False)
    ] = None,
    fail_on: FailOnOption = "low",
    allow_not_judged: AllowNotJudgedOption = False,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> None:
    """Find what a stranger's website could do to a server, by asking it as a browser would.

    `crossorigin audit https://api.example.com/items --origin https://app.example.com`

    `crossorigin audit targets.txt --resume done.jsonl --format html --output audit.html`

    `crossorigin audit main:app`

    Some hundred GET and OPTIONS requests, with origins that an attacker could own; nothing is sent that changes
    anything, unless --write says so, and no hostile host is contacted. What is let in is judged as a browser would.

    Audit what is yours, or what you have leave to audit.

    Exit status: 0 if nothing was found; 1 for findings at or above --fail-on; 2 if a target could not be looked at, or
    if something was not judged (without --allow-not-judged).
    """
    ready(format)
    urls, apps, failed = _sorted(targets, with_headers=bool(header))
    loopback = all(is_loopback(urlsplit(url).hostname or "") for url in urls)
    if rate is None:
        rate = 0.0 if loopback else _POLITE
    try:
        options = Options(
            origins=tuple(_origin(text) for text in origin or ()),
            lab=lab,
            write=write,
            rate=rate,
            timeout=timeout,
            limit=limit,
            headers=_headers(header),
            connect=_place(connect),
            concurrency=concurrency,
            verify=not insecure,
            local=local,
        )
    except CannotRun as error:
        stop(error)
    reports = [*failed]
    if urls:
        reports += _audit_urls(urls, options, resume)
    for app in apps:
        reports += _audit_app(app, options)
    finish(reports, format=format, output=output, fail_on=fail_on, allow_not_judged=allow_not_judged)


def _sorted(targets: Sequence[str], *, with_headers: bool) -> tuple[list[str], list[str], list[Report]]:
    """URLs, apps, and what is neither. A document that is a file leads anywhere, but headers do not go there."""
    named = _origins(target for target in targets if is_url(target))
    urls: list[str] = []
    apps: list[str] = []
    failed: list[Report] = []
    for target in dict.fromkeys(targets):
        try:
            if re.fullmatch(r"[\w.-]+:\d+", target):
                raise CannotRun(f"{target} says no scheme: write http://{target}")
            if ":" in target and "/" not in target and not Path(target).exists():
                apps.append(target)
            else:
                found = addresses(target)
                if with_headers and not is_url(target) and target.lower().endswith(DOCUMENTS):
                    found, refused = _only_named(found, target, named)
                    failed += refused
                urls += found
        except CannotRun as why:
            failed.append(Report("audit", target, error=str(why)))
    return list(dict.fromkeys(urls)), apps, failed


def _headers(written: list[str] | None) -> tuple[tuple[str, str], ...]:
    headers = read_headers(written)
    for name, _ in headers:
        if name.lower() in _OURS:
            raise CannotRun(f"{name} is what the audit itself sends")
    return headers


def _origin(text: str) -> str:
    try:
        found = Origin.parse(text)
    except ValueError:
        found = Origin("", "")
    if found.opaque:
        raise CannotRun(f"{text!r} is not an origin: write --origin https://app.example.com")
    return str(found)


def _place(text: str) -> str:
    try:
        good = not text or (urlsplit(f"//{text}").netloc == text and urlsplit(f"//{text}").port is not None)
    except ValueError:
        good = False
    if not good:
        raise CannotRun(f"{text!r} is not a place to connect to: write --connect 127.0.0.1:8000")
    return text


def _audit_urls(urls: Sequence[str], options: Options, resume: Path | None) -> list[Report]:
    try:
        kept = Kept(resume) if resume is not None else None
    except OSError as why:
        return [Report("audit", str(resume), error=f"{resume} cannot be written: {why.strerror}")]
    done: dict[str, Report] = {}
    refused: list[Report] = []
    with suppress(KeyboardInterrupt), nullcontext() if kept is None else closing(kept):
        urls, refused = asyncio.run(_described(urls, options))
        done |= {url: kept.done[url] for url in urls if kept is not None and url in kept.done}
        asyncio.run(_ask([url for url in urls if url not in done], options, done, kept))
    how = f"; --resume {resume} goes on" if resume else "; --resume FILE keeps what is done"
    return [*_ended(urls, done, how), *refused]


def _ended(urls: Sequence[str], done: dict[str, Report], how: str = "") -> list[Report]:
    """The reports in the order of the URLs; and one more if some were not asked, so that this is not a success."""
    reports = [done[url] for url in urls if url in done]
    left = len(urls) - len(reports)
    if left:
        reports.append(Report("audit", f"{left} of {len(urls)} targets", error=f"stopped before these{how}"))
    return reports


async def _described(urls: Sequence[str], options: Options) -> tuple[list[str], list[Report]]:
    """The same, each OpenAPI document that a server gives replaced by what it describes; and what that may not be."""
    found: list[str] = []
    refused: list[Report] = []
    named = _origins(urls)
    client = http_client(options)
    try:
        for url in urls:
            if not urlsplit(url).path.lower().endswith(DOCUMENTS):
                found.append(url)
                continue
            try:
                paths, elsewhere = _only_named(await _paths_of(url, client, options), url, named)
            except CannotRun as why:
                paths, elsewhere = [], [Report("audit", url, error=str(why))]
            found += paths
            refused += elsewhere
    finally:
        await client.aclose()
    return list(dict.fromkeys(found)), refused


def _origins(urls: Iterable[str]) -> frozenset[str]:
    """The origins of the URLs that can have one."""
    origins = set()
    for url in urls:
        with suppress(ValueError):
            origins.add(str(Origin.parse(url)))
    return frozenset(origins)


def _only_named(urls: Sequence[str], document: str, named: frozenset[str]) -> tuple[list[str], list[Report]]:
    """The URLs whose origin is `named` on the command line, and a report for each other origin.

    A document says what it likes: nobody wants to attack another server, or to send it the headers meant for this one.
    """
    kept: list[str] = []
    others: dict[str, int] = {}
    for url in urls:
        origin = str(Origin.parse(url))
        if origin in named:
            kept.append(url)
        else:
            others[origin] = others.get(origin, 0) + 1
    refused = []
    for origin, count in others.items():
        paths = "1 path" if count == 1 else f"{count} paths"
        why = f"{document} leads to {paths} there, and nobody named this server: name {origin}/ as a target, too"
        refused.append(Report("audit", origin, error=why))
    return kept, refused


async def _paths_of(url: str, client: HTTPClient, options: Options) -> list[str]:
    """The URLs of a document; the URL itself if it is not one. Raises CannotRun."""
    answer = await client.document(url, raw(options.headers))
    if isinstance(answer, Response) and answer.status == 200:
        with suppress(NotOpenAPI):
            return described(answer.body, url)
    return [url]  # it is a target itself, and what keeps it from answering is told there


async def _ask(urls: Sequence[str], options: Options, done: dict[str, Report], kept: Kept | None) -> None:
    _announce(len(urls), len(done), options)
    with progress_bar(shown=bool(urls)) as bar:
        task = bar.add_task("Asking", total=len(urls))
        async with aclosing(audit_all(urls, options=options)) as reports:
            async for report in reports:
                done[report.target] = report
                try:
                    if kept is not None:
                        kept.keep(report)
                except OSError as why:
                    say(f"crossorigin audit: {kept} cannot be written: {why.strerror}")
                    return
                bar.advance(task)


def _announce(count: int, done: int, options: Options) -> None:
    rate = f", at most {options.rate:g} a second to one server" if options.rate else ""
    kinds = "GET, OPTIONS and POST" if options.write else "GET and OPTIONS"
    before = f" ({done} done before)" if done else ""
    noun = "target" if count == 1 else "targets"
    say(f"{count} {noun}{before}, at most {options.budget} {kinds} requests each{rate}")


def _audit_app(name: str, options: Options) -> list[Report]:
    """Every route of an app in this process, under a public name."""
    try:
        app = load_app(name)
        urls = of_routes(getattr(app, "routes", ()), _PUBLIC) or [f"{_PUBLIC}/"]
        _announce(len(urls), 0, options)
        done: dict[str, Report] = {}
        with suppress(KeyboardInterrupt):
            asyncio.run(_in_process(app, urls, options, done))
        return _ended(urls, done)
    except CannotRun as why:
        return [Report("audit", name, error=str(why))]
    except RuntimeError as why:  # its lifespan
        return [Report("audit", name, error=f"{name} does not start: {why}")]


async def _in_process(app: Any, urls: Sequence[str], options: Options, done: dict[str, Report]) -> None:
    async with ASGITransport(app) as transport:
        for url in urls:
            declared = declared_origins(app, urlsplit(url).path)
            own = replace(options, origins=tuple(dict.fromkeys([*options.origins, *declared])))
            done[url] = await audit(url, options=own, client=transport)
