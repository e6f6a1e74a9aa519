"""An nginx configuration, as far as CORS is in it.

Here belong the tests of the origin that stand in it, the headers that an inner block loses, and what is not read.
Not here: what nginx answers (`nginx_answers`), and what is wrong with that (`proxy_findings`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Final

from ..report.documents import read_file
from ..report.findings import Finding, Result
from .declarations import shorten
from .nginx_answers import FOREIGN, Block, Location, Nginx, foreign, headers_in_force, is_foreign
from .nginx_config import UNREAD, Directive, read_nginx
from .nginx_variables import REFERENCE, entry_test
from .proxy_answers import Answer, OriginTest, PageRequest
from .proxy_findings import Allowance, Endpoint, Judged, Judgement
from .proxy_headers import ALLOW_CREDENTIALS, ALLOW_ORIGIN, found, meant_name
from .templates import placeholder, template

_METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH")
_LOST: Final = "CORS headers of a location are lost in another one"
_WHY_LOST: Final = "nginx sends the headers of the location that answers in the end, and those of no other."
_TABLES: Final = ("map", "types", "geo", "split_clients")  # what stands inside is no directive
_MAP_WORDS: Final = ("default", "hostnames", "volatile", UNREAD)


def inspect_nginx(file: Path, root: Path | None = None) -> Iterator[Result]:
    """Everything found in a configuration, its includes too. Raises CannotRun."""
    whole = template(read_file(file).decode("utf-8", "replace"), shorten(file))
    if whole is not None:
        yield whole
        return
    tree, unread = read_nginx(file, root)
    nginx = Nginx.of(tree)
    endpoints = judged_endpoints(nginx)
    everything = list(chain.from_iterable(top.inside() for top in tree))
    static = list(_tests(everything))
    known = {judged.test for judged in static}
    made = dict.fromkeys(chain.from_iterable(endpoint.tests for endpoint in endpoints))
    others = [Judged(test, cookies=True, must_be_used=True) for test in made if test not in known]
    judgement = Judgement("nginx", endpoints, [*static, *others])
    yield from judgement.results()
    yield from judgement.new(_unused_maps(everything))
    yield from judgement.new(_overridden(tree, ()))
    yield from judgement.new(_forwarded(nginx))
    yield from judgement.new(_misnamed(everything))
    yield from judgement.new(_foreign(tree))
    yield from judgement.new(unread)


def judged_endpoints(nginx: Nginx) -> list[Endpoint]:
    """The endpoints that CORS concerns."""
    allowance = Allowance()
    endpoints = []
    for location in nginx.locations:
        pages = _has_pages(location)
        if pages or any(_concerned(block) for block in location.chain):
            methods = _METHODS if _by_method(location.chain) else _METHODS[:1]
            sends = pages or any(_sends(block) for block in location.chain)
            endpoints.append(Endpoint(_asking(nginx, location), allowance, methods, sends=sends))
    return endpoints


def _asking(nginx: Nginx, endpoint: Location) -> Callable[[PageRequest], Sequence[Answer]]:
    return lambda asked: nginx.answers(endpoint, asked)


def _without_locations(block: Block) -> Iterator[Directive]:
    """The directives of a block and of its `if`s."""
    for directive in block:
        yield directive
        if directive.name in ("if", "limit_except") and directive.block is not None:
            yield from _without_locations(directive.block)


def _concerned(block: Block) -> bool:
    """Whether a block sets a CORS header, or answers by the method, which may be a preflight's."""
    for directive in _without_locations(block):
        if directive.name == "add_header" and directive.first.lower() == ALLOW_ORIGIN:
            return True
        if directive.name == UNREAD or FOREIGN.fullmatch(directive.name):
            return True
        if directive.name == "if" and "$request_method" in str(directive):
            return True
    return False


