"""Reads cases: one, a page of them, a case's history; and the shape in which every door shows a case."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gridsvc.casework.case import first_broken
from gridsvc.casework.clocks import from_dicts, light
from gridsvc.casework.requests import KINDS
from gridsvc.errors import FieldError, NotFound
from gridsvc.masking import mask_name, mask_phone, mask_text
from gridsvc.rights import May, Reach
from gridsvc.router import CHIEF_ROLES
from gridsvc.services.permitted import permitted
from gridsvc.store import cases as store
from gridsvc.store.case_lists import CaseFilter, list_cases
from gridsvc.store.cases import StoredCase
from gridsvc.store.engine import transaction
from gridsvc.store.histories import read_history


def shown(case: StoredCase, zone: ZoneInfo, may: May | None, now: datetime) -> dict[str, Any]:
    """The case in the contract's shape, its instants with the district's offset, its lights as they are ``now``.

    Who reported it and whom it is against is shown to one who may see that, masked; so are telephone numbers in the
    description, for everybody. Its actions are those that he may take; with ``may`` None, for whoever reads it later,
    all that the case allows.
    """
    sees = may and may("reporter:see")
    is_seen = sees is not None and _covers(sees, case)
    return {
        "id": str(case.id),
        "number": case.number,
        "version": case.version,
        "status": case.status,
        "point": {"lon": case.lon, "lat": case.lat},
        "category": case.category,
        "source": case.source,
        "reported_at": case.reported_at.astimezone(zone).isoformat(),
        "description": mask_text(case.description),
        "address": case.address,
        "reporter": _masked_reporter(case.reporter) if is_seen and case.reporter else None,
        "subject": mask_name(case.subject) if is_seen else None,
        "reward": case.reward,
        "accuracy_m": case.accuracy_m,
        "decision": dict(case.decision),
        "clocks": [
            _local(told, zone) | {"light": light(clock, now)}
            for told, clock in zip(case.clocks, from_dicts(case.clocks), strict=True)
        ],
        "requests": [_request(r, zone) for r in case.requests],
        "links": [{name: link[name] for name in ("case", "number", "as")} for link in case.links],
        "actions": [{"action": a.name, "requires": list(a.requires)} for a in permitted(case, may)],
    }


def _request(request: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """An open request, with how it may be settled and the permission that this needs."""
    kind = KINDS[request["kind"]]
    told = _local(request, zone) | {"verdicts": list(kind.verdicts), "settles": kind.settles}
    arrived = {unit: _in_zone(at, zone) for unit, at in request.get("arrived", {}).items()}
    return told | ({"arrived": arrived} if arrived else {})


def _local(told: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """What a history tells, its instants with the district's offset."""
    instants = {k: _in_zone(v, zone) for k, v in told.items() if v and (k == "at" or k.endswith("_at"))}
    return {**told, **instants}


def _in_zone(instant: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(instant).astimezone(zone).isoformat()


def _masked_reporter(reporter: Mapping[str, Any]) -> dict[str, str | None]:
    return {"name": mask_name(reporter["name"]), "phone": mask_phone(reporter["phone"])}


def get_case(engine: Engine, id_or_number: str, reach: Reach) -> StoredCase:
    """Give a case by id or number; raises the same ``NotFound`` where there is none and where it is out of reach."""
    with transaction(engine) as connection:
        return need_case(connection, id_or_number, reach)


def need_case(connection: Connection, id_or_number: str, reach: Reach, alone: bool = False) -> StoredCase:
    """Give a case within a reach by id or number; raises ``NotFound``. ``alone`` as for :func:`store.read_case`."""
    found = store.read_case(connection, id_or_number, reach, alone)
    if found is None:
        raise no_case(id_or_number)
    return found


def no_case(id_or_number: str) -> NotFound:
    """Make the refusal of a case that is not there, or not for this caller: nobody can tell which."""
    mend = ("核对案件编号或 id", "check the case's number or id")
    return NotFound("没有这个案件", "there is no such case", [FieldError("id", id_or_number, *mend)])


def _covers(reach: Reach, case: StoredCase) -> bool:
    return reach.covers(case.areas, frozenset(case.parties), case.reported_by)


def get_history(engine: Engine, id_or_number: str, zone: ZoneInfo, reach: Reach) -> dict[str, Any]:
    """Give a case's history with the hash of each entry, and whether the chain of hashes holds."""
    case = get_case(engine, id_or_number, reach)
    with transaction(engine) as connection:
        entries = read_history(connection, case.id)
    items: list[Mapping[str, Any]] = [
        {
            "n": e.n,
            "at": e.at.astimezone(zone).isoformat(),
            "actor": e.actor,
            "kind": e.kind,
            "payload": _masked(e.payload),
            "hash": bytes(e.hash).hex(),
        }
        for e in entries
    ]
    return {"id": str(case.id), "number": case.number, "intact": first_broken(entries) is None, "items": items}


def _masked(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an entry says, as it is shown: early ones hold the description and the chiefs' numbers in full."""
    masked = dict(payload)
    if "description" in masked:
        masked["description"] = mask_text(masked["description"])
    if "answer" in masked:
        chiefs = {role: masked["answer"].get(role) for role in CHIEF_ROLES}
        told = {role: chief | {"phone": mask_phone(chief["phone"])} for role, chief in chiefs.items() if chief}
        masked["answer"] = masked["answer"] | told
    return masked


def page_of_cases(engine: Engine, wanted: CaseFilter) -> tuple[list[StoredCase], StoredCase | None]:
    """Give one page, newest first, and its last case if another page follows."""
    with transaction(engine) as connection:
        found = list_cases(connection, wanted)
    if len(found) <= wanted.limit:
        return found, None
    return found[: wanted.limit], found[wanted.limit - 1]
