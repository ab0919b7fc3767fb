"""Takes reports in: decides each, and stores case, history and the answer to its key in one transaction."""

import gc
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4, uuid5

from sqlalchemy import Engine

from gridsvc.answer import Routing
from gridsvc.bulk import route_each
from gridsvc.casework.case import Entry, NewCase, State, append, fold
from gridsvc.casework.deed import first_clocks
from gridsvc.casework.duplicates import Told
from gridsvc.casework.private import PrivateRow, private_row
from gridsvc.casework.worktime import Worktime
from gridsvc.chain import SpelledDict
from gridsvc.codes import CURRENT_SCHEME
from gridsvc.errors import BadTable, GridsvcError
from gridsvc.essence import fingerprint
from gridsvc.report import Report
from gridsvc.rights import May
from gridsvc.router import Router
from gridsvc.services.appending import standing
from gridsvc.services.cases import shown
from gridsvc.services.modes import with_mode
from gridsvc.services.once import first_answer
from gridsvc.services.similar import similar
from gridsvc.services.storing import Ready, store_report
from gridsvc.services.tracking import tracking_secret, with_code
from gridsvc.store import answers, audit
from gridsvc.store import cases as store
from gridsvc.store.cases import StoredCase
from gridsvc.store.engine import transaction
from gridsvc.store.months import need_months
from gridsvc.store.past import PastRow, writing
from gridsvc.store.reports import NewReport

# So many past cases at a time, the server has them while the next are made: few at first, so that it soon has some.
_FIRST_AT_ONCE, _MOST_AT_ONCE = 250, 2000
# Imported cases get ids made of the import's own name and the row, so that a second import finds the first.
IMPORTS = UUID("6f1d3c52-9d0b-4c57-8a0e-2f3f3a6c9b11")
# Every history begins with what was reported and what was decided.
_FIRST = 2
# A past case by its place, in its room and with its number.
_Row = tuple[Router, int, str]


@dataclass(frozen=True, slots=True)
class PastCase:
    """A case that is brought in from elsewhere, with the instant at which it was reported there.

    ``life`` is what happened to it after it was decided: of each entry its kind, payload, actor and instant, in order.
    """

    new: NewCase
    reported_at: datetime
    life: Sequence[tuple[str, Mapping[str, Any], str, datetime]] = ()


def report_case(
    engine: Engine, router: Router, new: NewCase, actor: str, key: str, body_hash: bytes, at: datetime,
    may: May | None = None,
) -> Mapping[str, Any]:  # fmt: skip
    """Take one report in and give the case as the contract shows it, to one who may do what ``may`` says.

    Beside it are the cases that it may repeat, as far as he may read them. In emergency mode the report says so
    (:func:`gridsvc.services.modes.with_mode`). The same key with the same body gives the first answer again and stores
    nothing; with another body it raises ``Conflict``. The ``tracking`` is told here alone, and not stored. When this
    returns, the case is on disk: what is reported meanwhile shares its commit.
    """
    secret = tracking_secret(engine)
    try:
        ready = _decided(engine, router, new, actor, key, body_hash, at, may)
    except GridsvcError:
        # What was taken in once is answered as it was then, whatever would be said of it today.
        with transaction(engine) as connection:
            first = first_answer(connection, actor, key, body_hash, may)
        if first is None:
            raise
        return with_code(first, secret)
    return with_code(store_report(engine, router.snapshot.edition.district, ready), secret)


def _decided(
    engine: Engine, router: Router, new: NewCase, actor: str, key: str, body_hash: bytes, at: datetime,
    may: May | None,
) -> Ready:  # fmt: skip
    """Decide a report and make what is stored of it; nobody has to wait for that."""
    ruleset, district = router.snapshot.ruleset, router.snapshot.edition.district
    with transaction(engine) as connection:
        new = replace(new, attributes=with_mode(connection, district, at, new.attributes, ruleset.vocabulary))
        routing = router.route(
            new.point.lon, new.point.lat, crs="wgs84", at=at, category=new.category, component=new.component,
            accuracy_m=new.accuracy_m, attributes=new.attributes or {},
        )  # fmt: skip
        reads = may and may("case:read")
        alike = [] if reads is None else similar(connection, router, _told(routing, new, at), new.category, reads)
    id_, apart, past = uuid4(), _private(new), PastCase(new, at)
    entries = _entries(id_, past, apart, routing, actor, router.worktime())
    case = _made(id_, "", router, past, routing, fold(entries), actor)
    answer = shown(case, router.zone, may, at) | {"similar": alike}
    row = NewReport(case, entries, apart, actor, key, body_hash, answer)
    return Ready(row, at.astimezone(router.zone).date(), may, new.attachments, new.foreign)


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
    if not past or is_imported(engine, name, actor):
        return 0
    need_months(engine, (at for p in past for at in (p.reported_at, *(e[-1] for e in p.life))))
    with transaction(engine) as connection:
        if answers.held(connection, [(actor, name)]):
            return 0
        order = sorted(range(len(past)), key=lambda i: past[i].reported_at)
        rooms = [router if isinstance(router, Router) else router(past[i].reported_at) for i in order]
        days = [past[i].reported_at.astimezone(room.zone).date() for i, room in zip(order, rooms, strict=True)]
        district = rooms[0].snapshot.edition.district
        numbers = store.take_numbers(connection, district, days)
        with _no_collecting(), writing(connection, sum(_FIRST + len(p.life) for p in past)) as write:
            rows = list(zip(rooms, order, numbers, strict=True))
            for some in _parts(rows):
                write(list(_brought_in(past, some, name, actor)))
                progress(len(some))
        answers.remember(connection, actor, name, b"", IMPORTS, {"added": len(past)})
        audit.record(connection, None, actor, "cases imported", name, {"added": len(past)}, district)
    return len(past)


