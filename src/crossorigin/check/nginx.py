"""An nginx configuration, as far as CORS is in it.

Here belong the reading of the files into one tree (by `crossplane`), and the walk down the blocks with the headers
that each inherits. Not here: what is wrong with the headers themselves (`proxy_headers`), and with the conditions they
depend on (`nginx_conditions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ..report.findings import Finding, Result, not_judged
from .nginx_conditions import Conditions
from .nginx_config import Directive, read_nginx
from .proxy_headers import ALLOW_ORIGIN, Sent, first, found, judge, judge_preflight

_PREFLIGHT: Final = re.compile(r"\$request_method\b.*\bOPTIONS\b")
_FOREIGN: Final = ("more_set_headers", "more_add_headers", "header_filter_by_lua", "header_filter_by_lua_block")


def inspect_nginx(file: Path) -> Iterator[Result]:
    """Everything found in a configuration, its includes too. Raises CannotRun."""
    tree, unread = read_nginx(file)
    conditions = Conditions.of(tree)
    yield from conditions.judge()
    yield from _block(tree, (), conditions, None)
    yield from unread


# -- walking ------------------------------------------------------------------------------------------


def _block(
    block: Sequence[Directive], inherited: tuple[Sent, ...], conditions: Conditions, opened_by: Directive | None
) -> Iterator[Result]:
    own = tuple(sent for it in block if (sent := _sent(it)))
    # ngx_http_headers_module: inherited if and only if there is no add_header on this level.
    headers = own or inherited
    if own:
        yield from _overridden(inherited, own, opened_by)
        yield from _judge(own, conditions, opened_by)
        yield from _behind_proxy(block, own)
    if opened_by is not None and opened_by.name == "if" and _PREFLIGHT.search(" ".join(opened_by.args)):
        yield from _preflight(block, headers)
    for it in block:
        if it.name in _FOREIGN and "access-control" in str(it).lower():
            yield not_judged("unknown-directive", str(it)[:120], place=it.place)
        if it.block is not None and it.name not in ("map", "types", "geo"):
            yield from _block(it.block, headers, conditions, it)


def _sent(directive: Directive) -> Sent | None:
    if directive.name != "add_header" or len(directive.args) < 2:
        return None
    name, value, *rest = directive.args
    return Sent(name.lower(), value, directive.place, rest == ["always"])


def _overridden(inherited: Sequence[Sent], own: Sequence[Sent], opened_by: Directive | None) -> Iterator[Finding]:
    lost = first(inherited, ALLOW_ORIGIN)
    if lost is None or any(it.name == ALLOW_ORIGIN for it in own):
        return
    if opened_by is not None and _PREFLIGHT.search(" ".join(opened_by.args)):
        return  # which is said of the preflight
    yield found(
        "config-overrides",
        f"{own[0]} here drops {lost} of {lost.place}",
        place=own[0].place,
        lost=[str(it) for it in inherited if it.cors],
    )


def _judge(own: Sequence[Sent], conditions: Conditions, opened_by: Directive | None) -> Iterator[Finding]:
    """The headers of one block, sent together."""
    yield from judge(own)
    allowed = first(own, ALLOW_ORIGIN)
    if allowed is None:
        return
    yield from conditions.use(allowed, own, opened_by)
    if not allowed.always and not (opened_by and _PREFLIGHT.search(" ".join(opened_by.args))):
        remedy = f"add_header {allowed.name.title()} … always;"
        yield found("errors-without-cors", f"{allowed}, without `always`", place=allowed.place, remedy=remedy)


def _behind_proxy(block: Sequence[Directive], own: Sequence[Sent]) -> Iterator[Finding]:
    """What the app behind sends is sent as well, unless it is hidden."""
    allowed = first(own, ALLOW_ORIGIN)
    proxied = next((it for it in block if it.name == "proxy_pass"), None)
    hidden = any(it.name == "proxy_hide_header" and it.first.lower() == ALLOW_ORIGIN for it in block)
    if allowed is not None and proxied is not None and not hidden:
        yield found(
            "duplicate-headers",
            f"{allowed}, and whatever {' '.join(proxied.args)} sends under that name",
            severity="info",
            place=allowed.place,
            remedy="proxy_hide_header Access-Control-Allow-Origin; if the app sends it too",
        )


def _preflight(block: Sequence[Directive], headers: Sequence[Sent]) -> Iterator[Finding]:
    """A block that answers OPTIONS by itself."""
    answer = next((it for it in block if it.name == "return"), None)
    if answer is not None:
        status = answer.first if re.fullmatch(r"[0-9]{3}", answer.first) else "200"
        yield from judge_preflight(str(answer), status, headers, answer.place)
