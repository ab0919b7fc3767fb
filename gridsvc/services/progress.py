"""Acts on a case: asks rights and version, and stores entry, standing and the answer to the key at once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine

from gridsvc.casework.case import Entry
from gridsvc.casework.deeds import deed
from gridsvc.casework.desk import Party, Ruling
from gridsvc.casework.lifecycle import NEEDS, Action, need_legal, refuse_stale
from gridsvc.casework.requests import KINDS, need_open
from gridsvc.chain import SpelledDict
from gridsvc.errors import BadInput, FieldError, Forbidden
from gridsvc.essence import fingerprint
from gridsvc.responsibility.people import Unit
from gridsvc.rights import May, Permission, Reach, forbidden, whole_district
from gridsvc.router import Router
from gridsvc.services import attachments
from gridsvc.services.appending import append_to
from gridsvc.services.cases import no_case, shown
from gridsvc.services.once import first_answer, hash_body
from gridsvc.services.permitted import may_bind, may_on
from gridsvc.services.precedents import Wanted, id_of, make_precedent
from gridsvc.services.public_answers import public_answer
from gridsvc.store import answers
from gridsvc.store import cases as store
from gridsvc.store.cases import StoredCase
from gridsvc.store.engine import transaction
from gridsvc.store.histories import read_history
from gridsvc.store.months import need_months

Said = Mapping[str, Any]


def act(
    engine: Engine, room: Router, id_or_number: str, action: str, said: Said, may: May, actor: str, key: str,
    body: Said, at: datetime,
) -> Mapping[str, Any]:  # fmt: skip
    """Do one action of the table on a case and give the case, to one who may do what ``may`` says.

    ``said`` has the ``version`` that was read and what the action takes (:func:`gridsvc.casework.deeds.deed`); a
    ``precedent`` is a :class:`~gridsvc.services.precedents.Wanted`. The same key with the same ``body`` gives the first
    answer again. Raises ``Conflict`` for a stale version, ``IllegalAction`` with what is legal, ``Forbidden``,
    ``BadInput`` for what cannot be used, and with a precedent what
    :func:`gridsvc.services.precedents.make_precedent` raises.
    """
    need_months(engine, [at])
    with transaction(engine) as connection:
        reach = _need(may, NEEDS[action], room)
        case = store.read_case(connection, id_or_number, reach, alone=True)
        own = case or store.read_case(connection, id_or_number, whole_district(reach.district))
        if own is None:
            raise no_case(id_or_number)
        body_hash = hash_body({"case": str(own.id), "action": action, "body": body})
        if case is None and not _did(connection, actor, key, body_hash):
            raise no_case(id_or_number)
        if (again := first_answer(connection, actor, key, body_hash, may)) is not None:
            return again
        case = own
        refuse_stale(case.version, said["version"])
        state = case.state
        _refuse_stranger(case, need_legal(action, state), said, may)
        entries = read_history(connection, case.id)
        # Clocks of several machines differ a little; a history goes on in time.
        then = max(at, entries[-1].at)
        party = partial(_party, room)
        wanted: Wanted | None = said.get("precedent")
        told = dict(said) | ({} if wanted is None else {"precedent": id_of(case.number)})
        if action == "link":
            told |= _other(connection, case, said, _need(may, "case:read", room))
        elif action == "correct":
            case, inputs = _corrected(connection, room, case, entries, said, then)
            told |= inputs
        told |= public_answer(room, case, action, said, then)
        attachments.use(connection, case.id, said.get("attachments", ()), actor)
        kind, payload = deed(action, told, entries, party, room.worktime(), actor, then, state)
        if wanted is not None:
            _let_decide(connection, room, case, entries, payload, wanted, may, actor, at)
        changed = append_to(connection, case, entries, kind, payload, actor, then)
        answer = shown(changed, room.zone, may, at)
        answers.remember(connection, actor, key, body_hash, case.id, answer)
    return answer


def _need(may: May, permission: Permission, room: Router) -> Reach:
    reach = may(permission)
    if reach is None:
        raise forbidden(permission, room.snapshot.edition.district)
    return reach


def _did(connection: Connection, actor: str, key: str, body_hash: bytes) -> bool:
    """Whether the actor has done this already: that may have taken the case out of his reach."""
    known = answers.remembered(connection, actor, key)
    return known is not None and known[0] == body_hash


def inputs_of(entries: Sequence[Entry]) -> Said:
    """Give by what the case is decided: what was reported, or what was corrected last."""
    names = ("point", "lon", "lat", "category", "component", "accuracy_m", "attributes")
    last = next(e.payload for e in reversed(entries) if e.kind in ("reported", "correct"))
    return {name: last.get(name) for name in names}


def _refuse_stranger(case: StoredCase, row: Action, said: Said, may: May) -> None:
    """Refuse whom the step itself is not for: what a unit does, is done by who acts for it."""
    permission = row.permission
    units: Sequence[str | None] = [case.unit]
    if row.name == "arrive" and said.get("request") is not None:
        # Who was called comes for himself, and stops nobody else's clock.
        units = [said.get("unit") or case.unit]
    if row.name == "settle":
        request = need_open(case.requests, said["request"])
        permission, units = KINDS[request["kind"]].settles, request["asked"]
    if may_on(case, permission, units, may):
        return
    if permission != "case:handle" or may(permission) is None:
        raise forbidden(permission, case.district)
    shown_ = ", ".join(filter(None, units)) or "-"
    error = FieldError("unit", None, f"由 {shown_} 的人员办理", f"somebody who acts for {shown_} may do it")
    raise Forbidden("这不是你单位的事", "this is for another unit to do", [error])


def _party(room: Router, code: str, field: str) -> Party:
    unit: Unit | None = room.snapshot.staff.units.get(code)
    if unit is None:
        mend = ("用 GET /v1/units 列出的单位编码", "use a code that GET /v1/units lists")
        raise BadInput("没有这个单位", "there is no such unit", [FieldError(field, code, *mend)])
    return Party(unit.code, unit.name, unit.name_en)


def _other(connection: Connection, case: StoredCase, said: Said, reach: Reach) -> Said:
    """Find the case that is linked to, while nobody changes it: two must not become duplicates of each other."""
    other = store.read_case(connection, said["case"], reach, alone=True)
    if other is None or other.id == case.id or (said["as"] == "duplicate" and other.status == "void"):
        mend = ("填另一个有效案件的编号", "give the number of another case that is not void")
        raise BadInput(
            "不能与该案件关联", "it cannot be linked to that case", [FieldError("case", said["case"], *mend)]
        )
    return {"case": str(other.id), "number": other.number}


def _corrected(
    connection: Connection, room: Router, case: StoredCase, entries: Sequence[Entry], said: Said, at: datetime
) -> tuple[StoredCase, Said]:
    """Decide a case anew by what is corrected of it, and let its row say so; gives what the entry says of it."""
    before = inputs_of(entries)
    # How exact the old place was says nothing of the new one.
    inputs = {**before, **({"accuracy_m": None} if "lon" in said else {})}
    inputs |= {name: said[name] for name in inputs if name in said}
    if inputs == before:
        mend = ("填要更正的位置、类别或部件", "give the place, category or component that it should have")
        raise BadInput("没有要更正的内容", "nothing would be corrected", [FieldError("category", None, *mend)])
    routing = room.route(
        inputs["lon"], inputs["lat"], crs="wgs84", at=at, category=inputs["category"], component=inputs["component"],
        accuracy_m=inputs["accuracy_m"], attributes=inputs["attributes"] or {},
    )  # fmt: skip
    answer = SpelledDict(routing.as_dict("short"))
    changed = replace(
        case, lon=inputs["lon"], lat=inputs["lat"], raw=inputs["point"], category=inputs["category"], decision=answer,
        component=routing.component.code if routing.component else None, accuracy_m=inputs["accuracy_m"],
        areas=routing.areas.codes, edition=routing.edition,
        ruleset=routing.ruleset or None, components_seq=room.components.seq, fingerprint=fingerprint(routing),
    )  # fmt: skip
    store.write_correction(connection, changed)
    return changed, {**inputs, "answer": answer, "trail": routing.decision.told}


def _let_decide(
    connection: Connection, room: Router, case: StoredCase, entries: Sequence[Entry], payload: Said, wanted: Wanted,
    may: May, actor: str, at: datetime,
) -> None:  # fmt: skip
    """Make a precedent of what was settled, where something was; that binds the whole district."""
    if not may_bind(may):
        raise forbidden("precedent:write", case.district)
    if payload.get("precedent") is None:
        mend = ("只有裁定责任单位时才能立判例", "only what settles whose a case is can be a precedent")
        raise BadInput("不能立为判例", "no precedent can be made of this", [FieldError("precedent", None, *mend)])
    party, answer = partial(_party, room), payload["answer"]
    assisting = [party(one["unit"], "assisting") for one in answer["assisting"]]
    accountable = party(answer["accountable"]["unit"], "unit")
    ruling = Ruling(accountable, assisting, actor, at.astimezone(room.zone), payload["reason"], payload["precedent"])
    make_precedent(connection, room, case, inputs_of(entries)["attributes"] or {}, ruling, wanted, at)
