"""Takes reports in: decides each, and stores case, history and the answer to its key in one transaction."""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Engine

from gridsvc.answer import Routing
from gridsvc.casework.case import Entry, NewCase, State, append, fold
from gridsvc.casework.private import PrivateRow, private_row
from gridsvc.codes import CURRENT_SCHEME
from gridsvc.errors import BadTable, GridsvcError
from gridsvc.essence import fingerprint
from gridsvc.report import Report
from gridsvc.rights import Reach
from gridsvc.router import Router
from gridsvc.services.cases import shown
from gridsvc.services.once import first_answer
from gridsvc.store import answers, audit, private
from gridsvc.store import cases as store
from gridsvc.store.cases import StoredCase
from gridsvc.store.engine import transaction

CHUNK = 500
# Imported cases get ids made of the import's own name and the row, so that a second import finds the first.
IMPORTS = UUID("6f1d3c52-9d0b-4c57-8a0e-2f3f3a6c9b11")


@dataclass(frozen=True, slots=True)
class PastCase:
    """A case that is brought in from elsewhere, with the instant at which it was reported there."""

    new: NewCase
    reported_at: datetime


def report_case(
    engine: Engine, router: Router, new: NewCase, actor: str, key: str, body_hash: bytes, at: datetime,
    sees: Reach | None = None,
) -> Mapping[str, Any]:  # fmt: skip
    """Take one report in and give the case as the contract shows it, to one who sees reporters where ``sees`` says.

    The same key with the same body gives the first answer again and stores nothing; with another body it
    raises ``Conflict``. When this returns, the case is on disk.
    """
    with transaction(engine) as connection:
        store.ensure_months(connection, [at])
    with transaction(engine) as connection:
        if (again := first_answer(connection, actor, key, body_hash, sees)) is not None:
            return again
        routing = router.route(
            new.point.lon, new.point.lat, crs="wgs84", at=at, category=new.category, component=new.component,
            accuracy_m=new.accuracy_m, attributes=new.attributes or {},
        )  # fmt: skip
        id_ = uuid4()
        apart = _private(new)
        entries = _entries(id_, PastCase(new, at), apart, routing, actor)
        store.write_entries(connection, entries)
        private.write_private(connection, {id_: apart})
        # The day's counter stays locked until the end, so the number comes last.
        day = at.astimezone(router.zone).date()
        number = store.take_numbers(connection, router.snapshot.edition.district, [day])[0]
        case = _made(id_, number, router, PastCase(new, at), routing, fold(entries), actor)
        store.write_cases(connection, [case])
        answer = shown(case, router.zone, sees)
        answers.remember(connection, actor, key, body_hash, case.id, answer)
    return answer


