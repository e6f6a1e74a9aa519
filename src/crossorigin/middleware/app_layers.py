"""What an ASGI app is made of, as far as CORS is concerned: its layers, its policies, its routes.

Here belongs looking at an application: the middleware around it from the outside in, the CORS settings each
layer carries (ours and Starlette's), mounted apps, and which of several policies a path has. Not here:
sending anything to it (`isolated_layer`), and any judgement (`route_policies`).

Nothing here imports a framework: what has routes and middleware is known by what it has.
"""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import unquote

from ..policy.limits import FROM_ROUTES
from ..policy.origin_patterns import OriginPattern, matches
from ..policy.origin_regex import Regexes, as_tuple, compiled
from ..policy.policy import Policy
from ..policy.problems import PolicyError
from ..standards.fetch import CORS_SAFELISTED_METHODS, NORMALISED_METHODS
from ..standards.origin import Origin
from . import routing
from .cors import CORSMiddleware
from .route_policies import RoutePolicies
from .routing import installed_on
from .stack import is_exactly_starlettes, is_starlettes
from .starlette import installed_policy

_ALL_METHODS: Final = NORMALISED_METHODS | {"PATCH"}  # what `*` is to every Starlette; newer ones add QUERY
_ALWAYS: Final = frozenset({"accept", "accept-language", "content-language", "content-type"})


@dataclass(frozen=True, slots=True)
class CorsSettings:
    """The CORS settings of one layer, ours or Starlette's, as far as both have them.

    `own` is whether a route, a router or a path rule said them, in place of the app's default; `served` whether
    the methods are what the path serves (`allow_methods="routes"`). `policy` is the one of ours that has them.
    """

    origins: tuple[str, ...]
    regex: Regexes
    methods: tuple[str, ...]
    headers: tuple[str, ...]
    credentials: bool
    ours: bool
    own: bool = False
    served: bool = False
    policy: Policy | None = field(default=None, compare=False, repr=False)

    def takes_origin(self, page: str) -> bool:
        """Whether these settings allow the page."""
        if "*" in self.origins or page in self.origins:
            return True
        if self._regex_takes(page):
            return True
        try:
            asking = Origin.parse(page)
        except ValueError:
            return False
        return self.ours and any(matches(OriginPattern.parse(text), asking) for text in self.origins)

    def _regex_takes(self, page: str) -> bool:
        if not self.ours:
            return any(re.fullmatch(each, page) for each in as_tuple(self.regex))
        matcher = compiled(self.regex)  # in linear time; `re` could take years for what it matches
        return matcher is not None and matcher.matches(page.encode())

    def takes(self, page: str, method: str, headers: Iterable[str]) -> bool:
        """Whether these settings allow the page, the method and the header names."""
        allowed = {name.lower() for name in self.headers} | _ALWAYS
        takes_method = "*" in self.methods or method in self.methods or method in CORS_SAFELISTED_METHODS
        takes_headers = "*" in allowed or set(headers) <= allowed
        return takes_method and takes_headers and self.takes_origin(page)


@dataclass(frozen=True, slots=True)
class Layer:
    """One middleware: its name in words, its CORS settings if it is one for CORS, and how to build it.

    Of a CORS layer, `said` are the keywords as they were written, whatever they are worth, and `policy` is the
    one it was given whole; `governing` says which policy each path has, of a layer of ours. A layer that changes what
    our CORSMiddleware or Starlette's does is none of theirs: its settings do not say what it allows.

    `made_from` is the class or the function that makes it, for the place in the source.
    """

    name: str
    rules: CorsSettings | None
    build: Callable[[Any], Any] | None = None
    said: Mapping[str, Any] | None = None
    policy: Policy | None = None
    governing: RoutePolicies | None = None
    made_from: Any = None


@dataclass(frozen=True, slots=True)
class AppFacts:
    """The app that answers a path: every layer on the way, outermost first.

    `prefix` is where the answering app is mounted, empty for the app itself; `inner` are the layers of the
    mounted app alone. `elsewhere` are the prefixes of mounted apps, other than this, that have CORS. `unseen` is the
    name of what hides the rest of the app: an object or a function of which nobody can tell what it wraps.
    """

    layers: tuple[Layer, ...]
    inner: tuple[Layer, ...]
    prefix: str
    elsewhere: tuple[str, ...]
    unseen: str = ""

    @property
    def cors(self) -> tuple[CorsSettings, ...]:
        """The CORS settings on the way, outermost first."""
        return tuple(layer.rules for layer in self.layers if layer.rules is not None)

    @property
    def outside(self) -> tuple[Layer, ...]:
        """The layers that stand outside the outermost CORS layer; all of them where there is none."""
        found: list[Layer] = []
        for layer in self.layers:
            if layer.rules is not None:
                break
            found.append(layer)
        return tuple(found)


