"""The CORS extensions of Flask and Quart, as far as they are told by literals.

What they do was read in their source: flask-cors 6 sends any origin back for `*`, with credentials too, and tries an
entry with a character of regular expressions as one, from the start; quart-cors raises for `*` with credentials.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from ...report.findings import Place, Result, RunTimeValue
from ..origin_matching import judge_regex
from ..proxy_headers import found
from .exact import judge_exact
from .expressions import Expressions
from .values import Dictionary, Dotted, Literal, Several, Unknown, Value, text_of
from .world import World

# The keyword for the origins, and the one for credentials.
_FLASK: Final = ("origins", "supports_credentials")
_QUART: Final = ("allow_origin", "allow_credentials")
KINDS: Final = {
    "flask_cors.CORS": _FLASK,
    "flask_cors.cross_origin": _FLASK,
    "quart_cors.cors": _QUART,
    "quart_cors.route_cors": _QUART,
}
_REGEX_CHARACTERS: Final = frozenset("*\\]?$^[]()")


def judge(
    name: str, node: ast.Call, expressions: Expressions, world: World, shown: str
) -> Iterator[tuple[Result, World]]:
    """What is wrong with the settings of one call."""
    origins, credentials = KINDS[name]
    words = [word for word in node.keywords if word.arg]
    for values, after in expressions.evaluate_all([word.value for word in words], world):
        said = {word.arg or "": value for word, value in zip(words, values, strict=True)}
        allowed = said.get(origins, Literal("*", node))
        with_cookies = said.get(credentials)
        if isinstance(with_cookies, Unknown | Dotted):
            yield (
                RunTimeValue(credentials, ast.unparse(with_cookies.node), Place(shown, with_cookies.node.lineno)),
                after,
            )
        cookies = isinstance(with_cookies, Literal) and with_cookies.value is True
        resources = said.get("resources")
        tables = resources.entries if isinstance(resources, Dictionary) else ()
        scoped = [_inside(entry, origins) for _, entry in tables]
        for each in scoped if tables else [allowed]:
            for result in _judge(name, each or allowed, origins, shown, cookies=cookies):
                yield result, after


def _inside(resource: Value, origins: str) -> Value | None:
    """The origins of one resource, `r"/api/*": {"origins": …}`."""
    entries = resource.entries if isinstance(resource, Dictionary) else ()
    return next((value for key, value in entries if text_of(key) == origins), None)


def _judge(name: str, allowed: Value, setting: str, shown: str, *, cookies: bool) -> Iterator[Result]:
    for each in allowed.elements if isinstance(allowed, Several) else (allowed,):
        node = each.node
        line = node.lineno
        text, place = text_of(each), Place(shown, line)
        if text is None and isinstance(node, ast.expr):
            yield RunTimeValue(setting, ast.unparse(node), place)
        elif text == "*":
            yield from _star(name, setting, place, cookies=cookies)
        elif text is not None and name.startswith("flask_cors") and _REGEX_CHARACTERS & set(text):
            pattern = text if text.startswith("^") else f"^(?:{text})"
            yield from judge_regex(pattern, place, whole=False, cookies=cookies)
        elif text is not None:
            yield from judge_exact(text, place, cookies=cookies)


def _star(name: str, setting: str, place: Place, *, cookies: bool) -> Iterator[Result]:
    evidence = f'{name} with {setting}="*"'
    if not cookies:
        yield found("sends-star", evidence, place)
    elif name.startswith("flask_cors"):
        yield found("accepts-any-origin", f"{evidence} and credentials", place, severity="high")
    else:
        yield found("no-effect", f"{evidence} and credentials raises ValueError for each response", place)
