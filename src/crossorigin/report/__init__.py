"""What `check`, `audit` and `verify` report: findings, their catalogue, advisories, and the formats."""
