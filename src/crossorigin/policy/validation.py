"""What an operator wrote, checked field by field: what it means, and every problem in it.

Here belongs one function for each kind of field of a policy. Each takes what was written and the
list of problems to add to, and returns the normalised value. A problem gets the line to write instead here, where
what was written is known. Not here: the policy itself, or the words of the catalogue (`problems`).
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Final, Literal, NamedTuple

from ..standards import fetch
from ..standards.origin import Origin, is_private, split_serialised
from ..standards.public_suffixes import open_to_registration, platform_of
from .hosts import parse_host
from .limits import (
    DEVELOPMENT,
    ENFORCE_VARIABLE,
    ENVIRONMENT_VARIABLE,
    FROM_ROUTES,
    MAX_AGE_LIMIT,
    MAX_LISTED_BYTES,
    MAX_LISTED_HEADERS,
    MAX_METHOD_BYTES,
    PRODUCTION,
    Environment,
)
from .origin_patterns import InvalidOrigin, OriginPattern, is_ordinary
from .origin_regex import Regexes, RegexProblem, accepts_private_http, examine, source_of
from .path_patterns import PathPattern
from .problems import INSTEAD_OF_STAR, WARNINGS, Problem, problem, write
from .regex_syntax import UnsupportedRegex

# Header fields that only a response carries (RFC 9110 § 10.2, § 8.8, § 11; RFC 9111 § 5; Fetch).
_RESPONSE_ONLY: Final = fetch.CORS_RESPONSE_HEADERS.union(
    """accept-ranges age allow authentication-info cross-origin-embedder-policy cross-origin-opener-policy
    cross-origin-resource-policy etag last-modified location proxy-authenticate retry-after server set-cookie
    set-cookie2 strict-transport-security timing-allow-origin vary www-authenticate x-frame-options""".split()
)


# Header fields that only a request carries (RFC 9110 § 10.1, § 12.5, § 13.1, § 11.6.2; Fetch; Fetch Metadata).
_REQUEST_ONLY: Final = frozenset(
    """accept accept-charset accept-encoding accept-language access-control-request-headers
    access-control-request-method access-control-request-private-network authorization cookie expect from host if-match
    if-modified-since if-none-match if-range if-unmodified-since max-forwards origin proxy-authorization range referer
    sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user te upgrade-insecure-requests user-agent""".split()
)


def check_unknown(unknown: Mapping[str, object], known: Iterable[str], problems: list[Problem]) -> None:
    """Rejects keywords that a policy does not have, and names the nearest that it has."""
    known = list(known)
    for name, value in unknown.items():
        near = next(iter(difflib.get_close_matches(name, known)), "")
        remedy = f"write {near}=..." if near else "the fields are " + ", ".join(known)
        problems.append(problem("unknown-keyword", name, value, remedy=remedy, suggestion=near))


def check_environment(value: object, problems: list[Problem]) -> Environment:
    """The environment: what the policy says, else what the process says, else production.

    `development` has rules of its own; every other name, such as `staging`, has those of production.
    """
    said = _said_by_the_process()
    process = _environment(said, ENVIRONMENT_VARIABLE, problems) if said else ""
    if value is None:
        return process or PRODUCTION
    written = value.strip() if isinstance(value, str) else value
    environment = _environment(written, "environment", problems)
    if environment == DEVELOPMENT and process not in ("", DEVELOPMENT):
        problems.append(problem("development-in-production", "environment", value))
    return environment


def _said_by_the_process() -> str:
    # A file of variables with CRLF line ends leaves a carriage return at the end of each value.
    return os.environ.get(ENVIRONMENT_VARIABLE, "").strip()


def _environment(value: object, field: str, problems: list[Problem]) -> Environment:
    if isinstance(value, str) and _ENVIRONMENT.fullmatch(value):
        return value
    bare = value.strip("\"' ") if isinstance(value, str) else ""
    wanted = bare if _ENVIRONMENT.fullmatch(bare) else PRODUCTION
    remedy = f'environment="{wanted}"' if field == "environment" else f"{field}={wanted}"
    problems.append(problem("environment-invalid", field, value, remedy=remedy, suggestion=wanted))
    return PRODUCTION


_ENVIRONMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def environment_warnings(environment: Environment) -> Iterator[Problem]:
    """A name that was perhaps meant to be `development`, whose rules it does not get."""
    short = environment.lower() in ("dev", "devel", "develop", "local")
    near = difflib.get_close_matches(environment.lower(), [DEVELOPMENT], cutoff=0.8)
    if environment != DEVELOPMENT and (short or near):
        yield problem("environment-near", "environment", environment)


def rejected(found: Iterable[Problem], stakes: Stakes) -> list[Problem]:
    """The problems that reject a policy."""
    return [each for each in found if each.code not in WARNINGS and stakes.rejects(each.code)]


def check_bool(field: str, value: object, problems: list[Problem]) -> bool:
    """True or False; a text such as "false" would be true."""
    if isinstance(value, bool):
        return value
    problems.append(problem("not-a-bool", field, value, remedy=f"{field}=True or {field}=False"))
    return False


def check_enforce(value: object, problems: list[Problem]) -> bool | Literal["report-only"]:
    """Whether to refuse what CORS leaves open: yes, no, or only say what would be refused."""
    if isinstance(value, str) and value.strip() == "report-only":
        return "report-only"
    if isinstance(value, bool):
        # An incident is no time for a deploy: the variable turns rejections into records, whatever the policy says.
        switched = value and os.environ.get(ENFORCE_VARIABLE, "").strip() == "report-only"
        return "report-only" if switched else value
    problems.append(problem("enforce-invalid", "enforce", value))
    return False


def check_hosts(value: object, problems: list[Problem]) -> tuple[str, ...]:
    """The names that a request's Host may have, as `hosts.parse_host` writes them."""
    written = []
    for place, text in check_list("trusted_hosts", value, problems):
        try:
            written.append(parse_host(text))
        except InvalidOrigin as why:
            problems.append(problem("host-invalid", place, text, str(why)))
    return tuple(dict.fromkeys(written))


