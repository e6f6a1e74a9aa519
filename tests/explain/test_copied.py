"""Each form of "Copy as" of the network panels, read back into the call that the page made."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossorigin.browser import Browser, Failure
from crossorigin.explain import read_copied
from crossorigin.explain.fetch_call import read_fetch

PAGE, URL = "https://app.example.com", "https://api.example.com/items"

BASH = f"""curl '{URL}' \\
  -X 'PATCH' \\
  -H 'accept: */*' \\
  -H 'authorization: Bearer x' \\
  -H 'content-type: application/json' \\
  -b 'session=1' \\
  -H 'origin: {PAGE}' \\
  -H 'priority: u=1, i' \\
  -H 'sec-fetch-mode: cors' \\
  --data-raw $'{{"name":"it\\'s 100%"}}'"""

CMD = f"""curl ^"{URL}^" ^
  -X ^"PATCH^" ^
  -H ^"accept: */*^" ^
  -H ^"authorization: Bearer x^" ^
  -H ^"content-type: application/json^" ^
  -b ^"session=1^" ^
  -H ^"origin: {PAGE}^" ^
  -H ^"sec-ch-ua: ^\\^"Chromium^\\^";v=^\\^"156^\\^"^" ^
  -H ^"sec-fetch-mode: cors^" ^
  --data-raw ^"^{{^\\^"name^\\^":^\\^"it's 100^%^\\^"^}}^\""""

OLD_CMD = f"""curl "{URL}" ^
  -X "PATCH" ^
  -H "accept: */*" ^
  -H "authorization: Bearer x" ^
  -H "content-type: application/json" ^
  -H "cookie: session=1" ^
  -H "origin: {PAGE}" ^
  --data-raw "{{\\"name\\":\\"it's 100%\\"}}" ^
  --compressed"""

FIREFOX_CMD = (
    f'curl.exe "{URL}" --compressed -X PATCH -H "Accept: */*" -H "Authorization: Bearer x" '
    f'-H "Content-Type: application/json" -H "Origin: {PAGE}" -H "Cookie: session=1" '
    '--data-raw "{""name"":""its 100%""}"'
)

POWERSHELL = f"""$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession
$session.UserAgent = "Mozilla/5.0"
$session.Cookies.Add((New-Object System.Net.Cookie("session", "1", "/", "api.example.com")))
Invoke-WebRequest -UseBasicParsing -Uri "{URL}" `
-Method "PATCH" `
-WebSession $session `
-Headers @{{
"authority"="api.example.com"
  "method"="PATCH"
  "path"="/items"
  "scheme"="https"
  "accept"="*/*"
  "authorization"="Bearer x"
  "origin"="{PAGE}"
  "sec-ch-ua"="`"Chromium`";v=`"156`""
}} `
-ContentType "application/json" `
-Body "{{`"name`":`"it's 100%`"}}\""""

FETCH = f"""fetch("{URL}", {{
  "headers": {{
    "accept": "*/*",
    "authorization": "Bearer x",
    "content-type": "application/json",
    "sec-ch-ua": "\\"Chromium\\";v=\\"156\\""
  }},
  "referrer": "{PAGE}/a/b",
  "body": "{{\\"name\\":\\"it's 100%\\"}}",
  "method": "PATCH",
  "mode": "cors",
  "credentials": "include"
}});"""

NODE = f"""fetch("{URL}", {{
  "headers": {{
    "accept": "*/*",
    "authorization": "Bearer x",
    "content-type": "application/json",
    "cookie": "session=1",
    "Referer": "{PAGE}/"
  }},
  "body": "{{\\"name\\":\\"it's 100%\\"}}",
  "method": "PATCH"
}});"""

HAND_WRITTEN = f"""const response = await fetch('{URL}', {{
  method: 'PATCH',  // not normalised
  headers: {{ accept: '*/*', Authorization: `Bearer x`, 'Content-Type': 'application/json', }},
  credentials: 'include',
  referrer: '{PAGE}/',
  body: "{{\\u0022name\\u0022:\\u0022it's 100%\\u0022}}",
}})"""

