"""Starlette's settings, as the policy that they mean: `install(app, Policy(...))`.

Here belong the repair of each problem that has only one sensible repair, and the code as text. Not here: finding
problems (`validation`), and what the change does to browsers (`differences`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...policy.limits import MAX_AGE_LIMIT
from ...policy.policy import Policy
from ...policy.problems import PolicyError, Problem

FRONT_END: Final = "https://your-front-end.example"
_ROUNDS: Final = 5  # one repair can bring up what another problem hid
_SUFFIX_REGEX: Final = re.compile(
    r"\^?(https\??)://\(?(?:\?:)?(?:\.[*+]\??|\[[^\]]*\][*+]|\\w[*+])\)?\\?\.((?:[a-z0-9-]+\\?\.)+[a-z]+)\$?"
)


@dataclass(frozen=True, slots=True)
class Equivalent:
    """The policy, and what had to be changed to get it."""

    policy: Policy
    remarks: tuple[str, ...]

    def code(self, app: str) -> str:
        """The program text that puts it into force around this app; without one, as a route's middleware."""
        how = (
            ("install", f"install({app}, policy)")
            if app
            else ("CORSMiddleware", "Middleware(CORSMiddleware, policy=policy)")
        )
        names = sorted((how[0], "Policy"))
        # The environment is the process's to say.
        said = self.policy.model_dump(exclude_defaults=True, exclude={"environment"})
        lines = [f"from crossorigin import {', '.join(names)}"]
        lines += [] if app else ["from starlette.middleware import Middleware"]
        lines += ["", *(f"# {it}" for it in self.remarks), "policy = Policy("]
        lines += [f"    {name}={_literal(value)}," for name, value in said.items()]
        return "\n".join([*lines, ")", how[1]])


def equivalent(said: Mapping[str, Any]) -> Equivalent | None:
    """The policy that these keywords of Starlette's mean; None where no policy can be built."""
    fields = {name: _owned(value) for name, value in said.items()}
    remarks: list[str] = []
    for _ in range(_ROUNDS):
        try:
            return Equivalent(Policy(**fields), tuple(dict.fromkeys(remarks)))
        except PolicyError as error:
            once = {it.field: it for it in reversed(told(error))}  # the first of each field, and from the end,
            remarks += reversed([_repair(fields, it) for it in once.values()])  # so that an index stays right
    return None


def told(error: PolicyError) -> tuple[Problem, ...]:
    """The problems of a policy; that it is empty is none beside a keyword that is misspelt."""
    codes = {it.code for it in error.problems}
    return tuple(it for it in error.problems if it.code != "empty-policy" or "unknown-keyword" not in codes)


def _repair(fields: dict[str, Any], problem: Problem) -> str:
    name, _, index = problem.field.partition("[")
    repair = _pattern if name == "allow_origin_regex" else _REPAIRS.get(problem.code, _take_out)
    return repair(fields, name, int(index.removesuffix("]")) if index else None, problem)


def _owned(value: Any) -> Any:
    """A list of its own for any collection, so that repairs change nothing of the app's."""
    return list(value) if isinstance(value, list | tuple | set | frozenset) else value


def _take_out(fields: dict[str, Any], name: str, index: int | None, problem: Problem) -> str:
    """What cannot be meant goes, element or field."""
    if index is None:
        fields.pop(name, None)
        return f"{name} is left out: {problem.message}"
    del fields[name][index]
    return f"{problem.value!r} is left out: {problem.message}"


def _rename(fields: dict[str, Any], name: str, index: int | None, problem: Problem) -> str:
    meant = problem.suggestion
    if not isinstance(meant, str) or meant in fields:
        return _take_out(fields, name, index, problem)
    fields[meant] = fields.pop(name)
    return f"{name} is {meant}"


def _split(fields: dict[str, Any], name: str, index: int | None, problem: Problem) -> str:
    value = fields[name]
    if not isinstance(value, str):
        return _take_out(fields, name, index, problem)
    fields[name] = [it for it in re.split(r"[,\s]+", value.strip("[]")) if it]
    return f"{name} is a list"


def _nearest(fields: dict[str, Any], name: str, index: int | None, problem: Problem) -> str:
    """The origin that is meant, or several."""
    meant = problem.suggestion
    if not meant or index is None:
        return _take_out(fields, name, index, problem)
    origins = (meant,) if isinstance(meant, str) else meant
    fields[name][index : index + 1] = origins
    return f"{problem.value!r} is {', '.join(origins)}"


def _front_end(fields: dict[str, Any], name: str, index: int | None, problem: Problem) -> str:
    """Who is meant cannot be known here."""
    others = [it for it in fields.get("allow_origins", ()) if it != "*"]
    fields["allow_origins"] = others or [FRONT_END]
    return (
        "name the front ends, each by its origin: `*` cannot go with credentials"
        if index is not None
        else ("name the front ends, each by its origin")
    )


def _pattern(fields: dict[str, Any], name: str, index: int | None, problem: Problem) -> str:
    """A regex that means "every subdomain" is a pattern; any other is for people to mend."""
    regex = fields.pop("allow_origin_regex", None)
    found = _SUFFIX_REGEX.fullmatch(regex) if isinstance(regex, str) else None
    origins = list(fields.get("allow_origins", ()))
    if found is None:
        if regex is not None and not origins:
            fields["allow_origins"] = [FRONT_END]
        return f"mend or replace allow_origin_regex: {problem.message}" if regex is not None else ""
    host = found[2].replace("\\", "")
    schemes = ["https"] if found[1] == "https" or fields.get("allow_credentials") else ["https", "http"]
    fields["allow_origins"] = origins + [f"{it}://*.{host}" for it in schemes]
    return f"allow_origin_regex is the pattern {fields['allow_origins'][-len(schemes)]!r}"


def _day(fields: dict[str, Any], name: str, index: int | None, problem: Problem) -> str:
    fields[name] = MAX_AGE_LIMIT if fields[name] > 0 else -1
    return f"max_age is {fields[name]}, the most (or -1, the least) that there is"


_Repair = Callable[[dict[str, Any], str, int | None, Problem], str]
_REPAIRS: Final[dict[str, _Repair]] = {
    "unknown-keyword": _rename,
    "not-a-list": _split,
    "star-with-credentials": _front_end,
    "empty-policy": _front_end,
    "max-age-range": _day,
    **dict.fromkeys(
        (
            "origin-path",
            "origin-query",
            "origin-userinfo",
            "origin-scheme",
            "origin-glob",
            "origin-insecure",
            "origin-invalid",
        ),
        _nearest,
    ),
}


def _literal(value: Any) -> str:
    if not isinstance(value, tuple):
        return f'r"{value}"' if isinstance(value, str) and '"' not in value else repr(value)
    return "[" + ", ".join(f'"{it}"' for it in value) + "]"
