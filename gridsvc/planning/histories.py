"""What happened to cases, as facts that can be counted: of a service's database, or invented for the demo city."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from gridsvc.bootstrap import Router
from gridsvc.casework.facts import Facts, History, Step
from gridsvc.casework.facts_walk import facts_of
from gridsvc.errors import GridsvcError
from gridsvc.services.intake import PastCase, routed
from gridsvc.services.simulation.lives import with_lives
from gridsvc.store.engine import one_state
from gridsvc.store.facts import known_now, walk_told


def stored(engine: Engine, district: str, start: datetime, end: datetime, now: datetime) -> Facts:
    """Read the facts of all cases that may matter for a period, as they are known ``now``; instants bear an offset."""
    with one_state(engine) as connection:
        return facts_of(walk_told(connection, district, start, end, known_now(connection, now)))


def invented(
    router: Router, past: Sequence[PastCase], until: datetime, seed: int = 2024,
    progress: Callable[[int], None] = lambda _: None,
) -> Facts:  # fmt: skip
    """Invent what became of past cases up to an instant, as ``gridsvc demo`` does, and give it as facts.

    Every step is one that the case allows; who acts, how fast and how well is made up. The same seed gives the same
    facts. ``progress`` is told of each case.
    """
    return facts_of(_histories(router, with_lives(lambda _: router, past, until, seed, progress)))


def _histories(router: Router, lived: Sequence[PastCase]) -> Iterator[History]:
    for number, (case, routing) in enumerate(zip(lived, routed(router, lived), strict=True), start=1):
        if isinstance(routing, GridsvcError):
            raise routing
        new, at = case.new, case.reported_at
        told = {"category": new.category, "source": new.source, "lon": new.point.lon, "lat": new.point.lat,
                "attributes": dict(new.attributes or {})}  # fmt: skip
        decided = {"answer": routing.as_dict("short")}
        first: list[tuple[str, dict[str, Any]]] = [("reported", told), ("decided", decided)]
        steps = [Step(n, at, "import", kind, said) for n, (kind, said) in enumerate(first, start=1)]
        steps += [Step(n, when, who, kind, said) for n, (kind, said, who, when) in enumerate(case.life, start=3)]
        yield History(str(number), steps)