FORMS = [BASH, CMD, OLD_CMD, FIREFOX_CMD, POWERSHELL, FETCH, NODE, HAND_WRITTEN, "$ " + BASH]


@pytest.mark.parametrize("text", FORMS, ids=range(len(FORMS)))
def test_one_request_in_each_form(text: str) -> None:
    call = read_copied(text)
    assert (call.url, call.method, call.page, call.credentials, call.mode) == (URL, "PATCH", PAGE, True, "cors")
    assert {(name.lower(), value) for name, value in call.headers} == {
        ("accept", "*/*"),
        ("authorization", "Bearer x"),
        ("content-type", "application/json"),
    }
    assert (call.body or "").replace("'", "") == '{"name":"its 100%"}'


def fetch(options: str) -> str:
    return f"fetch('{URL}', {options})"


# (a copied request, fields of the call)
CALLS: list[tuple[str, dict[str, Any]]] = [
    # A preflight stands for the request that it announced.
    (
        f"curl {URL} -X OPTIONS -H 'Access-Control-Request-Method: PUT' -H 'Origin: {PAGE}' -H 'cookie: a=1' "
        "-H 'Access-Control-Request-Headers: x-a,content-type'",
        {
            "method": "PUT",
            "headers": (("x-a", "1"), ("content-type", "application/json")),
            "announced": True,
            "upload_listener": False,
            "credentials": None,  # a preflight has no cookies either way
            "page": PAGE,
        },
    ),
    (
        f"curl {URL} -X OPTIONS -H 'Access-Control-Request-Method: POST' -H 'Origin: {PAGE}'",
        {"method": "POST", "headers": (), "announced": True, "upload_listener": True},
    ),
    (
        f"curl {URL} -X OPTIONS -H 'access-control-request-method: query' -H 'Origin: {PAGE}'",
        {"method": "query", "upload_listener": False},
    ),
    (f"curl {URL} -X OPTIONS -H 'Origin: {PAGE}'", {"method": "OPTIONS", "announced": False}),
    (
        POWERSHELL.replace('"PATCH" `', '"OPTIONS" `').replace(
            '"accept"=', '"access-control-request-method"="DELETE"\n"accept"='
        ),
        {"method": "DELETE", "announced": True},
    ),
    # Which page it was.
    (f"curl {URL} -H 'sec-fetch-site: same-origin'", {"page": "https://api.example.com"}),
    (
        f"curl {URL} -H 'sec-fetch-site: same-origin' -H 'Origin: https://api.example.com'",
        {"page": "https://api.example.com"},
    ),
    (f"curl {URL} -H 'sec-fetch-site: same-site' -H 'Referer: {PAGE}/a'", {"page": PAGE}),
    (f"curl {URL} -H 'sec-fetch-site: cross-site' -H 'Origin: null'", {"page": "null"}),
    (f"curl {URL} -H 'sec-fetch-site: cross-site'", {"page": ""}),
    (f"curl {URL} -e {PAGE}/a", {"page": PAGE}),
    # What the browser adds is not the script's.
    (
        f"curl {URL} -H 'authority: api.example.com' -H ':path: /items' -H 'Sec-GPC: 1' -H 'DNT: 1' -H 'X-Token: 1' -H "
        "'Keep-Alive: 1' -H 'Proxy-Authorization: x' -H 'Accept-Encoding: gzip' -H 'save-data: on'",
        {"headers": (("X-Token", "1"),)},
    ),
    # Modes.
    (f"curl {URL} -H 'sec-fetch-mode: no-cors'", {"mode": "no-cors"}),
    (f"curl {URL} -H 'sec-fetch-mode: same-origin'", {"mode": "same-origin"}),
    (
        f"curl wss://api.example.com/chat -H 'Sec-WebSocket-Key: x' -H 'Origin: {PAGE}'",
        {"method": "WS", "url": "wss://api.example.com/chat"},
    ),
    (fetch("{mode: 'no-cors'}"), {"mode": "no-cors"}),
    (fetch("{redirect: 'manual'}"), {"redirect": "manual"}),
    (fetch("{credentials: 'omit'}"), {"credentials": False}),
    # A request without a cookie looks the same with credentials and without.
    (f"curl {URL} -H 'Origin: {PAGE}'", {"credentials": None}),
    (f"curl {URL} -H 'Origin: {PAGE}' -b a=1", {"credentials": True}),
    (f"Invoke-WebRequest -Uri {URL} -Headers @{{'Origin'='{PAGE}'}}", {"credentials": None}),
    # What stands in comments and strings is no call.
    (f"// fetch('{URL}/old')\nfetch('{URL}', {{mode: 'cors'}})", {"url": URL}),
    (f"/* fetch('{URL}/old') */ const say = \"fetch('{URL}/older')\"; fetch('{URL}')", {"url": URL}),
    (f"don't know why: fetch('{URL}') // it's blocked", {"url": URL}),
    (f"see https://a.example fetch('{URL}')", {"url": URL}),
    # A stream needs a preflight, whatever else is said.
    (fetch("{method: 'POST', body: stream, duplex: 'half'}"), {"body": "stream", "upload_listener": True}),
    (fetch("{method: 'POST', body: 'a', duplex: 'half'}"), {"body": "a", "upload_listener": False}),
    (fetch("{method: 'POST', body: new URLSearchParams(a)}"), {"body": "new URLSearchParams(a)"}),
    (fetch("{method: 'POST', body: 'a=' + b}"), {"body": "'a=' + b", "upload_listener": False}),
    (fetch("{method: 'POST', body: `a=${b}`}"), {"body": "`a=${b}`"}),
    (fetch("{method: 'POST', body: blob, headers: {'content-type': 'text/plain'}}"), {"body": "blob"}),
    (fetch("{headers: {'x-a': null, 'x-b': undefined}}"), {"headers": (("x-a", "null"), ("x-b", "undefined"))}),
    (f"fetch('{URL}')", {"method": "GET", "headers": (), "body": None, "credentials": False}),
    (f"await fetch(`{URL}`);", {"url": URL}),
    # JavaScript that is not a literal is kept as it is written.
    (
        fetch("{method: 'POST', body: JSON.stringify({a: [1, 2], b: '})'})}"),
        {"body": "JSON.stringify({a: [1, 2], b: '})'})"},
    ),
    (
        fetch("{headers: {'X-Id': id + 1, accept: /* all */ '*/*'}}"),
        {"headers": (("X-Id", "id + 1"), ("accept", "*/*"))},
    ),
    (fetch("{headers: {Authorization: 'Bearer ' + token}}"), {"headers": (("Authorization", "'Bearer ' + token"),)}),
    (fetch("{headers: [['X-A', '1'], ['X-B', '2']]}"), {"headers": (("X-A", "1"), ("X-B", "2"))}),
    (fetch("{method: 'POST', body: null, signal}"), {"body": None}),
    (fetch(r"{headers: {'x-a': '\x41\u0042\n\'\q'}}"), {"headers": (("x-a", "AB\n'q"),)}),
    # curl's options, together and with their values.
    (f"curl -sSL -k --compressed {URL}", {"url": URL, "method": "GET"}),
    (f"curl -sXDELETE {URL}", {"method": "DELETE"}),
    (f"curl --oauth2-bearer abc {URL}", {"url": URL, "headers": (("Authorization", "Bearer abc"),)}),
    (f"curl -G -d a=1 {URL}", {"method": "GET", "headers": (), "body": None}),
    (f"curl -r 0-9,20-30 {URL}", {"headers": (("Range", "bytes=0-9,20-30"),)}),
    (f"curl -T file {URL}", {"method": "PUT"}),
    (f"curl - {URL}", {"url": URL}),
    (f"curl '{URL}' -X PUT ;\ncurl 'https://other.example/'", {"url": URL, "method": "PUT"}),
    (f"curl '{URL}' -X PUT;", {"method": "PUT"}),
    # Windows: a text that goes on after a line end, and words that only look quoted.
    (f'curl ^"{URL}^" ^\n  --data-raw ^"a^\n\nb^"', {"body": "a\nb"}),
    (f'curl "{URL}" -H "x-a: \\\\""1" ^\n -X PUT', {"method": "PUT"}),
    (
        f"Invoke-RestMethod -Uri '{URL}' -Method Put -Headers @{{ 'X-A' = 'it''s' }}",
        {"method": "Put", "headers": (("X-A", "it's"),)},
    ),
    (
        f'iwr -Uri {URL} -Body ([System.Text.Encoding]::UTF8.GetBytes("caf$([char]233)`n"))',
        {"url": URL, "body": "café\n"},
    ),
]


