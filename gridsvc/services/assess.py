"""Makes sheets of assessment out of what is known: histories, boundaries, units, the scheme's rows, entered scores."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from gridsvc.casework.counting import subjects_of
from gridsvc.casework.facts import Facts
from gridsvc.casework.facts_walk import facts_of
from gridsvc.casework.marks import Given, Ground
from gridsvc.casework.period import Period, period_before
from gridsvc.casework.scheme_rows import read_schemes
from gridsvc.casework.schemes import Scheme
from gridsvc.casework.scoring import Sheet, as_dict, score
from gridsvc.chain import seal
from gridsvc.errors import BadInput, FieldError, NotFound
from gridsvc.router import Router
from gridsvc.services.current import CurrentRouter
from gridsvc.store import assessments as store
from gridsvc.store import dated_sets
from gridsvc.store.assessments import Input, StoredSheet
from gridsvc.store.engine import one_state, transaction
from gridsvc.store.facts import Known, known_now, walk_told
from gridsvc.store.rules import read_texts
from gridsvc.tables import OF_SCHEMES, Row, gathered

Step = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sheet is made of: scheme and period, and what was known then."""

    scheme: str
    period: Period
    known: Known
    last_input: int


def room_for(current: CurrentRouter, period: Period, now: datetime) -> Router:
    """Give the room that held at the end of a period, or now where it is not over."""
    return current.get(at=min(period.end - timedelta(microseconds=1), now), now=now)


def make_sheet(
    engine: Engine, room: Router, scheme: str, period: Period, actor: str, now: datetime,
    known: datetime | None = None, step: Step = lambda: None,
) -> StoredSheet:  # fmt: skip
    """Make a draft of a scheme's sheet for a period, as known now or at ``known``; it replaces a former draft.

    Raises ``NotFound`` for a scheme that the ruleset does not have, ``BadInput`` for a period that it is not for, or
    for an instant that is still to come. ``step`` is called after each case.
    """
    if known is not None and known > now:
        mend = ("不晚于现在", "no later than now")
        raise BadInput("时刻在将来", "the instant is still to come", [FieldError("known", known.isoformat(), *mend)])
    with one_state(engine) as connection:
        asked = Asked(scheme, period, known_now(connection, known or now), store.last_input(connection))
        content = content_of(connection, room, asked, step)
    edition = room.snapshot.edition
    made = StoredSheet(
        0, edition.district, scheme, period.text, period.start, period.end, asked.known, asked.last_input, edition.code,
        room.snapshot.ruleset.code, content, hash_of(content), actor, now,
    )  # fmt: skip
    with transaction(engine) as connection:
        return replace(made, id=store.write_draft(connection, made))


def hash_of(content: Mapping[str, Any]) -> bytes:
    """Seal what a sheet says."""
    return seal([content], None)


def content_of(connection: Connection, room: Router, asked: Asked, step: Step = lambda: None) -> dict[str, Any]:
    """All that a sheet says; the same for the same question, whenever it is asked."""
    snapshot, period = room.snapshot, asked.period
    district = snapshot.edition.district
    tables, schemes = schemes_of(connection, district, snapshot.ruleset.code)
    scheme = need_scheme(schemes, asked.scheme, period)
    inputs = [
        one for one in store.read_inputs(connection, district, period.text, upto=asked.last_input)
        if one.at is not None and one.at <= asked.known.at
    ]  # fmt: skip
    facts = facts_of(walk_told(connection, district, period.start, period.end, asked.known), step)
    before = period_before(period, room.zone)

    def frozen(name: str, time: Period) -> list[StoredSheet]:
        return store.frozen_between(connection, district, name, time.start, time.end, asked.known.at)

    earlier = [] if before is None else [s for s in frozen(scheme.scheme, before) if s.period == before.text]
    within = {part.name: frozen(part.name, period) for part in scheme.parts if part.kind == "frozen"}
    ground = Ground(
        facts, period, subjects_for(room, scheme, facts), _by_subject(inputs),
        frozen={name: [_shares(sheet) for sheet in sheets] for name, sheets in within.items()},
        streaks=_streaks(earlier[-1]) if earlier else None, above=above_of(room),
    )  # fmt: skip
    used = [part.name for part in scheme.parts if part.kind == "scheme"]
    totals = {name: score(schemes[name], ground).totals for name in used}
    sheet = score(scheme, replace(ground, totals=totals))
    wanted = {scheme.scheme, *used}
    counted = {part.name for name in wanted for part in schemes[name].parts if part.kind == "input"}
    counted |= {d.counts.partition(":")[2] for name in wanted for d in schemes[name].deductions}
    return {
        "scheme": scheme.scheme, "title_zh": scheme.title_zh, "title_en": scheme.title_en,
        "subject": next(r["subject"] for r in tables["schemes"] if r["scheme"] == scheme.scheme),
        "period": period.text, "period_zh": period.title("zh"), "period_en": period.title("en"),
        "start": period.start.astimezone(room.zone).isoformat(), "end": period.end.astimezone(room.zone).isoformat(),
        "known_at": asked.known.at.astimezone(room.zone).isoformat(),
        "district": district, "edition": snapshot.edition.code, "ruleset": snapshot.ruleset.code,
        "city": snapshot.edition.title, "cases": len(facts.cases),
        **as_dict(sheet),
        "inputs": [_input(one, room.zone) for one in inputs if one.code in counted],
        "rows": {name: [dict(r) for r in tables[name] if r["scheme"] in wanted] for name in OF_SCHEMES},
        "earlier": [sheet.id for sheet in earlier], "within": [s.id for sheets in within.values() for s in sheets],
        "notes": _notes(scheme, sheet, before, earlier),
    }  # fmt: skip


