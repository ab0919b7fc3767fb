"""Repeat offenders: earlier offences at a case's place or of the same party, the rung that is due, the worst of all."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Engine

from gridsvc.casework.duplicates import Told, distance
from gridsvc.casework.offences import OCCASION_HOURS, at_place, due, occasions
from gridsvc.errors import BadInput, FieldError
from gridsvc.masking import mask_name
from gridsvc.responsibility.repeats import Sanction, duplicate_rule, ladder
from gridsvc.rights import Reach
from gridsvc.router import Router
from gridsvc.services.cases import need_case
from gridsvc.services.places import within
from gridsvc.spatial.spots import spots
from gridsvc.store.cases import StoredCase
from gridsvc.store.engine import transaction
from gridsvc.store.near_cases import NearCase, cases_against, filed_cases, near_cases
from gridsvc.values import Point

By = Literal["place", "subject"]
# So many earlier offences say enough of a place; so many numbers lead to the rest.
_MOST_EARLIER, _MOST_NUMBERS = 200, 5
MOST_DAYS = 366
_MOST_CASES = 100_000
Group = tuple[Sequence[Sanction], Sequence[NearCase]]


def offences_of(
    engine: Engine, room: Router, id_or_number: str, reach: Reach, sees: Reach | None = None
) -> dict[str, Any]:
    """Give the ladder for a case's matter, and what was done before at its place and by the party it is against.

    Only cases that were filed count, and only those within ``reach``. Of the party nothing is told beyond ``sees``.
    Raises ``NotFound``.
    """
    with transaction(engine) as connection:
        case = need_case(connection, id_or_number, reach)
        rungs = ladder(room.snapshot.ruleset.sanctions, case.category)
        place = subject = None
        if rungs:
            place = _counted(room, case, rungs, _at_place(connection, room, case, rungs, reach), by_place=True)
            if case.subject is not None and sees is not None and _covers(sees, case):
                earlier = cases_against(
                    connection, (reach, sees), case.id, rungs[0].categories, _span(case, rungs), _MOST_EARLIER
                )
                subject = {"name": mask_name(case.subject)} | _counted(room, case, rungs, earlier, by_place=False)
    return {
        "id": str(case.id), "number": case.number, "category": case.category,
        "ladder": [_rung(rung) for rung in rungs], "place": place, "subject": subject,
    }  # fmt: skip


def _covers(sees: Reach, case: StoredCase) -> bool:
    return sees.covers(case.areas, frozenset(case.parties), case.reported_by)


def _at_place(
    connection: Connection, room: Router, case: StoredCase, rungs: Sequence[Sanction], reach: Reach
) -> list[NearCase]:
    radius_m, around = max(r.radius_m for r in rungs), [Point(case.lon, case.lat)]
    component = room.components.get(case.component) if case.component else None
    if component is not None:
        around.append(component.point)
    patterns, span = rungs[0].categories, _span(case, rungs)
    found = near_cases(connection, reach, around, radius_m, patterns, span, case.id, _MOST_EARLIER, filed=True)
    return [found[n] for n in at_place(_told(case), [_told(c) for c in found], radius_m)]


def _span(case: StoredCase, rungs: Sequence[Sanction]) -> tuple[datetime, datetime]:
    return case.reported_at - timedelta(days=max(r.days for r in rungs)), case.reported_at


def _counted(
    room: Router, case: StoredCase, rungs: Sequence[Sanction], earlier: Sequence[NearCase], by_place: bool
) -> dict[str, Any]:
    told = _told(case)
    count, rung = due(rungs, told, [_told(c) for c in earlier], _hours(room, case.category), by_place)
    listed = [
        {
            "id": str(c.id), "number": c.number, "status": c.status, "category": c.category,
            "reported_at": _local(c.reported_at, room), "distance_m": round(distance(told, _told(c)), 1),
        }
        for c in earlier
    ]  # fmt: skip
    return {"count": count, "rung": rung and _rung(rung), "earlier": listed}


def worst(
    connection: Connection, room: Router, reaches: Sequence[Reach], start: datetime, end: datetime, by: By, limit: int
) -> list[dict[str, Any]]:
    """Give the places or the parties with most occasions of one ladder's matters in a time, the worst first.

    At least two occasions are needed. A place is a component, or a spot as wide as the ladder says; a party is named
    masked. Only cases that were filed count, and only those within every one of ``reaches``. Raises ``BadInput``
    where these are too many to look at.
    """
    sanctions = room.snapshot.ruleset.sanctions
    patterns = list(dict.fromkeys(p for s in sanctions for p in s.categories))
    if not patterns:
        return []
    found = filed_cases(connection, reaches, patterns, start, end, _MOST_CASES + 1, against=by == "subject")
    if len(found) > _MOST_CASES:
        mend = ("缩短时段", "ask for a shorter time")
        raise BadInput("案件过多", "there are too many cases", [FieldError("from", start.isoformat(), *mend)])
    ladders: dict[tuple[str, ...], tuple[Sequence[Sanction], list[NearCase]]] = {}
    for case in found:
        rungs = ladder(sanctions, case.category)
        ladders.setdefault(rungs[0].categories, (rungs, []))[1].append(case)
    groups = [(rungs, own) for rungs, cases in ladders.values() for own in _grouped(rungs, cases, by)]
    told = [_offender(room, rungs, own, by) for rungs, own in groups]
    repeated = [one for one in told if one["occasions"] > 1]
    return sorted(repeated, key=lambda t: (-t["occasions"], -t["cases"], t["last"], t["numbers"]))[:limit]


def _grouped(rungs: Sequence[Sanction], cases: Sequence[NearCase], by: By) -> Iterable[Sequence[NearCase]]:
    """Cases of one party; or of one component, and what is left by spots."""
    groups: dict[object, list[NearCase]] = {}
    loose: list[NearCase] = []
    for case in cases:
        key = case.subject_key if by == "subject" else case.component
        (loose if key is None else groups.setdefault(key, [])).append(case)
    gathered = spots([c.lon for c in loose], [c.lat for c in loose], max(r.radius_m for r in rungs))
    return [*groups.values(), *([loose[n] for n in spot] for spot in gathered)]


def _offender(room: Router, rungs: Sequence[Sanction], cases: Sequence[NearCase], by: By) -> dict[str, Any]:
    """One place or party: what was done how often, and the rung that is due at the last time."""
    middle, times = cases[0], sorted(cases, key=lambda c: (c.reported_at, c.number))
    last, hours = times[-1], _hours(room, times[-1].category)
    _, rung = due(rungs, _told(last), [_told(c) for c in times[:-1]], hours, by_place=by == "place")
    here = {
        "component": middle.component, "point": {"lon": middle.lon, "lat": middle.lat},
        "within": within(room, middle.lon, middle.lat),
    }  # fmt: skip
    return (here if by == "place" else {"name": mask_name(last.subject)}) | {
        "categories": sorted({c.category for c in cases}),
        "occasions": len(occasions([c.reported_at for c in cases], hours)),
        "cases": len(cases),
        "first": _local(times[0].reported_at, room),
        "last": _local(last.reported_at, room),
        "numbers": [c.number for c in reversed(times[-_MOST_NUMBERS:])],
        "rung": rung and _rung(rung),
    }


def _told(case: StoredCase | NearCase) -> Told:
    return Told(case.lon, case.lat, case.reported_at, case.component)


def _hours(room: Router, category: str) -> float:
    rule = duplicate_rule(room.snapshot.ruleset.duplicates, category)
    return OCCASION_HOURS if rule is None else rule.hours


def _local(at: datetime, room: Router) -> str:
    return at.astimezone(room.zone).isoformat()


def _rung(rung: Sanction) -> dict[str, Any]:
    return {
        "times": rung.times, "days": rung.days, "radius_m": rung.radius_m, "zh": rung.text_zh,
        "en": rung.text_en or rung.text_zh, "fine_max": rung.fine_max, "source": rung.source,
    }  # fmt: skip
