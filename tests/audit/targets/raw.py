"""Plain ASGI functions that answer CORS by hand, as people write them.

Here belong comparisons of the origin that are wrong. Not here: the other headers, preflights and errors
(`headers`), and what a framework's own middleware gets wrong (`starlette`, `fastapi`, `litestar`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from .target import APP, ASGIApp, app

Lines = list[tuple[str, str]]
VARY = ("vary", "Origin")
LOOK_ALIKES = str.maketrans("аеорсхі", "aeopcxi")  # Cyrillic


def answering(choose: Callable[[str | None, Any], Lines], *, options: int = 200, known: str = "/items") -> ASGIApp:
    """An API whose CORS headers are what `choose(origin, scope)` says; `options` is the status of OPTIONS."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        origin = header(scope, b"origin")
        status = 404 if scope["path"] != known else options if scope["method"] == "OPTIONS" else 200
        headers = [("content-type", "application/json"), *choose(origin, scope)]
        if status in range(300, 400):
            headers.append(("location", "/login"))
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": b"[1, 2, 3]"})

    return serve


def granted(origin: str) -> Lines:
    """What an allowed origin gets."""
    return [
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", "true"),
        ("access-control-allow-methods", "GET, PUT"),
        ("access-control-allow-headers", "content-type"),
    ]


def comparing(lets_in: Callable[[str], object], *more: tuple[str, str]) -> ASGIApp:
    """An API that is right about all but who is let in; with `more` headers for them."""
    return answering(lambda origin, _: [VARY, *(granted(origin) if origin and lets_in(origin) else []), *more])


def saying(*lines: tuple[str, str]) -> ASGIApp:
    """An API that says the same to everybody."""
    return answering(lambda _origin, _scope: list(lines))


def by(choose: Callable[[Any], ASGIApp]) -> ASGIApp:
    """The app that a request's scope asks for."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await choose(scope)(scope, receive, send)

    return serve


def local(inner: ASGIApp) -> ASGIApp:
    """Refuses names that are not this machine's."""
    names = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")
    nothing = answering(lambda _origin, _scope: [], known="")
    return by(lambda scope: inner if names.fullmatch(header(scope, b"host") or "") else nothing)


