"""The console's messages: any text is read or refused with ValueError; what a known message says does not depend on
the lines around it, and what is said of it can be printed, and is the same again.
"""

from __future__ import annotations

from dataclasses import replace

from crossorigin.explain import ConsoleMessage, diagnose_message, explanation, read_console
from fuzz.common import FuzzedDataProvider, bounded, fuzz

PAGES = ("https://app.example.com", "http://localhost:3000", "null")
URLS = (
    "https://api.example.com/items",
    "http://localhost:8000/",
    "https://api.example.com/a?b=c#d",
    "https://[::1]:8443/",
)
HEADERS = ("x-request-id", "authorization", "content-type")
# How each browser says it, and the reason; {page}, {url} and {header} stand for what it is about.
SAID = (
    (
        "Access to fetch at '{url}' from origin '{page}' has been blocked by CORS policy: "
        "No 'Access-Control-Allow-Origin' header is present on the requested resource.",
        "chromium", "allow-origin-missing",
    ),
    (
        "Access to fetch at '{url}' from origin '{page}' has been blocked by CORS policy: "
        "Request header field {header} is not allowed by Access-Control-Allow-Headers in preflight response.",
        "chromium", "header-not-allowed",
    ),
    (
        "Access to XMLHttpRequest at '{url}' from origin '{page}' has been blocked by CORS policy: "
        "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.",
        "chromium", "method-not-allowed",
    ),
    (
        "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at {url}. "
        "(Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 200.",
        "firefox", "allow-origin-missing",
    ),
)  # fmt: skip
NOISE = (
    "", "Uncaught (in promise) TypeError: Failed to fetch", "    at app.js:12:3",
    "GET https://x.example/ 404 (Not Found)",
    "hello", "\x1b[31mred\x1b[0m", "\u202e", "{}", "net::ERR_FAILED", "%s", "at '", "from origin", "(Reason: ",
    "é" * 50,
)  # fmt: skip
SEEDS = [b"\0" + SAID[0][0].encode(), b"\1\0\0\0\0", b"\1\1\1\1\1\1\1", b"\1\2\2\2\2", b"\1\3\0\1\1", b"\0Reason: CORS"]


def read(text: str) -> ConsoleMessage | None:
    """What a text says; None if no browser says it."""
    try:
        return read_console(text)
    except ValueError as why:
        assert "\n" not in str(why), text
        return None


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about console messages is broken."""
    given = FuzzedDataProvider(data)
    if not given.ConsumeBool():
        text = given.ConsumeBytes(500).decode("utf-8", "replace")
        for _ in range(given.ConsumeIntInRange(0, 2)):
            text += given.PickValueInList(NOISE)
        told(text, read(text))
        return
    words, engine, reason = given.PickValueInList(SAID)
    page, url, header = given.PickValueInList(PAGES), given.PickValueInList(URLS), given.PickValueInList(HEADERS)
    line = words.format(page=page, url=url, header=header)
    message = read(line)
    assert message is not None, line
    assert (message.engine, message.reason) == (engine, reason), line
    assert message.url == url, line
    assert "{page}" not in words or message.page == page, line
    assert "{header}" not in words or message.header == header, line
    assert message.status == (200 if "Status code" in words else 0), line
    before, after = given.PickValueInList(NOISE[:3]), given.PickValueInList(NOISE[:3])
    around = read(f"{before}\r\n  {line}  \n{after}\n")
    assert around is not None, line
    assert replace(around, status=message.status, others=message.others) == message, line
    told(line, message)


def told(text: str, message: ConsoleMessage | None) -> None:
    """What is said of a message, if it is understood: at least a cause, and the same again."""
    assert read(text) == message, text
    if message is None:
        return
    diagnosis, others = diagnose_message(message)
    assert diagnosis.cause, text
    assert diagnosis.title, text
    assert (diagnosis.cause == "ambiguous-message") is bool(others), text
    shown = explanation(message.outcome(), diagnosis)
    assert shown.replace("\n", "").replace("\t", "").isprintable(), text
    assert explanation(message.outcome(), diagnose_message(message)[0]) == shown, text


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
