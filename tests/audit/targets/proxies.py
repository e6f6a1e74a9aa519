"""Sites of nginx and Caddy in front of an API, as people copy them. The files stand in `nginx/` and `caddy/`."""

from __future__ import annotations

from .target import APP, site

ADMIN = "https://admin.example.com"

# name, what it says or forgets, what an audit finds
for name, story, found in (
    (
        "reflects",
        "`add_header Access-Control-Allow-Origin $http_origin`, with credentials",
        "accepts-any-origin accepts-null missing-vary preflight-refused",
    ),
    (
        "infix",
        r"`if ($http_origin ~* (example\.com|example\.org))`: no anchor at either end",
        "accepts-infix accepts-http missing-vary",
    ),
    ("prefix", r"`~^https://app\.example\.com` in a map, without `$`", "accepts-prefix"),
    ("dot", "`~^https://app.example.com$`, its dots unescaped", "accepts-other-character"),
    ("null", "`null` in the map, for a page opened from a file", "accepts-null"),
    ("previews", "every preview host of a shared platform", "accepts-shared-platform"),
    ("forgets", "a map of two origins, and no `Vary`", "missing-vary"),
    ("cached", "a map of two origins with `expires 1h`, and no `Vary`", "cacheable-reflection"),
    ("silent_errors", "`add_header` without `always`", "errors-without-cors"),
    ("twice", "the app sends CORS headers already", "duplicate-headers"),
    ("several", "two origins in one header", "sends-invalid-allow-origin"),
    ("star_credentials", "`*` with credentials", "sends-star-with-credentials"),
    ("wide_open", "the wide open snippet of enable-cors.org", "max-age-overlong errors-without-cors"),
    ("slash", "a rewrite to the trailing slash, of preflights too", "preflight-redirected"),
    ("login", "`auth_basic`, of preflights too", "preflight-behind-auth"),
    ("bare_preflight", "one `add_header` in `if` drops those outside it", "preflight-refused"),
    (
        "special",
        "the expression of many answers: after the name, all but letters, digits, `.`, `-`",
        "accepts-special-characters accepts-any-port",
    ),
    ("any_start", r"`^https://.*example\.com$`: `.*` where `(.*\.)?` was meant", "accepts-suffix"),
    ("extensions", "the own extension, by the scheme of them all", "accepts-extensions"),
    (
        "echo",
        "`Access-Control-Allow-Headers $http_access_control_request_headers`",
        "request-headers-unbounded header-injection",
    ),
    ("capital", "`Access-Control-Allow-Credentials True`", "sends-invalid-allow-credentials"),
    ("trailing_slash", "an origin, copied with its slash from the address bar", "sends-invalid-allow-origin"),
    ("glob", "`https://*.example.com` as the value", "sends-invalid-allow-origin"),
    ("error_page", "errors come from a location of their own, without the headers", "errors-without-cors"),
    ("options_only", "headers on OPTIONS, and none on the answer itself", "preflight-only"),
    ("preflight_only", "preflights reflect everybody, the answer names one origin", "preflight-only"),
    (
        "timing",
        "`Timing-Allow-Origin: *` and `Access-Control-Expose-Headers: *` beside credentials",
        "timing-allow-star sends-expose-star",
    ),
):
    site("nginx", name, story, *found.split())
site(
    "nginx", "socket", "a WebSocket behind a proxy, and nobody asks its origin", "websocket-foreign-origin", path="/ws"
)
site(
    "nginx",
    "own_previews",
    "the own preview hosts, by a pattern that anybody can meet with a project of their own",
    "accepts-shared-platform",
    origins=("https://shop.vercel.app",),
)
site(
    "nginx", "lan", r"`^http://192\.168\.`, which is no address yet", "accepts-prefix", origins=("http://192.168.1.10",)
)
site(
    "nginx",
    "rebound",
    "a tool on localhost that answers to any name",
    "dns-rebinding",
    host="127.0.0.1",
    local=True,
)
site("nginx", "sound_hosts", "a tool on localhost that answers to its own names", host="127.0.0.1")
site(
    "nginx",
    "socket_infix",
    r"`if ($http_origin !~ \"example\.com\")` guards a WebSocket, without anchors",
    "websocket-foreign-origin",
    path="/ws",
)
site("nginx", "sound_socket", "an anchored expression guards a WebSocket", path="/ws")
site("nginx", "sound_silent", "not a word of CORS, and so no other origin reads it")
site("nginx", "sound_gzip", "`Vary` in two lines: the list's, and gzip's")
site("nginx", "sound_public", "`*` without credentials")
site("nginx", "sound_no_store", "a map of whole origins, which no cache keeps", origins=(APP, ADMIN))
site("nginx", "sound_list", "a map of whole origins, `always`, and `Vary: Origin`", origins=(APP, ADMIN))
site("nginx", "sound_regex", "an expression with both anchors and escaped dots", origins=(APP, ADMIN))
site("nginx", "sound_app", "CORS is left to the app alone")

for name, story, found in (
    (
        "reflects",
        "`header Access-Control-Allow-Origin {http.request.header.Origin}`, with credentials",
        "accepts-any-origin accepts-null missing-vary",
    ),
    ("infix", r"`header_regexp Origin https?://.*example\.com`, without anchors", "accepts-infix accepts-http"),
    ("http_too", "`https?` in an otherwise sound expression", "accepts-http"),
    ("any_port", r"`(:\d+)?` in an otherwise sound expression", "accepts-any-port"),
    ("localhost", "development's localhost reached production", "accepts-loopback"),
    ("localhost_prefix", "`localhost` without an end", "accepts-loopback accepts-prefix accepts-http"),
    ("errors_only", "`handle_errors` sends `*`, the answer itself nothing", "cors-on-errors-only"),
    ("get_only", "`method GET HEAD POST` in the matcher, and OPTIONS stays bare", "preflight-refused"),
    ("no_vary", "one origin by a matcher, and no `Vary`", "missing-vary"),
    ("star_credentials", "`*` with credentials, for ten days", "sends-star-with-credentials max-age-overlong"),
    ("no_preflight", "`header`, and nothing answers OPTIONS", "preflight-refused"),
    ("login", "`basic_auth` stands before OPTIONS", "preflight-behind-auth"),
    ("twice", "`header_down +Access-Control-Allow-Origin`, and the app sends it already", "duplicate-headers"),
    ("silent_errors", "`handle_errors` without CORS headers", "errors-without-cors"),
):
    site("caddy", name, story, *found.split())
site(
    "caddy", "socket", "a WebSocket behind a proxy, and nobody asks its origin", "websocket-foreign-origin", path="/ws"
)
site(
    "caddy",
    "private_star",
    "`*` on a tool on localhost, which answers to any name too",
    "sends-star-on-private-network",
    "dns-rebinding",
    host="127.0.0.1",
    local=True,
)
site("caddy", "sound_hosts", "a tool on localhost that answers to its own names", host="127.0.0.1")
site("caddy", "sound_socket", "a matcher guards a WebSocket", path="/ws")
site("caddy", "sound", "One origin by a matcher, and `Vary: Origin` on everything")
site("caddy", "sound_regex", "an expression with both anchors and escaped dots", origins=(APP, ADMIN))
site("caddy", "sound_app", "CORS is left to the app alone")