def check_exempt(value: object, problems: list[Problem]) -> tuple[str, ...]:
    """The paths that `enforce` leaves alone."""
    written = []
    for place, text in check_list("exempt", value, problems):
        if PathPattern(text).readable:
            written.append(text)
        else:
            problems.append(problem("path-invalid", place, text, remedy='exempt=["/webhooks/*"]'))
    return tuple(dict.fromkeys(written))


def check_list(field: str, value: object, problems: list[Problem]) -> list[tuple[str, str]]:
    """The elements of a list as (field with index, text). Takes any collection, and generators."""
    texts = _texts(field, value, problems)
    return [(f"{field}[{index}]", text) for index, text in enumerate(texts) if text is not None]


def _texts(field: str, value: object, problems: list[Problem]) -> list[str | None]:
    """The elements of a list, each in its place; None stands for what is not a text."""
    if isinstance(value, str | bytes | bytearray | Mapping) or not isinstance(value, Iterable):
        elements = _elements(value)
        remedy = f"{field}={_as_list(elements)}"
        problems.append(problem("not-a-list", field, value, remedy=remedy, suggestion=elements))
        return []
    texts: list[str | None] = []
    for index, element in enumerate(value):
        if isinstance(element, str):
            texts.append(str.__str__(element).strip())  # an Enum's own str() is its name
        elif field == "allow_origins" and (hasattr(element, "scheme") or isinstance(element, OriginPattern)):
            texts.append(str(element))  # a URL of pydantic, httpx or yarl; an Origin of ours
        else:
            problems.append(problem("not-text", f"{field}[{index}]", element))
            texts.append(None)
    return texts


def _elements(value: object) -> tuple[str, ...]:
    """What a string would be as a list; empty for anything else, and for a blank string."""
    text = value.decode("latin-1") if isinstance(value, bytes | bytearray) else value
    if not isinstance(text, str):
        return ()
    return tuple(element for element in re.split(r"[,\s]+", text) if element)


