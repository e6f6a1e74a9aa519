"""Sites of nginx and Caddy in front of an API, as people copy them. The files stand in `nginx/` and `caddy/`."""

from __future__ import annotations

from .target import site

site(
    "nginx",
    "reflects",
    "`add_header Access-Control-Allow-Origin $http_origin`, with credentials",
    "reflected-origin",
    "null-origin",
    "missing-vary",
    "preflight-refused",
)
site("caddy", "sound", "One origin by a matcher, and `Vary: Origin` on everything")
