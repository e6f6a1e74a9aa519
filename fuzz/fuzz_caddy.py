"""Caddyfiles: any bytes are read or refused in one line; independent sites are judged as if alone."""

from __future__ import annotations

from crossorigin.check import Kind
from fuzz.common import FuzzedDataProvider, bounded, fuzz
from fuzz.files import Language, check_blocks

STAR = "header Access-Control-Allow-Origin *"
REFLECTED = 'header Access-Control-Allow-Origin "{header.Origin}"'
COOKIES = "header Access-Control-Allow-Credentials true"
PARTS = (
    STAR, REFLECTED, COOKIES, "header +Vary Origin", "header Access-Control-Allow-Origin https://app.example.com",
    "# a comment {", "header -Server", "@o method OPTIONS\nrespond @o 204", "header Access-Control-Max-Age 864000",
    "@e header Origin *example.com\nheader @e Access-Control-Allow-Origin {header.Origin}", "header Vary Origin",
    "handle /a {\nrespond hello\n}", "header {\nAccess-Control-Allow-Methods *\n}",
    "@r header_regexp r Origin ^https://.*example.com$\nheader @r Access-Control-Allow-Origin {re.r.0}",
)  # fmt: skip
OTHER = (
    "import gone\n",
    "(s) {\n",
    "import s a",
    "{args[0]}",
    "<<A\n",
    "respond",
    "@",
    "header",
    "`",
    "{$X}",
    "{re.x.1}",
)
SEEDS = [
    b'\0:80 {\nrespond "a\n}\n',
    b"\0:80 {\nrespond ok\n}\n}\n",
    b"\0:80 {\n" + STAR.encode() + b"\nrespond ok\n}\n",
    b"\0" + STAR.encode() + b"\n",
    b"\1\2\2\1\2\2\5\1\0\5",
    b"\2\2\2\0\1\5\2\3\5",
]
SURE = {STAR: "sends-star", REFLECTED: "accepts-any-origin"}


def server(given: FuzzedDataProvider, number: int) -> str:
    """One site, whose address is its own."""
    inside = "\n".join(dict.fromkeys(given.some(PARTS, 4, 1)))
    return f"s{number}.example.com {{\n{inside}\nreverse_proxy 127.0.0.1:8000\n}}\n"


def bare(code: str) -> str:
    """A site in which one header is all that CORS is about."""
    return f"t.example.com {{\n\n\n{code}\nreverse_proxy 127.0.0.1:8000\n}}\n"


LANGUAGE = Language(Kind.CADDY, "# a comment;", PARTS, OTHER, SURE, server, bare)


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about Caddyfiles is broken."""
    check_blocks(data, LANGUAGE)


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
