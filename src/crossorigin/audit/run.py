"""One audit from its first request to its report, and many at once.

Here belongs the order of the questions. Not here: any of them, nor what an answer means.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from ..browser import Failure, Response
from ..probes.headers import Answered, is_serialised, of_errors, of_headers
from ..probes.origins import Names, Probe, around, guesses, strangers
from ..probes.verdicts import Verdict, accepted, read
from ..report.findings import Finding, Report, finding, gravest_first
from ..standards.header_lists import get, get_all
from ..standards.origin import Origin, is_loopback, is_private
from . import other_probes
from .options import Options
from .purpose import LOOPBACK_ALONE, meant_for_this_machine
from .session import PATIENCE, BudgetSpentError, Sender, SilentError, TargetSession, http_client

_NUMBER: Final = re.compile(r"(?<=[/=])\d+(?=$|[/&?])")  # a whole segment or parameter


async def audit(url: str, *, options: Options | None = None, client: Sender | None = None) -> Report:
    """Audits one URL. Never raises for what the target does: what kept it from being looked at is `Report.error`.

    `client` takes the requests, an app's in-process transport for one; otherwise they go over HTTP.
    """
    options = options or Options()
    began = time.monotonic()
    own = http_client(options) if client is None else None
    asker = TargetSession(url, client or own, options)  # type: ignore[arg-type]
    found: list[Finding] = []
    notes: list[str] = []
    error = ""
    try:
        async with asyncio.timeout(options.limit):
            error = await _Audit(asker, options, found, notes).run()
    except TimeoutError:
        error = f"the target was not done within {options.limit:g} s"
    except BudgetSpentError:
        notes.append(f"the budget of {options.budget} requests was spent; what is left was not asked")
    except SilentError as why:
        error = f"{PATIENCE} requests in a row got no answer, the last: {why}"
    finally:
        if own is not None:
            await own.aclose()
    return Report(
        "audit", url, gravest_first(found), tuple(notes), asker.asked, round(time.monotonic() - began, 3), error
    )


async def audit_all(urls: Iterable[str], *, options: Options | None = None) -> AsyncGenerator[Report, None]:
    """Audits many URLs, `concurrency` at once, each as it ends. Only so many are held in memory.

    Where there is a rate, the URLs of one server wait for each other: it is the server's rate, and their own time.
    """
    options = options or Options()
    client = http_client(options)
    waiting = iter(urls)
    running: set[asyncio.Task[Report]] = set()
    servers: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def one(url: str) -> Report:
        async with servers[urlsplit(url).netloc] if options.rate else nullcontext():
            return await audit(url, options=options, client=client)

    try:
        while True:
            while len(running) < options.concurrency and (url := next(waiting, None)) is not None:
                running.add(asyncio.create_task(one(url)))
            if not running:
                return
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await client.aclose()


class _Audit:
    """What one audit has learned so far."""

    def __init__(self, asker: TargetSession, options: Options, found: list[Finding], notes: list[str]) -> None:
        self.asker, self.options, self.found, self.notes = asker, options, found, notes
        self.origin = Origin.parse(asker.url)
        self.names = Names(asker.url)
        self.seen: list[Answered] = []
        self.readings: list[Verdict] = []

    async def run(self) -> str:
        """Asks everything; returns why it could not, or nothing."""
        baseline = await self.asker.get()
        if isinstance(baseline, Failure):
            return baseline.message
        self.seen.append(Answered("GET without Origin", None, baseline))
        stranger, *_ = hostile = list(strangers(self.names))
        known = self._known(baseline)
        await self._probe([*(Probe(origin, "") for origin in known), stranger])
        readable = {reading.probe.origin for reading in self.readings if reading.readable}
        learned = sorted(  # as told, then https:, whose http: twin is a mistake
            (origin for origin in known if origin in readable),
            key=lambda origin: (origin not in self.options.origins, not origin.startswith("https:")),
        )
        listed = list(dict.fromkeys([*self.options.origins, *learned, *known[:2]]))
        probes = {probe.origin: probe for probe in hostile}
        for base in listed[:3]:
            for probe in around(base, self.names):
                probes.setdefault(probe.origin, probe)
        for origin in (*known, stranger.origin):
            probes.pop(origin, None)
        asked = [probe for probe in probes.values() if probe.engines or self.options.lab]
        allowed = next(iter(learned), None)
        likely = allowed or known[0]
        first = next((seen for seen in self.seen if seen.origin == likely), None)
        told = allowed is not None or likely in self.options.origins
        try:
            await self._once(baseline, stranger.origin, first, told=told)
            await self._probe(asked)
            await self._with_cookie()
        finally:  # what was seen before the time or the budget was spent stands
            self._conclude(allowed)
        return ""

    def _known(self, baseline: Response) -> list[str]:
        """Origins that may be allowed: as told, as the answer itself names them, as one would guess."""
        lines = ",".join(get_all(baseline.headers, "access-control-allow-origin"))
        named = re.split(r"[\s,]+", lines)  # some send a list, which no browser accepts
        policy = get(baseline.headers, "content-security-policy") or ""
        named += re.findall(r"https?://[a-z0-9.:-]+", policy.lower())[:3]
        named = [origin for origin in named if is_serialised(origin)]  # a server may write anything
        return list(dict.fromkeys([*self.options.origins, *named, *guesses(self.origin)]))

    async def _probe(self, probes: Sequence[Probe]) -> None:
        answers: dict[Probe, Response] = {}

        async def one(probe: Probe) -> None:
            answer = await self.asker.get(probe.origin)
            if isinstance(answer, Response):
                answers[probe] = answer

        stopped: Exception | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for probe in probes:
                    group.create_task(one(probe))
        except* (BudgetSpentError, SilentError) as ended:
            stopped = ended.exceptions[0]  # raised below: Python 3.11.2 wraps what is raised here in a group again
        finally:  # in the order of the probes, not of the answers: the same report every time
            for probe in probes:
                if probe in answers:
                    self.seen.append(Answered(f"GET with Origin: {probe.origin}", probe.origin, answers[probe]))
                    self.readings.append(read(probe, answers[probe]))
        if stopped is not None:
            raise stopped

    async def _with_cookie(self) -> None:
        """Strangers that got `*`, once more with a cookie: Litestar reflects them then."""
        for reading in list(self.readings):
            probe, allow = reading.probe, get(reading.answer.headers, "access-control-allow-origin")
            if allow != "*" or probe.code not in ("accepts-any-origin", "accepts-null"):
                continue
            answer = await self.asker.get(probe.origin, headers=[("Cookie", "crossorigin-audit=1")])
            if isinstance(answer, Response) and (again := read(probe, answer)).with_cookies:
                self.readings.append(again)

    async def _once(self, baseline: Response, stranger: str, first: Answered | None, *, told: bool) -> None:
        """What is asked once, before the many origins, so that no budget cuts it off.

        `first` is what an allowed origin got, or else the likeliest; `told` says that it is no mere guess.
        """
        asker, likely = self.asker, first.origin if first is not None else None
        sure = first if told else None
        asks = likely if sure and likely else stranger
        async for found in other_probes.preflights(asker, asks, sure, self.seen):
            self.found.append(found)
        self.found += await other_probes.websocket(asker, stranger, likely or stranger, self.names)
        if self.origin.loopback:
            self.found += await other_probes.rebinding(asker, self.names.host, baseline)
        if self.options.write:
            self.found += await other_probes.writes(asker, stranger)
        answers = [seen.answer for seen in self.seen if seen.origin == stranger]
        denied = answers[0] if answers else Failure("no answer")
        only = await other_probes.preflight_only(asker, stranger, denied, self.seen)
        if first is None or likely is None:
            self.found += only
            return
        if not only and not first.reads and first.answer.status < 400:
            only = await other_probes.preflight_only(asker, likely, first.answer, self.seen)
        errors = of_errors(likely, await self._errors(likely), first)
        # A guess may well be no front end of this server: then only what speaks of CORS itself says anything.
        self.found += [*only, *(found for found in errors if told or found.code == "cors-on-errors-only")]

    async def _errors(self, allowed: str) -> dict[str, Response]:
        """Answers that are likely to be errors: no such path, no such method, no such number."""
        path = urlsplit(self.asker.url)
        missing = path._replace(path=path.path.rstrip("/") + f"/{self.names.label}", query="").geturl()
        answers = {
            "a path that is not there": await self.asker.ask("GET", origin=allowed, url=missing),
            "OPTIONS that is no preflight": await self.asker.ask("OPTIONS", origin=allowed),
        }
        target = path.path + (f"?{path.query}" if path.query else "")
        wrong = _NUMBER.sub(self.names.label, target, count=1)
        if wrong != target:  # 422 where it is checked, 500 where it is not
            url = f"{path.scheme}://{path.netloc}{wrong}"
            answers["no number where one was"] = await self.asker.ask("GET", origin=allowed, url=url)
        return {words: answer for words, answer in answers.items() if isinstance(answer, Response)}

    def _conclude(self, allowed: str | None) -> None:
        host = self.origin.host
        local = meant_for_this_machine(self.asker.url, self.seen, told=self.options.local)
        private = bool(local) if is_loopback(host) else is_private(host)
        hostile = [reading for reading in self.readings if reading.probe.code]
        self.found += accepted(hostile, self.asker.url, private=private)
        self.found += of_headers(self.seen)
        stars = [seen for seen in self.seen if seen.allow_origin == "*" and not seen.preflight]
        if stars:
            code = "sends-star-on-private-network" if private else "sends-star"
            self.found.append(finding(code, f"{stars[0].asked} → Access-Control-Allow-Origin: *"))
        if is_loopback(host):
            self.found[:] = [_at_loopback(found, local) for found in self.found]
        if allowed is None:
            self.notes.append("no allowed origin was found; name one with --origin, and more can be asked")
        else:
            self.notes.append(f"allowed, and therefore where the search began: {allowed}")


# What is a mistake of a server that is meant for this machine, and no mistake of an app under development.
_WORSE_LOCALLY: Final = ("dns-rebinding", "sends-star-on-private-network", "sends-star", "accepts-loopback")


def _at_loopback(found: Finding, local: str) -> Finding:
    """The same finding, graded by whether the server is meant for this machine, with what shows that."""
    if found.code not in _WORSE_LOCALLY:
        return found
    if local:
        return replace(found, evidence=f"{found.evidence}; the server is meant for this machine: {local}")
    return replace(found, severity="info", evidence=f"{found.evidence}; {LOOPBACK_ALONE}")
