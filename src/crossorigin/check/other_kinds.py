"""Files that may set CORS headers and are not read: known by their name or text, and reported as not judged.

Here belongs knowing them. What is not known here either is an error of the command.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ..report.documents import read_file
from ..report.findings import NotJudged, Place, not_judged
from .declarations import shorten
from .templates import template

_ASK: Final = "ask the server that this file makes: `crossorigin audit https://api.example.com`"
# What speaks of CORS at all: in comments and in names of packages, too.
MENTIONS_CORS: Final = re.compile(
    r"cors|access-control-|accesscontrol|allow(?:ed)?[-_]?origin|http_origin", re.IGNORECASE
)
# What sets it, in a file of which nothing else is known: a header, or a setting. `cors = "^2.8.5"` is a package.
_SETS_CORS: Final = re.compile(
    r"access-?control-?(?:allow|expose|max)|allow(?:ed)?[-_]?origins?|\$\{?http_origin"
    r"|cors[\w.-]*[\"']?\s*(?:\{|:|=(?!=))(?!\s*[\"']?[\^~<>=]*v?\d+\.\d)",
    re.IGNORECASE,
)
_COMMENT: Final = re.compile(r"\s*(?:#|//)")
# Files that other programs read: what a test recorded, a site of documentation, a package of Rust.
_NO_SERVER: Final = re.compile(r"^interactions:|^(?:site_name|nav):|^\[(?:package|dependencies)\]", re.MULTILINE)
_KUBERNETES: Final = re.compile(r"^kind:\s*[\"']?(\w+)", re.MULTILINE)


class OtherKind(NamedTuple):
    """What a file is called, the names of such files, and what a text has, all of it, if no name fits."""

    called: str
    name: re.Pattern[str] | None = None
    texts: tuple[re.Pattern[str], ...] = ()

    def is_text(self, text: str) -> bool:
        """Whether a text is of this kind."""
        return bool(self.texts) and all(pattern.search(text) for pattern in self.texts)


def _named(called: str, pattern: str) -> OtherKind:
    return OtherKind(called, re.compile(pattern, re.IGNORECASE))


def _written(called: str, *patterns: str) -> OtherKind:
    return OtherKind(called, None, tuple(re.compile(pattern, re.MULTILINE) for pattern in patterns))


_STRUCTURED: Final = re.compile(r".*\.(?:ya?ml|json|toml|tf|tpl)", re.IGNORECASE)
_BY_NAME: Final = (
    _named("Apache httpd", r"\.htaccess|httpd.*\.conf|apache.*\.conf"),
    _named("lighttpd", r"lighttpd.*\.conf"),
    _named("HAProxy", r"haproxy.*\.(?:cfg|conf)"),
    _named("headers of Netlify or Cloudflare Pages", r"_headers"),
    _named("Netlify", r"netlify\.toml"),
    _named("Vercel", r"(?:vercel|now)\.json"),
    _named("Firebase Hosting", r"firebase\.json"),
    _named("Azure Static Web Apps", r"staticwebapp\.config\.json"),
    _named("IIS", r"web\.config"),
    _named("Serverless Framework", r"serverless\.(?:ya?ml|json)"),
    _named("Traefik", r"traefik.*\.(?:ya?ml|toml)"),
    _named("KrakenD", r"krakend.*\.json"),
    _named("ASP.NET", r"appsettings.*\.json"),
    _named("Azure Functions", r"(?:host|local\.settings)\.json"),
    _named("the CORS rules of a bucket", r"(?:.*[._-])?cors(?:[._-].*)?\.json"),
    _named("Caddy's configuration in JSON", r"caddy.*\.json"),
    _named("Varnish", r".*\.vcl"),
)
_BY_STRUCTURE: Final = (
    _written("Kubernetes", r"^\"?apiVersion\"?:", r"^\"?kind\"?:"),
    _written("AWS SAM or CloudFormation", r"AWS::Serverless|AWSTemplateFormatVersion"),
    _written("an API of AWS API Gateway", r"x-amazon-apigateway-"),
    _written("an OpenAPI document", r"^[^\S\n]*\"?(?:openapi|swagger)\"?[^\S\n]*:[^\S\n]*[\"']?[23]\."),
    _written("labels for Traefik in a Compose file", r"^services:", r"traefik\."),
    _written("a Compose file", r"^services:[^\S\n]*$"),
    _written("Traefik", r"^http:[^\S\n]*$", r"^[^\S\n]+(?:middlewares|routers):"),
    _written("Traefik", r"^\[+http\.(?:middlewares|routers|services)"),
    _written("Kong", r"^_format_version:"),
    _written("Spring", r"^[^\S\n]*global-?[cC]ors:"),
    _written("Google App Engine", r"^runtime:", r"^handlers:"),
    _written("Terraform", r"^resource[^\S\n]+\"\w+\"[^\S\n]+\"\w+\""),
)
# A text alone tells these from nginx's.
_SERVERS: Final = (
    _written("Apache httpd", r"^[^\S\n]*<(?:VirtualHost|IfModule|Directory|Location|Files)\b"),
    _written("Apache httpd", r"^[^\S\n]*Header[^\S\n]+(?:always[^\S\n]+)?(?:set|add|merge|append|unset)[^\S\n]"),
    _written(
        "HAProxy", r"^(?:frontend|backend|listen|defaults)\b[^\n{;]*$", r"^[^\S\n]+(?:mode|bind|server|http-re)\b"
    ),
    _written("lighttpd", r"setenv\.(?:add|set)-response-header|^server\.modules\b"),
)


def sets_cors(text: str) -> bool:
    """Whether a text of an unknown kind sets CORS."""
    lines = (line for line in text.splitlines() if not _COMMENT.match(line))
    return _NO_SERVER.search(text) is None and any(_SETS_CORS.search(line) for line in lines)


def by_name(file: Path) -> OtherKind | None:
    """What a file is by its name, if it is known and not read."""
    return next((kind for kind in _BY_NAME if kind.name is not None and kind.name.fullmatch(file.name)), None)


def other_kind(file: Path) -> OtherKind | None:
    """What a file is, if it is known and not read. Raises CannotRun."""
    named = by_name(file)
    if named is not None:
        return named
    text = read_file(file).decode("utf-8", "replace")
    structured = _STRUCTURED.fullmatch(file.name) is not None
    kinds = _BY_STRUCTURE if structured else _SERVERS
    return next((kind for kind in kinds if kind.is_text(text)), None)


def inspect_other(file: Path, root: Path | None = None) -> Iterator[NotJudged]:
    """That a file is not judged, at its first line about CORS. Raises CannotRun."""
    text = read_file(file).decode("utf-8", "replace")
    kind = other_kind(file)
    called = kind.called if kind is not None else "a file of an unknown kind"
    if called == "Kubernetes":
        called += f" ({', '.join(dict.fromkeys(_KUBERNETES.findall(text)))})"
    shown = shorten(file)
    rendered = template(text, shown)
    if rendered is not None:
        yield rendered
    lines = text.splitlines()
    number = next((number for number, line in enumerate(lines, 1) if MENTIONS_CORS.search(line)), 0)
    said = f": {lines[number - 1].strip()[:160]}" if number else ", in which nothing names CORS"
    yield not_judged("unknown-kind", f"{called}{said}", place=Place(shown, number), remedy=_ASK, kind=called)