def _as_list(elements: Iterable[str]) -> str:
    """Strings as a list in a program."""
    return "[" + (", ".join(f'"{element}"' for element in elements) or "...") + "]"


class Stakes(NamedTuple):
    """What a page that is allowed by mistake could do, and which risks the operator has accepted.

    With `credentials` or `enforce`, a list of origins also decides who acts with a visitor's cookies. Without them, an
    entry that allows less than `*` opens nothing that `*` would not.
    """

    credentials: bool
    enforce: bool
    environment: Environment
    accepted: tuple[str, ...] = ()

    @property
    def strict(self) -> bool:
        """Whether a risk rejects the policy, unless it is accepted."""
        return self.credentials or self.enforce

    def rejects(self, code: str) -> bool:
        """Whether a problem with this code rejects the policy; if not, it is a warning."""
        risk = RISKS.get(code)
        return risk is None or (self.strict and risk not in self.accepted)


# The codes of problems that `accept_risks` accepts, each with the name of its risk.
RISKS: Final = {
    "public-suffix": "shared-suffix",
    "whole-scheme": "whole-scheme",
    "origin-insecure": "insecure-origin",
    "regex-dot": "look-alikes",
    "regex-look-alike": "look-alikes",
}


def check_risks(value: object, problems: list[Problem]) -> tuple[str, ...]:
    """The risks that an operator accepts, by name."""
    known = sorted(set(RISKS.values()))
    written = []
    for place, text in check_list("accept_risks", value, problems):
        if text in known:
            written.append(text)
        else:
            problems.append(problem("risk-unknown", place, text, remedy="the names are " + ", ".join(known)))
    return tuple(dict.fromkeys(written))


def check_origins(
    value: object, *, stakes: Stakes, named: bool, declared: bool, problems: list[Problem]
) -> tuple[str, ...]:
    """The allowed origins: `*`, or patterns as `OriginPattern` writes them.

    `named` is whether a regular expression allows origins beside these; `declared` is whether the policy names its
    environment itself, so that the process has no say in it.
    """
    # There may be 100,000 of them: what nothing is wrong with costs no more than to read it.
    texts = _texts("allow_origins", value, problems)
    # Beside `*`, named origins get credentials and everybody else is answered without them.
    tiers = named or any(text not in ("*", None) for text in texts)
    written = []
    for index, text in enumerate(texts):
        if text is None:
            continue
        if is_ordinary(text):
            written.append(text)
            continue
        place = f"allow_origins[{index}]"
        if text == "*":
            if stakes.credentials and not tiers and stakes.environment != DEVELOPMENT:
                problems.append(_star_with_credentials(place, stakes.environment, declared=declared))
            written.append("*")
            continue
        try:
            pattern = OriginPattern.parse(text)
        except InvalidOrigin as why:
            suggestion = _to_suggest(why.suggestion, stakes)
            problems.append(problem(why.code, place, text, str(why), write(suggestion), suggestion=suggestion))
            continue
        found = origin_problems(pattern, place, text, stakes)
        problems.extend(rejected(found, stakes))
        written.append(str(pattern))
    return tuple(dict.fromkeys(written))


def _to_suggest(suggestion: str | tuple[str, ...], stakes: Stakes) -> str | tuple[str, ...]:
    """What mends one mistake of an entry, with its other mistakes mended; empty if that is not possible."""
    if isinstance(suggestion, str):
        return _mended(suggestion, stakes)
    entries = tuple(_mended(entry, stakes) for entry in suggestion)
    return entries if all(entries) else ()


def _mended(entry: str, stakes: Stakes) -> str:
    try:
        pattern = OriginPattern.parse(entry)
    except InvalidOrigin:
        return ""
    if pattern.whole_web:  # a mistake does not mean the whole web
        return ""
    found = rejected(origin_problems(pattern, "", entry, stakes), stakes)
    return str(found[0].suggestion) if found else entry


