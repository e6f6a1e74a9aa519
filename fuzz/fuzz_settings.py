"""Settings files and variables: any bytes give a policy or PolicyError; what is written means what it says."""

from __future__ import annotations

import os
import tomllib
from typing import Any

from crossorigin import Policy, PolicyError
from crossorigin.policy.problems import CATALOGUE
from fuzz.common import FuzzedDataProvider, bounded, fuzz
from fuzz.files import folder

LINES = (
    'allow_origins = ["https://app.example.com"]', 'allow_origins = ["*"]', "allow_credentials = true", "max_age = 60",
    'allow_methods = ["GET", "PUT"]', 'environment = "development"', 'environment = "production\\r"', "enforce = true",
    "[production]", "[development]", "[check]", "[[check.ignore]]", "production = 1", 'allow_origins = "a"',
    "max_age = 1e9",
    "[staging]", 'allow_headers = ["X-A"]', "x = {", "a.b = 1", "[production.deep]", "allow_orgins = []", "= 3",
    'allow_origin_regex = "https://[a-z]+\\\\.example\\\\.com"', "# a comment", 'audit = "x"',
    "max_age = 99999999999999999999",
)  # fmt: skip
VARIABLES = ("ALLOW_ORIGINS", "ALLOW_METHODS", "MAX_AGE", "ALLOW_CREDENTIALS", "ENFORCE", "ENVIRONMENT", "ALLOW_ORGINS")
VALUES = (
    "https://a.example.com, https://b.example.com", '["https://a.example.com"]', "[1]", "[", "true", "no", "60", "6O",
    " development \r", "production", '"production"', "report-only", "*", "staging", "é", "[[[[", "0x10", "1_0",
)  # fmt: skip
SEEDS = [
    b"\0" + b'allow_origins = ["https://app.example.com"]\n',
    b"\0" + b'[production]\nallow_origins = ["https://app.example.com"]\n',
    b"\1\1\0\0",
    bytes([1, 2, 0, 4, 3, 1, 0]),
    bytes([1, 0, 1, 0, 0, 1, 3, 16]),
]


def loaded(content: bytes, variables: dict[str, str]) -> Policy | None:
    """The policy of a file with these variables; None if it is refused, with problems of the catalogue."""
    file = folder() / "crossorigin.toml"
    file.write_bytes(content)
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("CROSSORIGIN_")}
    os.environ.update(variables)
    try:
        return Policy.load(file)
    except PolicyError as why:
        assert why.problems, content
        assert all(problem.code in CATALOGUE and problem.message for problem in why.problems), content
        return None
    finally:
        for name in variables:
            os.environ.pop(name, None)
        os.environ.update(before)


def expected(content: bytes) -> Policy | None:
    """What a file without profiles and without mistakes means, read by tomllib alone."""
    try:
        fields: dict[str, Any] = tomllib.loads(content.decode())
    except (ValueError, RecursionError):
        return None
    flat = not any(isinstance(value, dict) for value in fields.values())
    if not flat or set(fields) - set(Policy.model_fields) or "environment" in fields:
        return None
    try:
        return Policy(**fields)
    except PolicyError:
        return None


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about settings is broken."""
    given = FuzzedDataProvider(data)
    if not given.ConsumeBool():
        content = given.ConsumeBytes(300)
    else:
        ending = given.PickValueInList(("\n", "\n", "\r\n"))
        lines = given.some(LINES[:1], 1) + given.some(LINES, 3)
        content = ending.join(dict.fromkeys(lines)).encode()
    policy = loaded(content, {})
    meant = expected(content)
    assert meant is None or policy == meant, content
    assert loaded(content, {}) == policy, content
    variables = {f"CROSSORIGIN_{name}": given.PickValueInList(VALUES) for name in given.some(VARIABLES, 2)}
    changed = loaded(content, variables)
    if "CROSSORIGIN_ALLOW_ORGINS" in variables:
        assert changed is None, (content, variables)
    if changed is not None:
        age = variables.get("CROSSORIGIN_MAX_AGE")
        assert age is None or changed.max_age == int(age), (content, variables)
        truth = variables.get("CROSSORIGIN_ALLOW_CREDENTIALS", "")
        assert truth in ("", "true", "no"), (content, variables)
        origins = variables.get("CROSSORIGIN_ALLOW_ORIGINS")
        assert origins != VALUES[0] or changed.allow_origins == tuple(VALUES[0].split(", ")), (content, variables)
        wanted = variables.get("CROSSORIGIN_ENVIRONMENT", "").strip()
        assert not wanted or changed.environment == wanted, (content, variables)


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
