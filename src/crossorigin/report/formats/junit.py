"""A report as JUnit XML, for test runners and their dashboards: one suite for each target.

Here belongs which finding is which kind of test. Not here: the XML, which is `junitparser`'s. What is only
information passes; a target that could not be looked at is an error, not a failure; a target without findings is
one test that passes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from ..findings import Finding, Report, gravest_first
from .escaping import cut, visible
from .groups import Group


def as_junit(reports: Sequence[Report]) -> str:
    """The reports as one document."""
    document = JUnitXml("crossorigin")
    for report in reports:
        suite = TestSuite(visible(f"crossorigin {report.kind} {report.target}"))
        suite.add_testcases(list(_tests(report)))
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    for suite, report in zip(document, reports, strict=True):  # statistics add up the tests' times, which have none
        suite.time = round(report.seconds, 3)
    document.time = round(sum(report.seconds for report in reports), 3)
    text = cast(bytes, document.tostring()).decode()  # type: ignore[no-untyped-call]
    return '<?xml version="1.0" encoding="utf-8"?>\n' + text[text.index("<testsuites") :] + "\n"


def _tests(report: Report) -> Iterable[TestCase]:
    for finding in gravest_first(report.findings):
        yield _test(report, finding)
    if report.error:
        test = TestCase("could not run", f"crossorigin.{report.kind}", 0.0)
        test.result = [Error(visible(cut(report.error)))]
        yield test
    elif not report.findings:
        yield TestCase("no findings", f"crossorigin.{report.kind}", 0.0)


def _test(report: Report, finding: Finding) -> TestCase:
    place = f" at {finding.place}" if finding.place is not None else ""
    test = TestCase(visible(f"{finding.code}{place}"), f"crossorigin.{report.kind}", 0.0)
    advisory = Group((finding,)).advisory
    known = f"\n\nKnown: {advisory.story} {' '.join(advisory.ids)}" if advisory is not None else ""
    words = visible(f"{cut(finding.evidence)}\n\nWhy: {finding.why}\n\nDo this: {finding.remedy}{known}")
    if finding.severity == "info":
        test.system_out = f"{visible(finding.title)}\n\n{words}"
        return test
    failure = Failure(visible(finding.title), finding.severity)
    failure.text = words
    test.result = [failure]
    return test
