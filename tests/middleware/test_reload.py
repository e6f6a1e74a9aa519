"""The policy file, followed: what is applied, what is logged, and what changes nothing."""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crossorigin import CORSMiddleware, Policy, PolicyError
from crossorigin.middleware.reload import PolicyWatcher, policy_file

A, B, C = (f"https://{it}.example" for it in "abc")
POLICY = {it: Policy(allow_origins=[it]) for it in (A, B, C)}
TEXT = {it: f'allow_origins = ["{it}"]\n' for it in (A, B, C)}
LONG = 30.0  # seconds after which a test gives up; none waits for it


class Heard(logging.Handler):
    """What is logged, in order; the test waits for each record."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.records: queue.Queue[tuple[str, str]] = queue.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.records.put((record.levelname, self.format(record)))

    def next(self) -> tuple[str, str]:
        return self.records.get(timeout=LONG)


@pytest.fixture
def heard() -> Iterator[Heard]:
    logger, handler = logging.getLogger("crossorigin"), Heard()
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)
    assert handler.records.empty(), "a record that no test asked for"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "crossorigin.toml"
    file.write_text(TEXT[A])
    return file


class Applied:
    """The policies that came into force, and a watch that puts them there."""

    def __init__(self, file: Path, *, running: Policy | None = POLICY[A]) -> None:
        self.policies: list[Policy] = []
        self.watch = PolicyWatcher(file, self.policies.append, running=running)

    def __enter__(self) -> Applied:
        self.watch.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.watch.stop()
        assert "crossorigin-watch" not in [it.name for it in threading.enumerate()]


def now(file: Path, was: str, is_: str) -> tuple[str, str]:
    return ("INFO", f"{file} is in force: allow_origins ['{was}'] → ['{is_}']")


def replace(file: Path, text: str) -> None:
    other = file.with_name("other")
    other.write_text(text)
    other.replace(file)


def write(file: Path, text: str) -> None:
    file.write_text(text)


def rename_away(file: Path, text: str) -> None:
    """As vim does it: the old file becomes the backup, and a new one is written."""
    file.rename(file.with_name("crossorigin.toml~"))
    file.write_text(text)


def gone_and_back(file: Path, text: str) -> None:
    file.unlink()
    file.write_text(text)


class OfATeam(Policy):
    """A policy of somebody's own class."""


def test_a_change_has_the_class_of_the_policy_in_force(file: Path, heard: Heard) -> None:
    with Applied(file, running=OfATeam(allow_origins=[A])) as applied:
        write(file, TEXT[B])
        assert heard.next() == now(file, A, B)
    assert applied.policies == [OfATeam(allow_origins=[B])]
    assert type(applied.policies[0]) is OfATeam


@pytest.mark.parametrize("way", [write, replace, rename_away, gone_and_back])
def test_a_change_is_applied_and_logged(file: Path, heard: Heard, way: Callable[[Path, str], None]) -> None:
    with Applied(file) as applied:
        for was, is_ in [(A, B), (B, C), (C, A)]:
            way(file, TEXT[is_])
            record = heard.next()
            while record[0] == "ERROR":  # a slow machine saw the moment in between
                record = heard.next()
            assert record == now(file, was, is_)
    assert applied.policies == [POLICY[B], POLICY[C], POLICY[A]]


def test_kubernetes_swaps_a_link_that_the_link_leads_through(tmp_path: Path, heard: Heard) -> None:
    mount = tmp_path / "config"
    for name, origin in [("..1", A), ("..2", B), ("..3", C)]:
        (mount / name).mkdir(parents=True)
        (mount / name / "crossorigin.toml").write_text(TEXT[origin])
    (mount / "..data").symlink_to("..1")
    (mount / "crossorigin.toml").symlink_to("..data/crossorigin.toml")
    file = tmp_path / "crossorigin.toml"
    file.symlink_to(mount / "crossorigin.toml")
    with Applied(file) as applied:
        for name, was, is_ in [("..2", A, B), ("..3", B, C)]:
            (mount / "..data_tmp").symlink_to(name)
            (mount / "..data_tmp").replace(mount / "..data")
            assert heard.next() == now(file, was, is_)
    assert applied.policies == [POLICY[B], POLICY[C]]


def test_a_folder_that_comes_later_is_followed(tmp_path: Path, heard: Heard) -> None:
    file = tmp_path / "later" / "crossorigin.toml"
    with Applied(file) as applied:
        level, message = heard.next()
        assert level == "ERROR"
        assert "'No such file or directory'  [file-unreadable]" in message
        file.parent.mkdir()
        replace(file, TEXT[B])
        assert heard.next() == now(file, A, B)
    assert applied.policies == [POLICY[B]]