def import_cases(
    engine: Engine,
    router: Router | Callable[[datetime], Router],
    past: Sequence[PastCase],
    name: str,
    actor: str = "import",
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Bring past cases in, in one transaction; gives how many were added.

    ``router`` decides them all, or gives the router for the instant of a report: of the edition that held then.
    ``name`` names the import: the same name again adds nothing. A row that cannot be used stops all of it and is
    named by its place in ``past``, counted from 1.
    """
    with transaction(engine) as connection:
        if not past or answers.remembered(connection, actor, name) is not None:
            return 0
    routers = [router if isinstance(router, Router) else router(p.reported_at) for p in past]
    routings = list(_routed(routers, past, progress))
    with transaction(engine) as connection:
        store.ensure_months(connection, [p.reported_at for p in past])
    with transaction(engine) as connection:
        answers.hold_key(connection, actor, name)
        if answers.remembered(connection, actor, name) is not None:
            return 0
        order = sorted(range(len(past)), key=lambda i: past[i].reported_at)
        district = routers[0].snapshot.edition.district
        days = [past[i].reported_at.astimezone(routers[i].zone).date() for i in order]
        numbers = store.take_numbers(connection, district, days)
        ids = [uuid5(IMPORTS, f"{name}/{i}") for i in range(len(past))]
        apart = [_private(p.new) for p in past]
        histories = [_entries(ids[i], past[i], apart[i], routings[i], actor) for i in order]
        store.write_entries(connection, (entry for history in histories for entry in history))
        private.write_private(connection, dict(zip(ids, apart, strict=True)))
        made = [
            _made(ids[i], number, routers[i], past[i], routings[i], fold(history), actor)
            for i, number, history in zip(order, numbers, histories, strict=True)
        ]
        store.write_cases(connection, made)
        answers.remember(connection, actor, name, b"", IMPORTS, {"added": len(made)})
        audit.record(connection, None, actor, "cases imported", name, {"added": len(made)}, district)
    return len(made)


def _routed(routers: Sequence[Router], past: Sequence[PastCase], progress: Callable[[int], None]) -> Iterator[Routing]:
    """Decide in chunks, each by one router."""
    row = 0
    for router, run in groupby(zip(routers, past, strict=True), key=itemgetter(0)):
        while chunk := [p for _, p in islice(run, CHUNK)]:
            points = [p.new.point for p in chunk]
            reports = [
                Report(p.reported_at, p.new.category, p.new.component, p.new.accuracy_m, p.new.attributes or {})
                for p in chunk
            ]
            answers = router.route_many([p.lon for p in points], [p.lat for p in points], crs="wgs84", reports=reports)
            for answer in answers:
                row += 1
                if isinstance(answer, GridsvcError):
                    raise BadTable(f"第 {row} 个案件：{answer.zh}", f"case {row}: {answer.en}", answer.errors)
                yield answer
            progress(len(chunk))


def _private(new: NewCase) -> PrivateRow:
    return private_row(new.reporter, new.description, new.address, secrets.token_bytes(16))


def _entries(id_: UUID, past: PastCase, apart: PrivateRow, routing: Routing, actor: str) -> list[Entry]:
    """Make the first two entries of a history: what was reported, and what was decided and why.

    Of what is private it holds a digest alone, so that it can be erased and the history still be verified.
    """
    new, at = past.new, past.reported_at
    inputs = {
        "point": dict(new.raw), "lon": new.point.lon, "lat": new.point.lat, "category": new.category,
        "source": new.source, "component": new.component, "accuracy_m": new.accuracy_m,
        "attributes": dict(new.attributes or {}), "private": apart.digest,
    }  # fmt: skip
    trail = [[rule.id, why] for rule, why in routing.decision.trail]
    reported = append([], id_, at, actor, "reported", inputs)
    decided = {"answer": routing.as_dict("short"), "trail": trail}
    return [reported, append([reported], id_, at, actor, "decided", decided)]


def _made(
    id_: UUID, number: str, router: Router, past: PastCase, routing: Routing, state: State, actor: str
) -> StoredCase:
    """Make the row of a case: what it was reported as, and what its history adds up to."""
    new = past.new
    return StoredCase(
        id=id_, reported_at=past.reported_at, number=number, district=router.snapshot.edition.district,
        version=state.version, status=state.status, source=new.source, code_scheme=CURRENT_SCHEME,
        category=new.category, component=routing.component.code if routing.component else None, 
        description=new.description, address=new.address, accuracy_m=new.accuracy_m, raw=dict(new.raw),
        areas={layer: area.code for layer, area in routing.areas.items()},
        unit=routing.decision.unit.code if routing.decision.unit else None, parties=routing.decision.parties,
        reported_by=actor, decision=state.decision or {}, desk=state.desk,
        lon=new.point.lon, lat=new.point.lat, reporter=None if new.reporter is None else asdict(new.reporter),
        edition=routing.edition, ruleset=routing.ruleset or None, components_seq=router.components.seq,
        fingerprint=fingerprint(routing),
    )  # fmt: skip


def prepare_months(engine: Engine, now: datetime) -> None:
    """Make the partitions of this month and the next, so that no report has to wait for them."""
    this = now.astimezone(UTC)
    with transaction(engine) as connection:
        store.ensure_months(connection, [this, this.replace(day=1) + timedelta(days=32)])
