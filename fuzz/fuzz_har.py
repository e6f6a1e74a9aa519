"""HAR files: any text is read or refused with ValueError; recorded responses come to what the standard says."""

from __future__ import annotations

import json
from typing import Any

from crossorigin.explain import explanation, read_har
from fuzz.common import FuzzedDataProvider, bounded, fuzz

PAGE, URL = "https://app.example.com", "https://api.example.com/items"
ALLOWED = (PAGE, "*", "https://other.example", "null", "", f"{PAGE}, {PAGE}", f"{PAGE}/", "HTTPS://APP.EXAMPLE.COM")
JUNK: tuple[Any, ...] = (None, 1, -1, 1e400, "x", [], {}, [1], {"name": 1}, True, "\x1b[31m", "http://[", "é" * 20)
PATHS = (
    ("request",), ("request", "method"), ("request", "url"), ("request", "headers"), ("request", "cookies"),
    ("request", "postData"), ("response",), ("response", "status"), ("response", "headers"), ("response", "content"),
    ("response", "redirectURL"), ("response", "_error"), ("_resourceType",), ("_initiator",), ("pageref",),
)  # fmt: skip
SEEDS = [b"\0" + b'{"log": {"entries": []}}', b"\1\0\0\0", b"\1\1\1\0", b"\1\2\0\0", b"\2\3\4\1", b"\1\0\1\1\1"]


def entry(allowed: str, credentials: bool, true: str, number: int) -> dict[str, Any]:
    """A call of a page, and the response that was recorded."""
    sent = [{"name": "Origin", "value": PAGE}]
    answered = [{"name": "Access-Control-Allow-Origin", "value": allowed}] if allowed else []
    if true:
        answered.append({"name": "Access-Control-Allow-Credentials", "value": true})
    cookies = [{"name": "Cookie", "value": "a=1"}] if credentials else []
    return {
        "request": {"method": "GET", "url": f"{URL}/{number}", "headers": [*sent, *cookies], "cookies": []},
        "response": {"status": 200, "headers": answered, "content": {"text": "b"}, "redirectURL": ""},
        "_resourceType": "fetch",
    }


def allows(allowed: str, credentials: bool, true: str, by_chrome: bool) -> bool:
    """Fetch § CORS check. Only Chrome's files tell that a call without cookies was one without credentials."""
    if credentials or not by_chrome:
        return allowed == PAGE and true == "true"
    return allowed in (PAGE, "*")


def read(text: str) -> list[Any] | None:
    """What each call came to, as it is told; None if the file is refused."""
    try:
        entries = read_har(text)
        results = [each.explain() for each in entries]
    except ValueError as why:
        assert str(why), text
        return None
    told = [explanation(outcome, diagnosis) for outcome, diagnosis in results]
    assert all(one.replace("\n", "").replace("\t", "").isprintable() for one in told), text
    return [
        (each.url, outcome.allowed, shown) for each, (outcome, _), shown in zip(entries, results, told, strict=True)
    ]


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about HAR files is broken."""
    given = FuzzedDataProvider(data)
    way = given.ConsumeIntInRange(0, 2)
    if way == 0:
        text = given.ConsumeBytes(500).decode("utf-8", "replace")
        assert read(text) == read(text), text
        return
    cases = [
        (given.PickValueInList(ALLOWED), given.ConsumeBool(), given.PickValueInList(("true", "", "True", "true ")))
        for _ in range(given.ConsumeIntInRange(1, 3))
    ]
    entries = [entry(*case, number) for number, case in enumerate(cases)]
    if way == 2:
        at: Any = entries[0]
        *before, last = given.PickValueInList(PATHS)
        for name in before:
            at = at[name]
        at[last] = given.PickValueInList(JUNK)
        text = json.dumps({"log": {"entries": entries}})
        assert read(text) == read(text), text
        return
    by_chrome = given.ConsumeBool()
    creator = {"name": "WebInspector"} if by_chrome else {"name": "Firefox"}
    text = json.dumps({"log": {"creator": creator, "entries": entries}})
    found = read(text)
    assert found is not None, text
    expected = [
        (f"{URL}/{number}", allows(allowed, credentials, true.strip(" "), by_chrome))
        for number, (allowed, credentials, true) in enumerate(cases)
    ]
    assert [(url, allowed) for url, allowed, _ in found] == expected, (cases, found)


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
