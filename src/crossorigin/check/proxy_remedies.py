"""What to do about a finding in a proxy's configuration, in that proxy's language.

A remedy says what to write: in place of the line of the finding, beside it, or outside of its block. The tests do
what each says, and check again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Language = Literal["nginx", "caddy", "envoy", "python"]


@dataclass(frozen=True, slots=True)
class ProxyRemedy:
    """`instead` goes in place of the line, `beside` on a line of its own before it, `outside` around everything.

    `{value}` is the header's value as it is written.
    """

    say: str = ""
    instead: str = ""
    beside: str = ""
    outside: str = ""

    def text(self, value: str = "") -> str:
        """The remedy as it is shown."""
        code = "; ".join(part.replace("{value}", value) for part in (self.outside, self.instead, self.beside) if part)
        return f"{self.say}: {code}" if self.say and code else self.say or code


_ORIGIN: Final = "https://app.example.com"
_WHOLE: Final = r"list the origins, or compare the whole of each: ^https://([a-z0-9-]+\.)*example\.com$"
_NGINX_MAP: Final = f'map $http_origin $allowed_origin {{ default ""; "{_ORIGIN}" $http_origin; }}'
_NGINX_PREFLIGHT: Final = (
    f"add_header Access-Control-Allow-Origin {_ORIGIN} always; "
    'add_header Access-Control-Allow-Methods "GET, POST, PUT, DELETE" always; '
    'add_header Access-Control-Allow-Headers "Authorization, Content-Type" always; return 204;'
)
_NGINX_ORIGIN: Final = f"add_header Access-Control-Allow-Origin {_ORIGIN} always;"
_ENVOY_VARY: Final = (
    "response_headers_to_add: [{header: {key: Vary, value: Origin}, append_action: APPEND_IF_EXISTS_OR_ADD}]"
)
_CADDY_ORIGIN: Final = f"header Access-Control-Allow-Origin {_ORIGIN}"

# What holds for every language; the rows below go before it.
_EVERY: Final[dict[str, ProxyRemedy]] = {
    **dict.fromkeys(("accepts-infix", "accepts-prefix", "accepts-suffix"), ProxyRemedy(_WHOLE)),
    "accepts-other-character": ProxyRemedy(r"write `\.` for a dot"),
    "accepts-any-case": ProxyRemedy("compare letter by letter: browsers send lower case"),
    "accepts-any-origin": ProxyRemedy("list the origins that may read it, and send nothing to any other"),
    "sends-star-with-credentials": ProxyRemedy("name the one origin that may bring cookies"),
    "sends-star": ProxyRemedy("leave it, if this is public; otherwise name the origin"),
    "sends-invalid-allow-origin": ProxyRemedy("send the one origin that asked, if it is in a list of yours"),
    "errors-without-cors": ProxyRemedy("send the headers with every status"),
    "preflight-refused": ProxyRemedy("answer it 204 with Access-Control-Allow-Origin, -Methods and -Headers"),
    "preflight-behind-auth": ProxyRemedy("put CORS before what asks for a login"),
    "middleware-order": ProxyRemedy("put CORS first"),
    "duplicate-headers": ProxyRemedy("let one place send it"),
}

REMEDIES: Final[dict[Language, dict[str, ProxyRemedy]]] = {
    "python": _EVERY,
    "nginx": {
        **_EVERY,
        "accepts-any-origin": ProxyRemedy(
            "list the origins, in http, and send what the list gives",
            instead="add_header Access-Control-Allow-Origin $allowed_origin always;",
            outside=_NGINX_MAP,
        ),
        "accepts-null": ProxyRemedy("take `null` out, and give the pages that need it an origin of their own"),
        "accepts-http": ProxyRemedy("write https instead of https?, or leave out the http: origin"),
        "accepts-shared-platform": ProxyRemedy("list the one name that is yours"),
        "sends-star-with-credentials": ProxyRemedy(
            "name the one origin that may bring cookies",
            instead=_NGINX_ORIGIN,
        ),
        "sends-star": ProxyRemedy(
            "leave it, if this is public; otherwise",
            instead=_NGINX_ORIGIN,
        ),
        "sends-invalid-allow-credentials": ProxyRemedy(
            instead="add_header Access-Control-Allow-Credentials true always;"
        ),
        "duplicate-headers": ProxyRemedy("leave out this line, or what sends the header too"),
        "missing-vary": ProxyRemedy(beside="add_header Vary Origin always;"),
        "errors-without-cors": ProxyRemedy(instead="add_header Access-Control-Allow-Origin {value} always;"),
        "preflight-refused": ProxyRemedy("answer it in full", instead=_NGINX_PREFLIGHT),
        "preflight-behind-auth": ProxyRemedy(
            "answer preflights before the login", beside=f"if ($request_method = OPTIONS) {{ {_NGINX_PREFLIGHT} }}"
        ),
        "max-age-overlong": ProxyRemedy(instead="add_header Access-Control-Max-Age 600 always;"),
        "sends-expose-star": ProxyRemedy(
            "name the headers", instead='add_header Access-Control-Expose-Headers "X-Total-Count" always;'
        ),
        "private-network-granted": ProxyRemedy("leave out this line"),
        "timing-allow-star": ProxyRemedy(
            "name the origin", instead=f"add_header Timing-Allow-Origin {_ORIGIN} always;"
        ),
    },
    "caddy": {
        **_EVERY,
        "accepts-any-origin": ProxyRemedy(
            "let a matcher list the origins",
            instead="header @allowed Access-Control-Allow-Origin {header.Origin}",
            beside=f"@allowed header Origin {_ORIGIN}",
        ),
        "accepts-null": ProxyRemedy("take `null` out, and give the pages that need it an origin of their own"),
        "accepts-http": ProxyRemedy("write https instead of https?, or leave out the http: origin"),
        "accepts-shared-platform": ProxyRemedy("list the one name that is yours"),
        "sends-star-with-credentials": ProxyRemedy("name the one origin that may bring cookies", instead=_CADDY_ORIGIN),
        "sends-star": ProxyRemedy("leave it, if this is public; otherwise", instead=_CADDY_ORIGIN),
        "sends-invalid-allow-credentials": ProxyRemedy(instead="header Access-Control-Allow-Credentials true"),
        "duplicate-headers": ProxyRemedy("leave out this line, or what sends the header too"),
        "missing-vary": ProxyRemedy(beside="header +Vary Origin"),
        "errors-without-cors": ProxyRemedy("do not defer the header: leave out `defer`, `>` and `?`"),
        "preflight-behind-auth": ProxyRemedy(
            "ask for no login on preflights", beside="@no_preflight not method OPTIONS", instead="{value} @no_preflight"
        ),
        "max-age-overlong": ProxyRemedy(instead="header Access-Control-Max-Age 600"),
        "sends-expose-star": ProxyRemedy(
            "name the headers", instead="header Access-Control-Expose-Headers X-Total-Count"
        ),
        "private-network-granted": ProxyRemedy("leave out this line"),
        "timing-allow-star": ProxyRemedy("name the origin", instead=f"header Timing-Allow-Origin {_ORIGIN}"),
    },
    "envoy": {
        **_EVERY,
        "accepts-any-origin": ProxyRemedy("list the origins", instead=f"- exact: {_ORIGIN}"),
        "accepts-null": ProxyRemedy("take `null` out, and give the pages that need it an origin of their own"),
        "accepts-http": ProxyRemedy("write https instead of https?, or leave out the http: origin"),
        "accepts-shared-platform": ProxyRemedy("list the one name that is yours"),
        "sends-star": ProxyRemedy("leave it, if this is public; otherwise", instead=f"- exact: {_ORIGIN}"),
        "missing-vary": ProxyRemedy(
            "on the virtual host",
            beside=_ENVOY_VARY,
        ),
        "max-age-overlong": ProxyRemedy(instead='max_age: "600"'),
        "sends-expose-star": ProxyRemedy("name the headers", instead="expose_headers: x-total-count"),
        "private-network-granted": ProxyRemedy("leave out this line"),
        "middleware-order": ProxyRemedy("put envoy.filters.http.cors before it in http_filters"),
        "preflight-behind-auth": ProxyRemedy("put envoy.filters.http.cors before it in http_filters"),
    },
}

# What keeps the app behind from sending a header as well.
HIDING: Final[dict[Language, str]] = {
    "nginx": "proxy_hide_header Access-Control-Allow-Origin; if the app sends it too",
    "caddy": "header_down -Access-Control-Allow-Origin, in reverse_proxy, if the app sends it too",
    "envoy": "",
    "python": "",
}

# Where `Vary` has to stand if headers are sent under a condition on the origin.
OUTSIDE: Final[dict[Language, str]] = {
    "nginx": "write add_header Vary Origin always; inside the condition and outside of it",
    "caddy": "write header +Vary Origin, without a matcher",
    "envoy": f"on the virtual host: {_ENVOY_VARY}",
    "python": "send it inside the condition and outside of it",
}

# Envoy, where a header is added: no matcher can stand there.
ADDED_HEADER: Final = (
    f'write the one origin, value: "{_ORIGIN}"; several need allow_origin_string_match, of a CorsPolicy'
)


def caddy_group(pattern: str) -> str:
    """What to write in place of a row with a placeholder; `pattern` is what is meant, empty if that is not known."""
    why = "Caddy fills in groups, and no placeholders, in the row of an expression"
    inner = pattern.removeprefix("^").removesuffix("$") or "…"
    return f'{why}: write ~^({inner})$ "${{1}}"'
