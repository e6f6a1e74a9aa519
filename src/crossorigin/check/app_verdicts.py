"""What the answers of an app mean, beside what was read of it.

What a layer that is known lets in is judged by its settings, with their line. What no such layer lets in comes from
something that is not known (middleware written by hand, of another library, an endpoint), and is judged by the answers.
A finding of reading never says the opposite of what was seen. Not here: the questions (`app_questions`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ..middleware.app_layers import Layer, as_ruled
from ..probes.headers import of_headers
from ..probes.verdicts import Verdict, accepted
from ..report.catalogue import SEVERITIES
from ..report.findings import Finding, Place, Result, finding, not_judged
from ..standards.header_lists import get
from ..transport.isolated_layer import IsolatedLayer, lets_in
from .app_questions import CLOSED_DOORS, Answers, PathVerdict, PreflightAnswer, is_stranger
from .app_spots import Spot, layers_in
from .declarations import place_of

_SHOWN: Final = 4


@dataclass(slots=True)
class AppVerdicts:
    """The answers of an app, and what each known layer of it answers alone.

    `ask_alone` gives the answers of an unknown layer around an app that answers everything.
    """

    name: str
    spots: Sequence[Spot]
    answers: Answers
    ask_alone: Callable[[Layer], Answers]
    _alone: dict[tuple[int, str, bool], tuple[str | None, bool]] = field(default_factory=dict)
    _probes: dict[int, IsolatedLayer] = field(default_factory=dict)

    def results(self) -> Iterator[Result]:
        """What is wrong, and not told by the settings of a known layer."""
        yield from self._let_in(
            [row for row in _speaking(self.answers) if not self._explained(row)], self.answers, None
        )
        yield from self._preflights()
        unknown = [layer for layer in layers_in(self.spots) if layer.rules is None]
        if self.answers.heard and self.answers.stopped and unknown:
            yield not_judged("unasked-app", self.answers.stopped, place=Place(name=self.name))
        if not self.answers.heard:
            yield from self._alone_or_not_judged()

    # -- what nobody known lets in ------------------------------------------------------------------------------------

    def _explained(self, row: PathVerdict) -> bool:
        """Whether a known layer on the way gives this very answer by its settings."""
        for spot in self.spots:
            if spot.covers(row.path) and any(self._gives(layer, spot, row) for layer in spot.layers):
                return True
        return False

    def _gives(self, layer: Layer, spot: Spot, row: PathVerdict) -> bool:
        verdict = row.verdict
        origin = verdict.probe.origin
        if layer.rules is None:
            return False
        if layer.governing is not None:
            path = row.path.removeprefix(spot.filled) or "/"
            rules = as_ruled(layer, spot.app, path).rules
            assert rules is not None  # a layer of ours has them
            return rules.takes_origin(origin) and (rules.credentials or not verdict.with_cookies)
        said = get(verdict.answer.headers, "access-control-allow-origin")
        credentials = get(verdict.answer.headers, "access-control-allow-credentials") == "true"
        return self._of_starlettes(layer, origin, row.cookie) == (said, credentials)

    def _of_starlettes(self, layer: Layer, origin: str, cookie: bool) -> tuple[str | None, bool]:
        """What Starlette's layer, asked alone, says of an origin, and whether with credentials."""
        key = (id(layer), origin, cookie)
        if key not in self._alone:
            probe = self._probes.setdefault(id(layer), IsolatedLayer(layer.build))  # type: ignore[arg-type]
            answer = {} if probe.failed else probe.get(origin, cookie=cookie)
            credentials = answer.get("access-control-allow-credentials") == "true"
            self._alone[key] = (answer.get("access-control-allow-origin"), credentials)
        return self._alone[key]

    def _let_in(self, rows: Sequence[PathVerdict], answers: Answers, alone: Layer | None) -> Iterator[Finding]:
        """One finding for each kind of stranger that is let in, the gravest, with all of its paths.

        `alone` is the layer that was asked in place of the app.
        """
        found: dict[str, tuple[Finding, list[str]]] = {}
        for path in dict.fromkeys(row.path for row in rows):
            here = [row.verdict for row in rows if row.path == path]
            hostile = [verdict for verdict in here if is_stranger(verdict)]
            judged = [*accepted(hostile, path, private=False, errors_are_milder=False), *_headers(answers, path, here)]
            for each in judged:
                known = found.get(each.code)
                paths = [*(known[1] if known else []), path]
                worst = each if known is None or _graver(each, known[0]) else known[0]
                found[each.code] = (worst, paths)
        for each, paths in found.values():
            culprit = alone or self._culprit(each)
            by = f", by {culprit.name}" if culprit is not None else ""
            asked_alone = ", which was asked alone" if alone is not None else ""
            lines = [each.evidence, f"at {_listed(paths)}{by}{asked_alone}"]
            place = (place_of(culprit.made_from) if culprit is not None else None) or Place(name=self.name)
            yield replace(each, evidence="\n".join(lines), place=place, details={**each.details, "paths": paths})

    def _culprit(self, found: Finding) -> Layer | None:
        """The unknown layer that, asked alone, lets in the origin of a finding; None if no single one does."""
        origin = found.details.get("origin", self._any_stranger())
        unknown = [layer for layer in layers_in(self.spots) if layer.rules is None]
        return next((layer for layer in unknown if lets_in(layer.build, str(origin))), None)

    def _any_stranger(self) -> str:
        rows = [row.verdict.probe.origin for row in self.answers.verdicts if row.verdict.readable]
        return rows[0] if rows else "null"

    # -- preflights ---------------------------------------------------------------------------------------------------

    def _preflights(self) -> Iterator[Finding]:
        """An allowed origin's preflight that something answers in place of CORS, at some path."""
        let_in = set(self.answers.origins_let_in())
        refused = [row for row in self.answers.preflights if row.origin in let_in and not row.allowed]
        behind = [row for row in refused if row.answer.status in CLOSED_DOORS]
        redirected = [row for row in refused if 300 <= row.answer.status < 400]
        for code, rows in (("preflight-behind-auth", behind), ("preflight-redirected", redirected)):
            if rows:
                yield finding(
                    code, _preflight_line(rows), place=Place(name=self.name), paths=[row.path for row in rows]
                )

    # -- nothing heard ------------------------------------------------------------------------------------------------

    def _alone_or_not_judged(self) -> Iterator[Result]:
        """Every unknown layer, asked alone, if nothing came from behind all of them; and that one cannot be asked."""
        layers = layers_in(self.spots)
        for layer in layers:
            if layer.rules is None:
                alone = self.ask_alone(layer)
                yield from self._let_in(_speaking(alone), alone, layer)
                if not (alone.heard or alone.closed):
                    yield not_judged(
                        "unasked-app",
                        f"{layer.name}: {_why_not(alone)}\n{_why_not(self.answers)}",
                        place=place_of(layer.made_from) or Place(name=self.name),
                    )
        if not layers and not self.answers.closed:
            yield not_judged("unasked-app", _why_not(self.answers), place=Place(name=self.name))

    # -- what was read, beside what was seen --------------------------------------------------------------------------

    def agree(self, found: Finding, spot: Spot) -> Finding | None:
        """A finding of reading as it stands beside what was seen; None if that shows the opposite."""
        if not self.answers.heard:
            return found
        paths = [path for path in self.answers.paths if spot.covers(path)]
        if found.code == "empty-policy" and self._somebody_reads(paths):
            return None
        if found.code == "middleware-order" and found.severity == "low" and self._nothing_lost():
            return replace(found, severity="info")
        let_in = [str(origin) for origin in _strings(found.details.get("accepted"))]
        if let_in and all(self._denied(origin, paths) for origin in let_in):
            seen = f"The app, asked at {_listed(paths)}, does not let {let_in[0]} in"
            return _milder(found, "low", seen)
        denied = [str(origin) for origin in _strings(found.details.get("refused"))]
        readable = [origin for origin in denied if self.answers.allowed(origin)]
        if readable:
            return _milder(found, "info", f"The app as a whole lets {readable[0]} in")
        return found

    def _somebody_reads(self, paths: Sequence[str]) -> bool:
        return any(row.verdict.readable for row in self.answers.verdicts if row.path in paths)

    def _denied(self, origin: str, paths: Sequence[str]) -> bool:
        asked = [row for row in self.answers.verdicts if row.verdict.probe.origin == origin and row.path in paths]
        return bool(asked) and not any(row.verdict.readable for row in asked)

    def _nothing_lost(self) -> bool:
        """Whether every preflight of an origin that is let in was answered as CORS answers it."""
        let_in = set(self.answers.origins_let_in())
        asked = [row for row in self.answers.preflights if row.origin in let_in]
        return bool(asked) and all(row.allowed for row in asked)


