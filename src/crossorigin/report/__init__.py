"""What `check`, `audit` and `verify` report: results, their catalogue, advisories, and the formats."""
