"""HAR files as Chrome, Firefox and Safari write them: what each records of a request that CORS blocked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crossorigin.explain import read_har

PAGE, API = "https://app.example.com", "https://api.example.com/items"
HEADERS = {"origin": PAGE, "referer": PAGE + "/", "sec-fetch-mode": "cors", "sec-fetch-site": "same-site"}
JSON_CALL = HEADERS | {"content-type": "application/json", "authorization": "Bearer x"}
ASKS = {
    "origin": PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization,content-type",
    "sec-fetch-mode": "cors",
}
ALLOW = {"access-control-allow-origin": PAGE}
ALLOW_ALL = ALLOW | {"access-control-allow-headers": "authorization,content-type"}


def pairs(headers: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items()]


def entry(
    method: str = "GET",
    url: str = API,
    sent: dict[str, str] | None = None,
    status: int = 200,
    answered: dict[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An entry. `error`, `redirect` are of the response, everything else of the entry."""
    response: dict[str, Any] = {"status": status, "headers": pairs(answered or {}), "redirectURL": ""}
    response["redirectURL"] = more.pop("redirect", "")
    if "error" in more:
        response["_error"] = more.pop("error")
    request = {"method": method, "url": url, "headers": pairs(HEADERS if sent is None else sent), "cookies": []}
    return {"request": request, "response": response, **more}


def chrome(method: str = "GET", kind: str = "xhr", **more: Any) -> dict[str, Any]:
    return entry(method, _resourceType=kind, **more)


def blocked(method: str = "GET", error: str = "net::ERR_FAILED", **more: Any) -> dict[str, Any]:
    """What Chrome writes of a request that it stopped."""
    return chrome(method, status=0, error=error, **more)


def safari(error: str, **more: Any) -> dict[str, Any]:
    return entry(status=0, sent={"Origin": PAGE, "Referer": PAGE + "/"}, error=error, **more)


PREFLIGHT = chrome("OPTIONS", kind="preflight", sent=ASKS, answered=ALLOW_ALL)
REFUSED = chrome("OPTIONS", kind="preflight", sent=ASKS, status=405)

