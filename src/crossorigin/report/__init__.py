"""What `check`, `audit` and `verify` report: findings, their catalogue, advisories, and the formats."""

from .findings import Finding, Place, Report, finding

__all__ = ["Finding", "Place", "Report", "finding"]