def _sends(block: Block) -> bool:
    """Whether a block, or an `if` in it, sends a header that allows an origin."""
    directives = _without_locations(block)
    return any(one.name == "add_header" and one.first.lower() == ALLOW_ORIGIN for one in directives)


def _has_pages(endpoint: Location) -> bool:
    """Whether an error leads from here to a location that sets a CORS header."""
    pages = any(directive.name == "error_page" for directive in chain.from_iterable(endpoint.chain))
    return pages and any(_concerned(block) for block in _blocks(endpoint.server))


def _blocks(block: Block) -> Iterator[Block]:
    yield block
    for directive in block:
        if directive.block is not None:
            yield from _blocks(directive.block)


def _by_method(blocks: Sequence[Block]) -> bool:
    directives = chain.from_iterable(_without_locations(block) for block in blocks)
    return any("$request_method" in str(directive) for directive in directives)


# -- the tests of the origin --------------------------------------------------------------------------


def _tests(everything: Sequence[Directive]) -> Iterator[Judged]:
    """Every test of `$http_origin` that lets somebody in, where it stands."""
    cookies = any(
        [word.lower() for word in directive.args[:2]] == [ALLOW_CREDENTIALS, "true"]
        for directive in everything
        if directive.name == "add_header"
    )
    for directive in everything:
        if directive.name == "if" and len(directive.args) == 3 and _is_origin(directive.first):
            yield from _condition(directive, cookies=cookies)
        elif directive.name == "map" and _is_origin(directive.first):
            yield from _entries(directive, cookies=cookies)


def _is_origin(text: str) -> bool:
    return text in ("$http_origin", "${http_origin}")


def _condition(directive: Directive, *, cookies: bool) -> Iterator[Judged]:
    _, operator, text = directive.args
    if placeholder(text):
        return
    if operator in ("~", "~*"):
        yield Judged(OriginTest("regex", text, directive.place, operator == "~*"), cookies)
    elif operator == "=" and text and not REFERENCE.search(text):
        yield Judged(OriginTest("equal", text, directive.place), cookies, evidence=f"$http_origin = {text}")


def _entries(directive: Directive, *, cookies: bool) -> Iterator[Judged]:
    entries = directive.block or ()
    hostnames = any(entry.name == "hostnames" for entry in entries)
    for entry in entries:
        value = entry.first
        if entry.name in _MAP_WORDS or value in ("", "0") or placeholder(entry.name):
            continue
        test = entry_test(entry, hostnames=hostnames)
        evidence = {"regex": "", "equal": f"{entry.name} {value}"}.get(test.kind, entry.name)
        yield Judged(test, cookies, evidence=evidence)


def _unused_maps(everything: Sequence[Directive]) -> Iterator[Finding]:
    """What a map of the origin gives to everybody, if nothing uses it yet."""
    used = set(chain.from_iterable(_used(directive) for directive in everything))
    cookies = any(directive.first.lower() == ALLOW_CREDENTIALS for directive in everything)
    for directive in everything:
        if directive.name != "map" or len(directive.args) != 2 or not _is_origin(directive.first):
            continue
        default = next((entry for entry in directive.block or () if entry.name == "default"), None)
        if default is None or directive.args[1].lstrip("$") in used:
            continue
        if _is_origin(default.first):
            yield found("accepts-any-origin", f"default {default.first}", default.place, language="nginx")
        elif default.first == "*":
            code = "sends-star-with-credentials" if cookies else "sends-star"
            yield found(code, "default *", default.place, language="nginx")


def _used(directive: Directive) -> Iterator[str]:
    """The variables that a directive uses; a map's own variable is made, not used."""
    for word in directive.args:
        if directive.name == "map" and word == directive.args[-1]:
            continue
        for braced, plain in REFERENCE.findall(word):
            yield braced or plain


# -- what is lost, and what is not read ---------------------------------------------------------------


