"""Notes in the histories of cases that a light of a clock has turned; safe to run twice, and by many at once."""

import logging
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import Connection, Engine

from gridsvc.casework.case import Entry, append, fold
from gridsvc.casework.clocks import from_dicts, turned
from gridsvc.errors import GridsvcError
from gridsvc.rights import whole_district
from gridsvc.services.appending import standing
from gridsvc.store.cases import read_case, write_standing
from gridsvc.store.engine import transaction
from gridsvc.store.histories import read_history, write_entries
from gridsvc.store.months import need_months
from gridsvc.store.turns import count_turning, take_turning

log = logging.getLogger("gridsvc")
ACTOR = "sweep"
# So many cases are held at once, for a small part of a second; whoever acts on one of them waits for so long.
BATCH = 50
EVERY_S = 5.0
_END_S = 10.0


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep has noted: of how many cases how many lights turned amber and red."""

    cases: int = 0
    amber: int = 0
    red: int = 0

    def as_dict(self) -> dict[str, int]:
        """The figures by name."""
        return {"cases": self.cases, "amber": self.amber, "red": self.red}


def sweep(engine: Engine, at: datetime, done: Callable[[int], None] = lambda _: None) -> Swept:
    """Note every light that has turned by an instant, a portion of cases in one transaction each.

    A light is noted once, whoever else sweeps; cases that others are changing meanwhile are left to the next sweep.
    ``done`` is told of each portion.
    """
    found = Swept()
    with transaction(engine) as connection:
        if not count_turning(connection, at):
            return found
    need_months(engine, [at])
    while True:
        with transaction(engine) as connection:
            noted = [_note(connection, id_, district, at) for id_, district in take_turning(connection, at, BATCH)]
            if not noted:
                return found
            write_entries(connection, noted)
        lights = [told["light"] for entry in noted for told in entry.payload["lights"]]
        amber = lights.count("amber")
        found = Swept(found.cases + len(noted), found.amber + amber, found.red + len(lights) - amber)
        done(len(noted))


def count_due(engine: Engine, at: datetime) -> int:
    """Count the cases of which a sweep would note something."""
    with transaction(engine) as connection:
        return count_turning(connection, at)


@contextmanager
def sweeping(
    engine: Engine, now: Callable[[], datetime], every_s: float = EVERY_S,
    others: Sequence[Callable[[datetime], object]] = (),
) -> Iterator[None]:  # fmt: skip
    """Sweep again and again, as long as the block lasts, in a thread of its own; ``others`` sweep something else."""
    ended = threading.Event()

    def work() -> None:
        # Replicas that were started together do not sweep together.
        while not ended.wait(every_s * random.uniform(0.8, 1.2)):
            try:
                sweep(engine, now())
                for other in others:
                    other(now())
            except GridsvcError as e:
                log.warning("a sweep must wait: %s", e.en)
            except Exception:
                log.exception("a sweep failed")

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_END_S)


def _note(connection: Connection, id_: UUID, district: str, at: datetime) -> Entry:
    """Write what a case stands at once its lights up to an instant are noted, and give the entry that says so."""
    case = read_case(connection, str(id_), whole_district(district))
    if case is None or case.turn_at is None:
        raise LookupError(id_)  # it was locked with a light to be noted
    entries = read_history(connection, case.id)
    lights = turned(from_dicts(case.clocks), case.turn_at, at)
    told = [{"stage": clock.stage, "n": clock.n, "light": light} for clock, light in lights]
    payload = {"lights": told, "until": at.astimezone(UTC).isoformat()}
    # Clocks of several machines differ a little; a history goes on in time.
    entry = append(entries, case.id, max(at, entries[-1].at), ACTOR, "noted", payload)
    write_standing(connection, replace(case, **standing(fold([*entries, entry]))))
    return entry
