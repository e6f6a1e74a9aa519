"""An app, asked in this process: which origins it lets read which paths.

Here belong the questions: strangers of several kinds, `null`, the origins that the app may mean, and the look-alikes of
those that it lets in; each with a cookie and without, and preflights. Not here: what the answers mean (`app_verdicts`).

The app is not started: its start-up may change a database. GET and OPTIONS are all that it gets, a bounded number of
them, each within a time limit, on a thread of its own that nobody waits for longer than that.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ..browser import Failure, Request, Response
from ..probes.headers import Answered
from ..probes.origins import Names, Probe, around, strangers
from ..probes.routes import route_paths
from ..probes.verdicts import Verdict, read
from ..standards.header_lists import get
from ..standards.origin import Origin
from ..transport.asgi import ASGITransport
from .app_spots import filled

_HOSTS: Final = ("api.example.com", "localhost:8000", "127.0.0.1:8000", "testserver")
_TURNED_AWAY: Final = (400, 403, 421)  # what a server answers to a name that it does not have
_MOST_PATHS: Final = 40
_MOST_AREAS: Final = 8  # of paths that answer alike, which are asked about look-alikes
_MOST_BASES: Final = 4  # origins of which look-alikes are made
_MOST_COMPARED: Final = 3  # times that look-alikes are asked
_ONE_REQUEST: Final = 2.0  # seconds
CLOSED_DOORS: Final = (401, 403, 407)
_COOKIE: Final = (b"cookie", b"crossorigin-check=1")


@dataclass(frozen=True, slots=True)
class PathVerdict:
    """What a page of one origin may read at one path; `cookie` is whether the request had one."""

    path: str
    cookie: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class PreflightAnswer:
    """What a preflight of one origin got at one path."""

    path: str
    origin: str
    answer: Response

    @property
    def allowed(self) -> bool:
        """Whether it names the origin, or every origin."""
        return get(self.answer.headers, "access-control-allow-origin") in ("*", self.origin)


@dataclass(slots=True)
class Answers:
    """All that an app answered.

    `paths` were asked, out of `routes` routes; `failures` are the paths that gave no answer, with the reason, and
    `stopped` why not everything was asked, or empty.
    """

    paths: list[str] = field(default_factory=list)
    routes: int = 0
    requests: int = 0
    verdicts: list[PathVerdict] = field(default_factory=list)
    preflights: list[PreflightAnswer] = field(default_factory=list)
    answered: dict[str, list[Answered]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    stopped: str = ""

    @property
    def heard(self) -> bool:
        """Whether some answer came from behind every middleware: not an error of the server, and no closed door."""
        return any(status < 400 or status in (404, 405, 422) for status in self._statuses())

    @property
    def closed(self) -> bool:
        """Whether every answer asks for a login."""
        statuses = self._statuses()
        return bool(statuses) and all(status in CLOSED_DOORS for status in statuses)

    def _statuses(self) -> list[int]:
        statuses: list[int] = []
        for answered in self.answered.values():
            statuses += [each.answer.status for each in answered if each.origin is not None]
        return statuses

    def allowed(self, origin: str, path: str | None = None) -> bool:
        """Whether pages of the origin may read something, or something at this path."""
        rows = [row for row in self.verdicts if row.verdict.probe.origin == origin and path in (None, row.path)]
        return any(row.verdict.readable for row in rows)

    def origins_let_in(self) -> list[str]:
        """Origins that may read something and are no stranger's, in the order in which they were asked."""
        rows = [row.verdict for row in self.verdicts if row.verdict.readable and not is_stranger(row.verdict)]
        return list(dict.fromkeys(verdict.probe.origin for verdict in rows))


