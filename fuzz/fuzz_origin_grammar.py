"""The origins that browsers send: our two grammars against each other, and against ada-url, Node's URL parser."""

from __future__ import annotations

import ada_url

from crossorigin.policy.origin_grammar import ORIGIN_CHARACTERS, start, step
from crossorigin.standards.origin import MAX_ORIGIN_BYTES, Origin, is_loopback, same_origin, split_serialised
from fuzz import model
from fuzz.common import FuzzedDataProvider, bounded, fuzz

SEEDS = [b"", b"\7https://example.com", b"\7http://127.0.0.1:80", b"\7https://[::1]:8443", b"\7https://1.2.3.256"]


def read(text: str) -> bool:
    """Whether the grammar for judging takes the whole string as an origin."""
    at = start()
    for character in text:
        following = step(at, character, True)
        if following is None:
            return False
        at = following
    return at.ends


def browsers(text: str) -> str:
    """The origin that ada-url gives a URL; empty if it is not a URL."""
    try:
        return ada_url.URL(text).origin
    except ValueError:
        return ""


def parsed(text: str) -> Origin | None:
    """The same by our parser, which raises nothing but ValueError."""
    try:
        return Origin.parse(text)
    except ValueError:
        return None


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about origins is broken."""
    text = model.origin(FuzzedDataProvider(data))
    raw = text.encode()
    split = split_serialised(raw)
    meant = model.parts(text) if len(raw) <= MAX_ORIGIN_BYTES else None
    if split is None:
        assert meant is None, text
    else:
        scheme, host, port = split
        assert meant == (scheme.decode(), host.decode(), (port or b"").decode()), text
    sent = browsers(text)
    web = text.startswith(("http://", "https://"))
    # Punycode and the inside of brackets are not part of the grammar for judging.
    simple = "[" not in text and "xn--" not in text and len(raw) <= MAX_ORIGIN_BYTES and meant is not None
    if read(text):
        assert set(text) <= set(ORIGIN_CHARACTERS), text
        assert "[" in text or len(text) > 250 or meant is not None, text
        assert not simple or not web or sent == text, text
    elif web and simple:
        assert sent != text, text
    found = parsed(text)
    assert (found is None) == (not sent) or text == "null", text  # which is an origin, and no URL
    if found is None:
        return
    again = parsed(str(found))
    assert again == found or found.scheme == "" or "%" in found.host, text
    assert same_origin(found, text) is not found.opaque, text
    if sent not in ("", "null"):
        assert str(found) == sent, text
        written = model.parts(f"http://{found.host}") is not None
        assert not written or is_loopback(found.host) is model.is_loopback_page(f"http://{found.host}"), text


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