def _overridden(block: Block, inherited: Sequence[Directive], opened_by: Directive | None = None) -> Iterator[Finding]:
    """ngx_http_headers_module: headers are inherited if and only if there is no add_header on this level."""
    own = [directive for directive in block if directive.name == "add_header" and len(directive.args) >= 2]
    merged = any(directive.name == "add_header_inherit" and directive.first == "merge" for directive in block)
    before = next((header for header in inherited if header.first.lower() == ALLOW_ORIGIN), None)
    kept = merged or not own or any(header.first.lower() == ALLOW_ORIGIN for header in own)
    if before is not None and not kept and not _answers(opened_by):
        header = f"{before.first.title()}: {before.args[1]}"
        evidence = f"{own[0].first.title()}: {own[0].args[1]} here drops {header} of {before.place}"
        lost = [" ".join(each.args[:2]) for each in inherited]
        remedy = f"write {before} here too"
        yield found("config-overrides", evidence, own[0].place, remedy=remedy, language="nginx", lost=lost)
    for directive in block:
        if directive.block is not None and directive.name not in _TABLES:
            yield from _overridden(directive.block, own or inherited, directive)


def _forwarded(nginx: Nginx) -> Iterator[Finding]:
    """`try_files` and `rewrite` go on in another location, whose headers are the only ones that are sent."""
    for here in nginx.locations:
        lost = _allowing(here)
        if lost is None or here.location is None or lost not in here.chain[-1]:
            continue  # what an outer block sends is lost for another reason: `_overridden`
        for forward in here.chain[-1]:
            target = nginx.forwarded(here, forward)
            if target is None or target.chain == here.chain or _may_allow(target):
                continue
            evidence = f"{forward}: what it goes on to sends no {lost.first.title()}"
            remedy = f"write {lost} in {target.location or 'its server'} too"
            result = found("config-overrides", evidence, lost.place, remedy=remedy, language="nginx", lost=[str(lost)])
            yield replace(result, title=_LOST, why=_WHY_LOST)


def _allowing(location: Location) -> Directive | None:
    """The `add_header` that allows an origin, of those that are in force in a location."""
    headers, _ = headers_in_force(location.chain)
    return next((header for header in headers if header.first.lower() == ALLOW_ORIGIN), None)


def _may_allow(location: Location) -> bool:
    """Whether a location may send a header that allows an origin, under a condition too."""
    _, unread = headers_in_force(location.chain)
    inside = list(_without_locations(location.chain[-1]))
    return bool(unread) or _allowing(location) is not None or _sends(tuple(inside)) or any(map(is_foreign, inside))


def _misnamed(everything: Sequence[Directive]) -> Iterator[Finding]:
    """nginx sends a name as it is written, and puts `: ` after it."""
    for directive in everything:
        name = meant_name(directive.first) if directive.name == "add_header" else ""
        if name:
            evidence = f"{directive}: it is sent as `{directive.first}: {' '.join(directive.args[1:2])}`"
            value = directive.first[len(name) :].strip(": ") or " ".join(directive.args[1:2])
            remedy = f'write add_header {name} "{value}" always;'
            yield found("no-effect", evidence, directive.place, remedy=remedy, language="nginx")


def _answers(opened_by: Directive | None) -> bool:
    """Whether a block answers preflights, of which more is said than that."""
    return opened_by is not None and re.search(r"\$request_method\b.*\bOPTIONS\b", str(opened_by)) is not None


def _foreign(block: Block) -> Iterator[Result]:
    for directive in block:
        if directive.block is not None and directive.name not in _TABLES:
            yield from _foreign(directive.block)
        if is_foreign(directive):
            yield foreign(directive)
        elif directive.name.endswith("_set_header") and directive.first.lower().startswith("access-control-allow-"):
            remedy = f"add_header {' '.join(directive.args)} always;"
            evidence = f"{directive}: this header goes to the app behind, not to the browser"
            yield found("no-effect", evidence, directive.place, remedy=remedy, language="nginx")