def ask_app(app: Any, routes: Iterable[Any], meant: Sequence[str], *, hosts: Iterable[str], seconds: float) -> Answers:
    """The answers of an app, within so many seconds.

    `meant` are origins that it may let in, `hosts` names that it may have. Never raises for what the app does.
    """
    answers = Answers()
    asking = _Asking(app, answers, time.monotonic() + seconds)
    declared = [filled(path) for path in route_paths(routes)]
    paths = [path for path in dict.fromkeys(declared) if path.startswith("/")]

    def run() -> None:
        try:
            asyncio.run(asking.everything(paths, meant, [*_HOSTS, *hosts]))
        except BaseException as error:  # a thread has nobody to raise to, and SystemExit is an answer, too
            answers.stopped = f"{type(error).__name__}: {error}"

    # A loop may be running in this thread; and an app that blocks its loop can only be left behind.
    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    worker.join(seconds + _ONE_REQUEST)
    if worker.is_alive():
        return _copied(answers, f"it did not answer within {seconds:g} s")
    return answers


def _copied(answers: Answers, stopped: str) -> Answers:
    """A copy that the thread, which still runs, does not change any more."""
    return replace(
        answers,
        paths=list(answers.paths),
        verdicts=list(answers.verdicts),
        preflights=list(answers.preflights),
        answered={path: list(row) for path, row in list(answers.answered.items())},
        failures=dict(answers.failures),
        stopped=answers.stopped or stopped,
    )


def is_stranger(verdict: Verdict) -> bool:
    """Whether nothing in the app names the origin, or it must not be let in all the same."""
    probe = verdict.probe
    return bool(probe.code) and (bool(probe.base) or probe.code != "accepts-http" or verdict.with_cookies)


class _Stop(Exception):
    """The time is over."""


