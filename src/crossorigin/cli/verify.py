"""`crossorigin verify`: does the deployment do what the policy says?

Here belong the options, finding the policy, and the progress bar. Not here: what is asked and compared (`verify`),
and how a report is written down (`output`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import unquote, urlsplit

import typer

from ..browser.sites import parse
from ..middleware.cors import CORSMiddleware
from ..middleware.route_policies import RoutePolicies
from ..middleware.routing import innermost_app, installed_on
from ..middleware.types import ASGIApp
from ..policy.policy import Policy
from ..policy.problems import PolicyError
from ..report.errors import CannotRun
from ..report.findings import NotJudged, Place, Report, not_judged
from ..standards.optional import MissingPackage
from ..standards.origin import Origin
from ..transport.http import HTTPTransport
from ..verify import chromium, serve_policy, verify
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
from .stderr import stop

_BODY: Final = 65_536  # a body is read only to keep its connection


class RealBrowserName(StrEnum):
    """A browser that can be asked."""

    CHROMIUM = "chromium"


def command(
    url: Annotated[str, typer.Argument(help="A URL of the deployment: https://api.example.com/items")],
    policy: Annotated[str, typer.Option("--policy", help="crossorigin.toml, or the app that has it: main:app")],
    header: HeaderOption = None,
    origin: Annotated[
        list[str] | None, typer.Option("--origin", help="One more origin to ask from: https://old.example.com")
    ] = None,
    browser: Annotated[
        RealBrowserName | None, typer.Option("--browser", help="Ask in a real browser, too: chromium")
    ] = None,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for each answer.")] = 10.0,
    fail_on: FailOnOption = "low",
    allow_not_judged: AllowNotJudgedOption = False,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> None:
    """Prove that a deployment does what the policy says.

    `crossorigin verify https://api.example.com/items --policy main:app`

    `crossorigin verify https://api.example.com/items --policy crossorigin.toml -H "Authorization: Bearer x"`

    The policy is served in this process, and every page that it names, every page just outside, every method and
    every header is asked of both. What a browser would take differently is a finding, with both sides shown. Only
    GET and OPTIONS requests are sent. What an app decides while it serves (`origins=`, `policy_for=`) is not judged.
    With `--browser chromium`, pages in a real Chromium ask as well.

    Exit status: 0 if both sides agree; 1 for findings at or above --fail-on; 2 if the server could not be asked, or if
    something was not judged (without --allow-not-judged).
    """
    ready(format)
    try:
        target = _url(url)
        wanted, app, unseen = read_policy(policy, target)
        headers = [(name.encode(), value.encode("latin-1")) for name, value in read_headers(header)]
        more = [_origin(text) for text in origin or ()]
        if browser and headers:
            raise CannotRun("--browser takes no --header: a page that sets one is asked for a preflight")
    except (CannotRun, PolicyError) as error:
        stop(error)
    opened: AbstractContextManager[Any] = chromium(target, timeout) if browser else nullcontext()
    try:
        with opened as real:
            report = _run(timeout, target, wanted, app=app, headers=headers, more_origins=more, browser=real)
    except (CannotRun, MissingPackage) as error:
        stop(error)
    report = replace(report, not_judged=(*report.not_judged, *unseen))
    finish([report], format=format, output=output, fail_on=fail_on, allow_not_judged=allow_not_judged)


def _run(timeout: float, url: str, policy: Policy, **options: Any) -> Report:
    log = logging.getLogger("crossorigin")
    quiet, log.disabled = log.disabled, True  # what our side rejects while it is asked is not to be logged
    try:
        with HTTPTransport(timeout=timeout, body_limit=_BODY) as wire, progress_bar() as bar:
            task = bar.add_task("Asking", total=None)
            show = lambda done, total: bar.update(task, completed=done, total=total)  # noqa: E731
            return verify(url, policy, wire, **options, progress=show)
    finally:
        log.disabled = quiet


def read_policy(name: str, url: str) -> tuple[Policy, ASGIApp, list[NotJudged]]:
    """The policy in force for a URL, what answers for it, and what else decides: a file's, or of `module:attribute`.

    An app may say several policies for its routes; they are all in what answers. Raises CannotRun, PolicyError.
    """
    if Path(name).exists() or ":" not in name:
        policy = Policy.load(name)
        return policy, serve_policy(policy=policy), []
    app = load_app(name)
    rules = _rules_of(app)
    if rules is None:
        raise CannotRun(f"{name} has no policy of crossorigin: install(app, policy), or name a file")
    scope = {"type": "http", "method": "GET", "path": unquote(urlsplit(url).path), "root_path": "", "headers": []}
    policy = rules.resolve(innermost_app(app), scope).answers.policy
    return policy, serve_policy(app, policy=rules.policy, routes=rules.routes), list(_unseen(rules, name))


def _unseen(rules: RoutePolicies, name: str) -> Iterator[NotJudged]:
    """What decides in the deployment beside its policies, and is not run here."""
    place = Place(name=name)
    if rules.live is not None:
        evidence = f"origins={type(rules.live).__name__}(...): the origins that it loads were not asked for"
        remedy = "name some of them with --origin; those that the deployment allows are reported as differences"
        yield not_judged("unread-code", evidence, remedy=remedy, place=place)
    if rules.policy_for is not None:
        function = getattr(rules.policy_for, "__name__", type(rules.policy_for).__name__)
        evidence = f"policy_for={function}: the policies that it returns were not compared"
        remedy = "verify each of them by a file: `crossorigin verify URL --policy FILE`"
        yield not_judged("unread-code", evidence, remedy=remedy, place=place)


def _rules_of(app: Any) -> RoutePolicies | None:
    """The rules of the outermost middleware of ours: around the app, put in by install(), or added to it."""
    for layer in getattr(app, "user_middleware", ()):
        if isinstance(layer.cls, type) and issubclass(layer.cls, CORSMiddleware):
            app = CORSMiddleware(app, *layer.args, **layer.kwargs)
    for carrier in (installed_on(app), app):
        rules = getattr(carrier, "crossorigin_rules", None)
        if isinstance(rules, RoutePolicies):
            return rules
    return None


def _url(text: str) -> str:
    url = parse(text) if "://" in text else None
    if url is None or url.scheme not in ("http", "https") or url.has_credentials:
        raise CannotRun(f"{text!r} is not a URL to ask: write https://api.example.com/items")
    return url.href.partition("#")[0]


def _origin(text: str) -> str:
    try:
        return str(Origin.parse(text))
    except ValueError:
        raise CannotRun(f"{text!r} is not an origin: write https://app.example.com") from None
