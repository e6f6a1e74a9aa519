"""`crossorigin explain`: which request would the browser send, which rule stops it, and what to change.

Here belong the command's options and the four things it starts from: a call, a copied request, a HAR file, the lines of
a console. Not here: the diagnosis, how it is printed, and importing an app (`load_app`).
"""

from __future__ import annotations

import json as json_module
import logging
import re
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final, cast
from urllib.parse import urljoin, urlsplit

import typer
from rich.console import Console

from ..browser import ENGINES, Browser, EngineName, Outcome
from ..browser.call import FetchOptions, Mode, RedirectMode
from ..browser.sites import parse
from ..explain import ConsoleMessage, diagnose, diagnose_message, read_console, read_copied, read_har
from ..explain.copied import UNSAFE_VALUES
from ..explain.unsaid_credentials import blocked_with_credentials, without_verdict
from ..report.documents import read_text
from ..report.errors import CannotRun
from ..standards.fetch import CORS_SAFELISTED_METHODS, is_token
from .explain_json import Explanation, as_data
from .explain_text import draw, not_known
from .header_option import read_headers
from .load_app import Target, load_app
from .report_options import HeaderOption, JSONOption, TextOrJSON, TextOrJSONOption
from .stderr import stop

_MAX_HAR_BYTES: Final = 64 * 2**20
BASE = "http://localhost:8000"


@dataclass(frozen=True)
class Asked:
    """What the command line says, read."""

    target: str = ""
    method: str = "GET"
    path: str = "/"
    page: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    credentials: bool | None = None
    body: str | None = None
    mode: str = "cors"
    engine: str = "chromium"
    read: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    base: str = BASE
    message: ConsoleMessage | None = field(default=None)
    redirect: RedirectMode = "follow"
    upload_listener: bool = False
    copied: bool = False
    notes: tuple[str, ...] = ()


def command(
    target: Annotated[str, typer.Argument(help="An app (main:app) or a server (http://localhost:8000).")] = "",
    call: Annotated[str, typer.Argument(help='What the page calls: "PUT /items/1", or WS /chat for a WebSocket.')] = "",
    page: Annotated[str, typer.Option("--from", help="The page: its URL or origin; null for a file.")] = "",
    header: HeaderOption = None,
    credentials: Annotated[
        bool | None,
        typer.Option("--credentials/--no-credentials", help="Whether the call says credentials: include."),
    ] = None,
    data: Annotated[str | None, typer.Option("--data", "-d", help="The body, as text.")] = None,
    json_body: Annotated[str | None, typer.Option("--json-body", help="The body, as application/json.")] = None,
    mode: Annotated[str, typer.Option(help="cors, no-cors or same-origin.")] = "cors",
    read: Annotated[
        list[str] | None, typer.Option("--read", help="A response header that the page wants to read.")
    ] = None,
    cookie: Annotated[
        list[str] | None, typer.Option("--cookie", help='A cookie of the server: "session=1; SameSite=Lax".')
    ] = None,
    engine: Annotated[str, typer.Option(help=f"{', '.join(ENGINES)}.")] = "chromium",
    base: Annotated[str, typer.Option(help="The URL of the app, which is asked in this process.")] = BASE,
    curl: Annotated[
        str, typer.Option("--curl", help="A request, copied from the network panel: as cURL, PowerShell or fetch.")
    ] = "",
    har: Annotated[str, typer.Option("--har", help="A HAR file: every cross-origin call in it.")] = "",
    console: Annotated[
        str, typer.Option("--console", help="What the browser's console says: all its lines about the request.")
    ] = "",
    format: TextOrJSONOption = TextOrJSON.TEXT,
    json: JSONOption = False,
) -> None:
    """Find out why a browser blocks a request, and what to change.

    `crossorigin explain main:app "PUT /items/1" --from http://localhost:3000 --json-body '{}'`

    `crossorigin explain http://localhost:8000 "GET /items" --from http://localhost:3000 --credentials`

    `crossorigin explain main:app /items --from http://localhost:3000 --read X-Total-Count`

    `crossorigin explain --console "Access to fetch at … has been blocked by CORS policy: …"`

    `crossorigin explain main:app --curl "curl 'https://api.example.com/items' -H 'origin: …' …"`

    `crossorigin explain --har localhost.har`

    Nothing has to run: an app is asked in this process.

    Exit status: 0 if the browser allows it, 1 if it blocks it or that is not known, 2 if the target cannot be loaded.
    """
    # What an app is warned of when it starts is said again below, where it is the cause.
    logging.getLogger("crossorigin").addHandler(logging.NullHandler())
    try:
        _check_page(page)
        said = Asked(target, page=page, credentials=credentials, mode=mode, engine=engine, base=base)
        said = replace(said, read=tuple(read or ()), cookies=tuple(cookie or ()))
        said = _with_call(said, call, list(read_headers(header)), data, json_body)
        findings = _find(said, curl, har, console)
    except CannotRun as error:
        stop(error)
    _show(findings, json or format is TextOrJSON.JSON, many=bool(har))
    good = all(finding.good for finding in findings)
    raise typer.Exit(int(not good))


