"""Copy as cURL, read back into the words of a command line.

Here belong the two shells for which browsers copy the command (bash and Windows' cmd), and curl's options. Not here:
what the request tells of the script's call (`copied`), and running it.
"""

from __future__ import annotations

import re
import shlex
from typing import Final

from .copied import CurlCall, Said, as_call
from .recorded import character, whole_characters

# curl's options with a value, by what they say of the request; empty if they say nothing of it.
_WITH_VALUE: Final = {
    "-X": "method", "--request": "method", "-H": "header", "--header": "header", "-b": "cookie", "--cookie": "cookie",
    "-d": "data", "--data": "data", "--data-raw": "data", "--data-binary": "data", "--data-ascii": "data",
    "--data-urlencode": "data", "--json": "json", "-e": "referer", "--referer": "referer", "--url": "url",
    "-u": "user", "--user": "user", "--oauth2-bearer": "bearer", "-r": "range", "--range": "range",
    "-T": "upload", "--upload-file": "upload", "-F": "form", "--form": "form", "--form-string": "form",
    "-A": "", "--user-agent": "", "-o": "", "--output": "", "-m": "", "--max-time": "", "--connect-timeout": "",
    "-x": "", "--proxy": "", "-U": "", "--proxy-user": "", "--resolve": "", "--connect-to": "", "--cacert": "",
    "--capath": "", "-E": "", "--cert": "", "--key": "", "--ciphers": "", "-c": "", "--cookie-jar": "", "-w": "",
    "--write-out": "", "-D": "", "--dump-header": "", "--max-redirs": "", "--retry": "", "--retry-delay": "",
    "--limit-rate": "", "-K": "", "--config": "", "--interface": "", "--unix-socket": "", "--dns-servers": "",
    "-y": "", "-Y": "", "-z": "", "--time-cond": "", "-C": "", "--continue-at": "", "--trace": "", "--stderr": "",
}  # fmt: skip
_HEADER: Final = re.compile(r"(:?[^:]*):?(.*)", re.DOTALL)  # HTTP/2's begin with a colon
_END: Final = frozenset({";", "&", "&&", "|", "||"})  # "Copy all as cURL" writes several commands


def read_curl(text: str) -> CurlCall:
    """The call that a command tells of. Raises ValueError if the text is not a curl command."""
    words = _words(text)
    if words[:1] not in (["curl"], ["curl.exe"]):
        raise ValueError("there is no curl command in this; in the network panel choose Copy as cURL")
    said: dict[str, list[str]] = {}
    flags: set[str] = set()
    rest = iter(words[1:])
    for word in rest:
        if word in _END:
            break
        options = _options(word)
        if not options:
            said.setdefault("url", []).append(word)
        for option, value in options:
            if option not in _WITH_VALUE:
                flags.add(option)
                continue
            kept = next(rest, None) if value is None else value
            if kept is None:
                raise ValueError(f"the curl command ends after {word}")
            said.setdefault(_WITH_VALUE[option], []).append(kept)
    if not said.get("url"):
        raise ValueError("the curl command has no URL")
    return _call(said, flags)


def _call(said: dict[str, list[str]], flags: set[str]) -> CurlCall:
    pairs = (_HEADER.match(line) for line in said.get("header", []))
    headers = [(pair[1].strip(), pair[2].strip()) for pair in pairs if pair]
    if "json" in said:
        headers.append(("Content-Type", "application/json"))
    if "user" in said:
        headers.append(("Authorization", "Basic …"))
    headers += [("Authorization", f"Bearer {token}") for token in said.get("bearer", [])]
    headers += [("Range", f"bytes={wanted}") for wanted in said.get("range", [])]
    names = {name.lower() for name, _ in headers}
    data = said.get("data", []) + said.get("json", [])
    in_query = bool(flags & {"-G", "--get"})
    # curl's own type for data. A script that leaves the type out sends text/plain, and no preflight either way.
    if "data" in said and not in_query and "content-type" not in names:
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
    headers += [("Referer", referer) for referer in said.get("referer", [])]
    headers += [("Cookie", cookie) for cookie in said.get("cookie", [])]
    method = (said.get("method") or [_default_method(said, flags, bool(data) and not in_query)])[-1]
    url = next((word for word in said["url"] if "://" in word), said["url"][0])
    body = "&".join(data) if data and not in_query else None
    whole = url if "://" in url else f"http://{url}"
    return as_call(Said(whole, method, tuple(headers), body))


def _default_method(said: dict[str, list[str]], flags: set[str], data: bool) -> str:
    if data or "form" in said:
        return "POST"
    if "upload" in said:
        return "PUT"
    return "HEAD" if flags & {"-I", "--head"} else "GET"


def _options(word: str) -> list[tuple[str, str | None]]:
    """The options in a word, and a value that is written together with one (`-XPUT`, `-sXPUT`, `--request=PUT`)."""
    if word.startswith("--"):
        option, equals, value = word.partition("=")
        return [(option, value)] if equals else [(option, None)]
    if not word.startswith("-") or word == "-":
        return []
    found: list[tuple[str, str | None]] = []
    for place, letter in enumerate(word[1:], 2):
        if f"-{letter}" in _WITH_VALUE:
            return [*found, (f"-{letter}", word[place:] or None)]
        found.append((f"-{letter}", None))
    return found


def _words(text: str) -> list[str]:
    """The words of a command, as the shell reads them that it was copied for."""
    command = re.sub(r"\A\s*[$>]\s+|;\s*\Z", "", text).strip()
    doubled = "'" not in command and '""' in command
    if re.search(r'\^["\r\n]|\^\Z', command) or doubled:
        return _arguments(_without_carets(command))
    plain = re.sub(r"\$'((?:[^'\\]|\\.)*)'", lambda found: shlex.quote(_unescaped(found[1])), command)
    try:
        return shlex.split(re.sub(r"\\\r?\n", " ", plain))
    except ValueError as error:
        raise ValueError(f"the curl command cannot be read: {error}; choose Copy as cURL (bash)") from None


def _unescaped(text: str) -> str:
    """The text of a bash string `$'…'`."""

    def one(match: re.Match[str]) -> str:
        code = match.group(1)
        if code[0] in "ux" and len(code) > 1:
            return character(code[1:], 16)
        return {"n": "\n", "r": "\r", "t": "\t"}.get(code, code)

    return whole_characters(re.sub(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", one, text, flags=re.DOTALL))


def _without_carets(text: str) -> str:
    """A command of cmd.exe, its carets applied: outside quotation marks `^` makes the next character a letter.

    A caret before a line end continues the line, and a line end after that is part of the text.
    """
    joined = re.sub(r"\^\r?\n\r?\n", "\n", text)
    joined = re.sub(r"\^\r?\n", " ", joined)
    made: list[str] = []
    quoted = False
    letters = iter(joined)
    for letter in letters:
        if letter == "^" and not quoted:
            made.append(next(letters, ""))
            continue
        if letter == '"':
            quoted = not quoted
        made.append(letter)
    return "".join(made)


def _arguments(text: str) -> list[str]:
    r"""The words of a Windows command line, as a C program gets them: `\"` and `""` in quotation marks are a `"`."""
    words: list[str] = []
    for found in re.finditer(r'(?:"(?:[^"\\]|""|\\.)*"?|\\.|[^\s"])+', text, re.DOTALL):
        parts = re.findall(r'"((?:[^"\\]|""|\\.)*)"?|(\\.|[^\s"])', found[0], re.DOTALL)
        plain = "".join(inside or outside for inside, outside in parts)
        words.append(re.sub(r'\\(["\\])', r"\1", plain.replace('""', '"')))
    return words
