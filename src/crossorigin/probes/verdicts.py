"""What it means that an origin is let in.

Here belong the verdict of the browser's half on each answer, and the one finding that a set of accepted origins
comes to: a server that reflects everybody does not also have a prefix mistake. Not here: making origins
(`origins`), and what headers say whoever asks (`headers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ..browser import Browser, Failure, Request, Response
from ..report.catalogue import FINDINGS, WITHOUT_COOKIES, Severity
from ..report.findings import Finding, finding
from ..standards.header_lists import get
from ..standards.origin import Origin, ip_address
from ..standards.public_suffixes import registrable_domain
from .origins import Probe

# What a wider acceptance says already. `*` and a reflected stranger say everything but `null`.
_IMPLIED: Final = {
    "accepts-infix": {"accepts-prefix", "accepts-suffix", "accepts-special-characters", "accepts-subdomains"},
    "accepts-prefix": {"accepts-special-characters", "accepts-trailing-dot", "accepts-any-port"},
    "accepts-suffix": {"accepts-subdomains", "accepts-other-character"},
}
_ON_AN_ERROR: Final[dict[Severity, Severity]] = {
    "critical": "high",
    "high": "medium",
    "medium": "low",
    "low": "low",
    "info": "info",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one probe came to: the answer, and whether a page of that origin may read it."""

    probe: Probe
    answer: Response
    with_cookies: bool
    without: bool

    @property
    def readable(self) -> bool:
        """Whether script may read the answer at all."""
        return self.with_cookies or self.without


# The verdict is on CORS alone: mixed content, which an https: page would meet at an http: target, is another wall.
_ANYWHERE: Final = "https://audited.invalid/"


def read(probe: Probe, answer: Response) -> Verdict:
    """The browser's verdict on an answer that is here already: asked with cookies, and without."""
    # A laboratory origin is read as if a browser had sent it: what counts there is the comparison.
    allow = get(answer.headers, "access-control-allow-origin")
    if not probe.engines:
        taken = allow == probe.origin
        return Verdict(
            probe, answer, taken and get(answer.headers, "access-control-allow-credentials") == "true", taken
        )

    def replay(request: Request, /) -> Response | Failure:
        return answer._replace(status=200) if 300 <= answer.status < 400 else answer

    browser = Browser(probe.origin, transport=replay, engine=probe.engines[0])
    verdicts = [browser.fetch(_ANYWHERE, credentials=mode).allowed for mode in ("include", "omit")]
    return Verdict(probe, answer, verdicts[0], verdicts[1])


def accepted(
    readings: Sequence[Verdict], url: str, *, private: bool, errors_are_milder: bool = True
) -> Iterable[Finding]:
    """The findings that all readings together come to; `private` says that the address is what protects the target.

    `errors_are_milder` is whether an answer that is an error shows less than one that is not.
    """
    classes: dict[str, list[Verdict]] = {}
    for reading in _foreign([reading for reading in readings if reading.readable and not _star(reading)]):
        classes.setdefault(reading.probe.code, []).append(reading)
    strangers = classes.get("accepts-any-origin", [])
    if any(reading.probe.origin.startswith("https:") for reading in strangers):
        kept = {"accepts-any-origin", "accepts-null"} & classes.keys()
    else:
        if strangers:  # whoever is on http:, and nobody else
            classes["accepts-http"] = [*classes.get("accepts-http", ()), *classes.pop("accepts-any-origin")]
        kept = set(classes).difference(*(_IMPLIED.get(wide, set()) for wide in classes))
        if "accepts-prefix" in kept and all(
            _begins_alike(reading.probe) for reading in classes.get("accepts-other-character", ())
        ):
            kept -= {"accepts-other-character"}
    for code, found in classes.items():
        if code in kept:
            yield _found(code, found, url, private, errors_are_milder)


def _begins_alike(probe: Probe) -> bool:
    """Whether it is as its base to the last dot: where the end is not compared, it says nothing of the dot."""
    return probe.origin.startswith(probe.base.rpartition(".")[0])


def _foreign(taken: Sequence[Verdict]) -> list[Verdict]:
    """Without what a wider rule lets in on purpose: of all subdomains `evilapp.example.com` is one, so is any name of a
    platform whose customers are all let in, and of all ports a longer one.
    """
    below = {_owner(reading) for reading in taken if reading.probe.code == "accepts-subdomains"}
    kept = [reading for reading in taken if reading.probe.code not in _IN_ONE_DOMAIN or _owner(reading) not in below]
    any_port = {Origin.parse(reading.probe.base).host for reading in kept if reading.probe.code == "accepts-any-port"}
    kept = [
        reading for reading in kept if not (reading.probe.code == "accepts-prefix" and _other_port(reading) in any_port)
    ]
    platforms = {_suffix(reading) for reading in kept if reading.probe.code == "accepts-shared-platform"}
    return [
        reading for reading in kept if reading.probe.code not in _ON_ONE_PLATFORM or _suffix(reading) not in platforms
    ]


def _other_port(reading: Verdict) -> str:
    """The host, if it is that of the origin that the probe was made from: then only the port is another one."""
    host = Origin.parse(reading.probe.origin).host
    return host if reading.probe.base and host == Origin.parse(reading.probe.base).host else ""


_IN_ONE_DOMAIN: Final = {"accepts-suffix", "accepts-other-character", "accepts-special-characters"}
_ON_ONE_PLATFORM: Final = _IN_ONE_DOMAIN | {"accepts-look-alike", "accepts-subdomains", "accepts-unregistered"}


def _suffix(reading: Verdict) -> str:
    return _owner(reading).partition(".")[2]


def _owner(reading: Verdict) -> str:
    host = Origin.parse(reading.probe.origin).host
    return registrable_domain(host) or host if ip_address(host) is None else host


def _star(reading: Verdict) -> bool:
    return get(reading.answer.headers, "access-control-allow-origin") == "*"


def _found(code: str, readings: Sequence[Verdict], url: str, private: bool, errors_are_milder: bool) -> Finding:
    worst = next((reading for reading in readings if reading.with_cookies), readings[0])
    severity = FINDINGS[code].severity
    if not worst.probe.engines:
        severity = "info"
    elif not worst.with_cookies and not private:
        severity = WITHOUT_COOKIES[severity]
    if worst.answer.status >= 400 and errors_are_milder:
        severity = _ON_AN_ERROR[severity]
    how = "with the visitor's cookies" if worst.with_cookies else "without cookies"
    allow = get(worst.answer.headers, "access-control-allow-origin")
    return finding(
        code,
        f"Origin: {worst.probe.origin} → {worst.answer.status}, Access-Control-Allow-Origin: {allow}; "
        f"its pages read the answer {how}",
        severity=severity,
        url=url,
        origin=worst.probe.origin,
        origins=sorted({reading.probe.origin for reading in readings}),
        engines=list(worst.probe.engines),
        credentials=worst.with_cookies,
        status=worst.answer.status,
        made_from=worst.probe.base,
        response=[f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in worst.answer.headers][:40],
    )
