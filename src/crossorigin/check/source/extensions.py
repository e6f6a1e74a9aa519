"""The CORS settings of Flask's and Quart's extensions and of Socket.IO, as far as literals tell them.

What each does was read in its source. flask-cors 6 sends any origin back for `*`, with credentials too, and tries an
entry with a character of regular expressions as one, from the start of the origin. quart-cors raises for `*` with
credentials. Engine.IO, which carries Socket.IO, sends any origin back for `*`, with credentials if nothing else is
said; for an empty list it sends no header.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final, NamedTuple

from ...report.findings import Place, Result, RunTimeValue
from ..origin_matching import judge_regex
from ..proxy_headers import found
from .exact import judge_exact
from .expressions import Expressions
from .settings import changed_unread
from .values import Dictionary, Dotted, Literal, Several, Unknown, Value, text_of
from .world import World


class Extension(NamedTuple):
    """What the keywords are called, and what the library does.

    `default` are the origins if none are named; `cookies` is whether credentials are on if nothing is said; `raises`
    is whether `*` with credentials is an error; `tries` is whether an entry may be a regular expression.
    """

    origins: str
    credentials: str
    default: str
    cookies: bool = False
    raises: bool = False
    tries: bool = False


_FLASK: Final = Extension("origins", "supports_credentials", "*", tries=True)
_QUART: Final = Extension("allow_origin", "allow_credentials", "*", raises=True)
_SOCKETS: Final = Extension("cors_allowed_origins", "cors_credentials", "", cookies=True)
EXTENSIONS: Final = {
    "flask_cors.CORS": _FLASK,
    "flask_cors.cross_origin": _FLASK,
    "quart_cors.cors": _QUART,
    "quart_cors.route_cors": _QUART,
    "socketio.AsyncServer": _SOCKETS,
    "socketio.Server": _SOCKETS,
    "engineio.AsyncServer": _SOCKETS,
    "engineio.Server": _SOCKETS,
    "flask_socketio.SocketIO": _SOCKETS,
}
_REGEX_CHARACTERS: Final = frozenset("*\\]?$^[]()")


def judge(
    name: str, node: ast.Call, expressions: Expressions, world: World, shown: str
) -> Iterator[tuple[Result, World]]:
    """What is wrong with the settings of one call."""
    extension = EXTENSIONS[name]
    words = [word for word in node.keywords if word.arg]
    for values, after in expressions.evaluate_all([word.value for word in words], world):
        said = {word.arg or "": value for word, value in zip(words, values, strict=True)}
        allowed = said.get(extension.origins, Literal(extension.default, node))
        credentials = said.get(extension.credentials, Literal(extension.cookies, node))
        if isinstance(credentials, Unknown | Dotted):
            place = Place(shown, credentials.node.lineno)
            yield RunTimeValue(extension.credentials, ast.unparse(credentials.node), place), after
        cookies = isinstance(credentials, Literal) and credentials.value is True
        resources = said.get("resources")
        tables = resources.entries if isinstance(resources, Dictionary) else ()
        scoped = [_inside(entry, extension.origins) or allowed for _, entry in tables]
        for each in scoped or [allowed]:
            for result in _judge(name, each, shown, cookies=cookies):
                yield result, after


def _inside(resource: Value, origins: str) -> Value | None:
    """The origins of one resource, `r"/api/*": {"origins": …}`."""
    entries = resource.entries if isinstance(resource, Dictionary) else ()
    return next((value for key, value in entries if text_of(key) == origins), None)


def _judge(name: str, allowed: Value, shown: str, *, cookies: bool) -> Iterator[Result]:
    extension = EXTENSIONS[name]
    for each in allowed.elements if isinstance(allowed, Several) else (allowed,):
        node = each.node
        text, place = text_of(each), Place(shown, node.lineno)
        if text is None:
            if isinstance(each, Unknown) and each.lost:
                yield changed_unread(extension.origins, ast.unparse(each.node), place)
            elif isinstance(node, ast.expr) and not isinstance(each, Literal):
                yield RunTimeValue(extension.origins, ast.unparse(node), place)
        elif text == "*":
            yield from _star(name, place, cookies=cookies)
        elif extension.tries and _REGEX_CHARACTERS & set(text):
            pattern = text if text.startswith("^") else f"^(?:{text})"
            yield from judge_regex(pattern, place, whole=False, cookies=cookies)
        elif text:
            yield from judge_exact(text, place, cookies=cookies)


def _star(name: str, place: Place, *, cookies: bool) -> Iterator[Result]:
    extension = EXTENSIONS[name]
    evidence = f'{name} with {extension.origins}="*"'
    if not cookies:
        yield found("sends-star", evidence, place)
    elif extension.raises:
        yield found("no-effect", f"{evidence} and credentials raises ValueError for each response", place)
    else:
        yield found("accepts-any-origin", f"{evidence} and credentials", place, severity="high")
