"""What the three browsers write into their consoles, and the cause that is read from it."""

from __future__ import annotations

import pytest

from crossorigin.browser import REASONS
from crossorigin.explain import diagnose, read_console

PAGE, API = "http://localhost:3000", "http://localhost:8000/items"
CHROME = f"Access to fetch at '{API}' from origin '{PAGE}' has been blocked by CORS policy: "
PREFLIGHT = CHROME + "Response to preflight request doesn't pass access control check: "
FIREFOX = (
    f"Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at {API}. (Reason: "
)
HINT = " Have the server send the header with a valid value."
ACAO = "The 'Access-Control-Allow-Origin' header "
ACAC = "The value of the 'Access-Control-Allow-Credentials' header in the response is "
INCLUDE = " when the request's credentials mode is 'include'."
STAR = f"The value of the 'Access-Control-Allow-Origin' header in the response must not be the wildcard '*'{INCLUDE}"
MISSING = "No 'Access-Control-Allow-Origin' header is present on the requested resource."

MESSAGES = [
    # Chrome.
    (CHROME + MISSING, "chromium", "allow-origin-missing", "no-allow-origin"),
    (PREFLIGHT + MISSING, "chromium", "preflight-allow-origin-missing", "no-allow-origin"),
    (CHROME + STAR, "chromium", "allow-origin-star-with-credentials", "star-for-credentials"),
    (PREFLIGHT + STAR, "chromium", "preflight-allow-origin-star-with-credentials", "star-for-credentials"),
    (
        f"{CHROME}{ACAO}contains multiple values '*, {PAGE}', but only one is allowed.{HINT}",
        "chromium",
        "allow-origin-multiple",
        "allow-origin-repeated",
    ),
    (
        f"{CHROME}{ACAO}contains multiple values 'http://a.example, http://b.example', but only one is allowed.{HINT}",
        "chromium",
        "allow-origin-multiple",
        "allow-origin-list",
    ),
    (
        f"{CHROME}{ACAO}contains the invalid value 'localhost:3000'.{HINT}",
        "chromium",
        "allow-origin-invalid",
        "mismatch-without-scheme",
    ),
    (
        f"{CHROME}{ACAO}contains the invalid value 'all'.{HINT}",
        "chromium",
        "allow-origin-invalid",
        "malformed-allow-origin",
    ),
    (
        f"{PREFLIGHT}{ACAO}has a value '{PAGE}/' that is not equal to the supplied origin.{HINT}",
        "chromium",
        "preflight-allow-origin-mismatch",
        "mismatch-trailing-slash",
    ),
    (
        f"{CHROME}{ACAO}has a value 'http://127.0.0.1:3000' that is not equal to the supplied origin.{HINT}",
        "chromium",
        "allow-origin-mismatch",
        "mismatch-loopback-name",
    ),
    (
        f"Access to fetch at 'http://127.0.0.1:8000/items' (redirected from '{API}') from origin '{PAGE}' has been "
        f"blocked by CORS policy: {ACAO}has a value '{PAGE}' that is not equal to the supplied origin.{HINT}",
        "chromium",
        "allow-origin-mismatch",
        "redirect-origin-null",
    ),
    (
        f"{CHROME}{ACAC}'' which must be 'true'{INCLUDE}",
        "chromium",
        "allow-credentials-missing",
        "credentials-not-allowed",
    ),
    (
        f"{CHROME}{ACAC}'True' which must be 'true'{INCLUDE}",
        "chromium",
        "allow-credentials-invalid",
        "allow-credentials-not-true",
    ),
    (PREFLIGHT + "It does not have HTTP ok status.", "chromium", "preflight-status", "preflight-failed"),
    (
        CHROME + "Response to preflight request doesn't pass access control check: Redirect is not allowed for a "
        "preflight request.",
        "chromium",
        "preflight-redirect",
        "preflight-redirect-other",
    ),
    (
        CHROME + "Cannot parse Access-Control-Allow-Methods response header field in preflight response.",
        "chromium",
        "allow-methods-invalid",
        "malformed-allow-methods",
    ),
    (
        CHROME + "Cannot parse Access-Control-Allow-Headers response header field in preflight response.",
        "chromium",
        "allow-headers-invalid",
        "malformed-allow-headers",
    ),
    (
        CHROME + "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.",
        "chromium",
        "method-not-allowed",
        "method-not-listed",
    ),
    (
        CHROME + "Method patch is not allowed by Access-Control-Allow-Methods in preflight response.",
        "chromium",
        "method-not-allowed",
        "method-lower-case",
    ),
    (
        CHROME + "Request header field authorization is not allowed by Access-Control-Allow-Headers in preflight "
        "response.",
        "chromium",
        "header-not-allowed",
        "header-not-listed",
    ),
    (
        CHROME + "Request header field access-control-allow-origin is not allowed by Access-Control-Allow-Headers in "
        "preflight response.",
        "chromium",
        "header-not-allowed",
        "header-of-responses",
    ),
    (
        CHROME
        + "Redirect location '' contains a username and password, which is disallowed for cross-origin requests.",
        "chromium",
        "redirect-credentials",
        "redirect-with-password",
    ),
    (
        "Access to fetch at 'ftp://localhost/a' from origin 'http://localhost:3000' has been blocked by CORS policy: "
        "Cross origin requests are only supported for protocol schemes: chrome, data, http, https.",
        "chromium",
        "scheme-not-http",
        "not-http",
    ),
    (
        "Access to fetch at 'http://127.0.0.1:8000/' from origin 'https://shop.example' has been blocked by CORS "
        "policy: Permission was denied for this request to access the `loopback` address space.",
        "chromium",
        "network-failure",
        "local-network",
    ),
    (
        "Mixed Content: The page at 'https://shop.example/a' was loaded over HTTPS, but requested an insecure resource "
        "'http://api.example/items'. This request has been blocked; the content must be served over HTTPS.",
        "chromium",
        "mixed-content",
        "insecure-call",
    ),
    (f"GET {API} net::ERR_CONNECTION_REFUSED", "chromium", "network-failure", "no-server"),
    ("GET http://nowhere.example/a net::ERR_NAME_NOT_RESOLVED", "chromium", "network-failure", "no-such-host"),
    ("GET https://api.example/a net::ERR_CERT_AUTHORITY_INVALID", "chromium", "network-failure", "tls-failure"),
    ("GET http://localhost:6000/a net::ERR_UNSAFE_PORT", "chromium", "bad-port", "blocked-port"),
    (f"GET {API} net::ERR_EMPTY_RESPONSE", "chromium", "network-failure", "no-response"),
    (
        f"GET {API} net::ERR_BLOCKED_BY_RESPONSE.NotSameOrigin",
        "chromium",
        "cross-origin-resource-policy",
        "resource-policy",
    ),
    (
        "WebSocket connection to 'ws://localhost:8000/chat' failed: Error during WebSocket handshake: Unexpected "
        "response code: 403",
        "chromium",
        "websocket-refused",
        "websocket-rejected",
    ),
    # Firefox.
    (
        FIREFOX + "CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 200.",
        "firefox",
        "allow-origin-missing",
        "no-allow-origin",
    ),
    (
        FIREFOX + "CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 500.",
        "firefox",
        "allow-origin-missing",
        "crash-outside-cors",
    ),
    (
        FIREFOX + "CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 404.",
        "firefox",
        "allow-origin-missing",
        "wrong-path",
    ),
    (
        FIREFOX + "CORS header 'Access-Control-Allow-Origin' missing). Status code: 401.",
        "firefox",
        "allow-origin-missing",
        "response-without-cors",
    ),
    (
        FIREFOX + "CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 502.",
        "firefox",
        "allow-origin-missing",
        "gateway-error",
    ),
    (
        FIREFOX + "Multiple CORS header ‘Access-Control-Allow-Origin’ not allowed).",
        "firefox",
        "allow-origin-multiple",
        "allow-origin-repeated",
    ),
    (
        FIREFOX + "CORS header ‘Access-Control-Allow-Origin’ does not match ‘http://localhost:3000/’).",
        "firefox",
        "allow-origin-mismatch",
        "mismatch-trailing-slash",  # Firefox does not say which page it was; no page has this origin
    ),
    (
        FIREFOX + "Credential is not supported if the CORS header ‘Access-Control-Allow-Origin’ is ‘*’).",
        "firefox",
        "allow-origin-star-with-credentials",
        "star-for-credentials",
    ),
    (
        FIREFOX + "expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’).",
        "firefox",
        "allow-credentials-missing",
        "credentials-not-allowed",
    ),
    (
        FIREFOX + "CORS preflight response did not succeed). Status code: 404.",
        "firefox",
        "preflight-status",
        "preflight-not-answered",
    ),
    (
        FIREFOX + "CORS preflight response did not succeed). Status code: 401.",
        "firefox",
        "preflight-status",
        "preflight-needs-login",
    ),
    (
        FIREFOX + "CORS preflight response did not succeed). Status code: 429.",
        "firefox",
        "preflight-status",
        "preflight-rate-limited",
    ),
    (
        FIREFOX + "CORS request external redirect not allowed).",
        "firefox",
        "preflight-redirect",
        "preflight-redirect-other",
    ),
    (
        FIREFOX + "Did not find method in CORS header ‘Access-Control-Allow-Methods’).",
        "firefox",
        "method-not-allowed",
        "method-not-listed",
    ),
    (
        FIREFOX + "invalid token ‘GET PUT’ in CORS header ‘Access-Control-Allow-Methods’).",
        "firefox",
        "allow-methods-invalid",
        "malformed-allow-methods",
    ),
    (
        FIREFOX + "invalid token ‘a b’ in CORS header ‘Access-Control-Allow-Headers’).",
        "firefox",
        "allow-headers-invalid",
        "malformed-allow-headers",
    ),
    (
        FIREFOX
        + "header ‘x-token’ is not allowed according to header ‘Access-Control-Allow-Headers’ from CORS preflight "
        "response).",
        "firefox",
        "header-not-allowed",
        "header-not-listed",
    ),
    (
        FIREFOX + "missing token ‘x-token’ in CORS header ‘Access-Control-Allow-Headers’ from CORS preflight channel).",
        "firefox",
        "header-not-allowed",
        "header-not-listed",
    ),
    (FIREFOX + "CORS request not http).", "firefox", "scheme-not-http", "not-http"),
    (FIREFOX + "CORS request did not succeed). Status code: (null).", "firefox", "network-failure", "no-response"),
    ("Blocked loading mixed active content “http://api.example/items”", "firefox", "mixed-content", "insecure-call"),
    (
        "Firefox can’t establish a connection to the server at ws://localhost:8000/chat.",
        "firefox",
        "websocket-refused",
        "websocket-rejected",
    ),
    # Safari.
    (
        f"Origin {PAGE} is not allowed by Access-Control-Allow-Origin. Status code: 200",
        "webkit",
        "allow-origin-missing",
        "no-allow-origin",
    ),
    (
        f"Origin {PAGE} is not allowed by Access-Control-Allow-Origin. Status code: 500",
        "webkit",
        "allow-origin-missing",
        "crash-outside-cors",
    ),
    (
        "Cannot use wildcard in Access-Control-Allow-Origin when credentials flag is true.",
        "webkit",
        "allow-origin-star-with-credentials",
        "star-for-credentials",
    ),
    (
        "Access-Control-Allow-Origin cannot contain more than one origin.",
        "webkit",
        "allow-origin-multiple",
        "allow-origin-repeated",
    ),
    (
        'Credentials flag is true, but Access-Control-Allow-Credentials is not "true".',
        "webkit",
        "allow-credentials-missing",
        "credentials-not-allowed",
    ),
    (
        "Preflight response is not successful. Status code: 405",
        "webkit",
        "preflight-status",
        "preflight-not-answered",
    ),
    (
        "Method PUT is not allowed by Access-Control-Allow-Methods.",
        "webkit",
        "method-not-allowed",
        "method-not-listed",
    ),
    (
        "Request header field Authorization is not allowed by Access-Control-Allow-Headers.",
        "webkit",
        "header-not-allowed",
        "header-not-listed",
    ),
    (
        "Header Access-Control-Allow-Methods has an invalid value: GET PUT",
        "webkit",
        "allow-methods-invalid",
        "malformed-allow-methods",
    ),
    (
        "Header Access-Control-Allow-Headers has an invalid value: a b",
        "webkit",
        "allow-headers-invalid",
        "malformed-allow-headers",
    ),
    (
        "[blocked] The page at https://shop.example/ was not allowed to display insecure content from "
        "http://api.example/items.",
        "webkit",
        "mixed-content",
        "insecure-call",
    ),
    ("Could not connect to the server.", "webkit", "network-failure", "no-server"),
]