def look(app: Any, path: str, method: str = "GET", host: str = "") -> AppFacts:
    """What stands between the server and the route that a method reaches at a path of a host."""
    layers = [as_ruled(layer, app, path, method, host) for layer in layers_of(app)]
    core, prefix = core_of(app), ""
    inner: list[Layer] = []
    elsewhere: list[str] = []
    while True:
        mounted = [(at, sub_app) for at, sub_app in mounts_of(core) if at and "{" not in at]
        chosen = next((mount for mount in mounted if _under(path.removeprefix(prefix), mount[0])), None)
        for at, sub_app in mounted:
            answers = chosen is not None and sub_app is chosen[1]
            if not answers and any(layer.rules for layer in layers_of(sub_app)):
                elsewhere.append(prefix + at)
        if chosen is None:
            return AppFacts((*layers, *inner), tuple(inner), prefix, tuple(elsewhere), _unseen(core, app))
        prefix += chosen[0]
        inner += layers_of(chosen[1])
        core = core_of(chosen[1])


def _unseen(core: Any, app: Any) -> str:
    if core is not None:
        return ""
    end = [*routing.layers(app)][-1]
    return str(getattr(end, "__name__", type(end).__name__))


def as_ruled(layer: Layer, app: Any, path: str, method: str = "GET", host: str = "") -> Layer:
    """The layer with the settings that it has for this path, which a preflight of the method would be told."""
    if layer.governing is None:
        return layer
    asked = {b"host": host, b"origin": "null", b"access-control-request-method": method}
    headers = [(name, value.encode("latin-1", "replace")) for name, value in asked.items()]
    scope = {"type": "http", "method": "OPTIONS", "path": unquote(path), "root_path": "", "headers": headers}
    policy = layer.governing.resolve(core_of(app), scope).answers.policy
    default = layer.governing.policy
    served = FROM_ROUTES in default.allow_methods
    if served:  # what stands there now is what the routes serve
        default = default.model_copy(update={"allow_methods": policy.allow_methods})
    own = policy != default
    return replace(layer, rules=replace(_ours(policy), own=own, served=served and not own))


def layers_of(app: Any) -> Iterator[Layer]:
    """The layers around an app, whether it was wrapped by hand, by install() or by add_middleware()."""
    for layer in routing.layers(app):
        if hasattr(layer, "user_middleware"):
            yield from _of_application(layer)
            return
        known = _known(layer)
        if known is not None:
            yield known
        elif hasattr(layer, "app"):
            yield Layer(type(layer).__name__, None, _again(layer), made_from=type(layer))


def _of_application(app: Any) -> Iterator[Layer]:
    """What install() and add_middleware() put around an application."""
    policy = installed_policy(app)
    if policy is not None:
        yield Layer("install()", _ours(policy), policy=policy, governing=installed_on(app).crossorigin_rules)
    for entry in app.user_middleware:
        yield _declared(entry)


def _known(layer: Any) -> Layer | None:
    """A middleware that is built, if it is ours or Starlette's; None for any other, and for one that changes theirs."""
    if isinstance(layer, CORSMiddleware) and _unchanged(type(layer), CORSMiddleware):
        rules = layer.crossorigin_rules
        return Layer("CORSMiddleware", _ours(layer.policy), policy=layer.policy, governing=rules)
    base = next(filter(is_exactly_starlettes, type(layer).__mro__), None)
    if base is not None and _unchanged(type(layer), base):
        said = _said_by(layer)
        return Layer("Starlette's CORSMiddleware", _starlettes(said), _again(layer), said)
    return None


# The names with underscores around them that decide what an instance does; Python and `copy` write others themselves.
_IN_FORCE: Final = frozenset({"__call__", "__getattr__", "__getattribute__", "__new__"})


def _unchanged(kind: type, base: type) -> bool:
    """Whether nothing that `base` does was defined anew in a class that is made from it."""
    for each in kind.__mro__[: kind.__mro__.index(base)]:
        for name in vars(each):
            special = name.startswith("__") and name.endswith("__")
            if hasattr(base, name) and (not special or name in _IN_FORCE):
                return False
    return True


def _declared(entry: Any) -> Layer:
    """A layer as `add_middleware` wrote it down."""
    kind, args, kwargs = entry.cls, getattr(entry, "args", ()), getattr(entry, "kwargs", {})

    def build(app: Any) -> Any:
        return kind(app, *args, **kwargs)

    if kind is CORSMiddleware:
        said = _said(kind, args, kwargs)
        governing = _governing(said)
        return Layer("CORSMiddleware", _ours(governing.policy), build, said, said.get("policy"), governing)
    if is_exactly_starlettes(kind):
        said = _said(kind, args, kwargs)
        return Layer("Starlette's CORSMiddleware", _starlettes(said), build, said)
    dispatch = kwargs.get("dispatch")
    name = getattr(kind, "__name__", repr(kind))
    if inspect.isroutine(dispatch):
        return Layer(f"the http middleware {dispatch.__name__}()", None, build, made_from=dispatch)
    known = _as_built(kind, build)
    return replace(known or Layer(name, None), build=build, made_from=kind)