def _star_with_credentials(place: str, environment: Environment, *, declared: bool) -> Problem:
    said = _said_by_the_process()
    development = f"set {ENVIRONMENT_VARIABLE}=development on a developer's machine"
    if declared:
        why = f'the policy says environment="{environment}"'
        development += ", and leave `environment` out of the policy"
    elif said:
        why = f"{ENVIRONMENT_VARIABLE} is {said}"
    else:
        why = f"{ENVIRONMENT_VARIABLE} is not set, which means production"
    return problem(
        "star-with-credentials",
        place,
        "*",
        "`*` with allow_credentials=True would let every website act as the visitor who is logged in here, "
        f"and this is production ({why})",
        f"{development}; in production, {INSTEAD_OF_STAR}",
    )


def origin_problems(pattern: OriginPattern, place: str, text: str, stakes: Stakes) -> Iterator[Problem]:
    """What is wrong with an entry of the list, or unwise; `stakes.rejects` says which."""
    origin = pattern.origin
    if origin.scheme in ("ws", "wss", "ftp"):
        page = "http" if origin.scheme == "ws" else "https"
        nearest = str(OriginPattern(Origin(page, origin.host, origin.port), pattern.subdomains, pattern.any_port))
        nearest = _mended(nearest, stakes)
        why = f"no page has the scheme {origin.scheme}:"
        yield problem("origin-invalid", place, text, why, write(nearest), suggestion=nearest)
    if pattern.any_host:
        yield problem("whole-scheme", place, text, f"every page of the scheme {origin.scheme}: has such an origin")
    elif pattern.parent and open_to_registration(pattern.parent):
        yield problem("public-suffix", place, text, f"anybody can register a name under `{pattern.parent}`")
    elif pattern.parent and platform_of(pattern.parent):
        service = platform_of(pattern.parent)
        yield problem("shared-platform", place, text, f"other customers of {service} have names under it")
    insecure = stakes.strict and origin.scheme == "http" and not (origin.loopback or pattern.any_host)
    if insecure and not (stakes.environment == DEVELOPMENT and is_private(origin.host)):
        secure = str(OriginPattern(Origin("https", origin.host, origin.port), pattern.subdomains, pattern.any_port))
        secure = _mended(secure, stakes)
        remedies = [write(secure), _drop(stakes)]
        remedy = ", or ".join(remedy for remedy in remedies if remedy)
        yield problem("origin-insecure", place, text, remedy=remedy, suggestion=secure)
    if pattern.exact and split_serialised(str(origin).encode()) is None:
        yield problem("origin-dead", place, text)


def _drop(stakes: Stakes) -> str:
    fields = [name for name in ("allow_credentials", "enforce") if getattr(stakes, name.removeprefix("allow_"))]
    return "drop " + " and ".join(fields)


def check_regexes(value: object, *, stakes: Stakes, problems: list[Problem]) -> Regexes:
    """The regular expressions of the allowed origins: one is a string, several are a tuple of strings."""
    if value is None:
        return None
    field = "allow_origin_regex"
    written = [(field, value)]
    if isinstance(value, list | tuple):
        written = [(f"{field}[{index}]", element) for index, element in enumerate(value)]
    sources = []
    for place, element in written:
        source = _regex_source(element, place, problems)
        if source is None:
            continue
        sources.append(source)
        problems.extend(rejected(regex_problems(source, place, stakes), stakes))
    return sources[0] if len(sources) == 1 else tuple(sources) or None


def _regex_source(element: object, place: str, problems: list[Problem]) -> str | None:
    if isinstance(element, re.Pattern) and isinstance(element.pattern, str):
        try:
            return source_of(element)
        except UnsupportedRegex as why:
            problems.append(problem("regex-unsupported", place, element.pattern, str(why), why.instead))
            return None
    if isinstance(element, str):
        return str.__str__(element)
    problems.append(problem("not-text", place, element, remedy=r'allow_origin_regex=r"https://..."'))
    return None