def _check_page(page: str) -> None:
    """Raises CannotRun for a page without a scheme: `localhost:3000` is a URL, too, and no web page has it."""
    if _WITHOUT_SCHEME.fullmatch(page):
        raise CannotRun(f"--from: {page!r} has no scheme: write http://{page}")


_WITHOUT_SCHEME: Final = re.compile(r"[\w.-]+:\d{1,5}(?:/.*)?")


def _find(said: Asked, curl: str, har: str, console: str) -> list[Explanation]:
    """The findings of whichever of the four was given."""
    if sum(map(bool, (curl, har, console))) > 1:
        raise CannotRun("give one of --curl, --har and --console")
    if said.engine not in ENGINES:
        raise CannotRun(f"there is no engine {said.engine!r}: {', '.join(ENGINES)}")
    if said.mode not in ("cors", "no-cors", "same-origin"):
        raise CannotRun(f"there is no mode {said.mode!r}: cors, no-cors, same-origin")
    try:
        if har:
            return _from_har(said, har)
        if curl:
            said = _from_curl(said, curl)
        if console:
            message = read_console(console)
            if not said.target or _stopped_elsewhere(message):
                return [_from_message(message, said.page)]
            said = _from_console(said, message)
    except ValueError as error:
        raise CannotRun(str(error)) from None
    return [_run(said)]


def _run(said: Asked) -> Explanation:
    """The call, made in a browser half."""
    if not said.target:
        raise CannotRun('say what to look at: crossorigin explain main:app "GET /" --from http://localhost:3000')
    if not said.page:
        raise CannotRun("say which page calls: --from http://localhost:3000")
    remote = "://" in said.target
    app = None if remote else load_app(said.target)
    base = said.target if remote else said.base
    url = _url(base, said.path)
    with Target(said.target, url, app) as target:
        try:
            browser = Browser(said.page, transport=target, engine=cast(EngineName, said.engine))
            for cookie in said.cookies:
                browser.cookies.set(url, cookie)
        except ValueError as error:
            raise CannotRun(f"--from: {error}") from None
        outcome = browser.websocket(url) if said.method == "WS" else browser.fetch(url, **_options(said))
        page = str(browser.page.origin)
        facts = {"cause": "answered-by-another"} if _contradicts(said.message, outcome) else {}
        if outcome.reason == "websocket-refused":
            facts = {"own_origin": _of_own_origin(url, target)}
        if _depends_on_credentials(said, url, outcome):
            outcome, facts = without_verdict(outcome), {"cause": "credentials-not-recorded"}
        why = diagnose(outcome, app, page=page, read=said.read, crash=target.crash, facts=facts)
    call = f"{said.method} {urlsplit(url).path or '/'}"
    return Explanation(page, call, said.target, said.engine, outcome, why, said.read, said.message, notes=said.notes)


def _of_own_origin(url: str, target: Target) -> str:
    """Whether a server that refused a WebSocket takes one of a page that it serves itself."""
    own = url.replace("ws", "http", 1) if url.startswith("ws") else url
    return "taken" if Browser(own, transport=target).websocket(url).allowed else "refused"


def _depends_on_credentials(said: Asked, url: str, outcome: Outcome) -> bool:
    """Whether a copied request does not tell the credentials, and they would change the verdict."""
    if not said.copied or said.credentials is not None or said.method == "WS":
        return False
    return blocked_with_credentials(outcome, said.page, url, _options(said), cast(EngineName, said.engine))


def _contradicts(message: ConsoleMessage | None, outcome: Outcome) -> bool:
    """Whether the browser blocked what the app allows."""
    return message is not None and bool(message.reason) and outcome.allowed


def _url(base: str, path: str) -> str:
    """The URL that is called. A base that is no URL is refused, since a browser would make something else of it."""
    for text in (base, path) if "://" in path else (base,):
        if parse(text) is None:
            raise CannotRun(f"{text!r} is no URL: write http://localhost:8000")
    return urljoin(base, path)


def _options(said: Asked) -> FetchOptions:
    options: FetchOptions = {"method": said.method, "headers": said.headers, "mode": cast(Mode, said.mode)}
    options["body"] = said.body
    options["credentials"] = "include" if said.credentials else "same-origin"
    options["redirect"] = said.redirect
    options["upload_listener"] = said.upload_listener
    return options


def _with_call(
    said: Asked, call: str, headers: list[tuple[str, str]], data: str | None, json_body: str | None
) -> Asked:
    """The call's method, path and body. A URL as the target may say the path alone."""
    first, _, rest = call.strip().partition(" ")
    if not call.strip():
        first, rest = "GET", ""
    elif first.startswith("/") or "://" in first:
        first, rest = "GET", call.strip()
    if not is_token(first):
        raise CannotRun(f'{call!r} is no call: write "PUT /items/1"')
    path = rest.strip() or _path_of(said.target)
    if json_body is not None:
        headers = [*headers, ("Content-Type", "application/json")]
        first = first if rest or call else "POST"
    body = data if json_body is None else json_body
    if body is not None and not call:
        first = "POST"
    return replace(said, method=first, path=path, headers=tuple(headers), body=body)