FILES = [
    # Chrome: status 0 says nothing. A preflight that is recorded does.
    ([blocked()], ["not-recorded"]),
    ([blocked("POST", sent=JSON_CALL)], ["not-recorded"]),
    ([PREFLIGHT, blocked("POST", sent=JSON_CALL)], ["not-recorded"]),
    ([blocked("POST", sent=JSON_CALL), REFUSED], ["preflight-not-answered"]),
    ([REFUSED, blocked("POST", sent=JSON_CALL)], ["preflight-not-answered"]),
    (
        [chrome("OPTIONS", kind="preflight", sent=ASKS, answered=ALLOW), blocked("POST", sent=JSON_CALL)],
        ["header-not-listed"],
    ),
    ([blocked(error="")], ["not-recorded"]),
    ([blocked(error="net::ERR_BLOCKED_BY_CLIENT")], ["blocked-by-extension"]),
    ([blocked("PUT", error="net::ERR_BLOCKED_BY_CLIENT")], ["blocked-by-extension"]),
    ([blocked("PUT", error="net::ERR_CONNECTION_REFUSED")], ["no-server"]),
    ([blocked(error="net::ERR_CERT_AUTHORITY_INVALID")], ["tls-failure"]),
    ([blocked(error="net::ERR_BLOCKED_BY_LOCAL_NETWORK_ACCESS_CHECKS", url="http://192.168.0.7/")], ["local-network"]),
    ([blocked(error="net::ERR_NETWORK_ACCESS_REVOKED")], ["connection-allowlist"]),
    ([blocked(error="net::ERR_BLOCKED_BY_ORB")], ["opaque-response-blocked"]),
    ([blocked(error="net::ERR_ABORTED")], ["request-cancelled"]),
    # Headers without a status: they say whether CORS blocked it, and not what came.
    ([blocked(answered={"content-type": "text/html"})], ["no-allow-origin"]),
    ([blocked(answered={"access-control-allow-origin": PAGE + "/"})], ["mismatch-trailing-slash"]),
    ([blocked(answered=ALLOW)], ["not-recorded"]),
    # A call that was answered, without its preflight.
    ([chrome("POST", sent=JSON_CALL, answered=ALLOW)], ["allowed"]),
    # A preflight alone stands for the request that it announced.
    ([REFUSED], ["preflight-not-answered"]),
    ([PREFLIGHT], ["not-recorded"]),
    ([chrome("OPTIONS", kind="preflight", sent={"origin": PAGE}, status=405)], []),
    # Each call has its own answer, also if another to the same URL came out differently.
    ([chrome(answered=ALLOW), chrome(status=500)], ["allowed", "crash-outside-cors"]),
    ([chrome(status=500), chrome(answered=ALLOW)], ["crash-outside-cors", "allowed"]),
    # A redirect and what it leads to are one call; the same URL, called directly, is another.
    (
        [
            chrome(status=302, answered=ALLOW | {"location": "/items/"}, redirect="/items/"),
            chrome(url=API + "/", answered=ALLOW),
            chrome(url=API + "/", status=404, answered=ALLOW),
        ],
        ["allowed", "wrong-path"],
    ),
    ([chrome(status=302, answered=ALLOW | {"location": "/items/"}, redirect="/items/")], ["not-recorded"]),
    # What is not a script's cross-origin call.
    ([chrome(kind="document", sent={"referer": PAGE + "/"})], []),
    ([chrome(kind="image", sent={"referer": PAGE + "/"})], []),
    ([chrome(kind="script", sent={"origin": PAGE, "sec-fetch-mode": "cors"}, answered=ALLOW)], ["allowed"]),
    ([entry(sent={"Referer": PAGE + "/", "Accept": "text/html,*/*"})], []),
    ([entry(sent={"Referer": PAGE + "/", "Accept": "image/avif,image/webp,*/*"})], []),
    ([chrome(sent={"referer": PAGE + "/", "sec-fetch-site": "same-origin"})], []),
    # Chrome's provisional headers: the page of the file tells which page it was.
    ([blocked(sent={"content-type": "text/plain"}, pageref="page_1")], ["not-recorded"]),
    ([blocked(sent={"sec-fetch-site": "cross-site"})], ["page-not-recorded"]),
    ([blocked(sent={})], []),
    # Firefox keeps the response of what it blocked, and writes no `_resourceType`.
    ([entry(status=200, answered={"server": "nginx"})], ["no-allow-origin"]),
    ([entry(status=500)], ["crash-outside-cors"]),
    ([entry("OPTIONS", sent=ASKS, status=401), entry("POST", sent=JSON_CALL, status=0)], ["preflight-needs-login"]),
    ([entry(status=0)], ["not-recorded"]),
    # It does not tell the credentials, and what is allowed without them may be blocked with them.
    ([entry(answered=ALLOW)], ["credentials-not-recorded"]),
    ([entry(answered={"access-control-allow-origin": "*"})], ["credentials-not-recorded"]),
    ([entry(sent=HEADERS | {"cookie": "a=1"}, answered=ALLOW)], ["credentials-not-allowed"]),
    ([entry(answered=ALLOW | {"access-control-allow-credentials": "true"})], ["allowed"]),
    # A response that was revalidated is the stored one, with the new headers.
    ([chrome(answered=ALLOW), chrome(status=304, answered={"etag": "1"})], ["allowed", "allowed"]),
    ([chrome(status=500), chrome(status=304)], ["crash-outside-cors", "not-recorded"]),
    ([chrome(status=304, answered={"etag": "1"})], ["not-recorded"]),
    (
        [chrome(answered=ALLOW), chrome(status=304, answered={"access-control-allow-origin": "https://b.example"})],
        ["allowed", "origin-not-listed"],
    ),
    # Safari writes the console's sentence.
    ([safari(f"Origin {PAGE} is not allowed by Access-Control-Allow-Origin. Status code: 404")], ["wrong-path"]),
    ([safari("Preflight response is not successful. Status code: 401", method="PUT")], ["preflight-needs-login"]),
    ([safari("Access-Control-Allow-Origin cannot contain more than one origin.")], ["allow-origin-repeated"]),
    ([safari("Could not connect to the server.")], ["no-server"]),
    ([safari("due to access control checks.")], ["not-recorded"]),
    ([safari("A sentence that nobody knows.")], ["not-recorded"]),
]  # fmt: skip


@pytest.mark.parametrize(("entries", "causes"), FILES, ids=range(len(FILES)))
def test_what_each_browser_records(entries: list[dict[str, Any]], causes: list[str]) -> None:
    pages = [{"id": "page_1", "title": PAGE + "/a"}, {"id": "page_2", "title": "A title"}, {"id": 3}, 4]
    by_chrome = any("_resourceType" in each for each in entries)
    creator = {"name": "WebInspector" if by_chrome else "Firefox"}
    found = read_har(json.dumps({"log": {"creator": creator, "pages": pages, "entries": entries}}))
    explained = [each.explain("chromium") for each in found]
    assert [diagnosis.cause for _, diagnosis in explained] == causes
    for outcome, diagnosis in explained:
        assert diagnosis.remedy or diagnosis.cause == "allowed"
        assert outcome.allowed is (diagnosis.cause in ("allowed", "wrong-path") and outcome.reason is None)


def test_the_next_step_is_a_command_that_asks_the_server() -> None:
    _, diagnosis = read_har(json.dumps({"log": {"entries": [blocked("POST", sent=JSON_CALL)]}}))[0].explain("chromium")
    assert diagnosis.remedy.endswith(
        f"crossorigin explain {API} 'POST /items' --from {PAGE} -H 'authorization: …' "
        "-H 'content-type: application/json'"
    )
