"""nginx's configurations: any bytes are read or refused in one line; independent servers are judged as if alone."""

from __future__ import annotations

from crossorigin.check import Kind
from fuzz.common import FuzzedDataProvider, bounded, fuzz
from fuzz.files import Language, check_blocks

STAR = "add_header Access-Control-Allow-Origin *;"
REFLECTED = "add_header Access-Control-Allow-Origin $http_origin always;"
COOKIES = "add_header Access-Control-Allow-Credentials true always;"
VARY = "add_header Vary Origin always;"
LISTED = "add_header Access-Control-Allow-Origin https://app.example.com always;"
PROXY = "proxy_pass http://127.0.0.1:8000;"
PARTS = (
    STAR, REFLECTED, COOKIES, VARY, LISTED, PROXY, "return 204;", "# a comment {",
    "add_header X-A 'a b';", "add_header X-B ';';",
    'if ($request_method = OPTIONS) {\nreturn 204;\n}',
    'if ($http_origin ~ "https://.*example.com") {\n' + REFLECTED + "\n}",
    "add_header Access-Control-Allow-Methods *;", "add_header Access-Control-Max-Age 864000;", "set $o $http_origin;",
)  # fmt: skip
OTHER = (
    "map $http_origin $o {\ndefault '';\n}\n",
    "include gone;",
    "location / {",
    "if (",
    "map",
    "~*",
    "$",
    ";",
    "add_header",
)
SEEDS = [
    b"\0" + STAR.encode(),
    b"\0server {\n listen 80;\n location / {\n" + REFLECTED.encode() + b"\n}\n}\n",
    b"\1\2\2\1\2\2\5\1\0\5",
    b"\2\2\2\0\1\5\2\3\5",
]  # fmt: skip
SURE = {STAR: "sends-star", REFLECTED: "accepts-any-origin"}


def server(given: FuzzedDataProvider, number: int) -> str:
    """One server, whose name is its own."""
    inside = "\n".join(given.some(PARTS, 4, 1))
    return f"server {{\nserver_name s{number}.example.com;\nlocation / {{\n{inside}\n{PROXY}\n}}\n}}\n"


def bare(code: str) -> str:
    """A server in which one header is all that CORS is about."""
    return f"server {{\nlisten 80;\nlocation / {{\n{code}\nproxy_pass http://127.0.0.1:8000;\n}}\n}}\n"


LANGUAGE = Language(Kind.NGINX, "# a comment;", PARTS, OTHER, SURE, server, bare)


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about nginx's files is broken."""
    check_blocks(data, LANGUAGE)


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
