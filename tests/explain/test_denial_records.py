"""The record of a denial and `explain` say the same about each broken app, on our middleware."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.explain.broken_apps import NAMES, load
from tests.explain.rebuilt import app_of
from tests.explain.test_broken_apps import ask

# Those that our middleware denies; the others do not start on it, are allowed, or have another mistake.
DENIED = {
    "access_control_in_request",
    "apex",
    "header_missing",
    "loopback_name",
    "method_missing",
    "method_not_in_policy",
    "not_listed",
    "page_of_a_file",
    "patch_in_lower_case",
    "redirect_to_other_origin",
    "regex_without_port",
    "subdomain",
    "tracing_header",
    "wrong_port",
    "wrong_scheme",
}
# The simulated browser sends no Referer, from which the record tells a redirect; real Chromium does (tests/e2e).
WITHOUT_REFERER = {"redirect_to_other_origin": "page-sends-null"}
REFUSED = {"origins_in_one_text", "path_in_origin", "without_scheme"}


@pytest.mark.parametrize("name", [each for each in NAMES if each not in REFUSED])
def test_the_record_says_what_explain_says(name: str, caplog: pytest.LogCaptureFixture) -> None:
    case = dataclasses.replace(load(name), app=app_of(name))
    _, found = ask(case)
    records: list[Any] = [each for each in caplog.records if getattr(each, "cors_event", "") == "denied"]
    assert bool(records) is (name in DENIED)
    for record in records:
        if name in WITHOUT_REFERER:
            assert record.cors_cause == WITHOUT_REFERER[name]
        else:
            assert (record.cors_cause, record.cors_remedy) == (found.cause, found.remedy)
