"""What every test stands on: no environment but the one it sets, and real ports of its own."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from crossorigin import HTTPTransport
from tests import examples

# `--hypothesis-profile` is read after this, and wins.
examples.load("dev")

# Coverage starts in each worker of pytest-xdist, before any plugin is imported. The processes that a test starts are
# not measured: they would be slower, and lines would count that no test looks at.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COVERAGE_PROCESS_START", None)

# What decides how wide and how colourful a terminal is.
TERMINAL = {"COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM", "TERM"}

# What tests need, by folder, file or function. `make quick` leaves these out.
NEEDS = {
    "tests/e2e/demo": ["browser"],
    "tests/e2e/reload": ["server"],
    "tests/e2e/soak": ["server", "slow"],
    "tests/e2e/test_audited_servers.py": ["server", "unmeasured"],
    "tests/e2e/test_broken_apps.py": ["browser"],
    "tests/e2e/test_denial_logs.py": ["server", "slow"],
    "tests/e2e/test_denial_records.py": ["browser", "server", "slow"],
    "tests/e2e/test_enforce.py": ["browser"],
    "tests/e2e/test_fidelity.py": ["browser", "slow"],
    "tests/e2e/test_fidelity.py::test_the_simulator_and_the_browser_agree": ["nightly"],
    "tests/e2e/test_frameworks.py": ["browser", "server", "unmeasured"],
    "tests/e2e/test_graphql_example.py": ["browser", "server"],
    "tests/e2e/test_hostile_origins.py": ["browser"],
    "tests/e2e/test_many_policies.py": ["browser", "unmeasured"],
    "tests/e2e/test_mcp_example.py": ["browser", "server"],
    "tests/e2e/test_peers.py": ["browser"],
    "tests/e2e/test_predicted_proxies.py": ["server"],
    "tests/e2e/test_proxies.py": ["server"],
    "tests/e2e/test_report_page.py": ["browser"],
    "tests/e2e/test_servers.py": ["server"],
    "tests/audit/test_options.py::test_memory_does_not_grow_with_the_list": ["slow"],
    "tests/audit/test_session.py::test_what_never_becomes_an_answer": ["slow"],
    "tests/audit/test_targets.py::test_what_is_no_address": ["slow"],
    "tests/check/test_app.py::test_the_policy_that_is_meant": ["slow"],
    "tests/check/test_app.py::test_what_is_found": ["slow"],
    "tests/check/test_app_answers.py": ["slow"],
    "tests/check/test_app_parts.py": ["slow"],
    "tests/check/test_app_remedies.py": ["slow"],
    "tests/check/test_audit_targets.py": ["slow", "unmeasured"],
    "tests/check/test_hostile_files.py": ["slow"],
    "tests/check/test_hostile_files.py::test_regular_expressions_are_judged_up_to_a_bound": ["unmeasured"],
    "tests/check/test_proxies.py": ["server"],  # nginx, Caddy and Envoy read each sample
    "tests/check/test_source.py::test_files_that_are_no_python_or_nest_deeply": ["slow"],
    "tests/check/test_source.py::test_files_that_take_long_to_follow": ["slow", "unmeasured"],
    "tests/cli/test_app_process.py": ["slow"],
    "tests/cli/test_audit.py": ["slow"],
    "tests/cli/test_check.py::test_targets": ["slow"],
    "tests/cli/test_check.py::test_the_action_runs": ["slow"],
    "tests/cli/test_check.py::test_the_hook_runs": ["slow"],
    "tests/cli/test_check.py::test_the_page_shows_what_the_command_prints": ["slow"],
    "tests/cli/test_demo.py": ["slow"],
    "tests/cli/test_escaping.py::test_a_command_prints_no_control_characters": ["slow"],
    "tests/cli/test_explain.py::test_a_terminal_without_the_signs": ["slow"],
    "tests/cli/test_explain.py::test_colours": ["slow"],
    "tests/cli/test_formats.py": ["slow"],
    "tests/cli/test_main.py::test_a_check_of_several_targets_shows_a_bar": ["slow"],
    "tests/cli/test_main.py::test_no_bar_in_a_pipe": ["slow"],
    "tests/cli/test_output.py::test_a_terminal_that_takes_nothing_gets_one_line": ["slow"],
    "tests/cli/test_verify.py": ["server"],
    "tests/demo/test_servers.py::test_it_stops_when_the_block_ends": ["slow"],
    "tests/docs/test_audit_page.py": ["slow"],
    "tests/docs/test_docs.py": ["slow"],
    "tests/docs/test_examples.py": ["server"],
    "tests/docs/test_peers_page.py::test_a_short_run_measures_each_row_in_turns": ["slow"],
    "tests/docs/test_scanners.py": ["server"],
    "tests/docs/test_site.py": ["browser", "slow"],
    "tests/docs/test_tenants_page.py": ["server"],
    "tests/docs/test_tutorial.py": ["slow"],
    "tests/explain/test_firefox_languages.py": ["slow"],
    "tests/explain/test_recorded_console.py::test_a_failure": ["slow"],
    "tests/fuzz": ["slow", "unmeasured"],
    "tests/middleware/test_denials.py::test_the_routes_of_one_origin_are_looked_up_a_bounded_number_of_times": ["slow"],
    "tests/middleware/test_hostile_bytes.py::test_any_request": ["slow", "unmeasured"],
    "tests/middleware/test_hostile_bytes.py::test_any_response": ["unmeasured"],
    "tests/middleware/test_hostile_bytes.py::test_what_the_app_shares_is_never_written_to": ["unmeasured"],
    "tests/middleware/test_instrumentation.py": ["slow"],
    "tests/middleware/test_reload.py": ["slow"],
    "tests/middleware/test_reload_install.py": ["slow"],
    "tests/middleware/test_reveal.py::test_a_mark_holds_in_a_process_that_only_unpickled_it": ["slow"],
    "tests/middleware/test_routes.py::test_a_middleware_that_is_gone_is_told_nothing": ["slow"],
    "tests/middleware/test_starlette_parity.py::test_nothing_else_is_different": ["slow", "unmeasured"],
    "tests/middleware/test_starlettes_own_tests.py": ["slow"],  # pip fetches the sdist of Starlette
    "tests/middleware/test_startup.py::test_a_factory_of_the_whole_app": ["server"],
    "tests/middleware/test_startup.py::test_no_server_serves_it": ["server", "slow"],
    "tests/middleware/test_startup.py::test_the_order_of_imports_does_not_matter": ["slow"],
    "tests/middleware/test_structures.py": ["slow", "unmeasured"],
    "tests/middleware/test_telemetry.py": ["slow"],
    "tests/origins/test_example.py": ["server"],
    "tests/origins/test_install.py::test_policies_of_a_function_are_compiled_once_and_do_not_pile_up": [
        "slow",
        "unmeasured",
    ],
    "tests/origins/test_install.py::test_preflights_of_split_methods_do_not_pile_up": ["slow", "unmeasured"],
    "tests/origins/test_redis.py": ["server"],
    "tests/origins/test_scale.py": ["server", "slow"],
    "tests/origins/test_source.py::test_a_fork_waits_for_a_load_whose_driver_holds_a_lock": ["slow"],
    "tests/origins/test_source.py::test_a_load_that_hangs_is_given_up_and_what_it_returns_later_is_not_taken": ["slow"],
    "tests/origins/test_source.py::test_an_async_load_keeps_the_loop_free": ["slow"],
    "tests/origins/test_source.py::test_the_last_set_stays_for_max_stale": ["slow"],
    "tests/origins/test_sql.py": ["server"],
    "tests/origins/test_workers.py": ["server", "slow", "unmeasured"],
    "tests/policy/test_origin_regex.py::test_every_suggestion_is_accepted_and_keeps_strangers_out": [
        "slow",
        "unmeasured",
    ],
    "tests/policy/test_path_patterns.py::test_a_pattern_matches_as_starlettes_route_does": ["unmeasured"],
    "tests/policy/test_regex_matching.py::test_it_matches_what_re_generates": ["unmeasured"],
    "tests/policy/test_regex_matching.py::test_it_matches_what_re_matches": ["unmeasured"],
    "tests/recorded/test_recorded.py::test_what_is_sent_is_what_was_recorded": ["slow"],
    "tests/server/test_model.py::test_a_page_may_do_what_the_policy_says_and_nothing_else": ["unmeasured"],
    "tests/server/test_model.py::test_every_answer_has_the_headers_that_the_design_says": ["unmeasured"],
    "tests/server/test_model.py::test_how_a_gateway_writes_the_asked_headers_changes_nothing": ["unmeasured"],
    "tests/server/test_recent.py::test_a_decision_that_is_forgotten_is_gone_at_once": ["slow"],
    "tests/test_testing.py": ["slow"],
    "tests/test_typing.py": ["slow"],
    "tests/transport/test_bounds.py": ["slow"],
    "tests/transport/test_failures.py::test_a_server_that_gives_no_response": ["slow"],
    "tests/verify/test_chromium.py": ["browser"],
    "tests/verify/test_chromium.py::test_so_it_is_with_others": ["nightly"],
    "tests/verify/test_verify.py::test_any_one_thing_changed_shows_a_difference": ["slow", "nightly"],
    "tests/verify/test_verify.py::test_one_thing_of_each_kind_changed_shows_a_difference": ["slow", "unmeasured"],
    "tests/verify/test_verify.py::test_so_it_is_with_policies_that_nobody_thought_of": ["slow", "unmeasured"],
    "tests/verify/test_verify.py::test_the_same_policy_shows_no_difference": ["slow"],
}

# A shell without job control starts what it puts in the background with Ctrl-C ignored, and children inherit that:
# the tests of Ctrl-C would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


# A file with such tests takes long. It starts before others, so that no process works on it alone at the end.
LONG = ["browser", "server", "slow"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test as `NEEDS` says, and puts the files that take long first."""
    order: dict[Path, int] = {}
    for item in items:
        needs = [need for place in _places(item.nodeid) for need in NEEDS.get(place, ())]
        for need in needs:
            item.add_marker(need)
        rank = min([LONG.index(need) for need in needs if need in LONG], default=len(LONG))
        order[item.path] = min(rank, order.get(item.path, rank))
    items.sort(key=lambda item: order[item.path])


def _places(test: str) -> Iterator[str]:
    """The names that a test goes by in `NEEDS`: its folders, its file, and its function."""
    file, _, name = test.partition("::")
    parts = file.split("/")
    for count in range(1, len(parts) + 1):
        yield "/".join(parts[:count])
    function = name.partition("[")[0]
    yield f"{file}::{function}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Stops coverage while an `unmeasured` test runs."""
    coverage = sys.modules.get("coverage")
    measured = coverage.Coverage.current() if coverage is not None else None
    if measured is None or item.get_closest_marker("unmeasured") is None:
        return (yield)
    measured.stop()
    try:
        return (yield)
    finally:
        measured.start()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine that runs the tests reaches a policy or an output."""
    for name in os.environ:
        if name.startswith("CROSSORIGIN_") or name in TERMINAL:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm-256color")


@pytest.fixture
def wire() -> Iterator[HTTPTransport]:
    """HTTP to real servers."""
    with HTTPTransport() as transport:
        yield transport
