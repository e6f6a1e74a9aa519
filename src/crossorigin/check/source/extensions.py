"""The CORS settings of Flask's and Quart's extensions and of Socket.IO, as far as literals tell them.

What each does was read in its source. flask-cors 6 sends any origin back for `*`, with credentials too, and tries an
entry with a character of regular expressions as one, from the start of the origin. quart-cors raises for `*` with
credentials. Engine.IO, which carries Socket.IO, sends any origin back for `*`, with credentials if nothing else is
said; for an empty list it sends no header, and does not look at the origin of a WebSocket either.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from ...report.findings import Place, Result, RunTimeValue, not_judged
from ..origin_matching import judge_regex
from ..proxy_headers import found
from .exact import judge_exact
from .expressions import Expressions, named
from .settings import ASK, SAID_MAX, changed_unread
from .values import Class, Dictionary, Dotted, Either, Literal, Several, Unknown, Value, text_of
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
    config: str = ""  # what the names in `app.config` begin with, which stand for keywords that are not given


_FLASK: Final = Extension("origins", "supports_credentials", "*", tries=True, config="CORS_")
_QUART: Final = Extension("allow_origin", "allow_credentials", "*", raises=True, config="QUART_CORS_")
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
_CONFIG: Final = "app.config "
_ELSEWHERE: Final = f"{_CONFIG}*"
_REGEX_CHARACTERS: Final = frozenset("*\\]?$^[]()")


def judge(
    name: str, node: ast.Call, expressions: Expressions, world: World, shown: str
) -> Iterator[tuple[Result, World]]:
    """What is wrong with the settings of one call."""
    extension = EXTENSIONS[name]
    words = [word for word in node.keywords if word.arg]
    for values, before in expressions.evaluate_all([word.value for word in words], world):
        given = {word.arg or "": value for word, value in zip(words, values, strict=True)}
        yield from _judge_all(name, node, _with_config(extension, given, expressions, before), shown)


def _judge_all(
    name: str, node: ast.Call, ways: Iterable[tuple[dict[str, Value], World]], shown: str
) -> Iterator[tuple[Result, World]]:
    extension = EXTENSIONS[name]
    for said, after in ways:
        elsewhere = extension.config and after.get(_ELSEWHERE) is not None
        if elsewhere and not {extension.origins, extension.credentials} <= said.keys():
            evidence = f"{ast.unparse(node)[:SAID_MAX]}, whose settings may be in app.config"
            yield not_judged("unread-code", evidence, place=Place(shown, node.lineno), remedy=ASK), after
            if extension.origins not in said:
                continue
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


def _with_config(
    extension: Extension, given: dict[str, Value], expressions: Expressions, world: World
) -> list[tuple[dict[str, Value], World]]:
    """The keywords, and for those that are not given what `app.config` says."""
    found = [(given, world)]
    for keyword in (extension.origins, extension.credentials, "resources"):
        longer: list[tuple[dict[str, Value], World]] = []
        for said, before in found:
            held = before.get(f"{_CONFIG}{extension.config}{keyword.upper()}")
            if not extension.config or held is None or keyword in said:
                longer.append((said, before))
                continue
            longer += [({**said, keyword: value}, after) for value, after in expressions.options(held, before)]
        found = longer
    return found


def is_deferred(name: str, node: ast.Call) -> bool:
    """Whether this only prepares the extension: `cors = CORS()`, and later `cors.init_app(app)`."""
    return name == "flask_cors.CORS" and not node.args and all(word.arg != "app" for word in node.keywords)


# -- app.config, which is kept under names that no program has ---------------------------------------------


def configure(target: ast.Subscript, value: Value, expressions: Expressions, world: World) -> None:
    """`app.config["CORS_ORIGINS"] = …`."""
    if _is_config(target.value):
        _put(text_of(expressions.evaluate(target.slice, world)[0][0]) or "", value, world)


def configure_by_call(node: ast.Call, expressions: Expressions, world: World) -> None:
    """`app.config.update(CORS_ORIGINS=…)`, `app.config.from_object(Config)`."""
    func = node.func
    if not isinstance(func, ast.Attribute) or not _is_config(func.value):
        return
    if func.attr not in ("update", "from_object") and not func.attr.startswith("from_"):
        return
    written = [*node.args, *(word.value for word in node.keywords)]
    values = expressions.evaluate_all(written, world)[0][0]
    words = named(zip(node.keywords, values[len(node.args) :], strict=True))
    for value in values[: len(node.args)]:
        if isinstance(value, Class) and all(isinstance(base, Class) for base in value.bases):
            words += _of_class(value, node)
        elif isinstance(value, Dictionary):
            words += value.entries
        else:
            words.append((Unknown(node), value))
    for key, value in words:
        if isinstance(key, Literal) and func.attr in ("update", "from_mapping", "from_object"):
            _put(text_of(key) or "", value, world)
        else:
            _put(_ELSEWHERE, Unknown(node), world)


def _of_class(made: Class, node: ast.Call) -> list[tuple[Value, Value]]:
    found: list[tuple[Value, Value]] = []
    for base in reversed(made.bases):
        found += _of_class(base, node) if isinstance(base, Class) else []
    for name in made.names:
        value = made.part(name)
        found += [(Literal(name, node), value)] if value is not None and not isinstance(value, Either) else []
    return found


def _is_config(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "config"


def _put(name: str, value: Value, world: World) -> None:
    if name != _ELSEWHERE and not name.startswith(("CORS_", "QUART_CORS_")):
        return
    key = name if name == _ELSEWHERE else _CONFIG + name
    world.give(key, value)
    world.exported |= {key}  # a function that does so does it to the app


def _inside(resource: Value, origins: str) -> Value | None:
    """The origins of one resource, `r"/api/*": {"origins": …}`."""
    entries = resource.entries if isinstance(resource, Dictionary) else ()
    return next((value for key, value in entries if text_of(key) == origins), None)


def _judge(name: str, allowed: Value, shown: str, *, cookies: bool) -> Iterator[Result]:
    extension = EXTENSIONS[name]
    if extension is _SOCKETS and isinstance(allowed, Several) and not allowed.elements:
        evidence = (
            f"{name} with {extension.origins}=[] asks nobody for the origin: a WebSocket brings cookies from any page"
        )
        yield found("accepts-any-origin", evidence, Place(shown, allowed.node.lineno), severity="high")
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
