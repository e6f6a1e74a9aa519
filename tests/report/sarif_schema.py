"""The schema of SARIF 2.1.0, as the standard publishes it."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any


@cache
def sarif_validator() -> Any:
    """What says where a log is not as the schema wants it. `jsonschema` takes a second to import, in each process."""
    import jsonschema

    formats = jsonschema.FormatChecker([])
    formats.checks("uri")(_is_uri)
    formats.checks("uri-reference")(_is_uri)
    schema = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text())
    return jsonschema.Draft4Validator(schema, format_checker=formats)


def _is_uri(text: object) -> bool:
    """RFC 3986: the characters, each escape whole, and no colon in a first segment that is no scheme."""
    pattern = r"(?:[a-z][a-z0-9+.-]*:|(?![^/?#]*:))(?:[\w.~:/?@!$&'()*+,;=-]|%[0-9A-F]{2})*(?:#.*)?"
    return not isinstance(text, str) or re.fullmatch(pattern, text, re.ASCII) is not None
