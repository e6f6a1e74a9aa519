"""What an audit is given, as addresses: a URL, a file of them, an OpenAPI document, or an app's routes.

Here belong reading these, and filling a path's parameters. Not here: loading an app (the command line does), and
fetching a document (`session`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

import ada_url

from ..probes.routes import route_paths
from ..report.documents import parse_json, parse_yaml, read_text
from ..report.errors import CannotRun
from ..report.formats.escaping import without_passwords
from ..standards.optional import MissingPackage
from ..standards.origin import Origin

DOCUMENTS: Final = (".json", ".yaml", ".yml")

_PARAMETER: Final = re.compile(r"\{([^{}:]+)(?::([^{}]*))?\}")
_MAX_FILE_BYTES: Final = 32 * 2**20
_MAX_PATHS: Final = 2_000
_MAX_PARAMETERS: Final = 100
_UUID: Final = "00000000-0000-0000-0000-000000000000"
_SAMPLES: Final = {"integer": "1", "number": "1", "boolean": "true", "uuid": _UUID}


class NotOpenAPI(CannotRun):
    """A document has nothing of OpenAPI in it."""


def is_url(text: str) -> bool:
    """Whether it is meant as a URL."""
    return text.lower().startswith(("http://", "https://"))


def addresses(text: str) -> list[str]:
    """The URLs that this stands for, each once. Raises CannotRun."""
    if is_url(text):
        return [_checked(text)]
    path = Path(text)
    try:
        content = read_text(path, _MAX_FILE_BYTES)
    except CannotRun as why:
        raise CannotRun(
            f"{why}; if it is not a file, write https://api.example.com/items, targets.txt, openapi.json or main:app"
        ) from None
    return described(content, text) if path.suffix.lower() in DOCUMENTS else _lines(content, text)


def described(content: str | bytes, name: str) -> list[str]:
    """The URLs that an OpenAPI document stands for, in JSON or YAML; `name` is where it was found.

    Raises CannotRun.
    """
    return openapi(_document(content, name), name)


def _checked(url: str) -> str:
    try:
        host = Origin.parse(url).host
    except ValueError:
        host = ""
    if host and urlsplit(url.replace("\\", "/")).netloc.count("@"):
        raise CannotRun(f"{without_passwords(url[:200])!r} has a user in it: write --header 'Authorization: Basic …'")
    if not host or not url.isprintable():
        raise CannotRun(f"{url[:200]!r} is no URL that a browser could open")
    return url if url.isascii() and " " not in url else ada_url.URL(url).href


def _lines(content: str, name: str) -> list[str]:
    lines = [re.sub(r"(^|\s)#.*", "", line).strip() for line in content.splitlines()]
    urls = list(dict.fromkeys(line for line in lines if line))
    for url in urls:
        if not is_url(url):
            raise CannotRun(f"{name}: {url[:80]!r} is no URL; one on a line, `#` begins a comment")
    if not urls:
        raise CannotRun(f"{name} has no URL in it")
    return [_checked(url) for url in urls]


def _document(content: str | bytes, name: str) -> Mapping[str, Any]:
    try:
        found = parse_json(content)
    except ValueError:
        found = _yaml(content, name)
    if not isinstance(found, Mapping):
        raise NotOpenAPI(f"{name} is no OpenAPI document: it has no paths")
    return found


def _yaml(content: str | bytes, name: str) -> Any:
    try:
        text = content.decode("utf-8") if isinstance(content, bytes) else content
        return parse_yaml(text, name)
    except MissingPackage as error:
        raise NotOpenAPI(f"{name} is not JSON, and YAML cannot be read: {error}") from None
    except UnicodeDecodeError:
        raise NotOpenAPI(f"{name} is neither JSON nor YAML") from None
    except CannotRun as why:
        raise NotOpenAPI(str(why)) from None


def openapi(document: Mapping[str, Any], name: str) -> list[str]:
    """A URL for every path of an OpenAPI document, on the first server of each, parameters filled.

    `name` is where it was found. Relative servers lead from there, and none at all is `/` (OpenAPI 3.1 § 4.8.5).
    Raises CannotRun.
    """
    paths = document.get("paths")
    if not isinstance(paths, Mapping) or not paths:
        raise NotOpenAPI(f"{name} is no OpenAPI document: it has no paths")
    if len(paths) > _MAX_PATHS:
        raise CannotRun(f"{name} has more than {_MAX_PATHS:,} paths: list the URLs to audit in a file")
    if "<<" in paths:
        raise CannotRun(f"{name} has a merge key (`<<`) among its paths: write them out")
    urls = []
    base = name if is_url(name) else ""
    for path, item in paths.items():
        said = _server(item) or _server(document) or _swagger(document) or "/"
        server = urljoin(base, said)
        if not is_url(server):
            raise CannotRun(f"{name} names no server; give its URL: https://…/openapi.json")
        urls.append(_checked(server.rstrip("/") + _filled(str(path), _samples(item))))
    return list(dict.fromkeys(urls))


def of_routes(routes: Iterable[Any], base: str) -> list[str]:
    """A URL for every route of an app, as Starlette keeps them, WebSockets too; its own documentation aside."""
    found = [_filled(path, {}) for path in route_paths(routes)]
    return [base + path for path in dict.fromkeys(found) if path.startswith("/")]


def _server(said: Any) -> str:
    """The URL of the first server, its variables filled with their defaults."""
    servers = said.get("servers") if isinstance(said, Mapping) else None
    first = servers[0] if isinstance(servers, list) and servers else None
    if not isinstance(first, Mapping):
        return ""
    variables = first.get("variables")
    known = variables if isinstance(variables, Mapping) else {}
    values = {key: _scalar(each.get("default")) for key, each in known.items() if isinstance(each, Mapping)}
    return _PARAMETER.sub(lambda found: values.get(found[1], ""), _scalar(first.get("url")))


def _swagger(document: Mapping[str, Any]) -> str:
    """The server of a document of OpenAPI 2."""
    if "swagger" not in document:
        return ""
    schemes = document.get("schemes")
    scheme = f"{_scalar(schemes[0])}:" if isinstance(schemes, list) and schemes else ""
    host = f"{scheme}//{_scalar(document['host'])}" if "host" in document else ""
    return host + _scalar(document.get("basePath", "/"))


def _filled(path: str, samples: Mapping[str, str]) -> str:
    return _PARAMETER.sub(
        lambda found: quote(samples.get(found[1]) or _SAMPLES.get(found[2], "1"), safe=""), "/" + path.lstrip("/")
    )


def _samples(item: Any) -> dict[str, str]:
    places = [item, *item.values()] if isinstance(item, Mapping) else []
    lists = [place.get("parameters") for place in places if isinstance(place, Mapping)]
    said = chain.from_iterable(parameters for parameters in lists if isinstance(parameters, list))
    first = [each for each in islice(said, _MAX_PARAMETERS) if isinstance(each, Mapping)]
    return {_scalar(each.get("name")): _sample(each) for each in first if each.get("in") == "path"}


def _scalar(value: Any) -> str:
    """A string, a number or a Boolean as a string; nothing for any other value, which aliases could make endless."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""


def _sample(parameter: Mapping[str, Any]) -> str:
    schema = parameter.get("schema")
    schema = schema if isinstance(schema, Mapping) else {}
    for place in (parameter, schema):
        for key in ("example", "default"):
            if key in place:
                return _scalar(place[key])
    choices = schema.get("enum") or schema.get("examples")
    if isinstance(choices, list) and choices:
        return _scalar(choices[0])
    if schema.get("format") == "uuid":
        return _UUID
    return _SAMPLES.get(_scalar(schema.get("type")), "1")