class _Asking:
    """Asks one app, and writes down what it answers."""

    def __init__(self, app: Any, answers: Answers, ends: float) -> None:
        self.transport = ASGITransport(app)
        self.answers = answers
        self.ends = ends
        self.names = Names("crossorigin check")
        self.base = f"https://{_HOSTS[0]}"
        self.compared: set[tuple[str, ...]] = set()  # the origins whose look-alikes were asked, at one path

    async def everything(self, paths: Sequence[str], meant: Sequence[str], hosts: Iterable[str]) -> None:
        missing = f"/{self.names.label}"
        self.answers.routes = len(paths)
        self.answers.paths = list(dict.fromkeys([missing, *_spread(paths), "/"]))
        try:
            await self._find_host(missing, dict.fromkeys(hosts))
            for path in self.answers.paths:
                await self._first_questions(path)
            for path in self._areas():
                await self._own_origins(path, meant)
        except _Stop:
            done = len(self.answers.answered)
            self.answers.stopped = f"the time was over after {done} of {len(self.answers.paths)} paths"

    async def _find_host(self, path: str, hosts: Iterable[str]) -> None:
        """A name that the app answers to: `TrustedHostMiddleware` turns away every other."""
        for host in hosts:
            base = f"https://{host}"
            answer = await self._send("GET", base + path, None)
            if isinstance(answer, Response) and answer.status not in _TURNED_AWAY:
                self.base = base
                return

    async def _first_questions(self, path: str) -> None:
        """What everybody gets here: a request of the same origin, strangers, and `null`."""
        plain = await self._send("GET", self.base + path, None)
        if isinstance(plain, Failure):
            self.answers.failures[path] = plain.message
            return
        self._note(path, "GET without Origin", None, plain)
        for probe in self._strangers():
            await self._page(path, probe)
        for probe in self._strangers()[:2]:
            await self._preflight(path, probe.origin)

    def _strangers(self) -> list[Probe]:
        """Strangers of several kinds: a reserved name, one as anybody registers it, without TLS, `null`."""
        host = self.names.host
        anybody = [f"https://{host}", f"https://{self.names.reserved}", f"http://{host}"]
        return [*(Probe(origin, "accepts-any-origin") for origin in anybody), Probe("null", "accepts-null")]

    async def _own_origins(self, path: str, meant: Sequence[str]) -> None:
        """The origins that the app may mean, and the look-alikes of those that it lets in here."""
        for origin in meant:
            await self._page(path, Probe(origin, _risk_of(origin)), cookies=(True,))
        let_in = [origin for origin in meant if self.answers.allowed(origin, path)]
        for origin in let_in[:_MOST_BASES]:
            await self._preflight(path, origin)
        bases = tuple(let_in[:_MOST_BASES])
        if self._everybody(path) or bases in self.compared or len(self.compared) == _MOST_COMPARED:
            return
        self.compared.add(bases)
        hostile = {probe.origin: probe for probe in strangers(self.names)}
        for origin in bases:
            for probe in around(origin, self.names):
                hostile.setdefault(probe.origin, probe)
        known = {*meant, *(probe.origin for probe in self._strangers())}
        for probe in hostile.values():
            if probe.engines and probe.origin not in known:
                await self._page(path, probe, cookies=(True,))

    def _everybody(self, path: str) -> bool:
        return all(self.answers.allowed(probe.origin, path) for probe in self._strangers()[:2])

    def _areas(self) -> list[str]:
        """One path of each kind: those at which strangers and preflights get the same kind of answer."""
        kinds: dict[object, str] = {}
        for path in self.answers.answered:
            seen = [(each.allow_origin, each.credentials, each.answer.status) for each in self.answers.answered[path]]
            asked = [row.allowed for row in self.answers.preflights if row.path == path]
            kinds.setdefault((path.split("/")[1], *seen, *asked), path)
        return list(kinds.values())[:_MOST_AREAS]

    async def _page(self, path: str, probe: Probe, *, cookies: Iterable[bool] = (False, True)) -> None:
        """A GET of a page, without a cookie and with one: some middleware answers otherwise then."""
        for cookie in cookies:
            answer = await self._send("GET", self.base + path, probe.origin, cookie=cookie)
            if isinstance(answer, Failure):
                self.answers.failures.setdefault(path, answer.message)
            else:
                how = f"GET {path} with Origin: {probe.origin}" + (" and a cookie" if cookie else "")
                self._note(path, how, probe.origin, answer)
                self.answers.verdicts.append(PathVerdict(path, cookie, read(probe, answer)))

    async def _preflight(self, path: str, origin: str) -> None:
        answer = await self._send("OPTIONS", self.base + path, origin)
        if isinstance(answer, Response):
            self.answers.preflights.append(PreflightAnswer(path, origin, answer))

    def _note(self, path: str, how: str, origin: str | None, answer: Response) -> None:
        self.answers.answered.setdefault(path, []).append(Answered(how, origin, answer))

    async def _send(self, method: str, url: str, origin: str | None, *, cookie: bool = False) -> Response | Failure:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise _Stop
        self.answers.requests += 1
        headers = [(b"accept", b"*/*")]
        if origin is not None:
            headers.append((b"origin", origin.encode()))
        if method == "OPTIONS":
            headers.append((b"access-control-request-method", b"GET"))
        if cookie:
            headers.append(_COOKIE)
        try:
            async with asyncio.timeout(min(_ONE_REQUEST, left)):
                return await self.transport.asend(Request(method, url, headers))
        except TimeoutError:
            return Failure(f"no answer within {_ONE_REQUEST:g} s")


def _risk_of(origin: str) -> str:
    """What it means if an origin is let in with cookies that the app itself names: nothing, unless it has no TLS."""
    parsed = Origin.parse(origin)
    return "accepts-http" if parsed.scheme == "http" and not parsed.loopback else ""


def _spread(paths: Sequence[str]) -> list[str]:
    """So many paths at most, those of different beginnings first."""
    beginnings: dict[str, str] = {}
    for path in paths:
        beginnings.setdefault("/".join(path.split("/")[:3]), path)
    return list(dict.fromkeys([*beginnings.values(), *paths]))[:_MOST_PATHS]
