"""A Caddyfile, as far as CORS is in it.

Here belong its sites, the tests of the origin that stand in its matchers, and what is not read. Not here: the format
(`caddyfile`), what Caddy answers (`caddy_answers`), and what is wrong with that (`proxy_findings`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from ..report.documents import read_text
from ..report.findings import Result, not_judged
from .caddy_answers import ORDER, Site, all_lines, directives, glob_kind, has_placeholder, runs_unread, without_colon
from .caddyfile import CaddyLine, read
from .declarations import shorten
from .proxy_answers import Answer, OriginTest, PageRequest
from .proxy_findings import Allowance, Endpoint, Judged, Judgement
from .proxy_headers import ALLOW_CREDENTIALS, ALLOW_ORIGIN, found, listed, meant_name
from .templates import template

_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH")
_MAX_PATHS: Final = 40
# Directives of Caddy 1 that Caddy 2 rejects (caddyserver.com/docs/v2-upgrade).
_CADDY_1: Final = frozenset(
    "proxy gzip errors fastcgi browse ext mime websocket limits index markdown internal expvar pprof startup shutdown "
    "on timeouts".split()
)


def inspect_caddy(file: Path, root: Path | None = None) -> Iterator[Result]:
    """Everything found in a Caddyfile. Raises CannotRun."""
    whole = template(read_text(file), shorten(file))
    if whole is not None:
        yield whole
        return
    caddyfile = read(file, root)
    old = next((line for line in chain.from_iterable(caddyfile.sites) if line.name in _CADDY_1), None)
    if old is not None:
        yield not_judged("unknown-kind", f"{old}: a directive of Caddy 1", place=old.place)
        return
    order = _order(caddyfile.options)
    sites = [Site(block, caddyfile.routes, order) for block in caddyfile.sites]
    judgement = judge(sites)
    yield from judgement.results()
    for site in sites:
        yield from judgement.new(_wrong_tests(site))
        yield from judgement.new(_wrong_values(site))
        yield from judgement.new(_unread_matchers(site))
        yield from judgement.new(_unread_directives(site))
    missing = [not_judged("unread-include", lost.why, place=lost.place) for lost in caddyfile.missing]
    yield from judgement.new(missing)


def judge(sites: Sequence[Site]) -> Judgement:
    """The judgement of some sites."""
    allowance = Allowance()
    endpoints = list(chain.from_iterable(judged_endpoints(site, allowance) for site in sites))
    static = list(chain.from_iterable(_tests(site) for site in sites))
    known = {judged.test for judged in static}
    made = chain.from_iterable(endpoint.tests for endpoint in endpoints)
    new = [test for test in dict.fromkeys(made) if test not in known]
    meant = [test for test in new if test.kind != "equal" or not _wrong(test.text)]
    others = [Judged(test, cookies=True, must_be_used=True) for test in meant]
    return Judgement("caddy", endpoints, [*static, *others])


def judged_endpoints(site: Site, allowance: Allowance) -> list[Endpoint]:
    """The paths of a site that CORS concerns, or none."""
    blocks = [site.block, *site.routes.values()]
    lines = chain.from_iterable(all_lines(block) for block in blocks)
    text = " ".join(str(line) for line in lines).lower()
    if "access-control" not in text and "options" not in text and "cors" not in text:
        return []
    methods = _METHODS if re.search(r"\bmethod\b", text) else _METHODS[:1]
    return [Endpoint(_asking(site, path), allowance, methods) for path in site.paths[:_MAX_PATHS]]


def _asking(site: Site, path: str) -> Callable[[PageRequest], Sequence[Answer]]:
    return lambda asked: site.answers(asked, path)


def _order(options: Sequence[CaddyLine]) -> list[str]:
    """Caddy's order of directives, changed by `order NAME first`, `last`, `before OTHER` or `after OTHER`."""
    order = list(ORDER)
    for line in options:
        if line.name != "order" or len(line.words) < 3:
            continue
        _, name, where, *other = line.words
        order = [known for known in order if known != name]
        place = order.index(other[0]) if other and other[0] in order else 0
        order.insert({"last": len(order), "before": place, "after": place + 1}.get(where, 0), name)
    return order


# -- the tests of the origin --------------------------------------------------------------------------


