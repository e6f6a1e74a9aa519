"""Copy as cURL, read back into the call that the page made.

Here belongs the command line that a browser's network panel copies (the bash form). Not here: running it. What
the browser adds of itself (`User-Agent`, `Sec-…`, cookies, the cache's headers) is no part of the call.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Final

from .recorded import origin_of, script_headers

_WITH_VALUE: Final = {
    "-X": "method", "--request": "method", "-H": "header", "--header": "header", "-b": "cookie", "--cookie": "cookie",
    "-d": "data", "--data": "data", "--data-raw": "data", "--data-binary": "data", "--data-ascii": "data",
    "--data-urlencode": "data", "--json": "json", "-e": "referer", "--referer": "referer", "--url": "url",
    "-u": "user", "--user": "user", "-A": "", "--user-agent": "", "-o": "", "--output": "", "-m": "", "--max-time": "",
    "--connect-timeout": "", "-x": "", "--proxy": "", "--resolve": "", "--cacert": "", "-F": "form", "--form": "form",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CurlCall:
    """The call that a page made: `page` is empty where the command does not say which page."""

    url: str
    method: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    page: str
    credentials: bool
    mode: str = "cors"


def read_curl(text: str) -> CurlCall:
    """A command as copied from the network panel. Raises ValueError where it is none."""
    words = _words(text)
    if words[:1] != ["curl"]:
        raise ValueError("this is no curl command; in the network panel choose Copy as cURL (bash)")
    said: dict[str, list[str]] = {}
    flags: set[str] = set()
    rest = iter(words[1:])
    for word in rest:
        option, value = _option(word)
        if option not in _WITH_VALUE:
            if word.startswith("-"):
                flags.add(word)
            else:
                said.setdefault("url", []).append(word)
            continue
        kept = next(rest, None) if value is None else value
        if kept is None:
            raise ValueError(f"the curl command ends after {word}")
        said.setdefault(_WITH_VALUE[option], []).append(kept)
    if not said.get("url"):
        raise ValueError("the curl command has no URL")
    return _call(said, flags)


def _call(said: dict[str, list[str]], flags: set[str]) -> CurlCall:
    headers = [(name.strip(), value.strip()) for name, _, value in (it.partition(":") for it in said.get("header", []))]
    if "json" in said:
        headers.append(("Content-Type", "application/json"))
    if "user" in said:
        headers.append(("Authorization", "Basic …"))
    lower = {name.lower(): value for name, value in headers}
    data = said.get("data", []) + said.get("json", [])
    # curl's own type for data. A script that leaves the type out sends text/plain, and no preflight either way.
    if "data" in said and "content-type" not in lower:
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    default = "POST" if data or "form" in said else "HEAD" if flags & {"-I", "--head"} else "GET"
    url = said["url"][0]
    referer = lower.get("referer", "") or (said.get("referer") or [""])[0]
    return CurlCall(
        url if "://" in url else f"http://{url}",
        (said.get("method") or [default])[-1],
        tuple((name, value) for name, value in headers if script_headers(name)),
        "&".join(data) if data else None,
        lower.get("origin", "") or origin_of(referer),
        "cookie" in said or "cookie" in lower,
        "no-cors" if lower.get("sec-fetch-mode") == "no-cors" else "cors",
    )


def _option(word: str) -> tuple[str, str | None]:
    """An option, and the value that is written together with it (`-XPUT`, `--request=PUT`)."""
    if word.startswith("--"):
        option, equals, value = word.partition("=")
        return option, value if equals else None
    if word.startswith("-") and len(word) > 2 and word[:2] in _WITH_VALUE:
        return word[:2], word[2:]
    return word, None


def _words(text: str) -> list[str]:
    """The words of a bash command, `$'…'` included."""
    plain = re.sub(r"\$'((?:[^'\\]|\\.)*)'", lambda it: shlex.quote(_unescaped(it.group(1))), text.strip())
    try:
        return shlex.split(re.sub(r"\\\r?\n", " ", plain))
    except ValueError as error:
        raise ValueError(f"the curl command cannot be read: {error}; copy it as cURL (bash)") from None


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] in "ux":
            return chr(int(code[1:], 16))
        return {"n": "\n", "r": "\r", "t": "\t"}.get(code, code)

    return re.sub(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", one, text, flags=re.DOTALL)
