"""A report as one HTML file that a team can read, print and send on.

Here belongs what the template is given. Not here: the page itself (`page/`). It asks nothing of any network and
runs no script, and its Content Security Policy says so to the browser, should a server's text ever get past the
template's escaping.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..catalogue import SEVERITIES, Severity
from ..findings import Report
from .escaping import cut, visible, visible_line
from .groups import Group, counted, groups, not_judged_groups, plural

_GRAVEST_FIRST: Final = tuple(reversed(SEVERITIES))
_TITLES: Final = {"check": "Configuration check", "audit": "Security audit", "verify": "Deployment verification"}


def as_html(reports: Sequence[Report]) -> str:
    """The reports as one page."""
    loader = PackageLoader("crossorigin.report.formats", "page")
    pages = Environment(autoescape=True, loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    pages.keep_trailing_newline = True
    pages.filters |= {"shown": _shown, "spot": _spot, "code": _code, "line": _line}
    style = Markup("\n" + pages.get_template("style.css").render())
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    contents = groups(reports[0]) if len(reports) == 1 else []
    kinds = list(dict.fromkeys(report.kind for report in reports))
    title = _TITLES[kinds[0]] if len(kinds) == 1 else "CORS report"
    worst, verdict = _verdict(reports)
    return pages.get_template("report.html").render(
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        title=title,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        version=version("crossorigin"),
        reports=reports,
        verdict=verdict,
        worst=worst,
        tiles=_tiles(reports),
        failed=[report for report in reports if report.error],
        by_severity=_by_severity,
        counted=lambda report: counted([report]),
        details=_details,
        not_judged_groups=not_judged_groups,
        nothing=_nothing,
        contents=contents,
        anchor=lambda group: f"finding-{contents.index(group) + 1}",
    )


def _verdict(reports: Sequence[Report]) -> tuple[str, str]:
    """The class of the verdict and its words; no words if nothing could be looked at."""
    counts = counted(reports)
    unknown = sum(len(report.not_judged) for report in reports)
    if counts:
        return next(iter(counts)), plural(sum(counts.values()), "finding")
    if unknown:
        return "unknown", f"{unknown} not judged, no findings in the rest"
    if any(report.error for report in reports):
        return "", ""
    return "clean", _nothing(*reports)


def _nothing(*reports: Report) -> str:
    """What is said if there is no finding."""
    ignored = any(report.ignored for report in reports)
    return "Nothing else was found." if ignored else "Nothing was found."


def _tiles(reports: Sequence[Report]) -> list[tuple[str, str, int]]:
    """(name, class, number) for each severity, and for each other kind of result that there is; none if all are 0."""
    counts = counted(reports)
    tiles: list[tuple[str, str, int]] = [(severity, severity, counts.get(severity, 0)) for severity in _GRAVEST_FIRST]
    unknown = sum(len(report.not_judged) for report in reports)
    values = sum(len(report.run_time) for report in reports)
    if unknown:
        tiles.append(("not judged", "unknown", unknown))
    if values:
        tiles.append(("run time", "run-time", values))
    return tiles if any(number for _, _, number in tiles) else []


def _by_severity(report: Report) -> list[tuple[Severity, list[Group]]]:
    found: dict[Severity, list[Group]] = {}
    for group in groups(report):
        found.setdefault(group.first.severity, []).append(group)
    return list(found.items())


def _details(group: Group) -> list[list[tuple[str, str]]]:
    """What the findings say to machines, as names and values; nothing if they say nothing."""
    rows = []
    for finding in group.findings:
        rows.append([(name.replace("_", " "), _value(value)) for name, value in finding.details.items()])
    return [row for row in rows if row]


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)


def _shown(text: object) -> str:
    return visible(cut(str(text)))


def _spot(text: object) -> str:
    return visible_line(cut(str(text)))


def _line(text: object) -> Markup:
    """A remedy: as code if all of it is code, one call or one setting of Python, or a line of nginx."""
    shown = _shown(text)
    return Markup("<code>{}</code>").format(shown) if shown.endswith(";") or _python(shown) else _code(text)


def _python(text: str) -> bool:
    try:
        (statement,) = ast.parse(text).body
    except (SyntaxError, ValueError):  # no Python, or not one statement of it
        return False
    return isinstance(statement, ast.Assign) or isinstance(getattr(statement, "value", None), ast.Call)


def _code(text: object) -> Markup:
    """Text in which what stands between backticks is code."""
    parts = _shown(text).split("`")
    if len(parts) % 2 == 0:  # a backtick without its pair is a backtick
        return Markup.escape("`".join(parts))
    shown = Markup("")
    for place, part in enumerate(parts):
        shown += Markup("<code>{}</code>").format(part) if place % 2 else Markup.escape(part)
    return shown
