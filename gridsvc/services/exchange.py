"""Exchange with a city's platform: cases that it sends, and what it says of cases that were handed up to it.

A platform is an actor: it calls by its own key, and its numbers are its own. Handing up needs nothing more than a
subscription to ``escalate:district``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine

from gridsvc.errors import Conflict, FieldError
from gridsvc.masking import mask_text
from gridsvc.rights import May, Reach
from gridsvc.router import Router
from gridsvc.services.appending import append_to
from gridsvc.services.cases import need_case, shown
from gridsvc.services.once import first_answer, hash_body
from gridsvc.store import answers, foreign
from gridsvc.store.engine import transaction
from gridsvc.store.histories import read_history
from gridsvc.store.months import need_months

Receipt = Literal["accepted", "refused", "closed"]
RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Said:
    """What a platform says of a case: what became of it there, under which number, and why."""

    receipt: Receipt
    number: str | None = None
    reason: str | None = None


def receive_receipt(
    engine: Engine, room: Router, id_or_number: str, said: Said, reach: Reach, platform: str, key: str,
    body: Mapping[str, Any], at: datetime,
) -> Mapping[str, Any]:  # fmt: skip
    """Append what a platform says to the history of a case that was handed up to it, and give the case.

    Nobody's version becomes stale by it. The same key with the same ``body`` gives the first answer again. Raises
    ``NotFound`` beyond the reach, ``Conflict`` for a case that was not handed up, and for a number of another case.
    """
    need_months(engine, [at])
    with transaction(engine) as connection:
        case = need_case(connection, id_or_number, reach, alone=True)
        body_hash = hash_body({"case": str(case.id), "action": RECEIPT, "body": body})
        if (again := first_answer(connection, platform, key, body_hash, None)) is not None:
            return again
        entries = read_history(connection, case.id)
        if not any(e.kind == "escalate" and e.payload["request"]["rung"] == "district" for e in entries):
            mend = ("只回复已上报市级平台的案件", "answer only for cases that were handed up")
            raise Conflict("案件没有上报", "the case was not handed up", [FieldError("case", case.number, *mend)])
        if said.number is not None:
            foreign.keep_number(connection, platform, said.number, case.id)
        payload = {"said": said.receipt, "number": said.number, "reason": mask_text(said.reason)}
        changed = append_to(
            connection, case, entries, RECEIPT, {k: v for k, v in payload.items() if v is not None}, platform,
            max(at, entries[-1].at),
        )  # fmt: skip
        answer = shown(changed, room.zone, None, at)
        answers.remember(connection, platform, key, body_hash, case.id, answer)
    return answer


def find_by_number(
    engine: Engine, room: Router, number: str, reach: Reach, may: May, now: datetime
) -> list[dict[str, Any]]:  # fmt: skip
    """Give the cases within a reach that some platform has under this number, each with the name of that platform."""
    with transaction(engine) as connection:
        found = foreign.cases_of(connection, number, reach)
        cases = [(platform, need_case(connection, str(id_), reach)) for platform, id_ in found]
    return [{"platform": platform, "case": shown(case, room.zone, may, now)} for platform, case in cases]
