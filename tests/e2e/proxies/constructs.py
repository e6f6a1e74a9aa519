"""Constructs of nginx, Caddy and Envoy that `generate` does not draw, each with the path that is asked below.

`FILES` is a folder with a file `ok`, `APP_BEHIND` an app, both of which fail at `error`.
"""

from __future__ import annotations

from typing import Any

APP = "https://app.example.com"
STAR = "header Access-Control-Allow-Origin *"
FAILS = "@missing path *error\nerror @missing 404"


def caddy(*lines: str, path: str = "/", content: str = 'respond "ok"') -> tuple[str, str]:
    return path, "\n".join([*lines, content])


def mapped(*rows: str, source: str = "{header.Origin}") -> str:
    return "\n".join([f"map {source} {{o}} {{", *rows, "}", "header Access-Control-Allow-Origin {o}"])


def matched(*words: str) -> str:
    return f"@m {' '.join(words)}\nheader @m Access-Control-Allow-Origin {{header.Origin}}"


CADDY: list[tuple[str, str]] = [
    # errors
    caddy(FAILS, "handle_errors {", STAR, "error 503", "}"),
    caddy(FAILS, "handle_errors {", STAR, "}"),
    caddy(FAILS, "handle_errors {", STAR.replace(" A", " >A"), "}"),
    caddy(FAILS, "handle_errors {", STAR.replace(" A", " >A"), "error 503", "}"),
    caddy(FAILS, "handle_errors {", STAR, "file_server", "}"),
    caddy(FAILS, "handle_errors 404 {", "header X-A 1", "}", "handle_errors {", STAR, "respond gone", "}"),
    caddy(FAILS, "handle_errors {", STAR, "respond gone", "}", "handle_errors 404 {", "respond other", "}"),
    caddy(FAILS, "handle_errors 404 {", "error 503", "}", "handle_errors {", STAR, "respond gone", "}"),
    caddy(FAILS, "handle_errors 5xx {", STAR, "respond gone", "}"),
    caddy(STAR, "@preflight method OPTIONS", "abort @preflight"),
    # paths
    caddy("@api path /api/* /v1/*", STAR.replace(" A", " @api A"), path="/v1/"),
    caddy("uri strip_prefix /v1", "handle /api/* {", STAR, "respond ok", "}", path="/v1/api/"),
    caddy("uri strip_prefix v1", "handle /api/* {", STAR, "respond ok", "}", path="/v1/api/"),
    caddy("uri strip_prefix /V1", "handle /api/* {", STAR, "respond ok", "}", path="/v1/api/"),
    caddy("uri strip_prefix /v1", "handle /api/* {", STAR, "respond ok", "}", path="/api/"),
    caddy("handle /api/* {", "respond ok", "}", "handle /api/v1/* {", STAR, "respond ok", "}", path="/api/v1/"),
    caddy("handle /api/* {", STAR, "respond ok", "}", "handle /api/ok {", "respond ok", "}", path="/api/"),
    # values
    caddy(STAR, "header Access-Control-Allow-Origin"),
    caddy("header Access-Control-Allow-Origin {scheme}://{host}"),
    caddy(mapped(f"{APP} -", 'default "*"')),
    caddy(mapped(f"{APP} -")),
    caddy(mapped("default -")),
    caddy(mapped(r"~example\.com$ https://app.${0}", 'default ""')),
    caddy(mapped(r"~^(https://[a-z]+\.example\.com)$ $1", 'default ""')),
    caddy(f"map {{header.Origin}} {{from}} {{\n{APP} ours\ndefault others\n}}", mapped("ours *", source="{from}")),
    # matchers
    caddy(matched("header !Origin")),
    caddy(matched("header Access-Control-Request-Method *")),
    caddy(matched("header !Access-Control-Request-Method")),
    caddy(matched("header_regexp Access-Control-Request-Method ^(PUT|POST)$")),
    caddy(matched("header_regexp Access-Control-Request-Method .*")),
    caddy(r"@m header_regexp o Origin ^(https://.*\.example\.com)$", "header @m Access-Control-Allow-Origin {re.o.1}"),
    caddy(r"@m header_regexp o Origin example\.com", "header @m Access-Control-Allow-Origin https://app.{re.o.0}"),
]  # fmt: skip

NGINX: list[tuple[str, str]] = []

ENVOY: list[dict[str, Any]] = []
