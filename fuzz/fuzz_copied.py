"""Copy as cURL, PowerShell and fetch: any text is read or refused with ValueError.

A request that is written as browsers write it is read back as it was.
"""

from __future__ import annotations

import json
import shlex

from crossorigin.explain import CurlCall, read_copied, read_curl
from fuzz.common import FuzzedDataProvider, bounded, fuzz

URLS = ("https://api.example.com/items", "http://localhost:8000/a?b=c&d='e'", "https://api.example.com/%20x#y")
METHODS = ("GET", "PUT", "DELETE", "PATCH")
VALUES = ("1", "a b", "it's", 'say "yes"', "x;y", "a\\b", "$HOME", "`id`", "a,b", "é", "100%", "!", "^&")
NAMES = ("X-A", "x-request-id", "Authorization")
PIECES = (
    "curl ", "'", '"', "\\\n", "^\n", "-H ", "--data-raw ", "$'", "\\u00e9", "\\x", "^", "-X", "fetch(", "{", "}", ");",
    "Invoke-WebRequest -Uri ", "-Headers @{", "`\n", "=", '"headers": ', "null", "--url=", "--json ", "; ", "|",
    "https://x",
    "$session.Cookies.Add(", "await ", "-sXPUT", "\\u", "\\xq", "$'\\", "\0",
)  # fmt: skip
SEEDS = [
    b"\0curl 'https://api.example.com/' -H 'Origin: https://app.example.com' --data-raw $'a\\u0021b'",
    b'\0curl "https://api.example.com/" ^\n  -H "X-A: ^\\^"1^\\^""',
    b'\0fetch("https://api.example.com/", {"headers": {"x-a": "1"}, "body": null, "method": "PUT"});',
    b'\0Invoke-WebRequest -UseBasicParsing -Uri "https://api.example.com/" `\n-Method "PUT" -Headers @{"x-a"="1"}',
    b"\1\0\1\0\2\1\0\1\1",
    b"\1\1\2\1\1\1\3\0",
    b"\2\2\1\0\1\0\1",
]


def read(text: str) -> CurlCall | None:
    """The call; None if the text is refused, in one line."""
    try:
        return read_copied(text)
    except ValueError as why:
        assert str(why), text
        return None


def pairs(given: FuzzedDataProvider) -> list[tuple[str, str]]:
    """Headers that a script sets, each name once."""
    names = dict.fromkeys(given.some(NAMES, 3))
    return [(name, given.PickValueInList(VALUES)) for name in names]


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about copied requests is broken."""
    given = FuzzedDataProvider(data)
    way = given.ConsumeIntInRange(0, 2)
    if way == 0:
        text = given.ConsumeBytes(400).decode("utf-8", "replace")
        for _ in range(given.ConsumeIntInRange(0, 6)):
            text += given.PickValueInList(PIECES)
        assert read(text) == read(text), text
        return
    url, method, headers = given.PickValueInList(URLS), given.PickValueInList(METHODS), pairs(given)
    body = given.PickValueInList((None, "a=b&c='d'", "{}")) if method != "GET" else None
    page = "https://app.example.com"
    sent = [("Origin", page), ("User-Agent", "x"), *headers, ("Content-Type", "text/plain")]
    if way == 1:
        words = ["curl", url, "-X", method, *(part for name, value in sent for part in ("-H", f"{name}: {value}"))]
        words += ["--data-raw", body] if body is not None else []
        ending = given.PickValueInList((" ", " \\\n  "))
        text = ending.join(shlex.quote(word) for word in words)
        found: CurlCall | None = read_curl(text)
    else:
        script = {"headers": dict([*headers, ("content-type", "text/plain")]), "body": body, "method": method}
        script |= {"referrer": f"{page}/", "mode": "cors", "credentials": "omit"}
        text = f"fetch({json.dumps(url)}, {json.dumps(script, indent=2)});"
        found = read(text)
    assert found is not None, text
    assert (found.url, found.method, found.body) == (url, method, body), (text, found)
    assert found.page.rstrip("/") == page, (text, found)
    mine = {(name.lower(), value) for name, value in found.headers if name.lower() != "content-type"}
    assert mine == {(name.lower(), value) for name, value in headers}, (text, found)
    assert read(text) == found, text


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
