"""What an audit is given, as addresses: a URL, a file of them, or an OpenAPI document.

Here belong reading these, and filling a document's paths. Not here: loading an app (the command line does).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urljoin, urlsplit

_PARAMETER: Final = re.compile(r"\{([^{}]+)\}")
_SAMPLES: Final = {"integer": "1", "number": "1", "boolean": "true"}


class UnreadableError(Exception):
    """What was given is no address, and no file of addresses: one clear line."""


def addresses(text: str) -> list[str]:
    """The URLs that this stands for, each once. Raises UnreadableError."""
    if text.startswith(("http://", "https://")):
        return [_checked(text)]
    path = Path(text)
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as why:
        raise UnreadableError(
            f"{text!r} is no URL, no file that can be read ({why.strerror}), and no app: "
            "write https://api.example.com/items, targets.txt, openapi.json or main:app"
        ) from None
    except UnicodeDecodeError:
        raise UnreadableError(f"{text} is no text") from None
    document = _document(content) if path.suffix in (".json", ".yaml", ".yml") else None
    found = openapi(document, path) if document is not None else _lines(content, text)
    return list(dict.fromkeys(found))


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as why:
        raise UnreadableError(f"{url!r} is no URL: {why}") from None
    if not parts.hostname:
        raise UnreadableError(f"{url!r} names no host")
    return url


def _lines(content: str, name: str) -> list[str]:
    lines = [it.partition("#")[0].strip() for it in content.splitlines()]
    urls = [it for it in lines if it]
    for it in urls:
        if not it.startswith(("http://", "https://")):
            raise UnreadableError(f"{name}: {it[:80]!r} is no URL; one on a line, `#` begins a comment")
    if not urls:
        raise UnreadableError(f"{name} has no URL in it")
    return [_checked(it) for it in urls]


def _document(content: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(content)
    except ValueError:
        import yaml

        try:
            found = yaml.safe_load(content)
        except yaml.YAMLError:
            return None
    return found if isinstance(found, Mapping) else None


def openapi(document: Mapping[str, Any], path: Path | None = None, base: str = "") -> list[str]:
    """A URL for every path of an OpenAPI document on its first server, parameters filled. Raises UnreadableError."""
    name = str(path) if path is not None else base
    paths = document.get("paths")
    if not isinstance(paths, Mapping) or not paths:
        raise UnreadableError(f"{name} is no OpenAPI document: it has no paths")
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], Mapping) else {}
    server = urljoin(base, str(first.get("url", base)))
    if not server.startswith(("http://", "https://")):
        raise UnreadableError(f"{name} names no server; audit its URL: http://…/openapi.json")
    return [server.rstrip("/") + it for it in _filled(paths)]


def _filled(paths: Mapping[str, Any]) -> Iterator[str]:
    for path, item in paths.items():
        operations = [it for it in item.values() if isinstance(it, Mapping)] if isinstance(item, Mapping) else []
        shared = item.get("parameters", []) if isinstance(item, Mapping) else []
        said = [*shared, *(one for it in operations for one in it.get("parameters", []))]
        samples = {it["name"]: _sample(it) for it in said if isinstance(it, Mapping) and it.get("in") == "path"}
        yield _PARAMETER.sub(lambda found, known=samples: quote(known.get(found[1], "1"), safe=""), path)  # type: ignore[misc]


def _sample(parameter: Mapping[str, Any]) -> str:
    schema = parameter.get("schema")
    schema = schema if isinstance(schema, Mapping) else {}
    for place in (parameter, schema):
        for key in ("example", "default"):
            if key in place:
                return str(place[key])
    choices = schema.get("enum") or schema.get("examples")
    if isinstance(choices, list) and choices:
        return str(choices[0])
    if schema.get("format") == "uuid":
        return "00000000-0000-0000-0000-000000000000"
    return _SAMPLES.get(str(schema.get("type")), "1")
