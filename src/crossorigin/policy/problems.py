"""The catalogue of policy problems: code, meaning, remedy.

Here belong the shape of a problem, the one exception that carries them, and one row for every code.
Not here: finding them (`validation`). The remedy of a row is what to do when nothing more exact is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple


class Entry(NamedTuple):
    """One row of the catalogue: what the code means, and the remedy as a line of code."""

    meaning: str
    remedy: str


SHOWN: Final = 120  # characters of a value that is shown

_ORIGINS: Final = 'allow_origins=["https://your-front-end.example"]'

# What makes `*` with credentials right wherever the app runs; the environment variable helps on one machine.
INSTEAD_OF_STAR: Final = (
    f"name the front end, {_ORIGINS}; "
    "or drop allow_credentials, which only cookies need (an Authorization header does not)"
)

CATALOGUE: Final[dict[str, Entry]] = {
    # What cannot be meant.
    "unknown-keyword": Entry("a policy has no such field", "leave it out"),
    "policy-and-keywords": Entry("a policy says everything; no keyword goes beside it", "put it into the Policy"),
    "not-a-list": Entry("this must be a list; a string would be read character by character", "write [...]"),
    "not-text": Entry("every element is a text", 'write "..."'),
    "not-a-bool": Entry("this is True or False", "write True or False"),
    "environment-invalid": Entry("an environment is a name without spaces and quotes", 'environment="production"'),
    "development-in-production": Entry(
        "this policy says development, and CROSSORIGIN_ENVIRONMENT says production",
        "load the production profile here, or leave `environment` out of the policy",
    ),
    "empty-policy": Entry(
        "nothing is allowed, so no cross-origin page can use this API",
        f"{_ORIGINS}; or, if you mean that, Policy.closed()",
    ),
    # Files and variables.
    "file-unreadable": Entry("the file cannot be read", "check its path and permissions"),
    "file-not-toml": Entry("the file is not TOML", "mend it at that place"),
    "profile-invalid": Entry("a profile is a table of a policy's fields, without `environment`", "write [production]"),
    "profile-missing": Entry("no profile of the file is for this environment", "write a [production] table"),
    "variable-unknown": Entry("this variable is almost one of ours, and says nothing", "write the name of the field"),
    "variable-invalid": Entry(
        "the variable cannot be read", 'CROSSORIGIN_ALLOW_ORIGINS="https://a.example https://b.example"'
    ),
    # Origins.
    "lists-null": Entry("`null` is what every sandboxed frame, file and data: page sends", _ORIGINS),
    "origin-path": Entry("an origin has no path", _ORIGINS),
    "origin-query": Entry("an origin has no query and no fragment", _ORIGINS),
    "origin-userinfo": Entry("an origin has no user name and no password", _ORIGINS),
    "origin-scheme": Entry("an origin starts with its scheme", _ORIGINS),
    "origin-glob": Entry(
        "`*` stands for labels at the start, for a part of one label, or for any port",
        "decide which hosts you mean: list them, or write `*.` and the name above them",
    ),
    "origin-invalid": Entry("a browser cannot send this as an origin", _ORIGINS),
    "origin-too-long": Entry("no browser sends an origin this long", _ORIGINS),
    "origin-insecure": Entry(
        "an http:// page with credentials gives the account to whoever sits on the network", _ORIGINS
    ),
    "public-suffix": Entry("anybody can register a name under this one", "list the names that are yours"),
    "whole-scheme": Entry("every page of the scheme has such an origin", "decide which hosts you mean, and list them"),
    "risk-unknown": Entry("there is no risk of this name that can be accepted", 'accept_risks=["shared-suffix"]'),
    "star-with-credentials": Entry(
        "`*` with credentials would let every website act as the visitor who is logged in here",
        f"set CROSSORIGIN_ENVIRONMENT=development on a developer's machine; in production, {_ORIGINS}",
    ),
    "star-in-rows": Entry("no row may open an API to everybody", "write `*` into the policy"),
    # Regular expressions.
    "regex-invalid": Entry("this is not a regular expression", 'allow_origins=["https://*.example.com"]'),
    "regex-unsupported": Entry(
        "it uses what cannot be matched in linear time, or what no origin has",
        'allow_origins=["https://*.example.com"]',
    ),
    "regex-too-complex": Entry("it is too large to be judged", 'allow_origins=["https://*.example.com"]'),
    "regex-dot": Entry("an unescaped `.` matches any character", r'allow_origin_regex=r"https://www\.example\.com"'),
    "regex-look-alike": Entry("it accepts hosts of other owners", 'allow_origins=["https://*.example.com"]'),
    # Methods and headers.
    "method-invalid": Entry(
        "a method is a token of at most 64 bytes", 'allow_methods=["GET", "POST", "PUT", "DELETE"]'
    ),
    "methods-without-routes": Entry(
        "this app shows no routes that we can read, so its methods have to be listed",
        'allow_methods=["GET", "POST", "PUT", "DELETE"]',
    ),
    "restrictions-behind-wrapper": Entry(
        "the policies of the routes inside cannot be seen, and this wrapper does not pass the lifespan on as it is: "
        "those routes would be closed to every other origin",
        "install(app, policy) on the app inside, in place of the middleware around the wrapper; or keep the app inside "
        "in an attribute of the wrapper: wrapper.app = app",
    ),
    "path-invalid": Entry(
        "a path starts with `/`; `{name}` stands for a segment, `{name:path}` and a `*` at the end for anything",
        'routes={"/public/*": Policy.public()}',
    ),
    "path-policy-invalid": Entry('a path has a Policy, None or "pass-through"', 'routes={"/legacy/*": "pass-through"}'),
    "method-forbidden": Entry("no browser sends this method for a page", "leave it out"),
    "header-invalid": Entry("a header name is a token", 'allow_headers=["Authorization", "Content-Type"]'),
    "too-many-headers": Entry(
        "a preflight can ask for 120 listed names, and 4000 bytes, no more", 'allow_headers=["*"]'
    ),
    "expose-forbidden": Entry("no script can ever read this response header", "leave it out"),
    "expose-star-with-credentials": Entry(
        "with credentials, `*` exposes only a header whose name is `*`", 'expose_headers=["X-Total-Count"]'
    ),
    "enforce-invalid": Entry("this is True, False or report-only", "enforce=True"),
    "host-invalid": Entry("a host is a name, with or without a port", 'trusted_hosts=["api.example.com"]'),
    "max-age-invalid": Entry("max_age is a whole number of seconds", "max_age=600"),
    "max-age-range": Entry(
        "max_age goes from -1 (never kept) to 86400 (a day, the most any browser keeps)", "max_age=600"
    ),
}

# Legal, but unwise: found in `Policy.warnings`, and no reason to refuse.
WARNINGS: Final[dict[str, Entry]] = {
    "star-in-production": Entry("every website can read what this API answers without credentials", _ORIGINS),
    "star-covers-others": Entry("`*` already allows every origin, so the others say nothing", 'allow_origins=["*"]'),
    "star-in-development": Entry("loopback pages get credentials, every other page gets `*` without them", _ORIGINS),
    "origin-private-network": Entry("http:// on a private network is for development only", _ORIGINS),
    "enforce-off": Entry("this says something only where enforce is on", "enforce=True"),
    "enforce-with-star": Entry("`*` lets every origin in, so no request is refused for its origin", _ORIGINS),
    "regex-dead": Entry("no browser sends an origin that this matches", r'allow_origin_regex=r"https://a\.example"'),
    "header-forbidden": Entry("no page can set this header; the browser does", "leave it out"),
    "header-response-only": Entry("this header belongs to responses; no page needs to send it", "leave it out"),
    "expose-request-only": Entry("this header belongs to requests; no response has it to read", "leave it out"),
    "origin-dead": Entry("no browser sends this origin", "leave it out, or write it as the console shows it"),
    "shared-platform": Entry("other customers of this service have names under it", "list the names that are yours"),
    "risk-accepted": Entry("this risk is accepted by accept_risks", "leave it out when nothing needs it any more"),
    "risk-not-needed": Entry("no entry of the policy needs this accepted risk", "leave it out of accept_risks"),
    "environment-near": Entry(
        "only the name `development` has the rules of development", 'environment="development", if that is meant'
    ),
    "max-age-capped": Entry("browsers keep a preflight for less: WebKit 600 s, Chromium 7200 s", "max_age=7200"),
    "preflight-outlives-origin": Entry(
        "origins may be removed while the server runs, and for max_age seconds after that a browser still acts on the "
        "preflight that it keeps: a DELETE reaches the handler",
        "enforce=True, which refuses it, or max_age=60",
    ),
    "private-network-obsolete": Entry(
        "no current browser asks for this: Private Network Access gave way to a permission prompt", "leave it out"
    ),
}

CATALOGUE.update(WARNINGS)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a policy, or unwise in it.

    `code` is a key of `CATALOGUE` and never changes its meaning; `field` is the policy's field,
    with the index where it is a list (`allow_origins[2]`); `value` is what was written; `message`
    says why it is wrong; `remedy` is a line of code or the one thing to do.

    What `message` and `remedy` say to people, these say to programs: `suggestion` is the value to write in place of
    `value`: a tuple if one value becomes several or a regex becomes patterns in `allow_origins`, and for an unknown
    keyword the name of the field; `witness` is an
    origin that is allowed and should not be. Either is empty if it is not known.
    """

    code: str
    field: str
    value: object
    message: str
    remedy: str
    suggestion: str | tuple[str, ...] = ""
    witness: str = ""

    def __str__(self) -> str:
        return f"{self.field} = {shown(self.value)}  [{self.code}]\n{_sentence(self.message)}\n→ {self.remedy}"


