"""A report as JUnit XML, for test runners and their dashboards: one suite for each target.

Here belongs which result is which kind of test. Not here: the XML, which is `junitparser`'s. What is only
information passes, and so does a value of run time. What was not judged, or is ignored, is skipped. A target that
could not be looked at is an error, not a failure; a target without any result is one test that passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from ..catalogue import RUN_TIME, RUN_TIME_CODE
from ..findings import Finding, NotJudged, Place, Report, RunTimeValue, gravest_first
from .escaping import cut, visible
from .groups import Group


def as_junit(reports: Sequence[Report]) -> str:
    """The reports as one document."""
    document = JUnitXml("crossorigin")
    for report in reports:
        suite = TestSuite(visible(f"crossorigin {report.kind} {report.target}"))
        suite.add_testcases(list(_tests(report)))
        # `add_testsuite` would merge two targets of one name.
        document.append(suite)  # type: ignore[no-untyped-call]
    document.update_statistics()  # type: ignore[no-untyped-call]
    for suite, report in zip(document, reports, strict=True):  # statistics add up the tests' times, which have none
        suite.time = round(report.seconds, 3)
    document.time = round(sum(report.seconds for report in reports), 3)
    text = cast(bytes, document.tostring()).decode()  # type: ignore[no-untyped-call]
    return '<?xml version="1.0" encoding="utf-8"?>\n' + text[text.index("<testsuites") :] + "\n"


def _tests(report: Report) -> Iterable[TestCase]:
    for finding in gravest_first(report.findings):
        yield _finding(report, finding)
    for unknown in report.not_judged:
        yield _not_judged(report, unknown)
    for value in report.run_time:
        yield _run_time(report, value)
    for ignored in report.ignored:
        test = _test(report, ignored.result.code, ignored.result.place)
        test.result = [Skipped(visible(f"ignored: {ignored.reason} ({ignored.entry})"))]
        yield test
    if report.error:
        test = _test(report, "could not run")
        test.result = [Error(visible(cut(report.error)))]
        yield test
    elif not (report.findings or report.not_judged or report.run_time or report.ignored):
        yield _test(report, "no findings")


def _test(report: Report, name: str, place: Place | None = None) -> TestCase:
    spot = f" at {place}" if place is not None else ""
    return TestCase(visible(f"{name}{spot}"), f"crossorigin.{report.kind}", 0.0)


def _words(result: Finding | NotJudged) -> str:
    """What was seen, the other places of it, why it matters, and what to do."""
    paragraphs = [cut(result.evidence), f"Why: {result.why}", f"Do this: {result.remedy}"]
    if result.other_places:
        paragraphs.insert(1, "\n".join(["Also at:", *map(str, result.other_places)]))
    return "\n\n".join(paragraphs)


def _not_judged(report: Report, unknown: NotJudged) -> TestCase:
    test = _test(report, unknown.code, unknown.place)
    skipped = Skipped(visible(f"not judged: {unknown.title}"))
    skipped.text = visible(_words(unknown))
    test.result = [skipped]
    return test


def _run_time(report: Report, value: RunTimeValue) -> TestCase:
    test = _test(report, f"{RUN_TIME_CODE} {value.setting}", value.place)
    test.system_out = visible(f"{RUN_TIME.title}\n\n{value.setting} = {cut(value.expression)}")
    return test


def _finding(report: Report, finding: Finding) -> TestCase:
    test = _test(report, finding.code, finding.place)
    advisory = Group((finding,)).advisory
    known = f"\n\nKnown: {advisory.story} {' '.join(advisory.ids)}" if advisory is not None else ""
    words = visible(f"{_words(finding)}{known}")
    if finding.severity == "info":
        test.system_out = f"{visible(finding.title)}\n\n{words}"
        return test
    failure = Failure(visible(finding.title), finding.severity)
    failure.text = words
    test.result = [failure]
    return test