@pytest.mark.parametrize(("text", "fields"), CALLS, ids=range(len(CALLS)))
def test_calls(text: str, fields: dict[str, Any]) -> None:
    call = read_copied(text)
    assert {name: getattr(call, name) for name in fields} == fields


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wget http://localhost", "no curl command"),
        (f"curl {URL} -H 'sec-fetch-mode: navigate'", "opened this URL as a page"),
        ("Invoke-WebRequest -Method PUT", "no -Uri"),
        ("fetch('/items')", "relative: write it whole, http://localhost:8000/items"),
        ("fetch(url)", "not a string"),
        (f"fetch('{URL}', options)", "not an object"),
        (f"fetch('{URL}', options", "not an object"),
        (fetch("{method: verb}"), "method in this call of fetch() is not a string"),
        # What decides and cannot be read.
        (fetch('{credentials: isLocal ? "omit" : "include"}'), "credentials in this call of fetch() is not a string"),
        (fetch("{credentials}"), "credentials in this call of fetch() is not a string"),
        (fetch("{credentials: true}"), "credentials in this call of fetch() is not a string"),
        (fetch("{credentials: null}"), "credentials in this call of fetch() is not a string"),
        (fetch("{credentials: 'Include'}"), "'Include' in this call is none of omit, same-origin, include"),
        (fetch("{mode: 'navigate'}"), "mode: 'navigate' in this call is none of cors, no-cors, same-origin"),
        (fetch("{redirect: 'bogus'}"), "redirect: 'bogus' in this call is none of follow, error, manual"),
        (fetch("{method: 'POST', body: data}"), "the body in this call of fetch() is data, whose type decides"),
        (fetch("{method: 'POST', body: new Blob(['{}'], {type: 'application/json'})}"), "whose type decides"),
        (fetch("{method: 'POST', headers: {'Content-Type': kind}}"), "the value of Content-Type"),
        (fetch("{headers: [['Range', range]]}"), "the value of Range"),
        ("fetch(`https://${host}/items`)", "not a string"),
        (f"fetch('{URL}'); fetch('{URL}/2')", "there are 2 calls of fetch()"),
        (f"fetch('{URL}').then(() => fetch('{URL}/2'))", "there are 2 calls of fetch()"),
        (fetch("{headers: new Headers()}"), "not written out"),
        (fetch("{headers: [['a', 'b', 'c']]}"), "not written out"),
        (fetch("{method 'PUT'}"), "cannot be read"),
        (fetch("{...rest}"), "cannot be read"),
        (fetch("{method: 'PUT'"), "cannot be read"),
        (fetch("{headers: [[1 2]"), "cannot be read"),
        (f"fetch('{URL}', {{body: f(1", "cannot be read"),
        (fetch("{a: " + "[" * 50), "nested too deep"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        read_copied(text)


def test_a_text_without_a_call() -> None:
    with pytest.raises(ValueError, match="no call"):
        read_fetch("fetched")


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.sampled_from(FORMS),
    place=st.integers(0, 700),
    cut=st.integers(0, 40),
    junk=st.sampled_from(
        ["", "'", '"', "^", "`", "\\u", "\\ud800", "$([char]9999999999)", "{", "http://[", "\x00", "-H"]
    ),
)
def test_a_text_of_any_shape_is_read_or_said_to_be_unreadable(text: str, place: int, cut: int, junk: str) -> None:
    try:
        call = read_copied(text[:place] + junk + text[place + cut :])
    except ValueError:
        return
    browser = Browser("https://app.example.com", transport=lambda request: Failure("refused"))
    outcome = browser.fetch(call.url, method=call.method, headers=call.headers, body=call.body)
    assert not outcome.allowed
