"""Reads cases: one, a page of them, a case's history; and the shape in which every door shows a case."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from gridsvc.casework.case import first_broken
from gridsvc.errors import FieldError, NotFound
from gridsvc.store import cases as store
from gridsvc.store.cases import CaseFilter, StoredCase
from gridsvc.store.engine import transaction


def shown(case: StoredCase, zone: ZoneInfo) -> dict[str, Any]:
    """The case in the contract's shape, its instants with the district's offset."""
    return {
        "id": str(case.id),
        "number": case.number,
        "version": case.version,
        "status": case.status,
        "point": {"lon": case.lon, "lat": case.lat},
        "category": case.category,
        "source": case.source,
        "reported_at": case.reported_at.astimezone(zone).isoformat(),
        "description": case.description,
        "address": case.address,
        "accuracy_m": case.accuracy_m,
        "decision": dict(case.decision),
        "clocks": [],
        "actions": [],
    }


def get_case(engine: Engine, id_or_number: str, district: str | None = None) -> StoredCase:
    """Give a case by id or number; raises ``NotFound``."""
    with transaction(engine) as connection:
        found = store.read_case(connection, id_or_number, district)
    if found is None:
        mend = ("核对案件编号或 id", "check the case's number or id")
        raise NotFound("没有这个案件", "there is no such case", [FieldError("id", id_or_number, *mend)])
    return found


def get_history(engine: Engine, id_or_number: str, zone: ZoneInfo, district: str | None = None) -> dict[str, Any]:
    """Give a case's history with the hash of each entry, and whether the chain of hashes holds."""
    case = get_case(engine, id_or_number, district)
    with transaction(engine) as connection:
        entries = store.read_history(connection, case.id)
    items: list[Mapping[str, Any]] = [
        {
            "n": e.n,
            "at": e.at.astimezone(zone).isoformat(),
            "actor": e.actor,
            "kind": e.kind,
            "payload": e.payload,
            "hash": bytes(e.hash).hex(),
        }
        for e in entries
    ]
    return {"id": str(case.id), "number": case.number, "intact": first_broken(entries) is None, "items": items}


def page_of_cases(engine: Engine, wanted: CaseFilter) -> tuple[list[StoredCase], StoredCase | None]:
    """Give one page, newest first, and its last case if another page follows."""
    with transaction(engine) as connection:
        found = store.list_cases(connection, wanted)
    if len(found) <= wanted.limit:
        return found, None
    return found[: wanted.limit], found[wanted.limit - 1]
