"""The origins that an app in this process declares: where an audit of it begins.

Here belong the lists, patterns and regular expressions of the CORS layers that a path passes. Not here: whether the
app keeps to them, which is what it is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from ..middleware.app_layers import CorsSettings, look
from ..policy.origin_patterns import InvalidOrigin, OriginPattern
from ..policy.origin_regex import as_tuple, compiled
from ..policy.regex_automaton import TooComplexRegex
from ..policy.regex_samples import samples
from ..policy.regex_syntax import InvalidRegex, UnsupportedRegex
from ..probes.headers import is_serialised

# Each of them is asked, and an audit is to stay below 200 requests.
_MOST: Final = 20
_LABEL: Final = "front"


def declared_origins(app: Any, path: str) -> tuple[str, ...]:
    """Origins that the CORS layers on the way to a path allow, as browsers write them, each once; at most twenty.

    A pattern and a regular expression stand for one origin each. What cannot be read is left out: then the audit
    begins where it would without the app.
    """
    origins: dict[str, None] = {}
    for settings in look(app, path).cors:
        origins |= dict.fromkeys(_of_settings(settings))
    return tuple(islice((origin for origin in origins if is_serialised(origin)), _MOST))


def _of_settings(settings: CorsSettings) -> Iterator[str]:
    for text in settings.origins:
        if not settings.ours:
            yield text  # which Starlette compares as it stands
            continue
        with suppress(InvalidOrigin):  # `*`, for one
            yield _of_pattern(OriginPattern.parse(text))
    for regex in as_tuple(settings.regex):
        with suppress(InvalidRegex, UnsupportedRegex, TooComplexRegex):
            yield _with_dots(next(filter(is_serialised, samples(regex)), ""), regex)


def _with_dots(origin: str, regex: str) -> str:
    """The origin with dots where the expression takes them: an unescaped dot was meant to be one."""
    matcher = compiled(regex)
    for place, character in enumerate(origin):
        dotted = f"{origin[:place]}.{origin[place + 1 :]}"
        if character.isalnum() and is_serialised(dotted) and matcher is not None and matcher.matches(dotted.encode()):
            origin = dotted
    return origin


def _of_pattern(pattern: OriginPattern) -> str:
    """An origin that the pattern allows."""
    host = f"{_LABEL}.{pattern.origin.host}" if pattern.subdomains else pattern.origin.host
    return str(replace(pattern.origin, host=host.replace("*", _LABEL)))