def _speaking(answers: Answers) -> list[PathVerdict]:
    """The answers that say something of who may read them."""
    rows = [row for row in answers.verdicts if _allow_origin(row.verdict) is not None]
    # Some answer `*`, and name the origin if there is a cookie: without credentials, that gives nobody more.
    public = {(row.path, row.verdict.probe.origin) for row in rows if _allow_origin(row.verdict) == "*"}
    return [
        row for row in rows if _allow_origin(row.verdict) == "*" or row.verdict.with_cookies or not _is_in(row, public)
    ]


def _is_in(row: PathVerdict, pairs: set[tuple[str, str]]) -> bool:
    return (row.path, row.verdict.probe.origin) in pairs


def _headers(answers: Answers, path: str, here: Sequence[Verdict]) -> Iterator[Finding]:
    """What the headers say at a path at which somebody unknown lets origins in."""
    yield from of_headers(answers.answered[path])
    if any(_allow_origin(verdict) == "*" for verdict in here):
        yield finding("sends-star", f"GET {path} → Access-Control-Allow-Origin: *")


def _why_not(answers: Answers) -> str:
    """Why an app, or a layer, was not heard."""
    reasons = [f"GET {path}: {why}" for path, why in answers.failures.items()]
    reasons += [f"GET {path} → {answered[0].answer.status}" for path, answered in answers.answered.items()]
    return "; ".join(reasons[:_SHOWN]) or answers.stopped


def _milder(found: Finding, severity: Any, seen: str) -> Finding:
    """The finding with what was seen of the whole app, and no graver than this."""
    kept = min(found.severity, severity, key=SEVERITIES.index)
    return replace(found, severity=kept, evidence=f"{found.evidence}\n{seen}")


def _graver(one: Finding, other: Finding) -> bool:
    return SEVERITIES.index(one.severity) > SEVERITIES.index(other.severity)


def _strings(value: object) -> Iterable[object]:
    return value if isinstance(value, list) else []


def _allow_origin(verdict: Verdict) -> str | None:
    return get(verdict.answer.headers, "access-control-allow-origin")


def _preflight_line(rows: Sequence[PreflightAnswer]) -> str:
    first = rows[0]
    paths = _listed([row.path for row in rows])
    return f"Origin: {first.origin}, preflight of GET → {first.answer.status} without CORS headers\nat {paths}"


def _listed(paths: Sequence[str]) -> str:
    paths = list(dict.fromkeys(paths))
    more = len(paths) - _SHOWN
    return ", ".join(paths[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
