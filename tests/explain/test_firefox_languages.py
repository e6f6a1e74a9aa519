"""Firefox's messages in every language that Debian has a package for: the right cause, or the right one among two."""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from crossorigin.explain import read_console
from crossorigin.explain.firefox_languages import read_translated
from crossorigin.explain.message_alone import diagnose_message

URL = "https://api.example.com/items?a=1&b=(2)c"

# Each message of security.properties: values for its second place, and the cause.
MESSAGES = {
    "CORSDisabled": ([""], "cors-disabled"),
    "CORSDidNotSucceed2": (["(null)"], "no-response"),
    "CORSOriginHeaderNotAdded": ([""], "origin-not-added"),
    "CORSExternalRedirectNotAllowed": ([""], "preflight-redirect-other"),
    "CORSRequestNotHttp": ([""], "not-http"),
    "CORSMissingAllowOrigin2": (["200"], "no-allow-origin"),
    "CORSMultipleAllowOriginNotAllowed": ([""], "allow-origin-repeated"),
    "CORSAllowOriginNotMatchingOrigin": (["https://b.example", "http://10.0.0.123", "null"], "origin-not-listed"),
    "CORSNotSupportingCredentials": ([""], "star-for-credentials"),
    "CORSMethodNotFound": ([""], "method-not-listed"),
    "CORSMissingAllowCredentials": ([""], "credentials-not-allowed"),
    "CORSPreflightDidNotSucceed3": (["405"], "preflight-not-answered"),
    "CORSInvalidAllowMethod": (["GET PUT", "(PUT)"], "malformed-allow-methods"),
    "CORSInvalidAllowHeader": (["a b", "x-token"], "malformed-allow-headers"),
    "CORSMissingAllowHeaderFromPreflight2": (["x-token", "content-type"], "header-not-listed"),
    "CORSAllowHeaderFromPreflightDeprecation": ([""], "authorization-not-covered"),
}


@pytest.fixture(scope="session")
def languages(pytestconfig: pytest.Config) -> dict[str, dict[str, str]]:
    """The messages of each language, from Debian's packages, which are downloaded once and not installed."""
    assert pytestconfig.cache is not None
    cache = Path(str(pytestconfig.cache.mkdir("firefox-languages")))
    kept = cache / "messages.json"
    if not kept.exists():
        packages = _packages()
        if not packages:  # a machine whose lists were never fetched, or were removed
            subprocess.run(["apt-get", "update", "-q"], check=True, capture_output=True)
            packages = _packages()
        subprocess.run(["apt-get", "download", "-q", *packages], cwd=cache, check=True, capture_output=True)
        found = dict(_of_package(package) for package in sorted(cache.glob("*.deb")))
        kept.write_text(json.dumps(found))
    return dict(json.loads(kept.read_text()))


def _packages() -> list[str]:
    command = ["apt-cache", "depends", "firefox-esr-l10n-all"]
    depends = subprocess.run(command, check=False, capture_output=True, text=True)
    return re.findall(r"(?m)^ *Depends: (firefox-esr-l10n-\S+)$", depends.stdout)


def _of_package(package: Path) -> tuple[str, dict[str, str]]:
    """A package's language, and the messages of its security.properties."""
    unpacked = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(unpacked)) as files:
        name = next(name for name in files.getnames() if name.endswith(".xpi"))
        extension = files.extractfile(name)
        assert extension is not None
        with zipfile.ZipFile(io.BytesIO(extension.read())) as archive:
            place = next(place for place in archive.namelist() if place.endswith("/security/security.properties"))
            lines = re.findall(r"(?m)^(CORS\w+)\s*=\s*(.*)$", archive.read(place).decode())
    package.unlink()
    return package.name.split("_")[0].removeprefix("firefox-esr-l10n-"), dict(lines)


def said(template: str, value: str) -> str:
    return template.replace("%1$S", URL).replace("%2$S", value).replace("\\u0020", " ")


def test_every_message_in_every_language(languages: dict[str, dict[str, str]]) -> None:
    assert len(languages) > 90
    counted: Counter[str] = Counter()
    wrong = []
    for language, messages in languages.items():
        for name, (values, cause) in MESSAGES.items():
            for value in values:
                text = said(messages[name], value)
                diagnosis, candidates = diagnose_message(read_console(text))
                causes = [each.cause for each in candidates] or [diagnosis.cause]
                right = cause in causes and len(causes) <= 2
                counted["one" if len(causes) == 1 else "two"] += right
                if not right:
                    wrong.append((language, name, value, causes, text))
    print(dict(counted))
    assert wrong == []
    assert counted["one"] > counted["two"]


@pytest.mark.parametrize("name", ["CORSAllowOriginNotMatchingOrigin", "CORSInvalidAllowMethod"])
def test_the_value_is_read(languages: dict[str, dict[str, str]], name: str) -> None:
    value = "https://b.example" if name == "CORSAllowOriginNotMatchingOrigin" else "GET PUT"
    found = {language: read_translated(said(messages[name], value)) for language, messages in languages.items()}
    read = {language: each.value for language, each in found.items() if each is not None}
    assert read == dict.fromkeys(languages, value)


def test_the_url_is_read(languages: dict[str, dict[str, str]]) -> None:
    found = {language: read_translated(said(messages["CORSDisabled"], "")) for language, messages in languages.items()}
    assert {each.url for each in found.values() if each is not None} == {URL}


@pytest.mark.parametrize(
    "line",
    [
        "Ein Satz ohne Adresse, mit CORS.",
        "https://api.example.com/ hat geantwortet.",
        "CORS https://api.example.com/ Access-Control-Allow-Headers",
        "Access to fetch at 'https://api.example.com/' from origin 'null' has been blocked by CORS policy:",
    ],
)
def test_what_is_no_message_about_cors(line: str) -> None:
    assert read_translated(line) is None
