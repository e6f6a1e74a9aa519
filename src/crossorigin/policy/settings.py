"""A Policy out of files and environment variables.

Here belongs where a policy is looked for, which profile holds, and how a list is written in a variable.
Not here: whether it is a good policy; `Policy` says that, whole, as for any other.

    crossorigin.toml                    pyproject.toml
    ----------------                    --------------
    allow_methods = ["GET", "PUT"]      [tool.crossorigin]
                                        allow_methods = ["GET", "PUT"]
    [development]
    allow_origins = ["*"]               [tool.crossorigin.development]
                                        allow_origins = ["*"]
    [production]
    allow_origins = ["https://…"]       [tool.crossorigin.production]
                                        allow_origins = ["https://…"]

The environment picks the profile; its fields go over the shared ones; environment variables go over both:
CROSSORIGIN_ENVIRONMENT, CROSSORIGIN_ALLOW_ORIGINS, and so on for every field.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BeforeValidator, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from .policy import Policy
from .problems import PolicyError, problem

FILES: Final = ("crossorigin.toml", "pyproject.toml")
_Kind = TypeVar("_Kind", bound=Policy)
PROFILES: Final = ("development", "production")


def _split(text: Any) -> Any:
    """A list in a variable: JSON, or separated by commas, spaces or newlines."""
    if not isinstance(text, str):
        return text
    if text.lstrip().startswith("["):
        return json.loads(text)
    return [it for it in re.split(r"[,\s]+", text) if it]


_List = Annotated[list[str] | None, NoDecode, BeforeValidator(_split)]


class _Variables(BaseSettings):
    """The environment variables of a policy; one that is not set, empty or blank says nothing."""

    model_config = SettingsConfigDict(env_prefix="CROSSORIGIN_", env_ignore_empty=True, extra="ignore")

    allow_origins: _List = None
    allow_origin_regex: str | None = None
    allow_methods: _List = None
    allow_headers: _List = None
    allow_credentials: bool | None = None
    allow_private_network: bool | None = None
    expose_headers: _List = None
    max_age: int | None = None
    enforce: bool | Literal["report-only"] | None = None
    trusted_hosts: _List = None
    exempt: _List = None
    accept_risks: _List = None
    environment: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _strip(cls, written: dict[str, Any]) -> dict[str, Any]:
        stripped = _stripped(written)
        return {name: value for name, value in stripped.items() if value != ""}


def _stripped(fields: dict[str, Any]) -> dict[str, Any]:
    """The same settings without white space around them, such as the carriage return of a file with CRLF line ends.

    One that stayed would make another word of it: "production\\r" is not the name of a profile.
    """
    strings = {name: value.strip() for name, value in fields.items() if isinstance(value, str)}
    return fields | strings


def load(path: str | Path | None = None) -> Policy:
    """The policy of this process: `load_as` with Policy itself."""
    return load_as(Policy, path)


def load_as(kind: type[_Kind], path: str | Path | None = None) -> _Kind:
    """The policy of this process, as an object of `kind`: Policy or a subclass.

    Read from `path`; else from the nearest `crossorigin.toml`, or `pyproject.toml` with a
    `[tool.crossorigin]` table, in this directory or above it; else from variables alone.

    Raises PolicyError: for what is wrong with the policy, for a file that cannot be read or is not TOML, and
    for a policy that says it is for development where CROSSORIGIN_ENVIRONMENT says production.
    """
    source = Path(path) if path is not None else find()
    shared = _stripped(_read(source)) if source is not None else {}
    profiles: dict[str, dict[str, Any]] = {
        name: _profile(name, shared.pop(name)) for name in PROFILES if name in shared
    }
    variables = _variables()
    process, written = variables.pop("environment", None), shared.pop("environment", None)
    environment = process or written or "production"
    if environment == "production" and list(profiles) == ["development"]:
        raise PolicyError(
            [problem("development-in-production", str(source), "[development]", remedy="write a [production] profile")]
        )
    fields = shared | profiles.get(str(environment), {}) | variables
    if process is None or written == "development":
        fields["environment"] = written  # development, against a process that says production, is refused
    return kind(**fields)


def _profile(name: str, fields: Any) -> dict[str, Any]:
    if not isinstance(fields, dict) or "environment" in fields:
        raise PolicyError([problem("profile-invalid", name, fields)])
    return _stripped(fields)


def find() -> Path | None:
    """The file that `load()` reads where it is given none; None where there is none, and variables are all there is.

    Raises PolicyError for a `pyproject.toml` on the way that cannot be read or is not TOML.
    """
    start = Path.cwd()
    for folder in (start, *start.parents):
        for name in FILES:
            file = folder / name
            if file.is_file() and (name == "crossorigin.toml" or _table(_parse(file)) is not None):
                return file
    return None


def _parse(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8"))
    except OSError as why:
        raise PolicyError([problem("file-unreadable", str(file), why.strerror or str(why))]) from why
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as why:
        raise PolicyError([problem("file-not-toml", str(file), str(why))]) from why


def _read(file: Path) -> dict[str, Any]:
    document = _parse(file)
    if file.name == "pyproject.toml":
        found = _table(document)
        document = {} if found is None else found
    if not isinstance(document, dict):
        raise PolicyError([problem("profile-invalid", "tool.crossorigin", document)])
    return dict(document)


def _table(pyproject: dict[str, Any]) -> Any:
    tool = pyproject.get("tool")
    return tool.get("crossorigin") if isinstance(tool, dict) else None


def _variables() -> dict[str, Any]:
    try:
        found = _Variables()
    except ValidationError as error:
        raise PolicyError(
            problem("variable-invalid", f"CROSSORIGIN_{str(it['loc'][0]).upper()}", it["input"], it["msg"])
            for it in error.errors()
        ) from error
    return found.model_dump(exclude_none=True)
