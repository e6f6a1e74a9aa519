"""What `check`, `audit` and `verify` report: results, their catalogue, advisories, and the formats."""

from .findings import Finding, NotJudged, Place, Report, Result, RunTimeValue, finding, not_judged

__all__ = ["Finding", "NotJudged", "Place", "Report", "Result", "RunTimeValue", "finding", "not_judged"]
