"""Firefox in other languages: what a message means, found from the parts that no translation changes.

Firefox has sixteen messages about CORS (`security.properties`), in about a hundred languages. Each holds the URL; most
hold the name of a header, a status, or a value in quotation marks, and these parts tell which message it is. If two
messages have the same parts, both are given. Not here: English (`console_messages`).

Some translations name another header than the original, translate the header's name, or leave the quotation marks
out. They are listed one by one. Source: Debian's packages firefox-esr-l10n-*, version 153.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ..standards.fetch import is_token

_URL: Final = re.compile(r"[a-z]+://[!#-&(-;=?-_a-z{|}~]+")
_CORS: Final = re.compile(
    r"CORS|Access-Control-Allow-|Cross[- ]Origin|Same[- ]Origin|کآرس|Aššil-margante|mismo origen|წარმომავლობის", re.I
)
_STATUS: Final = re.compile(r"(?<!\d)([1-5]\d\d|\(null\))(?!\d)\D*\Z")

_MARKS: Final = "'‘’‚“”„«»\"`「」『』"


def _header(*spellings: str) -> re.Pattern[str]:
    """The name of a header, with the quotation marks around it and what else is inside them."""
    name = "|".join(spellings)
    return re.compile(rf"[{_MARKS}]\s?[^{_MARKS}]*?(?:{name})[^{_MARKS}]*[{_MARKS}]|(?:{name})", re.I)


# What a header is called, by its last word: as the standard has it, and as some languages have it.
_HEADERS: Final = (
    (
        "credentials",
        _header("Access-Control-Allow-(?:Origin-)?Credentials", "परिचय पत्र", "alhakiikandiyan", "اجازت-اسناد"),
    ),
    ("methods", _header("Access-Control-Allow[- ]Methods?", "अनुमति दें-तरीका", "fondo-dabarey", "اجازت-طریقے")),
    (
        "headers",
        _header(
            "Access-Control-Allow-(?:Headers|Métodos)",
            "अनुमति दें-शीर्षक",
            "fondo-boŋdekey",
            "اجازت-سرتحریر",
            "Permitir encabezados",
            "թույլատրել-վերնագրերը",
        ),
    ),
    (
        "origin",
        _header(
            "Access-Control-(?:Allow-Origin|Permitir-Origen)",
            "अनुमति-मूल",
            "अनुमति-शीर्षक",
            "fondo-aššil foo",
            "دیں نژاد",
            "অনুমতি-ওরিজিন",
            "Horo-Yamir-Iwdi",
            "հսկողություն֊թույլատրել",
        ),
    ),
)

# Translations whose parts are those of another message, by some of their words.
_MISTAKES: Final = tuple(
    (re.compile(words), meanings)
    for words, meanings in (
        (r"ulac aqeṛṛu CORS.*[1-5]\d\d\D*$", ("allow-origin-missing",)),
        (r"ulac aqeṛṛu CORS", ("scheme-not-http", "cors-disabled")),
        (r"Allow-Credentials‘\*", ("allow-origin-star-with-credentials",)),
        (r"ur tettwaf ara tarrayt", ("method-not-allowed", "allow-credentials-missing")),
        (r"garra metodo|ᱢᱮᱛᱷᱚᱰ|মেথড", ("method-not-allowed",)),
        (r"teste invalido '(?P<value>.*)' en", ("allow-methods-invalid", "allow-headers-invalid")),
        (r"Allow-Origin.*ᱴᱚᱠᱮᱱ ‘(?P<value>.*)’", ("allow-methods-invalid",)),
        (r"‘(?P<value>[^‘]*)‘ CORS rehe‘ỹ HTTP", ("allow-methods-invalid", "allow-headers-invalid")),
        (r"CORS rehe’ỹ HTTP jerurepy ‘(?P<value>.*)’", ("allow-origin-mismatch",)),
        (r"ayingqamani '(?P<value>.*)'", ("allow-origin-mismatch", "allow-headers-invalid")),
        (r"शीर्षक' (?P<value>.*) से मेल", ("allow-origin-mismatch",)),
        (r"टोकन (?P<value>.*) मे CORS", ("allow-methods-invalid",)),
        (r"ওরিজিন' (?P<value>.*) -এর", ("allow-origin-mismatch",)),
        (r"Allow-Origin’ ᱫᱚ (?P<value>.*) ᱥᱟᱞᱟᱜ", ("allow-origin-mismatch",)),
        (r"ddim yn cydweddu (?P<value>.*?) ?\)", ("allow-origin-mismatch",)),
        (r"Allow-Origin' (?P<value>.*?)ni topa", ("allow-origin-mismatch",)),
        (r"نژاد ‘(?P<value>.*)’", ("allow-origin-mismatch",)),
        (r"Allow-Origin’ +‘(?P<value>.*) ਨਾਲ", ("allow-origin-mismatch",)),
        (r"एचटीटीपी", ("scheme-not-http",)),
    )
)  # fmt: skip

_CREDENTIALS: Final = ("allow-credentials-missing", "allow-credentials-invalid")
_STAR: Final = ("allow-origin-star-with-credentials",)

# By the header that is named, and what else stands in the message.
_MEANINGS: Final = {
    ("origin", "status"): ("allow-origin-missing",),
    ("origin", "star"): _STAR,
    ("origin", "true"): _CREDENTIALS,
    ("origin", "value"): ("allow-origin-mismatch",),
    ("origin", ""): ("allow-origin-multiple",),
    ("credentials", "star"): _STAR,
    ("credentials", "true"): _CREDENTIALS,
    ("credentials", "value"): _CREDENTIALS,
    ("credentials", ""): ("allow-credentials-missing", *_STAR),
    ("methods", "star"): _STAR,
    ("methods", "true"): _CREDENTIALS,
    ("methods", "value"): ("allow-methods-invalid",),
    ("methods", ""): ("method-not-allowed",),
    ("headers", "star"): ("authorization-not-covered",),
    ("headers", "warning"): ("authorization-not-covered",),
    ("headers", "token"): ("header-not-allowed", "allow-headers-invalid"),
    ("headers", "value"): ("allow-headers-invalid",),
    ("", "no status"): ("network-failure", "preflight-network-failure", "redirect-credentials"),
    ("", "status"): ("preflight-status", "network-failure"),
    ("", "http"): ("scheme-not-http",),
    ("", "value"): ("origin-not-added",),
    ("", ""): ("preflight-redirect", "cors-disabled"),
}

# Pairs of quotation marks. An apostrophe inside a word opens and closes nothing.
_QUOTED: Final = re.compile(
    r"«\s?(.*?)\s?»|“(.*?)[”“]|„(.*?)[“”]|”(.*?)[”“]|「(.*?)」|『(.*?)』|`(.*?)`|\"(.*?)\""
    r"|(?<![^\W_])[‘‚](.*?)[’‘']|(?<![^\W_])'(.*?)'(?![^\W_])|(?<![^\W_])’(.*?)[’‘](?![^\W_])"
)


_WORDS: Final = ("http", "preflight")  # which some languages write in quotation marks


@dataclass(frozen=True, slots=True)
class Translated:
    """One message: what it means (reasons or causes, the likelier first), and its parts."""

    meanings: tuple[str, ...]
    url: str
    value: str = ""
    status: str = ""


def read_translated(line: str) -> Translated | None:
    """The message in one line of a console, in whatever language; None if it is not one about CORS."""
    found = _URL.search(line)
    if found is None or not _CORS.search(line) or "blocked by CORS policy" in line:  # Chrome's words, cut off
        return None
    url = found[0].rstrip(".,:;!?-")
    rest = line[found.start() + len(url) :].lstrip("'‘’“”\"»")  # the reason follows the URL in every language
    for words, meanings in _MISTAKES:
        if said := words.search(rest):
            value = said.groupdict().get("value") or ""
            return Translated(meanings, url, value, _status(rest))
    header = ""
    for name, spelt in _HEADERS:
        rest, named = spelt.subn(" ", rest)
        if named and not header:
            header = name
    quoted = [next(filter(None, match.groups()), "") for match in _QUOTED.finditer(rest)]
    values = [text for text in quoted if text not in _WORDS]
    kind = _kind(header, values, rest)
    if (header, kind) not in _MEANINGS:
        return None
    value = next((text for text in values if text not in ("*", "true")), "")
    status = _status(rest) if "status" in kind else ""
    return Translated(_MEANINGS[header, kind], url, value, status)


def _kind(header: str, values: list[str], rest: str) -> str:
    """What stands in a message besides the URL and the name of a header."""
    if header == "headers" and "Authorization" in rest:
        return "warning"
    if "*" in values:
        return "star"
    if "true" in values:
        return "true"
    if values and header == "headers" and all(is_token(text) for text in values):
        return "token"
    if values:
        return "value"
    status = _status(rest)
    if status == "(null)" and not header:
        return "no status"
    if status:
        return "status"
    return "http" if not header and "http" in rest.lower() else ""


def _status(rest: str) -> str:
    found = _STATUS.search(rest)
    return found[1] if found else ""