def _matchers(site: Site) -> Iterator[CaddyLine]:
    """The lines of every named matcher, each beginning with the matcher's own name."""
    for line in all_lines(site.block):
        if not line.name.startswith("@"):
            continue
        if len(line.words) > 1:
            yield CaddyLine(line.words[1:], line.place, line.block)
        else:
            yield from line.block or ()


def _origin_tests(site: Site) -> Iterator[tuple[CaddyLine, str]]:
    """(line, value) for each value that the header Origin is compared with as a string."""
    for line in _matchers(site):
        if line.name == "header" and line.words[1:2] and line.words[1].lower() == "origin":
            yield from ((line, value) for value in line.words[2:])


def _tests(site: Site) -> Iterator[Judged]:
    words = chain.from_iterable(line.words for line in all_lines(site.block))
    cookies = ALLOW_CREDENTIALS in {word.lower().lstrip("+>?") for word in words}
    for line in _matchers(site):
        of_origin = line.name == "header_regexp" and "origin" in [word.lower() for word in line.words[1:3]]
        if of_origin and not has_placeholder(line.words[-1]):
            yield Judged(OriginTest("regex", line.words[-1], line.place), cookies)
    for line, value in _origin_tests(site):
        kind, text = glob_kind(value)
        if kind and not has_placeholder(value) and not _wrong(value):
            yield Judged(OriginTest(kind, text, line.place), cookies, evidence=f"header Origin {value}")


def _wrong(value: str) -> bool:
    return value.startswith("~") or "*" in value[1:-1]


def _wrong_tests(site: Site) -> Iterator[Result]:
    """Values that are meant as expressions and compared as strings."""
    for line, value in _origin_tests(site):
        if value.startswith("~"):
            pattern = value.lstrip("~* ")
            evidence = f"header Origin {value}: `header` compares strings, and a `~` is part of this one"
            yield found("no-effect", evidence, line.place, remedy=f"header_regexp Origin {pattern}", language="caddy")
        elif "*" in value[1:-1]:
            evidence = f"header Origin {value}: a `*` inside is not a wildcard"
            remedy = f"header_regexp Origin {_as_regex(value)}"
            yield found("no-effect", evidence, line.place, remedy=remedy, language="caddy")


def _wrong_values(site: Site) -> Iterator[Result]:
    """Allowed origins that no browser takes for one, sent or not."""
    for line in all_lines(site.block):
        if line.name in ("header", "header_down"):
            yield from _misnamed(line)
        inner = [without_colon(each.words) for each in line.block or ()]
        given = [line.arguments, *inner] if line.name == "header" else []
        places = [line.place, *(each.place for each in line.block or ())]
        for words, place in zip(given, places, strict=False):
            sets = len(words) == 2 and words[0].lower().lstrip("+>?") == ALLOW_ORIGIN
            if sets and words[1] != "*" and not has_placeholder(words[1]):
                evidence = f"{ALLOW_ORIGIN.title()}: {words[1]}"
                yield from listed(words[1], place, evidence, "caddy")


def _misnamed(line: CaddyLine) -> Iterator[Result]:
    """A name with a `:` at its end, which Go's server sends to nobody."""
    written = "".join(line.arguments[:1])
    name = meant_name(written.lstrip("+-?>"))
    if name:
        evidence = f"{line}: a header of that name is not sent"
        remedy = f"write {str(line).replace(written, written.removesuffix(':'))}"
        yield found("no-effect", evidence, line.place, remedy=remedy, language="caddy")


def _as_regex(value: str) -> str:
    parts = [re.escape(part).replace(r"\-", "-") for part in value.split("*")]
    return f"^{'[a-z0-9-]+'.join(parts)}$"


def _unread_matchers(site: Site) -> Iterator[Result]:
    """Expressions that test the origin, used or not."""
    for line in _matchers(site):
        expression = line.name in ("expression", "not") or not re.fullmatch(r"\w+", line.name)
        text = " ".join(str(each) for each in all_lines([line]))
        if expression and "origin" in text.lower() and line.name != "not":
            yield not_judged("unknown-matcher", text, place=line.place)


def _unread_directives(site: Site) -> Iterator[Result]:
    for block in (site.block, *site.routes.values()):
        for line in directives(block):
            if runs_unread(line):
                yield not_judged("unknown-directive", str(line)[:120], place=line.place)
