"""Settles at the desk whose a case is: case, history, precedent and the answer to the key are one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from gridsvc.casework.case import Entry, append, fold
from gridsvc.casework.desk import Party, Ruling, answer_after
from gridsvc.casework.lifecycle import refuse_illegal, refuse_stale
from gridsvc.errors import BadInput, FieldError
from gridsvc.masking import mask_text
from gridsvc.responsibility.people import Unit
from gridsvc.rights import Reach
from gridsvc.router import Router
from gridsvc.services.cases import need_case, shown
from gridsvc.services.once import first_answer, hash_body
from gridsvc.services.precedents import Wanted, id_of, make_precedent
from gridsvc.store import answers
from gridsvc.store import cases as store
from gridsvc.store.cases import StoredCase
from gridsvc.store.engine import transaction
from gridsvc.values import reason_of


@dataclass(frozen=True, slots=True)
class Settlement:
    """What the desk says of a case, of which version of it, and whether the next ones like it go the same way."""

    version: int
    unit: str
    reason: str
    assisting: tuple[str, ...] = ()
    precedent: Wanted | None = None


def decide_case(
    engine: Engine, room: Router, id_or_number: str, said: Settlement, reach: Reach, actor: str, key: str,
    body: Mapping[str, Any], at: datetime, sees: Reach | None = None,
) -> Mapping[str, Any]:  # fmt: skip
    """Settle whose a case is and give the case, to one who sees reporters where ``sees`` says.

    The same key with the same ``body`` gives the first answer again. Raises ``Conflict`` for a stale version,
    ``IllegalAction`` where the desk has nothing to settle, ``BadInput`` for an unknown unit and a reason that says
    nothing; with a precedent also what :func:`gridsvc.services.precedents.make_precedent` raises. Numbers of people
    in the reason are masked: a history is for ever.
    """
    reason = mask_text(reason_of(said.reason)) or ""
    with transaction(engine) as connection:
        store.ensure_months(connection, [at])
    with transaction(engine) as connection:
        case = need_case(connection, id_or_number, reach, alone=True)
        body_hash = hash_body({"case": str(case.id), "action": "decide", "body": body})
        if (again := first_answer(connection, actor, key, body_hash, sees)) is not None:
            return again
        refuse_stale(case.version, said.version)
        refuse_illegal("decide", case.status, case.desk)
        named = [_party(room, code, field) for code, field in _codes(said)]
        precedent = None if said.precedent is None else id_of(case.number)
        ruling = Ruling(named[0], named[1:], actor, at.astimezone(room.zone), reason, precedent)
        entries = store.read_history(connection, case.id)
        if said.precedent is not None:
            attributes = entries[0].payload.get("attributes") or {}
            make_precedent(connection, room, case, attributes, ruling, said.precedent, at)
        answer = shown(_settled(connection, case, entries, ruling, at), room.zone, sees)
        answers.remember(connection, actor, key, body_hash, case.id, answer)
    return answer


def _settled(
    connection: Connection, case: StoredCase, entries: Sequence[Entry], ruling: Ruling, at: datetime
) -> StoredCase:
    """Append the ruling to the case's history, and let its row say what that adds up to."""
    payload = {
        "answer": answer_after(case.decision, ruling), "reason": ruling.reason, "precedent": ruling.precedent
    }  # fmt: skip
    entry = append(entries, case.id, at, ruling.actor, "decided", payload)
    store.write_entries(connection, [entry])
    state = fold([*entries, entry])
    codes = tuple(party.unit for party in (ruling.accountable, *ruling.assisting))
    settled = replace(
        case, version=state.version, status=state.status, unit=codes[0], parties=codes, decision=state.decision or {},
        desk=state.desk,
    )  # fmt: skip
    store.write_standing(connection, settled)
    return settled


def _codes(said: Settlement) -> Sequence[tuple[str, str]]:
    """The units that are named, each once, and the field that names each."""
    assisting = [(code, "assisting") for code in dict.fromkeys(said.assisting) if code != said.unit]
    return [(said.unit, "unit"), *assisting]


def _party(room: Router, code: str, field: str) -> Party:
    unit: Unit | None = room.snapshot.staff.units.get(code)
    if unit is None:
        mend = ("用 GET /v1/units 列出的单位编码", "use a code that GET /v1/units lists")
        raise BadInput("没有这个单位", "there is no such unit", [FieldError(field, code, *mend)])
    return Party(unit.code, unit.name, unit.name_en)
