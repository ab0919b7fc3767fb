"""Stores reports that are decided, those that come at the same time in one transaction, and gives their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Engine

from gridsvc.errors import Conflict
from gridsvc.rights import May
from gridsvc.services import attachments
from gridsvc.services.once import again
from gridsvc.services.together import Together
from gridsvc.store import answers, foreign
from gridsvc.store.cases import take_numbers
from gridsvc.store.engine import transaction
from gridsvc.store.months import need_months
from gridsvc.store.reports import NewReport, write_reports

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ready:
    """A report that wants nothing but its number: what is stored of it, of which local day, what its sender may do.

    ``attachments`` are the ids of those that its case is to have, ``foreign`` its number with who sends it.
    """

    row: NewReport
    day: date
    may: May | None
    attachments: Sequence[str] = ()
    foreign: str | None = None

    @property
    def name(self) -> tuple[str, str]:
        """The key and whose it is."""
        return self.row.actor, self.row.key


def store_report(engine: Engine, district: str, one: Ready) -> Answer:
    """Give the answer to a report of a district once it is on disk, or the first one where its key was used before.

    Raises ``Conflict`` where that was for another body, and ``BadInput`` for attachments that there are not.
    """
    return _writer(engine, district).do(one)


@lru_cache(maxsize=8)
def _writer(engine: Engine, district: str) -> Together[Ready, Answer]:
    return Together(partial(_stored, engine, district))


def _stored(engine: Engine, district: str, asked: Sequence[Ready]) -> list[Answer | Exception]:
    # Before a connection is held: many who hold one and wait for another would wait for each other.
    need_months(engine, {one.row.case.reported_at for one in asked})
    with transaction(engine) as connection:
        known = answers.held(connection, [one.name for one in asked])
        fresh: dict[tuple[str, str], Ready] = {}
        for one in asked:
            if one.name not in known:
                fresh.setdefault(one.name, one)
        for one in fresh.values():
            attachments.use(connection, one.row.case.id, one.attachments, one.row.actor)
            if one.foreign is not None:
                foreign.keep_number(connection, one.row.actor, one.foreign, one.row.case.id)
        if fresh:
            # The day's counter stays locked until the end, so numbers come late.
            numbers = take_numbers(connection, district, [one.day for one in fresh.values()])
            rows = [_numbered(one.row, number) for one, number in zip(fresh.values(), numbers, strict=True)]
            write_reports(connection, rows)
            known |= {(row.actor, row.key): (row.body_hash, row.answer) for row in rows}
    return [_answered(known[one.name], one) for one in asked]


def _numbered(row: NewReport, number: str) -> NewReport:
    return replace(row, case=replace(row.case, number=number), answer={**row.answer, "number": number})


def _answered(known: answers.Known, one: Ready) -> Answer | Exception:
    try:
        return again(known, one.row.key, one.row.body_hash, one.may)
    except Conflict as e:
        return e
