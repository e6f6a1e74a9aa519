"""Plain ASGI functions whose origins are right, and whose other headers, preflights or errors are not.

Here belongs what a server says once it knows who may read it. Not here: who may (`raw`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .raw import VARY, Lines, answering, by, comparing, granted, header, local, saying
from .target import APP, ASGIApp, app


@app("asgi")
def public() -> ASGIApp:
    """`*` for everybody, without credentials."""
    return saying(
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET"),
        ("access-control-allow-headers", "content-type"),
    )


@app("asgi", "sends-star-with-credentials")
def star_and_credentials() -> ASGIApp:
    """`*` with `Access-Control-Allow-Credentials: true`, for everybody."""
    return saying(*granted("*"))


@app("asgi", "sends-invalid-allow-origin")
def several_origins() -> ASGIApp:
    """Two origins in one header, with a comma."""
    return saying(*granted("https://app.example.com, https://www.example.com"))


@app("asgi", "sends-invalid-allow-origin")
def a_pattern() -> ASGIApp:
    """`https://*.example.com` as the header's value."""
    return saying(*granted("https://*.example.com"))


@app("asgi", "sends-invalid-allow-origin")
def slash_at_the_end() -> ASGIApp:
    """`https://app.example.com/`, as a URL type prints it."""
    return saying(*granted(f"{APP}/"))


@app("asgi", "sends-invalid-allow-credentials")
def python_true() -> ASGIApp:
    """`str(True)` as the value of Access-Control-Allow-Credentials."""
    return answering(
        lambda origin, _: [
            VARY,
            *((name, "True" if value == "true" else value) for name, value in granted(APP) if origin == APP),
        ]
    )


@app("asgi", "duplicate-headers")
def two_layers() -> ASGIApp:
    """The app sends the headers, and the gateway before it sends them again."""
    return answering(lambda origin, _: [VARY, *(granted(APP) * 2 if origin == APP else [])])


@app("asgi", "missing-vary")
def no_vary() -> ASGIApp:
    """The allowed origin is echoed without `Vary`."""
    return answering(lambda origin, _: granted(APP) if origin == APP else [])


@app("asgi", "missing-vary")
def vary_for_the_allowed() -> ASGIApp:
    """`Vary: Origin` for allowed origins alone: a cache keeps the others' answer for everybody."""
    return answering(lambda origin, _: [VARY, *granted(APP)] if origin == APP else [])


@app("asgi", "cacheable-reflection")
def cached() -> ASGIApp:
    """Kept by caches for an hour, with one origin's permission in it."""
    public = ("cache-control", "public, max-age=3600")
    return answering(lambda origin, _: [public, *(granted(APP) if origin == APP else [])])


@app("asgi", "clobbered-vary")
def vary_replaced() -> ASGIApp:
    """The answer differs by language, and `Vary` no longer says so once CORS has spoken."""
    own = ("vary", "Accept-Language, Origin")
    return answering(lambda origin, _: [VARY, *granted(APP)] if origin == APP else [own])


@app("asgi")
def credentials_for_all() -> ASGIApp:
    """Allow-Credentials for denied origins too: worth a word, and no fault."""
    true = ("access-control-allow-credentials", "true")
    return answering(lambda origin, _: [VARY, *(granted(APP) if origin == APP else [true])])


@app("asgi", "sends-expose-star")
def exposes_star() -> ASGIApp:
    """`Access-Control-Expose-Headers: *` beside credentials."""
    return comparing({APP}.__contains__, ("access-control-expose-headers", "*"))


@app("asgi", "private-network-granted")
def private_network() -> ASGIApp:
    """`Access-Control-Allow-Private-Network: true` on everything, from a recipe."""
    return comparing({APP}.__contains__, ("access-control-allow-private-network", "true"))


@app("asgi", "timing-allow-star")
def timing() -> ASGIApp:
    """`Timing-Allow-Origin: *`, for a monitor, beside credentials."""
    return comparing({APP}.__contains__, ("timing-allow-origin", "*"))


@app("asgi", "max-age-overlong")
def a_year() -> ASGIApp:
    """Preflights are to be kept for a year."""
    return comparing({APP}.__contains__, ("access-control-max-age", "31536000"))


# Preflights and errors.


