"""Policy: what the operator declares, validated whole, immutable.

Here belong the fields, their defaults, and the ways to make a policy. Not here: the checks of each
field (`validation`), and what a policy means for a request (`server`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self, Unpack

from pydantic import BaseModel, ConfigDict, Field

from . import presets, validation
from .limits import DEVELOPMENT, MAX_AGE_LIMIT, PRODUCTION, Environment
from .origin_patterns import OriginPattern, is_ordinary
from .origin_regex import as_tuple, compiled
from .origin_set import OriginSet
from .presets import Fields, NoFields
from .problems import PolicyError, Problem, problem
from .regex_automaton import Matcher
from .settings import load_fields
from .validation import RISKS, Stakes


class Policy(BaseModel):
    """A CORS policy: which pages may use this API from another origin, and how.

    The fields carry the names and defaults of Starlette's `CORSMiddleware`. Any collection or
    generator will do for a list; what is unambiguous is normalised to what a browser sends.
    Raises PolicyError with every problem at once. `warnings` has what is legal but unwise.

    Policies are immutable, compare and hash by value, and survive JSON and TOML.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    allow_origins: tuple[str, ...] = Field(
        (), description="Origins whose pages may read responses: https://app.example.com, https://*.example.com, *"
    )
    allow_origin_regex: str | tuple[str, ...] | None = Field(
        None, description="A regular expression, or several, that match the whole of an allowed origin."
    )
    allow_methods: tuple[str, ...] = Field(
        ("GET",), description="Methods that a page may use. GET, HEAD and POST always pass: browsers never ask."
    )
    allow_headers: tuple[str, ...] = Field((), description="Request headers that a page may set, or *.")
    allow_credentials: bool = Field(
        False, description="Whether cookies and HTTP authentication may go with requests. Never together with *."
    )
    allow_private_network: bool = Field(False, description="Obsolete: no current browser asks for this.")
    expose_headers: tuple[str, ...] = Field((), description="Response headers that a page may read, or *.")
    max_age: int = Field(
        600,
        ge=-1,
        le=MAX_AGE_LIMIT,
        description="Seconds for which a browser may keep a preflight's answer.",
    )
    environment: Environment = Field(
        PRODUCTION,
        description="development, or any other name, which means production; by default CROSSORIGIN_ENVIRONMENT.",
    )
    enforce: bool | Literal["report-only"] = Field(
        False,
        description="Also refuse, on the server, what CORS leaves open: unsafe requests and WebSockets of other "
        "origins, and names that are not this server's. report-only logs and counts instead.",
    )
    trusted_hosts: tuple[str, ...] = Field(
        (), description="Names that a request's Host may have where enforce is on; on loopback, its names by default."
    )
    exempt: tuple[str, ...] = Field(
        (), description="Paths that enforce leaves alone: webhooks, SAML and OAuth form posts, health probes."
    )
    accept_risks: tuple[str, ...] = Field(
        (),
        description="Risks that are accepted knowingly: shared-suffix, whole-scheme, insecure-origin, look-alikes.",
    )

    def __init__(
        self,
        *,
        allow_origins: Iterable[object] = (),
        allow_origin_regex: str | re.Pattern[str] | Sequence[str | re.Pattern[str]] | None = None,
        allow_methods: Iterable[str] = ("GET",),
        allow_headers: Iterable[str] = (),
        allow_credentials: bool = False,
        allow_private_network: bool = False,
        expose_headers: Iterable[str] = (),
        max_age: int | timedelta = 600,
        environment: str | None = None,
        enforce: bool | str = False,
        trusted_hosts: Iterable[str] = (),
        exempt: Iterable[str] = (),
        accept_risks: Iterable[str] = (),
        **unknown: Unpack[NoFields],
    ) -> None:
        problems: list[Problem] = []
        validation.check_unknown(unknown, type(self).model_fields, problems)
        stage = validation.check_environment(environment, problems)
        credentials = validation.check_bool("allow_credentials", allow_credentials, problems)
        enforced = validation.check_enforce(enforce, problems)
        accepted = validation.check_risks(accept_risks, problems)
        stakes = Stakes(credentials, bool(enforced), stage, accepted)
        before = len(problems)
        in_regexes: list[Problem] = []
        regex = validation.check_regexes(allow_origin_regex, stakes=stakes, problems=in_regexes)
        origins = validation.check_origins(
            allow_origins,
            stakes=stakes,
            named=regex is not None or bool(in_regexes),
            declared=environment is not None,
            problems=problems,
        )
        problems += in_regexes
        in_methods: list[Problem] = []
        methods = validation.check_methods(allow_methods, in_methods)
        # Without origins, a policy that enforces guards against other pages, and one that lists no methods either is
        # closed on purpose. In any other, the origins were forgotten, or came from a variable that is empty.
        on_purpose = bool(enforced) or (not methods and not in_methods)
        if not origins and regex is None and not on_purpose and len(problems) == before:
            problems.append(problem("empty-policy", "allow_origins", ()))
        problems += in_methods
        fields: dict[str, Any] = {
            "allow_origins": origins,
            "allow_origin_regex": regex,
            "allow_methods": methods,
            "allow_headers": validation.check_request_headers(allow_headers, problems),
            "allow_credentials": credentials,
            "allow_private_network": validation.check_bool("allow_private_network", allow_private_network, problems),
            "expose_headers": validation.check_exposed_headers(
                expose_headers, credentials=credentials, problems=problems
            ),
            "max_age": validation.check_max_age(max_age, problems),
            "environment": stage,
            "enforce": enforced,
            "trusted_hosts": validation.check_hosts(trusted_hosts, problems),
            "exempt": validation.check_exempt(exempt, problems),
            "accept_risks": accepted,
        }
        if problems:
            raise PolicyError(problems)
        super().__init__(**fields)

    # -- other ways to make one ---------------------------------------------------------------

    @classmethod
    def public(cls, **fields: Unpack[Fields]) -> Self:
        """The policy of a public API: every page may read it, and none brings cookies."""
        return cls(**presets.PUBLIC | fields)

    @classmethod
    def closed(
        cls,
        *,
        enforce: bool | str = False,
        trusted_hosts: Iterable[str] = (),
        exempt: Iterable[str] = (),
        environment: str | None = None,
    ) -> Self:
        """The policy that allows no page of another origin: what None means to `install`, `reconfigure` and `cors`.

        With `enforce`, the server also rejects their unsafe requests and their WebSockets.
        """
        return cls(
            allow_origins=(),
            allow_methods=(),
            enforce=enforce,
            trusted_hosts=trusted_hosts,
            exempt=exempt,
            environment=environment,
        )

    @classmethod
    def development(cls, **fields: Unpack[Fields]) -> Self:
        """The policy of a developer's machine: every loopback page, on any port, with credentials.

        Raises PolicyError where CROSSORIGIN_ENVIRONMENT says production.
        """
        return cls(**presets.DEVELOPMENT | fields)

    @classmethod
    def mcp(cls, **fields: Unpack[Fields]) -> Self:
        """The policy of a Model Context Protocol server over HTTP, on this machine or elsewhere.

        Its pages are loopback's unless `allow_origins` names others; they may read `Mcp-Session-Id` and set every
        header of the protocol. `enforce` is on: requests of other pages are rejected, and so is every Host that is not
        a loopback name, wherever the server runs, unless `trusted_hosts` names it.
        """
        return cls(**presets.MCP | fields)

    @classmethod
    def graphql(cls, **fields: Unpack[Fields]) -> Self:
        """The policy of a GraphQL endpoint, for the pages in `allow_origins`: queries by GET, all else by POST.

        `enforce` is on, so that a form on another site, which needs no preflight, cannot send a mutation.
        """
        return cls(**presets.GRAPHQL | fields)

    @classmethod
    def load(cls, path: str | Path | None = None) -> Self:
        """The policy in `crossorigin.toml` or `pyproject.toml`, with environment variables on top.

        A subclass loads a policy of its own class. `settings.load_fields` says where it looks and what it raises;
        PolicyError also says what is wrong with the policy.
        """
        fields, source = load_fields(cls.model_fields, path)
        policy = cls(**fields)
        # Not a field: two policies that say the same are equal, wherever they were read.
        vars(policy)["_source"] = source
        return policy

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema of a policy, for editors."""
        return cls.model_json_schema()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A policy like this one with some fields changed, checked as a new one is."""
        return type(self)(**self.model_dump() | dict(update or {}))

    # -- what it says -------------------------------------------------------------------------

    @property
    def any_origin(self) -> bool:
        """Whether `*` is in the list."""
        return "*" in self.allow_origins

    @property
    def tiered(self) -> bool:
        """Whether `*` is answered without credentials, and the named origins with them."""
        named = len(self.allow_origins) > 1 or self.allow_origin_regex is not None
        return self.any_origin and self.allow_credentials and named

    @property
    def source(self) -> str:
        """Where the policy was read: a file, `variables`, or `code` if it was written in Python."""
        return str(vars(self).get("_source", "code"))

    @cached_property
    def origins(self) -> OriginSet:
        """The listed origins and patterns, ready to be asked; `*` and the regex are not in it."""
        # Entries are written as a browser sends them, so those without a `*` need no parser.
        patterns = (OriginPattern.parse(text) for text in self.allow_origins if "*" in text and text != "*")
        return OriginSet(patterns, exact=(text for text in self.allow_origins if "*" not in text))

    @cached_property
    def patterns(self) -> tuple[OriginPattern, ...]:
        """The listed origins and patterns, in the order in which they were written."""
        return tuple(OriginPattern.parse(text) for text in self.allow_origins if text != "*")

    @cached_property
    def regex(self) -> Matcher | None:
        """What matches the origins of `allow_origin_regex`, in linear time; it takes bytes of serialised origins."""
        return compiled(self.allow_origin_regex)

    @cached_property
    def warnings(self) -> tuple[Problem, ...]:
        """What is legal but unwise in this policy."""
        found = []
        if self.any_origin:
            if self.environment != DEVELOPMENT:
                found.append(problem("star-in-production", "allow_origins", "*"))
            elif self.allow_credentials:
                found.append(problem("star-in-development", "allow_origins", "*"))
            # With credentials, in development, what is listed beside `*` gets them, so it says something.
            if not self.allow_credentials and (len(self.allow_origins) > 1 or self.allow_origin_regex is not None):
                found.append(problem("star-covers-others", "allow_origins", self.allow_origins))
        found += validation.environment_warnings(self.environment)
        found += self._of_entries()
        found += validation.header_warnings(self.allow_headers, self.expose_headers)
        if self.max_age > 7200:
            found.append(problem("max-age-capped", "max_age", self.max_age))
        if self.allow_private_network:
            found.append(problem("private-network-obsolete", "allow_private_network", True))
        if not self.enforce:
            for name, value in (("trusted_hosts", self.trusted_hosts), ("exempt", self.exempt)):
                if value:
                    found.append(problem("enforce-off", name, value))
        elif self.any_origin and not self.tiered:
            found.append(problem("enforce-with-star", "enforce", self.enforce))
        return tuple(found)

    def _of_entries(self) -> list[Problem]:
        """What is unwise in the origins and expressions, and which accepted risks they need."""
        stakes = Stakes(self.allow_credentials, bool(self.enforce), self.environment, self.accept_risks)
        found = []
        needed = set()
        for each in self._entries(stakes):
            risk = RISKS.get(each.code)
            if risk in self.accept_risks and stakes.strict:
                needed.add(risk)
                found.append(problem("risk-accepted", each.field, each.value, f"accepted as {risk}: {each.message}"))
            else:
                found.append(each)
        unneeded = [risk for risk in self.accept_risks if risk not in needed]
        return found + [problem("risk-not-needed", "accept_risks", risk) for risk in unneeded]

    def _entries(self, stakes: Stakes) -> Iterator[Problem]:
        for place, text in enumerate(self.allow_origins):
            if text == "*" or is_ordinary(text):
                continue
            pattern = OriginPattern.parse(text)
            yield from validation.origin_problems(pattern, f"allow_origins[{place}]", text, stakes)
            insecure = pattern.origin.scheme == "http" and not pattern.origin.loopback
            if stakes.credentials and insecure and "insecure-origin" not in stakes.accepted:
                yield problem("origin-private-network", f"allow_origins[{place}]", text)
        if self.any_origin and not self.allow_credentials:
            return  # `*` allows more than each of the expressions
        sources = as_tuple(self.allow_origin_regex)
        for index, source in enumerate(sources):
            place_of = f"allow_origin_regex[{index}]" if len(sources) > 1 else "allow_origin_regex"
            yield from validation.regex_problems(source, place_of, stakes)

    @cached_property
    def _hash(self) -> int:
        return hash(tuple(getattr(self, name) for name in type(self).model_fields))

    def __hash__(self) -> int:
        return self._hash

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Only what was said: a field at its default is left out."""
        fields = type(self).model_fields
        return [(name, value) for name, value in super().__repr_args__() if value != fields[name or ""].default]