@pytest.mark.parametrize(("text", "engine", "reason", "cause"), MESSAGES, ids=range(len(MESSAGES)))
def test_a_message_is_understood(text: str, engine: str, reason: str, cause: str) -> None:
    message = read_console(text)
    assert (message.engine, message.reason) == (engine, reason)
    assert reason in REASONS
    found = diagnose(message.outcome(), page=message.page, facts={"header": message.header})
    assert found.cause == cause
    assert found.remedy


def test_what_a_message_says_of_the_call() -> None:
    message = read_console(next(it[0] for it in MESSAGES if "redirected from" in it[0]))
    assert (message.page, message.url, message.redirected_from) == (PAGE, "http://127.0.0.1:8000/items", API)
    assert "Origin: null" in message.misleading
    assert read_console(FIREFOX + "CORS request not http).").url == API


def test_the_generic_second_line_gives_way() -> None:
    generic = FIREFOX + "CORS request did not succeed). Status code: (null)."
    telling = FIREFOX + "CORS preflight response did not succeed). Status code: 404."
    for lines in ([telling, generic], [generic, telling]):
        assert read_console("\n".join(lines)).reason == "preflight-status"
    both = "Origin http://localhost:3000 is not allowed by Access-Control-Allow-Origin. Status code: 404\n"
    message = read_console(f"Fetch API cannot load {API} due to access control checks.\n{both}")
    assert (message.reason, message.url, message.page, message.status) == ("allow-origin-missing", API, PAGE, 404)
    failed = f"{CHROME}{MISSING}\nGET {API} net::ERR_FAILED"
    assert read_console(failed).reason == "allow-origin-missing"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FIREFOX + "CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 500.", "answered 500"),
        (FIREFOX + "CORS request did not succeed). Status code: (null).", ""),
        (f"GET {API} net::ERR_CONNECTION_REFUSED", "no response at all"),
        (f"Origin {PAGE} is not allowed by Access-Control-Allow-Origin. Status code: 200", "Safari"),
        (CHROME + MISSING, ""),
    ],
)
def test_misleading_messages_are_translated(text: str, words: str) -> None:
    found = read_console(text).misleading
    assert words in found
    assert bool(found) is bool(words)


def test_a_message_of_nobody() -> None:
    with pytest.raises(ValueError, match="no browser"):
        read_console("TypeError: items is not a function")
