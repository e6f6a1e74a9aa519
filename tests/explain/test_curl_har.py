"""Copy as cURL and HAR files, read back into calls."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crossorigin.explain import diagnose, read_curl, read_har

PAGE = "http://localhost:3000"
URL = "http://localhost:8000/items"

COPIED = r"""curl 'http://localhost:8000/items/1' \
  -X 'PUT' \
  -H 'Accept: */*' \
  -H 'Accept-Language: en-US,en;q=0.9' \
  -H 'Authorization: Bearer x' \
  -H 'Content-Type: application/json' \
  -b 'session=1' \
  -H 'Origin: http://localhost:3000' \
  -H 'Referer: http://localhost:3000/a/b' \
  -H 'Sec-Fetch-Mode: cors' \
  -H 'User-Agent: Mozilla/5.0' \
  --data-raw $'{"name":"it\'s \u00e4\x21\n"}' \
  --compressed"""


def test_a_command_as_chrome_copies_it() -> None:
    call = read_curl(COPIED)
    assert (call.url, call.method, call.page, call.credentials) == (URL + "/1", "PUT", PAGE, True)
    assert call.body == '{"name":"it\'s ä!\n"}'
    assert call.headers == (("Accept", "*/*"), ("Authorization", "Bearer x"), ("Content-Type", "application/json"))
    assert call.mode == "cors"


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (f"curl {URL}", "method", "GET"),
        (f"curl -I {URL}", "method", "HEAD"),
        (f"curl -XDELETE {URL}", "method", "DELETE"),
        (f"curl --request=PATCH --url {URL}", "method", "PATCH"),
        (f"curl {URL} -d a=1 -d b=2", "body", "a=1&b=2"),
        (f"curl {URL} -d a=1", "method", "POST"),
        (f"curl {URL} -d a=1", "headers", (("Content-Type", "application/x-www-form-urlencoded"),)),
        (f"curl {URL} --json '{{}}'", "headers", (("Content-Type", "application/json"),)),
        (f"curl {URL} -u me:secret", "headers", (("Authorization", "Basic …"),)),
        (f"curl {URL} -e http://localhost:5173/a", "page", "http://localhost:5173"),
        (f"curl {URL}", "page", ""),
        ("curl localhost:8000", "url", "http://localhost:8000"),
        (f"curl {URL} -H 'sec-fetch-mode: no-cors'", "mode", "no-cors"),
        (f"curl {URL} -F a=1 -o file", "method", "POST"),
        (f"curl {URL} -H 'cookie: a=1'", "credentials", True),
    ],
)
def test_options(text: str, field: str, value: object) -> None:
    assert getattr(read_curl(text), field) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wget http://localhost", "no curl"),
        ("", "no curl"),
        ("curl", "no URL"),
        ("curl http://localhost -H", "ends after -H"),
        ("curl 'http://localhost", "cannot be read"),
    ],
)
def test_what_is_no_command(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_curl(text)


def entry(
    url: str = URL,
    method: str = "GET",
    status: int = 200,
    answered: dict[str, str] | None = None,
    sent: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    def pairs(headers: dict[str, str] | None) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in (headers or {}).items()]

    sent = {"Origin": PAGE} if sent is None else sent
    response = {"status": status, "headers": pairs(answered)} | more.pop("response", {})
    return {"request": {"method": method, "url": url, "headers": pairs(sent)} | more, "response": response}


def file(*entries: dict[str, Any]) -> str:
    return json.dumps({"log": {"entries": entries}})


ALLOW = {"Access-Control-Allow-Origin": PAGE}
ASKS = {"Origin": PAGE, "Access-Control-Request-Method": "PUT"}


def causes(*entries: dict[str, Any]) -> list[str]:
    return [diagnose(it.run(), page=it.page).cause for it in read_har(file(*entries))]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([entry(answered=ALLOW)], ["allowed"]),
        ([entry()], ["no-allow-origin"]),
        ([entry(answered={"Access-Control-Allow-Origin": PAGE + "/"})], ["mismatch-trailing-slash"]),
        # The page's own origin, no page at all, a navigation, and what is no HTTP are not asked about.
        ([entry(url=PAGE + "/a")], []),
        ([entry(sent={})], []),
        ([entry(sent={"Origin": PAGE, "Sec-Fetch-Mode": "navigate"})], []),
        ([entry(url="ws://localhost:8000/chat")], []),
        ([entry(sent={"Referer": PAGE + "/a"})], ["no-allow-origin"]),
        ([entry(sent={"Origin": "null"}, answered={"Access-Control-Allow-Origin": "*"})], ["allowed"]),
        # A preflight counts as recorded, and as passed where it is not recorded but the request was sent.
        ([entry(method="OPTIONS", sent=ASKS, status=405), entry(method="PUT", status=0)], ["preflight-not-answered"]),
        ([entry(method="PUT", answered=ALLOW)], ["allowed"]),
        ([entry(method="PUT", status=0, response={"_error": "net::ERR_CONNECTION_REFUSED"})], ["no-response"]),
        ([entry(status=0, response={"_error": "net::ERR_CONNECTION_REFUSED"})], ["no-server"]),
        ([entry(status=0)], ["no-response"]),
        # A redirect and the request it leads to are one call.
        (
            [
                entry(
                    URL + "/",
                    status=307,
                    answered=ALLOW | {"Location": "http://127.0.0.1:8000/items"},
                    response={"redirectURL": "http://127.0.0.1:8000/items"},
                ),
                entry("http://127.0.0.1:8000/items", answered=ALLOW),
            ],
            ["redirect-origin-null"],
        ),
        (
            [
                entry(
                    method="POST",
                    answered={"Access-Control-Allow-Origin": "*"},
                    cookies=[{"name": "a", "value": "1"}],
                    postData={"text": "a"},
                )
            ],
            ["star-for-credentials"],
        ),
    ],
)
def test_entries_are_judged_by_what_was_recorded(entries: list[dict[str, Any]], expected: list[str]) -> None:
    assert causes(*entries) == expected


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"log": {"entries": [1]}}', '{"log": {"entries": [{"request": 1}]}}']
)
def test_what_is_no_har(text: str) -> None:
    with pytest.raises(ValueError, match="not a HAR"):
        read_har(text)