@app("asgi", "errors-without-cors")
def silent_errors() -> ASGIApp:
    """The endpoint sets the headers, what answers a wrong path does not."""
    allowed = comparing({APP}.__contains__)
    bare = answering(lambda _origin, _scope: [VARY])
    return by(lambda scope: bare if scope["path"] != "/items" else allowed)


@app("asgi", "cors-on-errors-only")
def errors_only() -> ASGIApp:
    """The error handler sets the headers, and the endpoint lost them."""
    allowed = comparing({APP}.__contains__)
    bare = answering(lambda _origin, _scope: [VARY])
    return by(lambda scope: allowed if scope["path"] != "/items" else bare)


@app("asgi", "preflight-refused")
def method_not_allowed() -> ASGIApp:
    """OPTIONS is a method that no route knows: 405, with every header that would have been right."""
    return answering(lambda origin, _: [VARY, *(granted(APP) if origin == APP else [])], options=405)


@app("asgi", "preflight-behind-auth")
def options_need_a_login() -> ASGIApp:
    """Reading is open to all, every other method needs a login, OPTIONS as well."""
    return answering(lambda origin, _: [VARY, *(granted(APP) if origin == APP else [])], options=401)


@app("asgi", "preflight-redirected")
def options_lead_to_the_login() -> ASGIApp:
    """Whatever is no GET is sent to the login page, OPTIONS as well."""
    return answering(lambda origin, _: [VARY, *(granted(APP) if origin == APP else [])], options=303)


@app("asgi", "preflight-only")
def preflights_for_all() -> ASGIApp:
    """The gateway answers every preflight with yes, the app knows one origin."""
    everybody = comparing(lambda origin: True)
    one = comparing({APP}.__contains__)
    return by(lambda scope: everybody if scope["method"] == "OPTIONS" else one)


@app("asgi", "request-headers-unbounded", "header-injection")
def echoes_request_headers() -> ASGIApp:
    """Access-Control-Request-Headers comes back as it is."""
    return echoing(lambda asked: asked)


@app("asgi", "header-injection")
def echoes_some_request_headers() -> ASGIApp:
    """Access-Control-Request-Headers comes back unchecked, where it is short."""
    return echoing(lambda asked: asked[:1000])


@app("asgi", "request-headers-unbounded")
def echoes_all_names() -> ASGIApp:
    """Every name that is asked for comes back, however many there are."""
    return echoing(lambda asked: ",".join(it for it in asked.split(",") if re.fullmatch(r"[\w-]+", it)))


def echoing(what: Callable[[str], str]) -> ASGIApp:
    """An API that allows the request headers which `what` makes of those asked for."""

    def choose(origin: str | None, scope: Any) -> Lines:
        asked = header(scope, b"access-control-request-headers")
        echo = [("access-control-allow-headers", what(asked))] if asked else []
        return [VARY, *(granted(APP)[:3] + echo if origin == APP else [])]

    return answering(choose)


# On the visitor's own machine.


@app("asgi", "sends-star-on-private-network", "dns-rebinding", host="127.0.0.1", local=True)
def local_star() -> ASGIApp:
    """A developer's tool on loopback: `*`, and any Host."""
    return saying(("access-control-allow-origin", "*"), ("access-control-allow-headers", "content-type"))


@app("asgi", "dns-rebinding", host="127.0.0.1", local=True)
def local_any_name() -> ASGIApp:
    """A tool on loopback without CORS, which answers to any name."""
    return saying()


@app("asgi", host="127.0.0.1")
def local_sound() -> ASGIApp:
    """A tool on loopback without CORS, which knows its names."""
    return local(saying())


@app("asgi")
def one_origin_for_all() -> ASGIApp:
    """One origin's name for everybody: it never varies, and needs no `Vary`."""
    return saying(*granted(APP))


@app("asgi", "sends-invalid-allow-origin")
def denies_with_false() -> ASGIApp:
    """Denied origins get the text of what the comparison came to."""
    return answering(lambda origin, _: [VARY, *granted(APP if origin == APP else "False")])


@app("asgi", "preflight-only")
def gateway_answers_preflights() -> ASGIApp:
    """CORS is switched on in the gateway, for OPTIONS; the app behind it was forgotten."""
    allowed = comparing({APP}.__contains__)
    forgotten = saying(VARY)
    return by(lambda scope: allowed if scope["method"] == "OPTIONS" else forgotten)
