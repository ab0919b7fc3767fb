"""Erases what cases hold of private people once its time is over, or on request; the rest of a case stays."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from gridsvc.casework.case import OVER
from gridsvc.errors import Conflict, FieldError
from gridsvc.services.cases import no_case
from gridsvc.store import audit, private
from gridsvc.store.engine import transaction
from gridsvc.store.private import Erasable

BATCH = 1000
# For so long a report that is sent again under its key is known again, and answered as it was the first time.
ANSWERS_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Due:
    """What an erasure would take: by district counts of cases and what they have, and old answers to keys."""

    districts: tuple[Mapping[str, Any], ...]
    answers: int

    @property
    def cases(self) -> int:
        """How many cases there are in all districts."""
        return sum(d["cases"] for d in self.districts)


def due(engine: Engine, wanted: Erasable, now: datetime) -> Due:
    """Count what is to be erased, and erase nothing. Old answers belong to no run that is about a single case."""
    with transaction(engine) as connection:
        answers = 0
        if wanted.case is None:
            answers = private.count_answers(connection, now - ANSWERS_KEPT, wanted.district)
        return Due(tuple(private.count_erasable(connection, wanted)), answers)


def only_case(engine: Engine, id_or_number: str, wanted: Erasable) -> Erasable:
    """Narrow an erasure to one case.

    Raises ``NotFound``, and ``Conflict`` where it is not over and ``any_status`` is not set, or where several districts
    have a case of this number and none of them is named.
    """
    with transaction(engine) as connection:
        found = private.named(connection, id_or_number, wanted.district)
    if not found:
        raise no_case(id_or_number)
    if len(found) > 1:
        known = ", ".join(sorted(case.district for case in found))
        error = FieldError("--district", None, f"给出其一：{known}", f"give one of {known}")
        raise Conflict("多个区县都有这个编号", "several districts have this number", [error])
    case = found[0]
    if case.status not in OVER and not wanted.any_status:
        mend = ("先结案，或加 --any-status", "close it first, or add --any-status")
        raise Conflict("案件尚未结束", "the case is not over", [FieldError("case", id_or_number, *mend)])
    return replace(wanted, case=(case.id, case.number), district=case.district)


def erase(
    engine: Engine,
    wanted: Erasable,
    by: str,
    now: datetime,
    progress: Callable[[int], None] = lambda _: None,
    batch: int = BATCH,
) -> Due:
    """Erase reporters, descriptions and addresses for good, in batches; gives what was due.

    What is to be done is audited before it is begun. A run that was killed has erased whole cases only; the next one
    goes on with those that are left.
    """
    # Held until the end, or until this process is gone: nobody else counts or erases the same meanwhile.
    with transaction(engine) as alone:
        private.hold_erasing(alone)
        found = due(engine, wanted, now)
        if not (found.cases or found.answers):
            return found
        with transaction(engine) as connection:
            what: dict[str, Any] = {"cases": found.cases, "answers": found.answers, "any_status": wanted.any_status}
            if wanted.before is not None:
                what["before"] = wanted.before.isoformat()
            subject = "cases" if wanted.case is None else wanted.case[1]
            audit.record(connection, now, by, "personal data erased", subject, what, wanted.district)
            if wanted.case is None:
                private.forget_answers(connection, now - ANSWERS_KEPT, wanted.district)
        after = None
        while True:
            with transaction(engine) as connection:
                erased = private.erase(connection, wanted, after, batch, now)
            if not erased:
                return found
            after = erased[-1]
            progress(len(erased))