def _as_built(kind: Any, build: Callable[[Any], Any]) -> Layer | None:
    """What a factory, or a class that is made from ours or Starlette's, builds; None if that is neither."""
    ours = isinstance(kind, type) and issubclass(kind, CORSMiddleware)
    if isinstance(kind, type) and not ours and not is_starlettes(kind):
        return None
    try:
        return _known(build(_empty_app))
    except PolicyError:
        closed = RoutePolicies(Policy.model_construct())
        return Layer("CORSMiddleware", _ours(closed.policy), governing=closed)
    except Exception:  # whatever it needs is not here, and what it does is not known
        return None


async def _empty_app(scope: Any, receive: Any, send: Any) -> None:
    """What a layer is built around to look at it; nobody sends it anything."""


_NOT_FIELDS: Final = ("policy", "routes", "watch", "report_only", "on_decision")


def _governing(keywords: Mapping[str, Any]) -> RoutePolicies:
    """The rules of our middleware's keywords; those of a policy that allows nothing where they are refused."""
    fields = {name: value for name, value in keywords.items() if name not in _NOT_FIELDS}
    try:
        return RoutePolicies(keywords.get("policy") or Policy(**fields), keywords.get("routes"))
    except PolicyError:
        return RoutePolicies(Policy.model_construct())


def _ours(policy: Policy) -> CorsSettings:
    return CorsSettings(
        policy.allow_origins,
        policy.allow_origin_regex,
        policy.allow_methods,
        policy.allow_headers,
        policy.allow_credentials,
        True,
        policy=policy,
    )


def _said(kind: Any, args: Iterable[Any], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords as they were declared, positional ones by their names; those that nothing takes as well."""
    names = [*inspect.signature(kind).parameters][1:]  # without the app
    return dict(zip(names, args, strict=False)) | dict(kwargs)


def _said_by(layer: Any) -> dict[str, Any]:
    """The keywords that Starlette's middleware, built, must have been given, or a class that gives them itself."""
    regex, methods = layer.allow_origin_regex, layer.allow_methods
    headers = [name for name in layer.allow_headers if name not in _ALWAYS]
    exposed = layer.simple_headers.get("Access-Control-Expose-Headers", "")
    said = {
        "allow_origins": layer.allow_origins,
        "allow_origin_regex": regex.pattern if regex is not None else None,
        "allow_methods": ["*"] if set(methods) >= _ALL_METHODS else methods,
        "allow_headers": ["*"] if layer.allow_all_headers else headers,
        "allow_credentials": "Access-Control-Allow-Credentials" in layer.simple_headers,
        "expose_headers": [name for name in exposed.split(", ") if name],
        "max_age": int(layer.preflight_headers["Access-Control-Max-Age"]),
    }
    starlettes = next(base for base in type(layer).__mro__ if is_exactly_starlettes(base))
    defaults = inspect.signature(starlettes).parameters
    return {name: value for name, value in said.items() if value and value != defaults[name].default}


def _again(layer: Any) -> Callable[[Any], Any]:
    """Builds a layer like this one around another app."""

    def build(app: Any) -> Any:
        copied = copy.copy(layer)
        copied.app = app
        return copied

    return build


def _starlettes(said: Mapping[str, Any]) -> CorsSettings:
    """Starlette's settings, its own defaults where nothing was said."""
    return CorsSettings(
        _texts(said.get("allow_origins")),
        said.get("allow_origin_regex"),
        _texts(said.get("allow_methods", ("GET",))),
        _texts(said.get("allow_headers")),
        bool(said.get("allow_credentials")),
        False,
    )


def _texts(value: Any) -> tuple[str, ...]:
    """A list of texts; a text alone is one, since that is how it was meant."""
    return (value,) if isinstance(value, str) else tuple(str(each) for each in value or ())


def core_of(app: Any) -> Any:
    """The app inside all wrappers: the one that has routes."""
    return next((layer for layer in routing.layers(app) if hasattr(layer, "routes")), None)


def mounts_of(app: Any) -> Iterator[tuple[str, Any]]:
    """Path (or host name) and app of everything mounted; the path of what is mounted at the root is empty."""
    if hasattr(app, "routes"):
        yield from routing.mounted_in(app)


def _under(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(prefix + "/")
