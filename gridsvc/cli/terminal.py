"""What every command uses to speak: language, progress on stderr, results on stdout."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gridsvc.settings import Settings
from gridsvc.values import Lang, parse_instant

# Without emoji, or the ":CD:" of a fingerprint is printed as a picture.
errors = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
# A pipe has no width: nothing is cut in two there.
results = Console(highlight=False, soft_wrap=True, emoji=False, width=None if sys.stdout.isatty() else 1000)


def settings() -> Settings:
    """Read the settings; the command line is a door and may."""
    return Settings.from_env()


def lang() -> Lang:
    """The language of this run; ``--lang`` has been put into the environment by ``main``."""
    return settings().lang


def pick(zh: str, en: str) -> str:
    """Choose the sentence of this run's language."""
    return zh if lang() == "zh" else en


def say(zh: str, en: str) -> None:
    """Tell on stderr what happens."""
    errors.print(pick(zh, en), markup=False)


def tell(zh: str, en: str) -> None:
    """Print a result on stdout."""
    results.print(pick(zh, en), markup=False)


def user() -> str:
    """Who runs this command, by the name of the operating system's account; empty where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def operator() -> str:
    """The name under which what this command does is recorded; no actor's name can have a colon."""
    return f"cli:{user()}"


def now() -> datetime:
    """The door's clock."""
    return datetime.now(UTC)


def instant(text: str | None, option: str) -> datetime | None:
    """Read an instant with its offset; ``option`` names where it was given."""
    return None if text is None else parse_instant(text, option)


@contextmanager
def progress(zh: str, en: str, total: int | None = None, *, plain: bool = True) -> Iterator["Bar"]:
    """Show a bar on stderr while long work runs; where stderr is no terminal a line, or nothing without ``plain``."""
    label = pick(zh, en)
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        if plain:
            errors.print(f"{label} …", markup=False)
        yield Bar(None, None)
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as bar:
        yield Bar(bar, bar.add_task(label, total=total))


class Bar:
    """A running progress bar, or none at all."""

    def __init__(self, bar: Progress | None, task: object) -> None:
        self._bar = bar
        self._task = task

    def step(self, n: int = 1) -> None:
        """Say that n more are done."""
        if self._bar is not None:
            self._bar.advance(self._task, n)  # type: ignore[arg-type]  # the id that add_task gave

    def of(self, total: int) -> None:
        """Say how many there are, where that is known only now."""
        if self._bar is not None:
            self._bar.update(self._task, total=total)  # type: ignore[arg-type]  # the id that add_task gave

    def at(self, name: str) -> None:
        """Say what is being worked on."""
        if self._bar is not None:
            self._bar.update(self._task, description=escape(name), advance=1)  # type: ignore[arg-type]
