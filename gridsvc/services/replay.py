"""Decides past cases anew, under what held for them or under another edition or ruleset; tells what would differ."""

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, text

from gridsvc.bulk import Decided, route_columns
from gridsvc.changes import Change, Essence
from gridsvc.errors import FieldError, GridsvcError, NotFound
from gridsvc.essence import essence, essence_of_row, fingerprints
from gridsvc.report import Report
from gridsvc.router import Router
from gridsvc.services.past_rooms import PastRooms
from gridsvc.spatial.layer import Edition
from gridsvc.store import dated_sets
from gridsvc.store import replays as store
from gridsvc.store.areas import read_edition
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import one_state, transaction
from gridsvc.store.people import read_staff
from gridsvc.store.replays import PastDecision, PastFilter

CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many cases are decided as before, which are not, and under what; None is what held for each case."""

    same: int
    changes: tuple[Change, ...]
    edition: str | None
    ruleset: str | None

    @property
    def failed(self) -> int:
        """How many cases cannot be decided any more; they are among the changes."""
        return sum(c.after is None for c in self.changes)

    @property
    def changed(self) -> int:
        """How many cases are decided otherwise."""
        return len(self.changes) - self.failed

    def as_dict(self) -> dict[str, Any]:
        """The contract's shape (``gridsvc replay --json``); what failed has ``after`` null and says why."""
        changes = [
            {"number": c.number, "before": c.before, "after": c.after}
            | ({} if c.why is None else {"zh": c.why[0], "en": c.why[1]})
            for c in self.changes
        ]
        return {
            "same": self.same, "changed": self.changed, "failed": self.failed,
            "edition": self.edition, "ruleset": self.ruleset, "changes": changes,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ground:
    """By what a replay is told: an edition, and the names of units by code."""

    edition: Edition
    units: Mapping[str, str]


def ground_of(
    engine: Engine, edition: str | None, ruleset: str | None, district: str | None, now: datetime
) -> Ground | None:
    """Give the named edition, else what holds now, else the newest there is, with the units of a ruleset.

    None where there is none at all. Raises ``NotFound``, and ``Conflict`` where it is not said which district is meant.
    """
    with transaction(engine) as connection:
        found = _edition(connection, edition, district, now)
        if found is None:
            return None
        rules = dated_sets.find(connection, "ruleset", ruleset or found.code, found.district)
        units = {} if rules is None else read_staff(connection, rules.id).units
        return Ground(read_edition(connection, found), {u.code: u.name for u in units.values()})


def _edition(connection: Connection, edition: str | None, district: str | None, now: datetime) -> DatedSet | None:
    if edition is not None:
        return dated_sets.need(connection, "edition", edition, district)
    there = (s for s in dated_sets.listing(connection, "edition") if district in (None, s.district))
    return dated_sets.held_at(connection, "edition", now, district) or next(there, None)


def count_cases(engine: Engine, wanted: PastFilter) -> int:
    """Count the cases that a replay would decide. Raises ``NotFound`` for numbers of which there is no case."""
    with transaction(engine) as connection:
        missing = store.missing_numbers(connection, wanted)
        if missing:
            mend = ("核对案件编号", "check the case's number")
            errors = [FieldError("number", number, *mend) for number in missing]
            raise NotFound("没有这个案件", "there is no such case", errors)
        return store.count_past(connection, wanted)


def replay(
    engine: Engine, wanted: PastFilter, edition: str | None = None, ruleset: str | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Replayed:  # fmt: skip
    """Decide past cases anew, each at the instant of its report or its last correction; nothing is stored.

    Without ``edition`` each case is decided by the edition that decided it, with the components that were known then,
    and nothing may differ; with one, past or draft, by that one, the ruleset that came with it (where none did, that of
    each case) and the components on record now. ``ruleset`` takes the place of rules and staff. Cases are compared by
    their essence (:mod:`gridsvc.essence`). A case that cannot be decided stops nothing and is told with the reason; a
    named edition or ruleset that is not there raises ``NotFound``.
    """
    same, changes = 0, list[Change]()
    # Though cases go on coming in.
    with one_state(engine) as reading, one_state(engine) as asking:
        for connection in (reading, asking):
            # It may take its time.
            connection.execute(text("SET LOCAL statement_timeout = 0"))
        rooms, compare = PastRooms(asking, wanted.district, edition, ruleset), _Comparison(asking)
        with closing(_ahead(store.past_decisions(reading, wanted, CHUNK))) as chunks:
            for room, cases in chain.from_iterable(map(rooms.of, chunks)):
                found = compare.changes(room, cases)
                changes += found
                same += len(cases) - len(found)
                progress(len(cases))
    changes.sort(key=lambda c: c.number)
    return Replayed(same, tuple(changes), edition, rooms.ruleset)


def _ahead(chunks: Iterator[list[PastDecision]]) -> Generator[list[PastDecision], None, None]:
    """Let the database find the next chunk while the last one is decided."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, chunks, None)
        while (chunk := following.result()) is not None:
            following = pool.submit(next, chunks, None)
            yield chunk


class _Comparison:
    """Compares what is decided with what is stored. Very many cases have few essences: each is read and kept once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._essences: dict[bytes, Essence | None] = {}

    def changes(self, room: Router | GridsvcError, cases: Sequence[PastDecision]) -> list[Change]:
        """Decide cases in a room and give those that differ, or all of them if there is none to decide them in."""
        if isinstance(room, GridsvcError):
            return [_change(c, before, None, room) for c, before in zip(cases, self._stored(cases), strict=True)]
        reports, refused = list[Report](), dict[int, GridsvcError]()
        for i, case in enumerate(cases):
            try:
                reports.append(_report(case))
            except GridsvcError as e:
                reports.append(Report(case.decided_at))
                refused[i] = e
        lon, lat = np.array([(c.lon, c.lat) for c in cases], dtype=np.float64).T
        decided = route_columns(room, lon, lat, crs="wgs84", reports=reports, whose=np.arange(len(cases)))
        own = fingerprints(room, decided, [r.at for r in reports])
        other = [i for i, c in enumerate(cases) if c.fingerprint is None or own[i] != c.fingerprint or i in refused]
        found = []
        for i, before in zip(other, self._stored([cases[i] for i in other]), strict=True):
            error, told = refused.get(i) or _error(decided, i), own[i]
            if error is not None or told is None:
                found.append(_change(cases[i], before, None, error))
                continue
            after = self._essences.get(told)
            if after is None:
                after = self._essences[told] = essence_of_row(room, decided, i, cases[i].decided_at)
            if after != before:
                found.append(_change(cases[i], before, after))
        return found

    def _stored(self, cases: Sequence[PastDecision]) -> list[Essence | None]:
        """The essence of what is stored of each case, by its fingerprint if it has one; None if it cannot be read."""
        known = self._essences
        unread = {c.fingerprint or c.id: c for c in cases if c.fingerprint not in known}
        answers = store.stored_answers(self._connection, list(unread.values())) if unread else {}
        read = {key: _essence_in(answers.get(case.id)) for key, case in unread.items()}
        known |= {key: told for key, told in read.items() if isinstance(key, bytes)}
        return [read[c.id] if c.fingerprint is None else known[c.fingerprint] for c in cases]


def _report(case: PastDecision) -> Report:
    return Report(case.decided_at, case.category, case.component, case.accuracy_m, _attributes(case.attributes))


@lru_cache(maxsize=1000)
def _attributes(text: str | None) -> Mapping[str, str]:
    return json.loads(text) if text else {}


def _error(decided: Decided, row: int) -> GridsvcError | None:
    return None if decided.error[row] < 0 else decided.errors[decided.error[row]]


def _essence_in(answer: Any) -> Essence | None:
    try:
        return essence(answer)
    except (KeyError, TypeError, AttributeError):
        # Whoever meddled with it left no decision.
        return None


def _change(
    case: PastDecision, before: Essence | None, after: Essence | None, error: GridsvcError | None = None
) -> Change:
    why = None if error is None else (error.zh, error.en)
    return Change(case.number, case.reported_at, case.category, case.lon, case.lat, before, after, why)
