"""What the lines of a console say together, and what a browser blocks for other reasons than CORS."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossorigin.browser import REASONS
from crossorigin.explain import CAUSES, read_console
from crossorigin.explain.message_alone import diagnose_message

PAGE, API = "https://app.example.com", "https://api.example.com/me"
LOGIN = "https://login.example.com/oauth?client=1"
MISSING = "No 'Access-Control-Allow-Origin' header is present on the requested resource."
PREFLIGHT = "Response to preflight request doesn't pass access control check: "
FIREFOX = (
    f"Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource at {API}. (Reason: "
)
ECHO = FIREFOX + "CORS request did not succeed). Status code: (null)."
SAFARI = f"Fetch API cannot load {API} due to access control checks."


def chrome(sentence: str, url: str = API, page: str = PAGE, redirected_from: str = "", kind: str = "fetch") -> str:
    hop = f" (redirected from '{redirected_from}')" if redirected_from else ""
    return f"Access to {kind} at '{url}'{hop} from origin '{page}' has been blocked by CORS policy: {sentence}"


def second(rest: str, url: str = API, method: str = "GET") -> str:
    """Chrome's second line."""
    return f"{method} {url} net::ERR_FAILED{rest}"


def explained(text: str, page: str = "") -> tuple[str, str, str]:
    """The reason, the cause, and everything that people read."""
    message = read_console(text)
    assert message.reason in ("", *REASONS)
    found, candidates = diagnose_message(message)
    assert found.remedy
    assert {found.cause, *(each.cause for each in candidates)} <= set(CAUSES)
    words = [found.title, found.explanation, found.near_miss, *found.evidence, found.remedy]
    return message.reason, found.cause, " ".join(words)


def _pastes() -> list[tuple[str, str, str]]:
    """Each paste of pastes.txt, the cause, and a fragment of what people read about it."""
    text = Path(__file__).with_name("pastes.txt").read_text()
    found = []
    for block in text.split("== ")[1:]:
        head, _, rest = block.partition("\n")
        cause, _, words = head.partition(" | ")
        lines = [line for line in rest.split("\n") if not line.startswith("# ")]
        found.append(("\n".join(lines).strip("\n"), cause, words))
    return found


PASTES = _pastes()


def test_there_are_many() -> None:
    assert len(PASTES) > 100


@pytest.mark.parametrize(("text", "cause", "words"), PASTES, ids=range(len(PASTES)))
def test_pastes(text: str, cause: str, words: str) -> None:
    _, found, said = explained(text)
    assert found == cause, said
    assert words in said


@pytest.mark.parametrize(
    ("lines", "reason", "others"),
    [
        ([chrome(PREFLIGHT + MISSING)], "preflight-allow-origin-missing", ()),
        ([chrome(MISSING)], "allow-origin-missing", ()),
        (
            [FIREFOX + "CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 200.", ECHO],
            "preflight-allow-origin-missing",
            (),
        ),
        (
            [FIREFOX + "expected ‘true’ in CORS header ‘Access-Control-Allow-Credentials’)."],
            "allow-credentials-missing",
            ("allow-credentials-invalid", "preflight-allow-credentials-missing", "preflight-allow-credentials-invalid"),
        ),
        ([FIREFOX + "CORS preflight response did not succeed). Status code: 405.", ECHO], "preflight-status", ()),
        ([f"GET {API} net::ERR_CONNECTION_REFUSED"], "network-failure", ("preflight-network-failure",)),
    ],
)
def test_which_of_the_two_requests_failed(lines: list[str], reason: str, others: tuple[str, ...]) -> None:
    message = read_console("\n".join(lines))
    assert (message.reason, message.others) == (reason, others)


def test_lines_about_other_requests_are_counted() -> None:
    other = chrome(MISSING, "https://other.example/a")
    message = read_console("\n".join([chrome(MISSING), other, second(" 500 (Internal Server Error)"), other]))
    assert (message.url, message.status, message.more) == (API, 500, 2)


def test_a_warning_is_not_a_failure() -> None:
    text = (
        f"Cross-Origin Request Warning: The Same Origin Policy will disallow reading the remote resource at {API} soon."
        " (Reason: When the `Access-Control-Allow-Headers` is `*`, the `Authorization` header is not covered. To "
        "include the `Authorization` header, it must be explicitly listed)."
    )
    message = read_console(text)
    assert message.outcome().allowed
    assert diagnose_message(message)[0].cause == "authorization-not-covered"


@pytest.mark.parametrize("text", [text for text, _, _ in PASTES], ids=range(len(PASTES)))
def test_no_message_that_leaves_it_open_is_said_to_be_something_else(text: str) -> None:
    """What browsers write below every failure may be about CORS, and nobody says that it is not."""
    _, cause, said = explained(text)
    if cause in ("said-above", "said-in-console", "script-error"):
        assert "not CORS" not in said
        assert "no CORS" not in said


JUNK = st.sampled_from(["", "null", "http://*.test", "http://[", "http://[::1]:99999", "a b", "é", "*", "\x0b*", "://"])
PARTS = [API, PAGE, "api.example.com", "'*'", "200", "PUT", "connect-src"]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    paste=st.sampled_from([text for text, _, _ in PASTES]),
    part=st.sampled_from(PARTS),
    junk=JUNK | st.text(max_size=12),
    page=JUNK,
)
def test_whatever_a_message_holds_it_is_explained_or_not_known(paste: str, part: str, junk: str, page: str) -> None:
    """Messages come from strangers, too: from an issue, or from the `_error` of a HAR file."""
    try:
        message = read_console(paste.replace(part, junk))
    except ValueError:
        return
    found, _ = diagnose_message(replace(message, page=page or message.page))
    assert found.cause in CAUSES
