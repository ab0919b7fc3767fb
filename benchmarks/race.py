"""The one way to compare speeds: every method in turn, round after round, ratios taken inside a round."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Answer = NDArray[Any]
Run = Callable[[], tuple[float, Answer | None]]


@dataclass(frozen=True, slots=True)
class Method:
    """One contestant. ``run`` gives the seconds of one call and its answer, if that is to be compared.

    ``items`` are answered by one call; ``calls`` are made a round, whose time is their median.
    """

    name: str
    run: Run
    items: int
    calls: int = 1


def timed(work: Callable[[], Any], check: Callable[[Any], Answer | None] = lambda made: made) -> Run:
    """Make a method's ``run`` of a plain function; ``check`` makes, untimed, of its value what is compared."""

    def run() -> tuple[float, Answer | None]:
        began_s = time.perf_counter()
        made = work()
        return time.perf_counter() - began_s, check(made)

    return run


def untold(work: Callable[[], Any]) -> Run:
    """The same for work whose value is compared with nothing."""
    return timed(work, lambda _: None)


@dataclass(frozen=True, slots=True)
class Row:
    """What a method did: its rate in items a second in each round, and its wrong answers if they were compared."""

    method: str
    rates: tuple[float, ...]
    wrong: int | None

    @property
    def rate(self) -> float:
        """The median of the rounds."""
        return float(np.median(self.rates))


@dataclass(frozen=True, slots=True)
class Table:
    """All methods of one race, in the order they were given, and the one they are measured by."""

    title: str
    unit: str
    base: str
    rows: tuple[Row, ...]

    def ratio(self, method: str, to: str | None = None) -> float:
        """Median over the rounds of a method's rate over another's, or over the base's."""
        return float(np.median(self.ratios(method, to)))

    def ratios(self, method: str, to: str | None = None) -> NDArray[Any]:
        """The same for each round."""
        found = {row.method: np.array(row.rates) for row in self.rows}
        return np.asarray(found[method] / found[to or self.base])

    @property
    def wrong(self) -> int:
        """Wrong answers of all methods together."""
        return sum(row.wrong or 0 for row in self.rows)


def race(
    title: str, unit: str, base: str, methods: Sequence[Method], rounds: int, truth: Answer | None = None
) -> Table:
    """Run every method once for warmth, then ``rounds`` times in turn, each round beginning with another one.

    An answer is compared with the head of ``truth``, so that a slow method may answer a sample.
    """
    wrong = {m.name: _wrong(m.run()[1], truth) for m in methods}
    seconds: dict[str, list[float]] = {m.name: [] for m in methods}
    for turn in range(rounds):
        first = turn % len(methods)
        for method in (*methods[first:], *methods[:first]):
            took = []
            for _ in range(method.calls):
                took_s, answer = method.run()
                took.append(took_s)
                again = _wrong(answer, truth)
                if again is not None:
                    wrong[method.name] = max(wrong[method.name] or 0, again)
            seconds[method.name].append(float(np.median(took)))
    rows = (Row(m.name, tuple(float(m.items / s) for s in seconds[m.name]), wrong[m.name]) for m in methods)
    return Table(title, unit, base, tuple(rows))


def _wrong(answer: Answer | None, truth: Answer | None) -> int | None:
    if answer is None or truth is None:
        return None
    return int((answer != truth[: len(answer)]).sum())


@contextmanager
def on_one_core() -> Iterator[None]:
    """Keep this process, and what it starts meanwhile, on one core, where the system can (Linux)."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    all_cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(all_cores)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_cores)