def schemes_of(connection: Connection, district: str, ruleset: str) -> tuple[dict[str, list[Row]], dict[str, Scheme]]:
    """Read the schemes of a ruleset, and the rows they stand in."""
    found = dated_sets.find(connection, "ruleset", ruleset, district)
    texts = {} if found is None else read_texts(connection, found.id)
    tables = {name: texts.get(name, []) for name in OF_SCHEMES}
    with gathered() as faults:
        return tables, read_schemes(tables, faults)


def need_scheme(schemes: Mapping[str, Scheme], code: str, period: Period) -> Scheme:
    """Give a scheme, for a period that it is for."""
    if code not in schemes:
        shown = ", ".join(schemes)
        mend = (f"可用：{shown}", f"one of {shown}")
        if not schemes:
            mend = ("先在规则版次中载入 schemes 等表", "load the table schemes and its parts with a ruleset first")
        raise NotFound("没有这个考核方案", "there is no such scheme", [FieldError("scheme", code, *mend)])
    scheme = schemes[code]
    if scheme.every and scheme.every != period.every:
        mend = (f"写一个 {scheme.every} 的时段", f"give a period of a {scheme.every}")
        raise BadInput("方案不按这样的时段考核", "the scheme is not for such a period",
                       [FieldError("period", period.text, *mend)])  # fmt: skip
    return scheme


def subjects_for(room: Router, scheme: Scheme, facts: Facts | None = None) -> dict[str, str]:
    """Who is scored: the areas of a layer, units, or those who did a post's work."""
    if scheme.by.kind == "layer":
        layer = room.snapshot.edition.layers.get(scheme.by.name)
        if layer is None:
            mend = ("改为版次中的图层", "name a layer of the edition")
            raise BadInput("没有这个图层", "there is no such layer", [FieldError("subject", scheme.by.name, *mend)])
        return {str(code): str(name or code) for code, name in zip(layer.codes, layer.names, strict=True)}
    units = room.snapshot.staff.units
    if scheme.by.kind == "unit":
        wanted = set(scheme.units)
        chosen = [u for u in units.values() if (u.code in wanted or u.kind in wanted if wanted else u.parent is None)]
        return {u.code: u.name for u in chosen}
    actors = sorted({str(actor) for actor in subjects_of(facts, scheme.by)} - {""}) if facts else []
    return {actor: actor for actor in actors}


def above_of(room: Router) -> Callable[[str], Sequence[str]]:
    """Give the function that names a unit and those above it, as the room has them."""
    staff = room.snapshot.staff
    known: dict[str, Sequence[str]] = {}

    def above(unit: str) -> Sequence[str]:
        if unit not in known:
            # Of a unit that is gone by now nobody is above.
            known[unit] = [u.code for u in staff.above(unit)] or [unit]
        return known[unit]

    return above


def _by_subject(inputs: Sequence[Input]) -> dict[tuple[str, str], list[Given]]:
    found: dict[tuple[str, str], list[Given]] = {}
    for one in inputs:
        found.setdefault((one.code, one.subject), []).append(Given(one.giver, Fraction(one.value)))
    return found


def _input(one: Input, zone: ZoneInfo) -> dict[str, Any]:
    at = None if one.at is None else one.at.astimezone(zone).isoformat()
    return asdict(one) | {"value": float(one.value), "at": at}


def _shares(sheet: StoredSheet) -> dict[str, Fraction]:
    full = Fraction(str(sheet.content["full"]))
    return {line["code"]: Fraction(line["total_exact"]) / full for line in sheet.content["lines"] if line["rank"]}


def _streaks(sheet: StoredSheet) -> dict[str, Mapping[str, int]]:
    return {line["code"]: line["streaks"] for line in sheet.content["lines"]}


def _notes(
    scheme: Scheme, sheet: Sheet, before: Period | None, earlier: Sequence[StoredSheet]
) -> list[dict[str, str]]:  # fmt: skip
    """What a reader of the sheet has to know."""
    found = []
    if before is not None and not earlier and any(c.times > 1 for c in scheme.consequences):
        zh = f"上期（{before.title('zh')}）没有定稿，连续次数从本期算起"
        en = f"no sheet of {before.title('en')} was frozen: what is had in a row is counted from this period on"
        found.append({"zh": zh, "en": en})
    if any(line.too_few for line in sheet.lines):
        what = ("经办", "handled") if scheme.by.kind == "post" else ("立案", "filed")
        zh = f"{what[0]}不足 {scheme.min_cases} 件的不参加排名"
        found.append({"zh": zh, "en": f"with fewer than {scheme.min_cases} cases {what[1]} nobody is ranked"})
    if any(m.points is None and not m.missing for line in sheet.lines for m in line.marks.values()):
        zh = "没有应办案件的部分不计分，其余部分折合为满分"
        en = "a part of which nothing was due is left out, and the others count for the whole"
        found.append({"zh": zh, "en": en})
    if scheme.fund_yuan is not None and sheet.paid_yuan > scheme.fund_yuan:
        zh, en = "奖励合计超过专项基金", "the awards are more than the fund"
        found.append({"zh": zh, "en": en})
    return found
