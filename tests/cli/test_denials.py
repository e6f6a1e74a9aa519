"""`crossorigin denials`: logs as text and as JSON, what is grouped, and what cannot be read."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from crossorigin import CORSMiddleware, Policy
from crossorigin.cli import denials
from crossorigin.explain.denial_log import read_denials
from tests.middleware.test_denials import EVIL, A, asks, null, request_only

POLICY = Policy(allow_origins=[A], allow_methods=["GET"])


class Json(logging.Formatter):
    """As JSON loggers write: every field of `extra`, at the top or below."""

    def __init__(self, below: str = "") -> None:
        super().__init__()
        self.below = below

    def format(self, record: logging.LogRecord) -> str:
        fields = {name: value for name, value in vars(record).items() if name.startswith("cors_")}
        message = {"message": record.getMessage(), "level": record.levelname}
        return json.dumps(message | ({self.below: {"deeper": [fields]}} if self.below else fields))


class Message(logging.Formatter):
    """As loguru serialises: the message alone, inside an object."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({"text": "x", "record": {"message": record.getMessage()}})


FORMATS = {
    "message": logging.Formatter(),
    "prefixed": logging.Formatter("%(asctime)s [%(process)d] %(levelname)s:%(name)s: %(message)s"),
    "json": Json(),
    "nested json": Json("extra"),
    "message in json": Message(),
}


def log_of(formatter: logging.Formatter, tmp_path: Path) -> Path:
    """A log with two causes, repeated denials, one on trial, strangers beyond the table, and other lines."""
    file = tmp_path / "server.log"
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(formatter)
    logger = logging.getLogger("crossorigin")
    logger.addHandler(handler)
    try:
        app = CORSMiddleware(null, policy=POLICY, report_only=Policy(allow_origins=["https://b.example"]))
        for _ in range(3):
            request_only(app, [("origin", EVIL)], "/items?secret=1")
        for _ in range(2):
            request_only(app, [("origin", A), *asks("PUT")], method="OPTIONS")
        request_only(app, [("origin", A)])
        request_only(app, [("origin", A)])
        for number in range(40):
            request_only(app, [("origin", f"https://bot{number}.example")])
        app._seen.close()
        logger.warning("something else")
    finally:
        logger.removeHandler(handler)
        handler.close()
    return file


@pytest.mark.parametrize("formatter", FORMATS.values(), ids=FORMATS)
def test_a_log_is_read(formatter: logging.Formatter, tmp_path: Path) -> None:
    with log_of(formatter, tmp_path).open(encoding="utf-8") as lines:
        report = read_denials(lines)
    assert (report.unread, report.unnamed) == (0, 17)
    by_remedy = {group.remedy: group for group in report.denied}
    assert by_remedy[f'allow_origins=["{A}", "{EVIL}"]'].count == 3
    assert by_remedy['allow_methods=["GET", "PUT"]'].count == 2
    assert by_remedy['allow_methods=["GET", "PUT"]'].routes == {"PUT (no route)": 2}
    assert sum(group.count for group in report.denied) == 3 + 2 + 23
    assert [(group.cause, group.count, dict(group.origins)) for group in report.would_deny] == [
        ("origin-not-listed", 2, {A: 2})
    ]


def test_other_lines_say_nothing() -> None:
    deep = "{}"
    for _ in range(30):
        deep = json.dumps({"a": json.loads(deep)})
    other = ['{"cors_event": "start"}', deep, '{"message": "crossorigin: policy origins=1"}', '{"n": 1}', ""]
    report = read_denials(other)
    assert (report.denied, report.would_deny, report.unnamed, report.unread) == ([], [], 0, 0)


RECORD = "crossorigin: denied kind=cors origin=https://e.example method=GET reason=origin-not-allowed cause="
UNREAD = [
    "crossorigin: denied kind=cors origin=https://evil.exam",
    "crossorigin: denied again total=5 seconds=60: count=2 reason=a cause=b; count=",
    "crossorigin: denied again tot",
    '{"cors_event": "denied", "cors_origin": "https://evil.example"}',
    '{"cors_event": "summary", "cors_denials": [{"origin": "x"}]}',
    '{"cors_event": "summary", "cors_denials": 3}',
]


@pytest.mark.parametrize("line", UNREAD)
def test_a_record_that_is_cut_off_is_counted(line: str) -> None:
    report = read_denials([line, "nothing", "{}", "[]", "{broken", '{"a": "b"}', "[" * 100_000])
    assert (report.unread, report.unnamed, report.would_deny) == (1, 0, [])


def run(*arguments: str, text: str = "") -> Any:
    import typer

    app = typer.Typer()
    app.command()(denials.command)
    return CliRunner().invoke(app, list(arguments), input=text)


def test_the_text(tmp_path: Path) -> None:
    file = tmp_path / "log"
    lines = [RECORD + 'origin-not-listed → allow_origins=["https://e.example"]']
    lines += ["x crossorigin: would deny kind=cors origin=https://a.example reason=origin-not-allowed cause=a-new-one"]
    lines += ["crossorigin: denied again total=4 seconds=60: others=4", UNREAD[0]]
    file.write_text("\n".join(lines))
    done = run(str(file))
    assert done.exit_code == 2  # one record could not be read
    assert done.output.rstrip().split("\n") == [
        "Denied",
        "",
        "1 × The page is not in the list of allowed origins [origin-not-listed]",
        "    from https://e.example",
        "    at   GET (no route)",
        '    → allow_origins=["https://e.example"]',
        "",
        "A stricter policy would deny",
        "",
        "1 × a new one [a-new-one]",
        "    from https://a.example",
        "    at   (no route)",
        "",
        "4 more denials were counted without their origins.",
        "",
        "1 records could not be read: these are not in the list.",
    ]


def test_standard_input_json_and_exit_codes(tmp_path: Path) -> None:
    done = run("-", "--json", text=RECORD + "origin-not-listed")
    assert done.exit_code == 1
    assert json.loads(done.output)["denied"][0] == {
        "cause": "origin-not-listed",
        "title": "The page is not in the list of allowed origins",
        "remedy": "",
        "count": 1,
        "origins": {"https://e.example": 1},
        "routes": {"GET (no route)": 1},
        "reasons": {"origin-not-allowed": 1},
    }
    assert (run("-", text="").exit_code, run("-", text="").output) == (0, "Nothing was denied.\n")
    assert run(str(tmp_path / "missing")).exit_code == 2


def test_what_a_stranger_wrote_is_escaped(tmp_path: Path) -> None:
    names = [f'{RECORD}x culprit="\\u001b[2J" origin="\\u202e{number}"' for number in range(7)]
    done = run("-", text="\n".join(names))
    assert "\x1b" not in done.output
    assert "\u202e" not in done.output
    assert "and 2 more" in done.output


def test_a_summary_in_json_without_others() -> None:
    fact = {"origin": EVIL, "reason": "origin-not-allowed", "cause": "origin-not-listed", "count": 2}
    report = read_denials([json.dumps({"cors_event": "summary", "cors_denials": [fact], "cors_others": 0})])
    assert ([group.count for group in report.denied], report.unnamed, report.unread) == ([2], 0, 0)
