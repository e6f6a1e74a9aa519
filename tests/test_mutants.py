"""How `make mutants` reads what mutmut prints, and what it makes of it."""

from __future__ import annotations

import pytest

from crossorigin.policy.origin_grammar import start
from tools.mutants.cheapest_first import forget, pytest_runtest_setup
from tools.mutants.judging import Change, Survivor, Verdict, function_of, gave_up, reasons, results, survivor, verdict

SOURCE = '''"""A module."""


def keep(self):
    return self


class Recent(dict):
    # How many,
    # at most.
    def keep(self, question):
        """Remembers."""
        if len(self) >= self._most:
            self.clear()
        self[question] = 1
        return None


async def swap(a, b):
    return (
        b,
        a,
    )
'''

IN_A_METHOD = """# crossorigin.server.recent.xǁRecentǁkeep__mutmut_1: survived
--- src/crossorigin/server/recent.py
+++ src/crossorigin/server/recent.py
@@ -2,6 +2,6 @@
 # at most.
 def keep(self, question):
     \"\"\"Remembers.\"\"\"
-    if len(self) >= self._most:
+    if len(self) > self._most:
         self.clear()
     self[question] = 1
"""

OF_TWO_LINES = """# crossorigin.server.recent.x_swap__mutmut_12: timeout
--- src/crossorigin/server/recent.py
+++ src/crossorigin/server/recent.py
@@ -1,5 +1,4 @@
 async def swap(a, b):
-    return (
-        b,
+    return (None,
         a,
     )
"""

FILE = "src/crossorigin/server/recent.py"
METHOD = Change(FILE, "Recent.keep", "if len(self) >= self._most:", "if len(self) > self._most:")
FUNCTION = Change(FILE, "swap", "return (\n    b,", "return (None,")
KEEP, SWAP = "crossorigin.server.recent.xǁRecentǁkeep__mutmut_1", "crossorigin.server.recent.x_swap__mutmut_12"


@pytest.mark.parametrize(
    ("mutant", "function"),
    [
        (KEEP, "Recent.keep"),
        (SWAP, "swap"),
        ("crossorigin.server.recent.x__shown__mutmut_3", "_shown"),
        ("crossorigin.server.recent.xǁRecentǁ__init____mutmut_2", "Recent.__init__"),
    ],
)
def test_the_function_of_a_mutant(mutant: str, function: str) -> None:
    assert function_of(mutant) == function


def test_the_list_of_results() -> None:
    other = "crossorigin.server.recent.x_a__mutmut_1"
    printed = f"    {KEEP}: survived\n    {SWAP}: no tests\n    {other}: check was interrupted by user\n"
    assert results(printed) == {KEEP: "survived", SWAP: "no tests", other: "check was interrupted by user"}
    assert results("") == {}


@pytest.mark.parametrize(
    ("mutant", "status", "shown", "line", "change"),
    [(KEEP, "survived", IN_A_METHOD, 13, METHOD), (SWAP, "timeout", OF_TWO_LINES, 20, FUNCTION)],
)
def test_where_a_survivor_is(mutant: str, status: str, shown: str, line: int, change: Change) -> None:
    assert survivor(mutant, status, shown, SOURCE) == Survivor(mutant, status, line, change)


def test_a_source_that_has_other_lines() -> None:
    with pytest.raises(LookupError, match=r"Recent\.keep has no such lines"):
        survivor(KEEP, "survived", IN_A_METHOD, SOURCE.replace(">=", "<="))


def row(**fields: str) -> dict[str, str]:
    return METHOD._asdict() | {"why": "It is the same."} | fields


def test_reasons() -> None:
    assert reasons({"equivalent": []}) == {}
    assert reasons({"equivalent": [row(), row(**FUNCTION._asdict())]}) == {
        METHOD: "It is the same.",
        FUNCTION: "It is the same.",
    }


@pytest.mark.parametrize(
    ("rows", "message"), [([row(why=" ")], "there is no reason for"), ([row(), row()], "there are two reasons for")]
)
def test_reasons_that_are_none(rows: list[dict[str, str]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        reasons({"equivalent": rows})


@pytest.mark.parametrize(
    ("printed", "line"),
    [
        ("E  assert 1 == 2\nfailed to collect stats. runner returned 1", "the tests fail without a mutant"),
        ("1 failed\nFailed to run clean test\n", "the tests fail without a mutant"),
        (
            "Stopping early, because we could not find any test case for any mutant. It seems that …",
            "no mutant was made that a test reaches",
        ),
        ("FAILED: Unable to force test failures", "the tests pass although every function fails"),
        ("No module named mutmut", "mutmut did not run"),
    ],
)
def test_why_nothing_was_tried(printed: str, line: str) -> None:
    assert gave_up("server", printed) == f"server: {line}"


FOUND = [Survivor(SWAP, "timeout", 20, FUNCTION), Survivor(KEEP, "survived", 13, METHOD)]
KEPT_LINES = [
    f"{FILE}:13: survived, Recent.keep, {KEEP}",
    "    - if len(self) >= self._most:",
    "    + if len(self) > self._most:",
]
SWAP_LINES = [f"{FILE}:20: timeout, swap, {SWAP}", "    - return (", "    -     b,", "    + return (None,"]
WHY = {METHOD: "Same.", FUNCTION: "Too."}


@pytest.mark.parametrize(
    ("total", "survivors", "why", "expected"),
    [
        (0, [], {}, Verdict([], "server: no mutant was made")),
        (7, [], {}, Verdict(["server: 7 of 7 mutants killed, 100.0 %"], None)),
        (
            40,
            FOUND,
            WHY,
            Verdict(
                ["server: 38 of 40 mutants killed, 95.0 %", *KEPT_LINES, "    Same.", *SWAP_LINES, "    Too."], None
            ),
        ),
        (
            39,
            FOUND,
            WHY,
            Verdict(
                ["server: 37 of 39 mutants killed, 94.9 %", *KEPT_LINES, "    Same.", *SWAP_LINES, "    Too."],
                "server: 94.9 % is less than 95 %",
            ),
        ),
        (
            39,
            FOUND,
            {METHOD: "Same."},
            Verdict(
                ["server: 37 of 39 mutants killed, 94.9 %", *KEPT_LINES, "    Same.", *SWAP_LINES, "    NO REASON"],
                "server: 1 of 2 survivors have no reason",
            ),
        ),
    ],
)
def test_the_verdict(total: int, survivors: list[Survivor], why: dict[Change, str], expected: Verdict) -> None:
    assert verdict("server", total, survivors, why) == expected


def test_what_was_remembered_before_the_first_test_is_forgotten() -> None:
    start()
    assert start.cache_info().currsize == 1
    forget()
    assert start.cache_info().currsize == 0


@pytest.mark.parametrize(("running", "remembered"), [("stats", 0), ("crossorigin.policy.x_start__mutmut_1", 1)])
def test_while_calls_are_recorded_no_test_has_an_answer_of_another(
    running: str, remembered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUTANT_UNDER_TEST", running)
    start()
    pytest_runtest_setup()
    assert start.cache_info().currsize == remembered