def header(scope: Any, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def _host(origin: str) -> str:
    return urlsplit(origin).hostname or ""


# Who is let in.


@app("asgi", "accepts-any-origin", "accepts-null")
def reflects_everything() -> ASGIApp:
    """Whatever Origin says comes back, with credentials."""
    return comparing(lambda origin: True)


@app("asgi", "accepts-any-origin")
def reflects_all_but_null() -> ASGIApp:
    """Everything that begins like a URL is reflected."""
    return comparing(lambda origin: origin.startswith(("http://", "https://")))


@app("asgi", "accepts-null")
def lists_null() -> ASGIApp:
    """`null` in the list, for a page that is opened from a file."""
    return comparing({APP, "null"}.__contains__)


@app("asgi", "accepts-prefix")
def starts_with() -> ASGIApp:
    """`origin.startswith("https://app.example.com")`."""
    return comparing(lambda origin: origin.startswith(APP))


@app("asgi", "accepts-suffix")
def ends_with() -> ASGIApp:
    """`endswith("example.com")`, without the dot."""
    return comparing(lambda origin: origin.startswith("https://") and origin.endswith("example.com"))


@app("asgi", "accepts-suffix", "accepts-any-port", "accepts-http")
def host_ends_with() -> ASGIApp:
    """The host is parsed, and compared by its end; scheme and port are forgotten."""
    return comparing(lambda origin: _host(origin).endswith("example.com"))


@app("asgi", "accepts-infix", "accepts-http")
def contains() -> ASGIApp:
    """`"example.com" in origin`."""
    return comparing(lambda origin: "example.com" in origin)


@app("asgi", "accepts-other-character")
def unescaped_dots() -> ASGIApp:
    """The origin as a regular expression, its dots unescaped."""
    return comparing(re.compile(APP).fullmatch)


@app("asgi", "accepts-prefix")
def matches_the_start() -> ASGIApp:
    r"""`re.match(r"https://[a-z]+\.example\.com", origin)`, which compares no end."""
    return comparing(re.compile(r"https://[a-z]+\.example\.com").match)


@app("asgi", "accepts-special-characters", "accepts-any-port")
def ends_at_a_symbol() -> ASGIApp:
    """The host ends where no letter, digit, dot, `-` or `_` follows; `+` and `!` do."""
    return comparing(re.compile(r"https://app\.example\.com($|[^\w.-])").match)


@app("asgi")
def every_subdomain() -> ASGIApp:
    """Every https: subdomain by an anchored expression: worth a word, and no fault."""
    return comparing(re.compile(r"https://([a-z0-9-]+\.)+example\.com").fullmatch)


@app("asgi", "accepts-http")
def any_scheme() -> ASGIApp:
    """`urlsplit(origin).netloc` is compared, the scheme is not."""
    return comparing(lambda origin: urlsplit(origin).netloc == "app.example.com")


@app("asgi", "accepts-http", "accepts-any-port")
def host_alone() -> ASGIApp:
    """`urlsplit(origin).hostname` is compared, neither scheme nor port is."""
    return comparing(lambda origin: _host(origin) == "app.example.com")


@app("asgi", "accepts-any-port")
def any_port() -> ASGIApp:
    r"""`(:\d+)?` at the end of the expression."""
    return comparing(re.compile(r"https://app\.example\.com(:\d+)?").fullmatch)


@app("asgi", "accepts-trailing-dot")
def dot_at_the_end() -> ASGIApp:
    """The name is normalised as DNS does it: without the dot at its end."""
    return comparing(lambda origin: origin.rstrip(".") == APP)


@app("asgi", "accepts-look-alike", origins=("https://example.com",))
def folds_letters() -> ASGIApp:
    """International names are decoded and transliterated before they are compared."""

    def lets_in(origin: str) -> bool:
        host = _host(origin).encode().decode("idna") if "xn--" in origin else _host(origin)
        return f"https://{host.translate(LOOK_ALIKES)}" == "https://example.com" and origin.startswith("https://")

    return comparing(lambda origin: lets_in(origin) and urlsplit(origin).port is None)


@app("asgi", "accepts-shared-platform", origins=("https://shop.vercel.app",))
def previews() -> ASGIApp:
    r"""`https://.*\.vercel\.app`, for previews."""
    return comparing(re.compile(r"https://.*\.vercel\.app").fullmatch)


@app("asgi", "accepts-shared-platform", origins=("https://shop-git-main.vercel.app",))
def previews_by_prefix() -> ASGIApp:
    r"""`https://[a-z0-9-]+\.vercel\.app`: every customer, not only one's own previews."""
    return comparing(re.compile(r"https://[a-z0-9-]+\.vercel\.app").fullmatch)


@app("asgi", "accepts-loopback")
def localhost_listed() -> ASGIApp:
    """`http://localhost:3000` reached production."""
    return comparing({APP, "http://localhost:3000"}.__contains__)


@app("asgi", "accepts-loopback")
def localhost_on_any_port() -> ASGIApp:
    """Any port of localhost, in production."""
    return comparing(re.compile(r"https://app\.example\.com|http://localhost(:\d+)?").fullmatch)


@app("asgi", "accepts-loopback", "accepts-prefix")
def localhost_as_a_start() -> ASGIApp:
    """`origin.startswith("http://localhost")`."""
    return comparing(lambda origin: origin == APP or origin.startswith("http://localhost"))


@app("asgi", "accepts-address-spelling", host="127.0.0.1", origins=("http://127.0.0.1:3000",))
def any_spelling_of_loopback() -> ASGIApp:
    """The address is parsed: every spelling of loopback counts, IPv6 and mapped IPv4 as well."""

    def lets_in(origin: str) -> bool:
        if re.fullmatch(r"http://([0-9.]+|\[[0-9a-f:.]+\]):3000", origin) is None:
            return False
        address = ip_address(_host(origin))
        return ((isinstance(address, IPv6Address) and address.ipv4_mapped) or address).is_loopback

    return local(comparing(lets_in))


@app("asgi", "accepts-extensions")
def any_extension() -> ASGIApp:
    """`chrome-extension://` of any id, since a list of globs does not work."""
    return comparing(lambda origin: origin == APP or origin.startswith("chrome-extension://"))


@app("asgi", "accepts-extensions")
def capacitor() -> ASGIApp:
    """`capacitor://localhost`, which every app of that make is."""
    return comparing({APP, "capacitor://localhost"}.__contains__)


@app("asgi", "accepts-prefix")
def every_country() -> ASGIApp:
    """`origin.startswith("https://app.example")`, for every country's domain."""
    return comparing(lambda origin: origin.startswith("https://app.example"))


@app("asgi", "accepts-prefix", "accepts-other-character")
def match_with_dots() -> ASGIApp:
    """`re.match("https://app.example.com", origin)`: neither the dots nor the end are compared."""
    return comparing(re.compile(APP).match)


@app("asgi", "accepts-suffix", "accepts-http")
def search_the_end() -> ASGIApp:
    r"""`re.search(r"example\.com$", origin)`."""
    return comparing(re.compile(r"example\.com$").search)


@app("asgi", "accepts-prefix", origins=("https://app.example.com:3000",))
def starts_with_a_port() -> ASGIApp:
    """`startswith` again: after port 3000 comes 30001."""
    return comparing(lambda origin: origin.startswith(f"{APP}:3000"))


@app("asgi", "accepts-prefix", origins=("http://192.168.1.5:3000",))
def office_network() -> ASGIApp:
    """`origin.startswith("http://192.168.")`: 192.168.1.5.evil.example is somebody's name."""
    return comparing(lambda origin: origin.startswith("http://192.168."))


@app("asgi", "accepts-null")
def denies_with_null() -> ASGIApp:
    """Denied origins get `null`, which is meant as none."""
    return answering(lambda origin, _: [VARY, *granted(APP if origin == APP else "null")])


@app("asgi", "accepts-prefix")
def list_in_a_string() -> ASGIApp:
    """`origin in os.environ["ORIGINS"]`, which is one long string."""
    return comparing("https://app.example.com,https://www.example.com".__contains__)


@app("asgi")
def sound_list() -> ASGIApp:
    """A list, compared whole, and `Vary: Origin` on every answer."""
    return comparing({APP, "https://www.example.com"}.__contains__)
