"""Python source: any bytes are read or reported as not judged; apps that do not know each other are judged as if alone.

Nothing of the source is run: what would stop or write something if it ran is part of the pieces.
"""

from __future__ import annotations

from crossorigin.check import Kind
from fuzz.common import FuzzedDataProvider, bounded, fuzz
from fuzz.files import said, spoilt, together, twice

IMPORTS = "from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\nimport os\n"
SETTINGS = (
    'allow_origins=["*"]', 'allow_origins=["https://app.example.com"]', 'allow_origins=["https://app.example.com/"]',
    "allow_credentials=True", 'allow_methods=["put"]', 'allow_headers=["*"]', 'expose_headers=["X-A"]', "max_age=600",
    'allow_origin_regex=r"https://.*example\\.com"', 'allow_origins=os.environ["ORIGINS"].split(",")',
    'allow_origins="*"',
    "**options", "allow_origins=[o.strip() for o in names]", "allow_credentials=settings.COOKIES",
)  # fmt: skip
BEFORE = (
    "", "options = {}\n", 'names = ["https://a.example.com", "*"]\n',
    "if DEBUG:\n    names = []\nelse:\n    names = ['*']\n",
    'raise SystemExit("this was run")\n', "while True:\n    pass\n", "class A:\n    def f(self):\n        return 1\n",
    "# *\n",
)  # fmt: skip
PIECES = (
    "CORSMiddleware", "allow_origins=", "lambda: ", "*", "**", "(", ")", "[", "]", "{", "}", "=", ":=", "if ", "else ",
    "for x in ",
    "f'{x}'", "'", '"""', "\\", "async ", "await ", "match x:\n", "@", "\t", "1e999", "0x", "\ufeff",
    "# coding: rot13\n",
    'response.headers["Access-Control-Allow-Origin"] = origin\n', "del app\n", "global app\n", "yield ", "...",
)  # fmt: skip
STAR = 'app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)\n'
REFLECTED = 'app.add_middleware(CORSMiddleware, allow_origin_regex=".*", allow_credentials=True)\n'
SURE = {STAR: "star-with-credentials", REFLECTED: "regex-look-alike"}
SEEDS = [
    b"\0" + IMPORTS.encode() + STAR.encode(),
    b"\0# -*- coding: latin-1 -*-\n# CORS \xe9\n",
    b"\0" + b"CORSMiddleware" + b"(" * 300,
    b"\0CORS = '" + b"\0" + b"'",
    b"\0# CORS\n# coding: utf-7\n+AGE-\n",
    b"\0# coding: rot13\n# CORS\n",
    b"\2\1\0\0\1\3\2\1\0\0",
    b"\2\2\1\1\0\2\2\2\0\3\1\0\1\1\0\0",
    b"\3\1\5\1\0\1",
]


def app(given: FuzzedDataProvider, number: int) -> str:
    """An app and its settings, under names of their own."""
    before = given.PickValueInList(BEFORE[:4] + BEFORE[6:])
    before = (
        before.replace("names", f"names{number}").replace("options", f"options{number}").replace("A:", f"A{number}:")
    )
    settings: dict[str, str] = {}
    for setting in given.some(SETTINGS, 3, 1):
        settings.setdefault(setting.partition("=")[0], setting)
    keywords = ", ".join(settings.values()).replace("names", f"names{number}").replace("options", f"options{number}")
    return f"{IMPORTS}{before}app{number} = FastAPI()\napp{number}.add_middleware(CORSMiddleware, {keywords})\n"


@bounded
def check(data: bytes) -> None:
    """Raises if a promise about Python source is broken."""
    given = FuzzedDataProvider(data)
    way = given.ConsumeIntInRange(0, 3)
    if way == 0:
        found = twice(given.ConsumeBytes(3000), Kind.SOURCE)
        assert not isinstance(found, str), found
        return
    apps = [app(given, number) for number in range(given.ConsumeIntInRange(1, 3))]
    if way == 1:
        text = given.PickValueInList(BEFORE) + "".join(apps)
        assert not isinstance(twice(spoilt(text, given, PIECES), Kind.SOURCE), str)
        return
    if way == 2:
        together(apps, Kind.SOURCE, "# a comment")
    call, code = given.PickValueInList(list(SURE.items()))
    text = "".join(apps) + f"app = FastAPI()\n{call}"
    found = said(text, Kind.SOURCE)
    assert (text.count("\n"), code) in {(line, what) for line, what, _ in found}, (text, found)


def TestOneInput(data: bytes) -> None:
    check(data)


def main() -> None:
    fuzz(TestOneInput)


if __name__ == "__main__":
    main()