def problem(
    code: str,
    field: str,
    value: object,
    message: str = "",
    remedy: str = "",
    *,
    suggestion: str | tuple[str, ...] = "",
    witness: str = "",
) -> Problem:
    """A problem of this code, with the catalogue's own words where none are given."""
    entry = CATALOGUE[code]
    return Problem(code, field, value, message or entry.meaning, remedy or entry.remedy, suggestion, witness)


def write(suggestion: str | tuple[str, ...]) -> str:
    """A suggestion as a remedy; empty if there is no suggestion."""
    values = (suggestion,) if isinstance(suggestion, str) else suggestion
    quoted = ", ".join(f'"{value}"' for value in values if value)
    return f"write {quoted}" if quoted else ""


class PolicyError(Exception):
    """A policy was refused. `problems` has every reason at once, in the order of the fields.

    It is no ValueError on purpose: pydantic would swallow it into its own error and lose the list.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        count = len(self.problems)
        head = "The CORS policy was refused:" if count == 1 else f"The CORS policy was refused for {count} reasons:"
        items = (f"\n  {n}. " + str(each).replace("\n", "\n     ") for n, each in enumerate(self.problems, 1))
        return head + "".join(f"\n{item}" for item in items)


def shown(value: object) -> str:
    """A value as Python writes it, its end left out beyond `SHOWN` characters."""
    text = repr(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def _sentence(message: str) -> str:
    if "_" not in message.partition(" ")[0]:  # the name of a field stays as it is written
        message = message[:1].upper() + message[1:]
    return message + ("" if message.endswith((".", "!", "?")) else ".")