BAD = [
    ("allow_origins = [", ["[file-not-toml]"]),
    ("", ["[empty-policy]"]),
    ('allow_origins = ["null", "*.com"]\nmax_age = -7\n', ["[lists-null]", "[max-age-range]"]),
    ('allow_origin = ["https://a.example"]', ["[unknown-keyword]"]),
    ('[development]\nallow_origins = ["*"]', ["[development-in-production]"]),
]


@pytest.mark.parametrize(("text", "codes"), BAD)
def test_a_bad_file_changes_nothing_and_every_problem_is_logged_once(
    file: Path, heard: Heard, text: str, codes: list[str]
) -> None:
    with Applied(file) as applied:
        replace(file, text)
        level, message = heard.next()
        assert level == "ERROR"
        assert message.startswith(f"{file} is not taken, and the policy in force stays. The CORS policy was refused")
        assert [it for it in codes if it not in message] == []
        replace(file, text)  # the same once more is not logged
        replace(file, TEXT[A])
        assert heard.next() == ("INFO", f"{file} is good again, and says what is in force.")
        replace(file, text)  # but after a good one, it is
        assert heard.next() == (level, message)
        replace(file, TEXT[B])
        assert heard.next() == now(file, A, B)
    assert applied.policies == [POLICY[B]]


def test_what_would_never_end_to_read_is_not_read(file: Path, heard: Heard) -> None:
    with Applied(file) as applied:
        file.unlink()
        os.mkfifo(file)
        level, message = heard.next()
        while "No such file" in message:  # a slow machine saw the moment in between
            level, message = heard.next()
        assert (level, "it is not a regular file" in message) == ("ERROR", True), message
        file.unlink()
        write(file, TEXT[B])
        record = heard.next()
        while record[0] == "ERROR":
            record = heard.next()
        assert record == now(file, A, B)
    assert applied.policies == [POLICY[B]]


def test_a_change_of_nothing_but_words_is_no_change(file: Path, heard: Heard) -> None:
    with Applied(file) as applied:
        replace(file, "# a comment\n" + TEXT[A])
        os.utime(file)
        replace(file, TEXT[B])
        assert heard.next() == now(file, A, B)
    assert applied.policies == [POLICY[B]]


def test_a_file_that_says_what_is_in_force_is_not_mentioned(file: Path, heard: Heard) -> None:
    applied = Applied(file)
    applied.watch._look(Pause(int))
    assert applied.policies == []
    assert heard.records.empty()


def test_the_file_counts_from_the_start(file: Path, heard: Heard) -> None:
    with Applied(file, running=None) as applied:
        assert heard.next() == ("INFO", f"{file} is in force: the first that it holds")
    assert applied.policies == [POLICY[A]]
    with Applied(file, running=POLICY[C]) as applied:
        assert heard.next() == now(file, C, A)
    assert applied.policies == [POLICY[A]]


