"""How often something was done again, and which rung of a ladder is due: a proposal, not a decision."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from gridsvc.casework.duplicates import Told, distance

# Reports of one occasion, where no rule says within how many hours two are likely of the same thing.
OCCASION_HOURS = 12.0


class Rung(Protocol):
    """One rung: due from the n-th time on, within days, at a place within metres."""

    @property
    def times(self) -> int:
        """From which time on it is due, this one counted."""

    @property
    def days(self) -> float:
        """How long an earlier time counts."""

    @property
    def radius_m(self) -> float:
        """How far apart two times are at one place."""


R = TypeVar("R", bound=Rung)


def at_place(told: Told, earlier: Iterable[Told], radius_m: float) -> list[int]:
    """Give the positions of the earlier reports of the same component, or within ``radius_m``."""
    return [
        n for n, other in enumerate(earlier)
        if (told.component is not None and told.component == other.component) or distance(told, other) <= radius_m
    ]  # fmt: skip


def occasions(times: Iterable[datetime], hours: float) -> list[datetime]:
    """Give the first report of each occasion, oldest first: what is reported within hours after it is of the same."""
    found: list[datetime] = []
    for at in sorted(times):
        if not found or at - found[-1] > timedelta(hours=hours):
            found.append(at)
    return found


def due(rungs: Sequence[R], told: Told, earlier: Sequence[Told], hours: float, by_place: bool) -> tuple[int, R | None]:
    """Count the occasions with this one, and give the highest rung that is due; None where none is.

    Reports within ``hours`` are of one occasion. By place only those count that are of the same component or within a
    rung's radius, else all: they are of one party. The count is the greatest of any rung.
    """
    count, highest = 1, None
    for rung in sorted(rungs, key=lambda r: r.times):
        since = told.reported_at - timedelta(days=rung.days)
        within = [o for o in earlier if since <= o.reported_at <= told.reported_at]
        if by_place:
            within = [within[n] for n in at_place(told, within, rung.radius_m)]
        n = len(occasions([told.reported_at, *(o.reported_at for o in within)], hours))
        count = max(count, n)
        if n >= rung.times:
            highest = rung
    return count, highest
