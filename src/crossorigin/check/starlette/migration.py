"""Starlette's settings, as the policy that they mean: `install(app, Policy(...))`.

Here belong the repair of each problem that has only one sensible repair, and the code as text. Not here: finding
problems (`validation`), and what the change does to browsers (`differences`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
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
    """The policy, what had to be changed to get it, and the fields that were changed."""

    policy: Policy
    remarks: tuple[str, ...]
    changed: frozenset[str]

    def code(self, app: str, written: Mapping[str, str] = MappingProxyType({})) -> str:
        """The program text that puts it into force around this app; without one, as a route's middleware.

        `written` are the expressions of the source whose values are known only when it runs, such as
        `settings.CORS_ORIGINS`; they stay as they are if their value needs no repair.
        """
        how = ("install", f"install({app}, policy)")
        if not app:
            how = ("CORSMiddleware", "Middleware(CORSMiddleware, policy=policy)")
        names = sorted((how[0], "Policy"))
        # The environment is the process's to say.
        values = self.policy.model_dump(exclude_defaults=True, exclude={"environment"})
        fields = {name: _literal(value) for name, value in values.items()}
        fields |= {name: source for name, source in written.items() if name not in self.changed}
        lines = [f"from crossorigin import {', '.join(names)}"]
        lines += [] if app else ["from starlette.middleware import Middleware"]
        lines += ["", *(f"# {remark}" for remark in self.remarks), "policy = Policy("]
        lines += [f"    {name}={value}," for name, value in fields.items()]
        return "\n".join([*lines, ")", how[1]])


def equivalent(said: Mapping[str, Any]) -> Equivalent | None:
    """The policy that these keywords of Starlette's mean; None if no policy can be built."""
    given = {name: _owned(value) for name, value in said.items()}
    fields = {name: _owned(value) for name, value in said.items()}
    remarks: list[str] = []
    for _ in range(_ROUNDS):
        try:
            policy = Policy(**fields)
        except PolicyError as error:
            once = {problem.field: problem for problem in reversed(told(error))}  # the first of each field, and from
            remarks += reversed(
                [_repair(fields, problem) for problem in once.values()]
            )  # the end: an index stays right
            continue
        kept = {name for name, value in given.items() if name in fields and fields[name] == value}
        return Equivalent(policy, tuple(dict.fromkeys(remarks)), frozenset((given.keys() | fields.keys()) - kept))
    return None


def told(error: PolicyError) -> tuple[Problem, ...]:
    """The problems of a policy; that it is empty is none beside a keyword that is misspelt."""
    codes = {problem.code for problem in error.problems}
    without_empty = tuple(problem for problem in error.problems if problem.code != "empty-policy")
    return without_empty if "unknown-keyword" in codes else error.problems


def _repair(fields: dict[str, Any], problem: Problem) -> str:
    name, _, index = problem.field.partition("[")
    repair = _pattern if name == "allow_origin_regex" else _REPAIRS.get(problem.code, _take_out)
    place = int(index.removesuffix("]")) if index else None
    return repair(fields, name, place, problem)


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
    if not isinstance(value, str | list):
        return _take_out(fields, name, index, problem)
    fields[name] = _listed(value)
    return f"{name} is a list"


def _listed(value: Any) -> list[Any]:
    """The elements of a list, or of the text that stands in its place; none of anything else."""
    if not isinstance(value, str):
        return list(value) if isinstance(value, list) else []
    return [piece for piece in re.split(r"[,\s]+", value.strip("[]")) if piece]


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
    others = [origin for origin in fields.get("allow_origins", ()) if origin != "*"]
    fields["allow_origins"] = others or [FRONT_END]
    why = ": `*` cannot go with credentials" if index is not None else ""
    return f"name the front ends, each by its origin{why}"


def _pattern(fields: dict[str, Any], name: str, index: int | None, problem: Problem) -> str:
    """A regex that means "every subdomain" is a pattern; another is what the problem suggests, if it does."""
    regex = fields.pop("allow_origin_regex", None)
    otherwise = f"correct or replace allow_origin_regex: {problem.message}"
    if regex is None:  # another one of the same list took it out
        return otherwise
    found = _SUFFIX_REGEX.fullmatch(regex) if isinstance(regex, str) else None
    patterns = problem.suggestion if isinstance(problem.suggestion, tuple) else ()
    if found is not None:
        host = found[2].replace("\\", "")
        both = found[1] != "https" and not fields.get("allow_credentials")
        schemes = ("https", "http") if both else ("https",)
        patterns = tuple(f"{scheme}://*.{host}" for scheme in schemes)
    if patterns:
        fields["allow_origins"] = [*_listed(fields.get("allow_origins")), *patterns]
        return f"allow_origin_regex is {', '.join(patterns)}"
    if isinstance(regex, str) and isinstance(problem.suggestion, str) and problem.suggestion not in ("", regex):
        fields["allow_origin_regex"] = problem.suggestion
        return f"allow_origin_regex is corrected: {problem.message}"
    if not fields.get("allow_origins"):
        fields["allow_origins"] = [FRONT_END]
    return otherwise


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
    return "[" + ", ".join(f'"{element}"' for element in value) + "]"