def test_variables_stay_on_top(file: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSORIGIN_ALLOW_ORIGINS", C)
    with Applied(file, running=POLICY[C]) as applied:
        replace(file, TEXT[B] + "max_age = 30\n")
        assert heard.next() == ("INFO", f"{file} is in force: max_age 600 → 30")
    assert applied.policies == [Policy(allow_origins=[C], max_age=30)]


def test_what_is_logged_of_a_long_list_is_what_came_and_went(file: Path, heard: Heard) -> None:
    many = [f"https://{n}.example" for n in range(1000)]
    with Applied(file, running=Policy(allow_origins=many)) as applied:
        level, message = heard.next()
        assert level == "INFO"
        shown = repr(many)[:117] + "..."
        assert message == f"{file} is in force: allow_origins + ['{A}'] - {shown}"
        text = f"allow_origins = {[*many, A]}\n".replace("'", '"')
        replace(file, text)
        assert heard.next()[1] == f"{file} is in force: allow_origins + {shown} - []"
        replace(file, text.replace('"https://7.example"', f'"{B}"'))
        assert heard.next()[1] == f"{file} is in force: allow_origins + ['{B}'] - ['https://7.example']"
    assert len(applied.policies) == 3


class Pause(threading.Event):
    """Time as the test has it: each wait is the next thing that happens, and stops nothing."""

    def __init__(self, *happens: Callable[[], object]) -> None:
        super().__init__()
        self.happens = list(happens)

    def wait(self, timeout: float | None = None) -> bool:
        self.happens.pop(0)()
        return False


def test_half_a_file_is_not_taken_though_it_is_good(file: Path, heard: Heard) -> None:
    applied = Applied(file)
    file.write_text(TEXT[B])
    pause = Pause(
        lambda: file.write_text(TEXT[B] + "max_age "), lambda: file.write_text(TEXT[B] + "max_age = 30\n"), int
    )
    applied.watch._look(pause)
    assert pause.happens == []
    assert applied.policies == [Policy(allow_origins=[B], max_age=30)]
    assert heard.next() == ("INFO", f"{file} is in force: allow_origins ['{A}'] → ['{B}']; max_age 600 → 30")


def test_what_was_loaded_is_what_has_stood(file: Path, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    applied, load = Applied(file), Policy.load
    texts = [TEXT[C]]

    def load_and_write(path: Path) -> Policy:
        policy = load(path)
        if texts:
            file.write_text(texts.pop())
        return policy

    monkeypatch.setattr(Policy, "load", load_and_write)
    file.write_text(TEXT[B])
    applied.watch._look(Pause(int, int))
    assert applied.policies == [POLICY[C]]
    assert heard.next() == now(file, A, C)


REFUSALS: list[tuple[Exception, str]] = [
    (PolicyError([]), "The CORS policy was refused"),
    (RuntimeError("no room"), "RuntimeError: no room"),
]


@pytest.mark.parametrize(("error", "expected"), REFUSALS)
def test_a_policy_that_cannot_come_into_force_is_logged_too(
    file: Path, heard: Heard, error: Exception, expected: str
) -> None:
    applied: list[Policy] = []

    def apply(policy: Policy) -> None:
        if policy == POLICY[B]:
            raise error
        applied.append(policy)

    watch = PolicyWatcher(file, apply, running=POLICY[A])
    watch.start()
    replace(file, TEXT[B])
    level, message = heard.next()
    assert level == "ERROR"
    assert message.startswith(f"{file} is not taken, and the policy in force stays.")
    assert expected in message
    replace(file, TEXT[C])
    assert heard.next() == now(file, A, C)
    watch.stop()
    assert applied == [POLICY[C]]


def test_a_place_that_cannot_be_watched_is_asked_again(tmp_path: Path, heard: Heard) -> None:
    """A name that the file system refuses; and then the system would have to give a watch."""
    with Applied(tmp_path / ("x" * 300)) as applied:
        level, message = heard.next()
    assert (level, applied.policies) == ("ERROR", [])
    assert "[file-unreadable]" in message


def test_start_and_stop_as_often_as_one_likes(file: Path, heard: Heard) -> None:
    applied = Applied(file)
    applied.watch.stop()
    for was, is_ in [(A, B), (B, C)]:
        with applied:
            applied.watch.start()
            assert [it.name for it in threading.enumerate()].count("crossorigin-watch") == 1
            assert all(it.daemon for it in threading.enumerate() if it.name == "crossorigin-watch")
            replace(file, TEXT[is_])
            assert heard.next() == now(file, was, is_)
        applied.watch.stop()
    replace(file, TEXT[A])
    assert applied.policies == [POLICY[B], POLICY[C]]


def test_who_applies_may_stop_it(file: Path, heard: Heard) -> None:
    stopped = threading.Event()

    def apply(_: Policy) -> None:
        watch.stop()
        stopped.set()

    watch = PolicyWatcher(file, apply)
    watch.start()
    (thread,) = (it for it in threading.enumerate() if it.name == "crossorigin-watch")
    assert stopped.wait(LONG)
    thread.join(LONG)
    assert not thread.is_alive()
    assert heard.next() == ("INFO", f"{file} is in force: the first that it holds")


def test_stopped_before_a_content_has_settled_nothing_is_taken(file: Path, heard: Heard) -> None:
    applied = Applied(file, running=None)
    stopping = threading.Event()
    stopping.set()
    applied.watch._look(stopping)
    applied.watch._follow(stopping)
    assert applied.policies == []


def test_a_middleware_follows_its_file_under_an_event_loop(file: Path, heard: Heard) -> None:
    async def app(scope: object, receive: object, send: object) -> None: ...

    middleware = CORSMiddleware(app, policy=POLICY[A])

    async def serve() -> None:
        watch = PolicyWatcher(file, middleware.reconfigure, running=middleware.policy)
        watch.start()
        replace(file, TEXT[B])
        assert await asyncio.to_thread(heard.next) == now(file, A, B)
        assert middleware.policy == POLICY[B]
        watch.stop()

    asyncio.run(serve())


def test_the_file_that_is_meant(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert policy_file(True) == file
    assert policy_file("crossorigin.toml") == file
    assert policy_file(Path("no.toml")) == tmp_path / "no.toml"
    file.unlink()
    with pytest.raises(PolicyError) as caught:
        policy_file(True)
    (found,) = caught.value.problems
    assert (found.code, found.field, found.remedy) == ("file-unreadable", "watch", 'watch="path/to/crossorigin.toml"')