def is_imported(engine: Engine, name: str, actor: str = "import") -> bool:
    """Tell whether an import of this name was made."""
    with transaction(engine) as connection:
        return answers.remembered(connection, actor, name) is not None


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Look for no garbage: what is made here refers to nothing of its own, and looking takes a sixth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _parts(rows: Sequence[_Row]) -> Iterator[Sequence[_Row]]:
    """Rows in parts, each twice as long as the one before it up to the longest."""
    start, size = 0, _FIRST_AT_ONCE
    while start < len(rows):
        yield rows[start : start + size]
        start, size = start + size, min(size * 2, _MOST_AT_ONCE)


def _brought_in(past: Sequence[PastCase], rows: Sequence[_Row], name: str, actor: str) -> Iterator[PastRow]:
    """Decide past cases, each in its room, and make all that is stored of them."""
    for room, run in groupby(rows, key=itemgetter(0)):
        own = list(run)
        for (_, i, number), routing in zip(own, routed(room, [past[i] for _, i, _ in own]), strict=True):
            if isinstance(routing, GridsvcError):
                zh, en = f"第 {i + 1} 个案件：{routing.zh}", f"case {i + 1}: {routing.en}"
                raise BadTable(zh, en, routing.errors)
            id_, apart = uuid5(IMPORTS, f"{name}/{i}"), _private(past[i].new)
            entries = _entries(id_, past[i], apart, routing, actor)
            yield PastRow(_made(id_, number, room, past[i], routing, fold(entries), actor), entries, apart)


def routed(room: Router, past: Sequence[PastCase]) -> list[Routing | GridsvcError]:
    """Decide past cases in a room; what cannot be decided has its error."""
    points = [p.new.point for p in past]
    reports = [
        Report(p.reported_at, p.new.category, p.new.component, p.new.accuracy_m, p.new.attributes or {}) for p in past
    ]
    return route_each(room, [p.lon for p in points], [p.lat for p in points], crs="wgs84", reports=reports)


def _told(routing: Routing, new: NewCase, at: datetime) -> Told:
    component = None if routing.component is None else routing.component.code
    return Told(routing.point.lon, routing.point.lat, at, component, new.description)


def _private(new: NewCase) -> PrivateRow:
    return private_row(new.reporter, new.description, new.address, secrets.token_bytes(16), new.subject)


def _entries(
    id_: UUID, past: PastCase, apart: PrivateRow, routing: Routing, actor: str, worktime: Worktime | None = None
) -> list[Entry]:
    """Make the entries of a history: what was reported, what was decided and why, and what happened then.

    Of what is private it holds a digest alone, so that it can be erased and the history still be verified. Without a
    working time no clock starts: of what was brought in nobody knows what was promised.
    """
    new, at = past.new, past.reported_at
    inputs = {
        "point": dict(new.raw), "lon": new.point.lon, "lat": new.point.lat, "category": new.category,
        "source": new.source, "component": new.component, "accuracy_m": new.accuracy_m,
        "attributes": dict(new.attributes or {}), "private": apart.digest,
        **({"attachments": list(new.attachments)} if new.attachments else {}),
        **({"reward": True} if new.reward else {}),
        **({"foreign": new.foreign} if new.foreign else {}),
        **({"captured": dict(new.captured)} if new.captured else {}),
    }  # fmt: skip
    reported = append([], id_, at, actor, "reported", inputs)
    decided: dict[str, Any] = {"answer": SpelledDict(routing.as_dict("short")), "trail": routing.decision.told}
    if worktime is not None and (clocks := first_clocks(decided["answer"], at, worktime)):
        decided["clocks"] = clocks
    entries = [reported, append([reported], id_, at, actor, "decided", decided)]
    for kind, payload, who, when in past.life:
        entries.append(append(entries, id_, when, who, kind, payload))
    return entries


def _made(
    id_: UUID, number: str, router: Router, past: PastCase, routing: Routing, state: State, actor: str
) -> StoredCase:
    """Make the row of a case: what it was reported as, and what its history adds up to."""
    new = past.new
    return StoredCase(
        id=id_, reported_at=past.reported_at, number=number, district=router.snapshot.edition.district,
        source=new.source, code_scheme=CURRENT_SCHEME,
        category=new.category, component=routing.component.code if routing.component else None, 
        description=new.description, address=new.address, accuracy_m=new.accuracy_m, raw=dict(new.raw),
        areas=routing.areas.codes,
        reported_by=actor,
        lon=new.point.lon, lat=new.point.lat, reporter=None if new.reporter is None else asdict(new.reporter),
        subject=new.subject,
        edition=routing.edition, ruleset=routing.ruleset or None, components_seq=router.components.seq,
        fingerprint=fingerprint(routing), **standing(state),
    )  # fmt: skip


def prepare_months(engine: Engine, now: datetime) -> None:
    """Make the partitions of this month and the next, so that no report has to wait for them."""
    this = now.astimezone(UTC)
    need_months(engine, [this, this.replace(day=1) + timedelta(days=32)])
