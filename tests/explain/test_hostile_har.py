"""HAR files of any shape: read, or a ValueError that says which entry cannot be."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossorigin.explain import CAUSES, diagnose, read_har

URL = "http://localhost:8000/items"
SENT = [{"name": "Origin", "value": "http://localhost:3000"}]


def whole() -> dict[str, Any]:
    return {
        "request": {"method": "GET", "url": URL, "headers": SENT, "cookies": [], "postData": {"text": "a"}},
        "response": {"status": 200, "headers": [], "content": {"text": "b"}, "redirectURL": "", "_error": ""},
        "_resourceType": "fetch",
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    entry = whole()
    *before, last = path.split(".")
    at: Any = entry
    for name in before:
        at = at[name]
    at[last] = value
    return entry


def file(*entries: Any) -> str:
    return json.dumps({"log": {"entries": entries}})


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("request", None, "it has no request"),
        ("request", [], "request of it is of another type"),
        ("request.method", None, "request has no method"),
        ("request.method", 1, "method of request is of another type"),
        ("request.url", {}, "url of request is of another type"),
        ("request.url", "http://[", "Invalid IPv6 URL"),
        ("request.headers", {}, "headers of request is of another type"),
        ("request.headers", [1], "a header is not an object"),
        ("request.headers", [{"name": "a"}], "a header has no value"),
        ("request.headers", [{"name": "a", "value": 1}], "value of a header is of another type"),
        ("request.headers", [{"name": "Referer", "value": "http://["}], "Invalid IPv6 URL"),
        ("request.cookies", "a", "cookies of request is of another type"),
        ("request.postData", "a", "postData of request is of another type"),
        ("request.postData", {"text": []}, "text of postData is of another type"),
        ("response", None, "it has no response"),
        ("response.status", [], "status of response is of another type"),
        ("response.status", "many", "invalid literal for int() with base 10: 'many'"),
        ("response.status", float("inf"), "cannot convert float infinity to integer"),
        ("response.status", float("nan"), "cannot convert float NaN to integer"),
        ("response.headers", 1, "headers of response is of another type"),
        ("response.content", 1, "content of response is of another type"),
        ("response.redirectURL", [], "redirectURL of response is of another type"),
        ("_resourceType", [], "_resourceType of it is of another type"),
    ],
)
def test_an_entry_of_another_shape(path: str, value: Any, why: str) -> None:
    with pytest.raises(ValueError, match=r"\Athis is not a HAR file: entry 2: ") as raised:
        read_har(file(whole(), changed(path, value)))
    assert str(raised.value) == f"this is not a HAR file: entry 2: {why}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("[]", "the file is not an object"),
        ("{}", "the file has no log"),
        ('{"log": []}', "log of the file is of another type"),
        ('{"log": {"entries": {}}}', "entries of log is of another type"),
        ("[" * 100_000, "it nests too deeply"),
        ('{"log": {"entries": ' + "[" * 100_000, "it nests too deeply"),
        ('{"a":' * 100_000, "it nests too deeply"),
    ],
)
def test_a_file_of_another_shape(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=r"\Athis is not a HAR file: ") as raised:
        read_har(text)
    assert str(raised.value) == f"this is not a HAR file: {why}"


@pytest.mark.parametrize(
    "path",
    ["request.headers", "request.cookies", "request.postData", "response.content", "response.redirectURL"],
)
def test_a_member_that_may_be_absent(path: str) -> None:
    read_har(file(changed(path, None)))


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([URL, "null", "GET"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
PATHS = [
    "request", "request.method", "request.url", "request.headers", "request.cookies", "request.postData", "response",
    "response.status", "response.headers", "response.content", "response.redirectURL", "response._error",
    "_resourceType",
]  # fmt: skip
NAMES = st.sampled_from(["Origin", "Referer", "a", "é"]) | st.text(max_size=5)
HEADERS = st.lists(st.fixed_dictionaries({"name": NAMES, "value": st.text(max_size=12)}), max_size=3)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(PATHS), value=JUNK | HEADERS)
def test_any_value_anywhere(path: str, value: Any) -> None:
    try:
        for entry in read_har(file(changed(path, value))):
            diagnose(entry.run(), page=entry.page)
            assert entry.explain()[1].cause in CAUSES
    except ValueError:
        return
