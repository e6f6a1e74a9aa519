"""`crossorigin check`: what is wrong with a policy as it is written, in a file, an app or a proxy's configuration.

Here belong the command's options, and a report for each target. Not here: finding anything (`check`), and how
reports look (`report.formats`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from ..check import Kind, in_folder, inspect_file, inspect_sources, kind_of
from ..check.folders import MAX_FILES
from ..report.errors import CannotRun
from ..report.findings import Report, Result, not_judged
from .app_messages import AppTask
from .app_process import look_at_app
from .ignored import ignore_the_rest, without_ignored
from .output import finish
from .progress import progress_bar
from .report_options import AllowNotJudgedOption, FailOnOption, Format, FormatOption, OutputOption
from .stderr import stop


def command(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TARGET]...",
            help="An app (main:app), Python source, a policy file, a proxy's configuration, or a folder.",
            show_default=False,
        ),
    ] = None,
    kind: Annotated[
        Kind | None, typer.Option(help="What the targets are, if their names and content do not tell.")
    ] = None,
    app_dir: Annotated[
        str, typer.Option(help="The folder that an app is imported from.", show_default="this one")
    ] = "",
    factory: Annotated[bool, typer.Option("--factory", help="The app is what this name, called, gives.")] = False,
    env_file: Annotated[
        str, typer.Option(help="A file of variables for the app, such as .env.", show_default=False)
    ] = "",
    timeout: Annotated[
        float, typer.Option(min=0.1, help="Seconds that an app may take, to be imported and asked.")
    ] = 30.0,
    add_ignores: Annotated[
        bool,
        typer.Option(
            "--add-ignores",
            help="Write an entry of [[check.ignore]] for each result that makes the exit status 1 or 2.",
        ),
    ] = False,
    root: Annotated[
        Path | None,
        typer.Option(help="The folder that stands for the server's /: included files are looked for in it."),
    ] = None,
    fail_on: FailOnOption = "low",
    allow_not_judged: AllowNotJudgedOption = False,
    format: FormatOption = Format.TEXT,
    output: OutputOption = None,
) -> None:
    """Find what is wrong with a CORS policy before anybody runs it.

    `crossorigin check backend/`

    `crossorigin check main:app`

    `crossorigin check crossorigin.toml deploy/nginx.conf deploy/Caddyfile deploy/envoy.yaml`

    `crossorigin check --format sarif --output check.sarif`

    Files are read; Python source is not imported. An app is run: its code is imported in a process of its own, asked
    with GET and OPTIONS without a network, and ended. Nothing is sent to anybody by crossorigin; what the app itself
    does, it does.

    Without a target it looks for these files in the working directory. For an app with Starlette's CORSMiddleware
    it also writes the equivalent `install(app, Policy(...))`, and what would change for browsers.

    Exit status: 0 if nothing was found; 1 for findings at or above --fail-on; 2 if a target could not be checked, or
    if something was not judged (without --allow-not-judged).
    """
    # What an app is warned of when it is built is said below, with its place.
    logging.getLogger("crossorigin").addHandler(logging.NullHandler())
    task = AppTask("", app_dir=app_dir, factory=factory, env_file=env_file, timeout=timeout)
    targets = targets or ["."]
    reports = _checked(targets, kind, task, root)
    if add_ignores:
        try:
            ignore_the_rest(reports, fail_on=fail_on, allow_not_judged=allow_not_judged)
        except CannotRun as error:
            stop(error)
    reports = without_ignored(reports, targets)
    finish(reports, format=format, output=output, fail_on=fail_on, allow_not_judged=allow_not_judged)


def _checked(targets: Sequence[str], kind: Kind | None, task: AppTask, root: Path | None) -> list[Report]:
    """The reports of all targets, with a bar while there are several."""
    folders = any(Path(target).is_dir() for target in targets)
    total = None if folders else len(targets)
    reports: list[Report] = []
    seen: set[Path] = set()
    with progress_bar(shown=folders or len(targets) > 1) as bar:
        row = bar.add_task("Checking", total=total)
        for target in targets:
            for report in _reports(target, kind, task, seen, root):
                reports.append(report)
                bar.advance(row)
    return reports


def _reports(target: str, kind: Kind | None, task: AppTask, seen: set[Path], root: Path | None) -> Iterator[Report]:
    """The report of a target; of a folder, those of the files that can be checked, and one of its Python source.

    `seen` are the files of the folders before this one, which are not told again.
    """
    folder = Path(target)
    if not folder.is_dir():
        yield _timed(target, kind, task, root)
        return
    start = time.perf_counter()
    found = in_folder(folder, kind, root)
    for file in _new(list(found.files), seen):
        yield _timed(str(file), found.files[file], task, root)
    sources = _new(found.sources, seen)
    if sources:
        results, notes, error = _look_at_sources(target, sources)
        yield Report.of("check", target, results, notes, seconds=time.perf_counter() - start, error=error)
    left_out = list(found.unread)
    if found.cut_at is not None:
        evidence = f"{found.cut_at} and what comes after it: there are more than {MAX_FILES:,} files"
        left_out.append(not_judged("unread-part", evidence))
    if left_out:
        yield Report.of("check", target, left_out)
    elif not found.files and not found.sources:
        error = f"nothing to check in {target}: name an app (main:app), or a file"
        yield Report.of("check", target, [], seconds=time.perf_counter() - start, error=error)


def _new(files: Sequence[Path], seen: set[Path]) -> list[Path]:
    """The files that have not been seen; from now on they have."""
    new = [file for file in files if file.resolve() not in seen]
    seen.update(file.resolve() for file in new)
    return new


def _look_at_sources(target: str, files: Sequence[Path]) -> tuple[Sequence[Result], list[str], str]:
    try:
        results, notes = inspect_sources(files)
    except ImportError as error:
        return [], [], _needs(target, error)
    return results, notes, ""


def _timed(target: str, kind: Kind | None, task: AppTask, root: Path | None) -> Report:
    start = time.perf_counter()
    found, notes, error = _look(target, kind or kind_of(target), task, root)
    seconds = time.perf_counter() - start
    return Report.of("check", target, found, notes, seconds=seconds, error=error)


def _look(target: str, kind: Kind | None, task: AppTask, root: Path | None) -> tuple[Sequence[Result], list[str], str]:
    """Results, notes, and why the target could not be checked."""
    if kind is None:
        path = Path(target)
        there = "it is not a configuration that is known here" if path.exists() else "there is no such file"
        return [], [], f"{target}: {there}; name an app (main:app), or say --kind"
    if kind is Kind.APP:
        return look_at_app(replace(task, name=target))
    try:
        return list(inspect_file(Path(target), kind, root)), [], ""
    except CannotRun as error:
        return [], [], str(error)
    except ImportError as error:
        return [], [], _needs(target, error)


def _needs(target: str, error: ImportError) -> str:
    return f'{target} needs {error.name}: pip install "crossorigin[check]"'