def _path_of(target: str) -> str:
    """The path of a target that is a URL; the root of any other."""
    url = parse(target) if "://" in target else None
    return url.href.removeprefix(str(url.origin)) if url else "/"


def _from_curl(said: Asked, text: str) -> Asked:
    call = read_copied(text)
    url = urlsplit(call.url)
    path = url.path + (f"?{url.query}" if url.query else "")
    body = call.body if said.body is None else said.body
    mode = call.mode if said.mode == "cors" else said.mode
    server = f"{url.scheme}://{url.netloc}"
    notes = (_ANNOUNCED,) if call.announced else ()
    base = server if said.base == BASE else said.base
    return replace(
        said,
        target=said.target or server,
        base=base,
        method=call.method,
        path=path or "/",
        page=said.page or call.page,
        headers=(*call.headers, *said.headers),
        credentials=_first_known(said.credentials, call.credentials),
        copied=True,
        body=body,
        mode=mode,
        redirect=call.redirect,
        upload_listener=call.upload_listener,
        notes=notes,
    )


def _first_known(first: bool | None, second: bool | None) -> bool | None:
    return second if first is None else first


_ANNOUNCED: Final = "the copied request is a preflight; this is the request that it announced"


def _from_console(said: Asked, message: ConsoleMessage) -> Asked:
    """What the message says of the call, if the command line does not say it."""
    url = urlsplit(message.redirected_from or message.url)
    headers = said.headers
    if message.header and not headers:
        headers = ((message.header, UNSAFE_VALUES.get(message.header.lower(), "1")),)
    path = url._replace(scheme="", netloc="", fragment="").geturl()
    if said.path != "/" or not path:
        path = said.path
    method = message.method if said.method == "GET" and message.method else said.method
    base = f"{url.scheme}://{url.netloc}" if url.netloc else said.base
    preflighted = bool(headers) or method not in CORS_SAFELISTED_METHODS
    return replace(
        said,
        path=path,
        method=method,
        page=said.page or message.page,
        headers=headers,
        upload_listener=message.preflight and not preflighted,
        credentials=_first_known(said.credentials, "credentials" in message.reason),
        base=base,
        message=message,
    )


def _stopped_elsewhere(message: ConsoleMessage) -> bool:
    """Whether the browser stopped for something that no server can answer for, so that the app need not be asked."""
    if message.cause:
        return message.cause not in _ASKS_THE_APP
    return message.reason == "network-failure" and message.failure_kind != "unknown"


_ASKS_THE_APP: Final = ("said-above", "said-in-console", "authorization-not-covered")


def _from_message(message: ConsoleMessage, page: str) -> Explanation:
    """The message alone: nothing is asked of any server. Firefox does not say which page it was."""
    message = replace(message, page=page or message.page)
    why, candidates = diagnose_message(message)
    server = urlsplit(message.url).netloc
    return Explanation(
        message.page, "", server, message.engine, message.outcome(), why, message=message, candidates=candidates
    )


def _from_har(said: Asked, name: str) -> list[Explanation]:
    findings = []
    for entry in read_har(read_text(Path(name), _MAX_HAR_BYTES)):
        credentials = _first_known(entry.credentials, said.credentials)
        called = replace(entry, page=entry.page or said.page, credentials=credentials)
        path = urlsplit(entry.url)
        outcome, why = called.explain(cast(EngineName, said.engine))
        findings.append(Explanation(called.page, f"{entry.method} {path.path}", path.netloc, said.engine, outcome, why))
    return findings


def _show(findings: list[Explanation], json: bool, many: bool) -> None:
    if json:
        print(json_module.dumps(_data(findings, many), indent=2))  # ASCII, so that no terminal can be repainted
        return
    with suppress(AttributeError):  # a terminal without ✓ gets a ?, never a traceback
        cast(Any, sys.stdout).reconfigure(errors="replace")
    console = Console(highlight=False, width=min(80, shutil.get_terminal_size().columns))
    for number, finding in enumerate(findings):
        if number:
            console.print()
        draw(finding, console)
    if many:
        unknown = sum(not_known(finding) for finding in findings)
        blocked = sum(not finding.good for finding in findings) - unknown
        more = f", {unknown} not known" if unknown else ""
        console.print(f"\n{len(findings)} cross-origin calls, {blocked} blocked{more}")


def _data(findings: list[Explanation], many: bool) -> dict[str, Any]:
    """One finding; for a HAR the first that is blocked, and all of them as `entries`."""
    if not many:
        return as_data(findings[0])
    first = next((finding for finding in findings if not finding.good), None)
    chosen = first or (findings[0] if findings else None)
    head = as_data(chosen) if chosen else _NOTHING
    return head | {"allowed": first is None, "entries": [as_data(finding) for finding in findings]}


_NOTHING: dict[str, Any] = {"reason": None, "cause": None, "remedy": "", "requests": [], "steps": []}