def regex_problems(source: str, place: str, stakes: Stakes) -> Iterator[Problem]:
    """What is wrong with an expression, or unwise; `stakes.rejects` says which."""
    found = examine(source, credentials=stakes.strict, environment=stakes.environment)
    for each in found:
        remedy = _written(each, place)
        if each.code in RISKS and not each.suggestion and stakes.strict:
            remedy = f"{remedy}, or {_drop(stakes)}"
        suggestion = each.suggestion[0][1] if each.suggestion else ""
        yield problem(each.code, place, source, each.message, remedy, suggestion=suggestion, witness=each.witness or "")
    if stakes.credentials and stakes.environment == DEVELOPMENT and accepts_private_http(source):
        yield problem("origin-private-network", place, source)


def _written(found: RegexProblem, place: str) -> str:
    """The remedy as a line of code, or the advice."""
    for name, value in found.suggestion:
        if isinstance(value, str):
            return f'write r"{value}"' if place.endswith("]") else f'{name}=r"{value}"'
        return f"{name}={_as_list(value)}"
    return found.advice


def check_methods(value: object, problems: list[Problem]) -> tuple[str, ...]:
    """The allowed methods, as a browser sends them: standard ones in upper case."""
    methods = []
    listed = [value] if value == FROM_ROUTES else value
    for place, text in check_list("allow_methods", listed, problems):
        if not fetch.is_token(text) or len(text) > MAX_METHOD_BYTES:
            problems.append(problem("method-invalid", place, text))
        elif fetch.is_forbidden_method(text):
            problems.append(problem("method-forbidden", place, text))
        else:
            # Fetch normalises six methods; a page must write PATCH in upper case itself, and so do all APIs.
            standard = text.upper() in fetch.STANDARD_METHODS
            method = text.upper() if standard else text
            methods.append(method)
    return tuple(dict.fromkeys(methods))


def check_request_headers(value: object, problems: list[Problem]) -> tuple[str, ...]:
    """The request headers that a page may set, in lower case, as a preflight asks for them."""
    names = []
    for place, text in check_list("allow_headers", value, problems):
        name = text.lower()
        if not fetch.is_token(name):
            problems.append(problem("header-invalid", place, text))
        else:
            names.append(name)
    names = list(dict.fromkeys(names))
    if len(names) > MAX_LISTED_HEADERS or len(",".join(names)) > MAX_LISTED_BYTES:
        problems.append(problem("too-many-headers", "allow_headers", value))
    return tuple(names)


def check_exposed_headers(value: object, *, credentials: bool, problems: list[Problem]) -> tuple[str, ...]:
    """The response headers that a page may read, in lower case."""
    names = []
    for place, text in check_list("expose_headers", value, problems):
        name = text.lower()
        if not fetch.is_token(name):
            remedy = 'expose_headers=["X-Total-Count"]'
            problems.append(problem("header-invalid", place, text, remedy=remedy))
        elif name in fetch.FORBIDDEN_RESPONSE_HEADERS:
            problems.append(problem("expose-forbidden", place, text))
        elif name == "*" and credentials:
            problems.append(problem("expose-star-with-credentials", place, text))
        else:
            names.append(name)
    return tuple(dict.fromkeys(names))


def header_warnings(allowed: Iterable[str], exposed: Iterable[str]) -> Iterator[Problem]:
    """Names that say nothing where they are listed: copied from elsewhere, and harmless."""
    for index, name in enumerate(allowed):
        if name in _RESPONSE_ONLY:
            yield problem("header-response-only", f"allow_headers[{index}]", name)
        elif fetch.is_forbidden_request_header(name):
            yield problem("header-forbidden", f"allow_headers[{index}]", name)
    for index, name in enumerate(exposed):
        if name in _REQUEST_ONLY:
            yield problem("expose-request-only", f"expose_headers[{index}]", name)


def check_max_age(value: object, problems: list[Problem]) -> int:
    """For how many seconds a browser may keep the answer to a preflight; -1 is never."""
    if isinstance(value, timedelta) and value % timedelta(seconds=1) == timedelta(0):
        value = int(value.total_seconds())
    if isinstance(value, bool) or not isinstance(value, int):
        problems.append(problem("max-age-invalid", "max_age", value))
    elif not -1 <= value <= MAX_AGE_LIMIT:
        problems.append(problem("max-age-range", "max_age", value))
    else:
        return value
    return 600
