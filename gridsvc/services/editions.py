"""Loads a boundary folder as a draft, waives its faults and publishes it: edition and ruleset together, or nothing."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine

from gridsvc.errors import BadInput, Conflict, FieldError, NotFound, RefusedToPublish
from gridsvc.router import Snapshot
from gridsvc.services.succession import Lineage, before_of, find_lineage, is_current
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.topology import CheckReport
from gridsvc.store import audit, dated_sets, tenures
from gridsvc.store.areas import read_edition, write_layers
from gridsvc.store.components import read_components, same_components, write_components
from gridsvc.store.dated_sets import DatedSet, Kind
from gridsvc.store.engine import to_json, transaction
from gridsvc.store.people import read_staff, write_staff
from gridsvc.store.rules import read_rules, read_texts, write_rules

Row = Mapping[str, str]
Outcome = Literal["loaded", "unchanged"]


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did: the edition, and the span over which it holds; None is no end."""

    edition: str
    start: datetime
    end: datetime | None
    waived: tuple[str, ...]


def load(
    engine: Engine, snapshot: Snapshot, tables: Mapping[str, Sequence[Row]], checked: CheckReport, by: str = ""
) -> Outcome:
    """Store a snapshot as draft edition and draft ruleset with its check report, in one transaction.

    The edition is *checked* at once where the report has no error. A draft of that name is replaced, with its waivers.
    Loading what is already there, draft or published, changes nothing; other contents under the name of a published
    edition raise ``Conflict``.
    """
    edition, hashes = snapshot.edition, _hashes(snapshot, tables)
    with transaction(engine) as connection:
        stored = {kind: dated_sets.find(connection, kind, edition.code, edition.district) for kind in hashes}
        if all(s is not None and s.content_hash == hashes[k] for k, s in stored.items()):
            known = stored["edition"]
            if known is not None and (known.published_at or _same_report(connection, known.id, checked)):
                return "unchanged"
        common = {
            "district": edition.district,
            "code": edition.code,
            "title": edition.title,
            "time_zone": edition.time_zone,
            "local_crs": dict(edition.local_crs),
            "valid_from": edition.valid_from,
        }
        report = checked.as_dict()
        edition_id = dated_sets.add_draft(
            connection, "edition", content_hash=hashes["edition"], report=report, checked=checked.ok, **common
        )
        write_layers(connection, edition_id, edition)
        write_components(connection, edition_id, list(snapshot.components))
        ruleset_id = dated_sets.add_draft(connection, "ruleset", content_hash=hashes["ruleset"], checked=True, **common)
        write_staff(connection, ruleset_id, snapshot.staff)
        write_rules(connection, ruleset_id, snapshot.ruleset, tables)
        audit.record(
            connection,
            None,
            by,
            "edition loaded",
            edition.code,
            {str(k): h for k, h in hashes.items()},
            edition.district,
        )
    return "loaded"


def edition_before(engine: Engine, edition: Edition, now: datetime) -> Edition | None:
    """Give the edition of the district that holds when this one begins (its ``valid_from``, else ``now``).

    Where none holds then it is the one that holds now, and None for the first of a district. Checks compare with it.
    """
    with transaction(engine) as connection:
        for instant in (edition.valid_from or now, now):
            if (held := dated_sets.held_at(connection, "edition", instant, edition.district)) is not None:
                return read_edition(connection, held)
    return None


def _same_report(connection: Connection, set_id: int, checked: CheckReport) -> bool:
    """Whether the checks say today what they said when the draft was stored; they may have learnt since."""
    return bool(dated_sets.report_of(connection, set_id) == json.loads(to_json(checked.as_dict())))


def _hashes(snapshot: Snapshot, tables: Mapping[str, Sequence[Row]]) -> dict[Kind, str]:
    """SHA-256 of everything that a set holds and that may not change once it is published."""
    edition = snapshot.edition
    start = edition.valid_from.isoformat() if edition.valid_from else None
    about = to_json([edition.title, edition.time_zone, dict(edition.local_crs), start])
    boundaries = hashlib.sha256((about + edition.content_hash).encode())
    for component in snapshot.components:
        boundaries.update(repr(component).encode())
    rules = hashlib.sha256(
        (about + to_json({n: [dict(r) for r in rows] for n, rows in sorted(tables.items())})).encode()
    )
    return {"edition": boundaries.hexdigest(), "ruleset": rules.hexdigest()}


def waive(
    engine: Engine, code: str, names: Sequence[str], reason: str, by: str, now: datetime, district: str | None = None
) -> list[str]:
    """Let errors of a draft stand, each by its name, for one reason; gives the names of those that stand against it.

    What is waived already stays as it is. Raises ``NotFound`` for a name that is none of its errors.
    """
    with transaction(engine) as connection:
        edition = dated_sets.need(connection, "edition", code, district, alone=True)
        return [n for n, _ in _waive(connection, edition, dict.fromkeys(names, reason), by, now)]


def publish(
    engine: Engine,
    code: str,
    now: datetime,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    correction: str | None = None,
    waived: Mapping[str, str] | None = None,
    by: str = "",
    district: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Published:
    """Let an edition and its ruleset hold from ``start`` on (its own ``valid_from``, else now), in one transaction.

    Now is ``now`` or, where that has passed meanwhile, the instant from which the publication is known. What became of
    the areas of the edition before is stored with it; that is found first, while others may publish, and again if it is
    another edition or draft then (``progress`` is told each layer's code before its turn). A fault in it is logged and
    stops no publication; nothing of it is stored then.

    Refused while its report has an error that is not waived; ``waived`` gives further waivers, names and reasons, and a
    name that is no error is refused. What else holds there ends, as :func:`gridsvc.store.tenures.enter` says;
    ``correction`` is the reason for rewriting what is on record. Publishing what is published changes nothing.
    """
    if correction is not None:
        _must_say("correction", correction)
    lineage: Lineage | None = None
    while True:
        with transaction(engine) as connection:
            tenures.begin_change(connection)
            edition = dated_sets.need(connection, "edition", code, district, alone=True)
            draft = edition.published_at is None
            if draft:
                _refuse_errors(code, _waive(connection, edition, waived or {}, by, now))
            elif correction is None:
                return _published_already(edition, start, end)
            elif start is None:
                mend = ("写明更正的起始时刻", "say from when it holds")
                raise BadInput(f"{code} 已发布", f"{code} is published already", [FieldError("from", None, *mend)])
            if draft and lineage is not None and lineage.draft.id == edition.id:
                lineage.write(connection)
            known = tenures.known_from(connection)
            begin = start or edition.valid_from or max(now, known)
            before = before_of(connection, edition, begin) if draft else None
            entry: Mapping[str, Any] = {"known": known, "now": now, "actor": by, "reason": correction}
            holds_to = tenures.enter(connection, edition, begin, end, **entry)
            ruleset = dated_sets.find(connection, "ruleset", code, edition.district)
            if ruleset is not None:
                tenures.enter(connection, ruleset, begin, end, **entry)
            if is_current(lineage, edition, before):
                what = {"from": begin.isoformat(), "to": holds_to and holds_to.isoformat(), "correction": correction}
                audit.record(connection, now, by, "edition published", code, what, edition.district)
                return Published(code, begin, holds_to, tuple(waived or ()))
            # Nothing refuses it, but what became of the areas is to be found first, or was found of another edition.
            connection.rollback()
        lineage = find_lineage(engine, edition, before, progress) if before is not None else None


def _published_already(edition: DatedSet, start: datetime | None, end: datetime | None) -> Published:
    held_from, held_to = edition.holds_from, edition.holds_to
    if held_from is not None and start in (None, held_from) and end in (None, held_to):
        return Published(edition.code, held_from, held_to, ())
    mend = ("发布后只能更正：写明理由（--correction）", "it can only be corrected, with a reason (--correction)")
    error = FieldError("from", start and start.isoformat(), *mend)
    raise Conflict(f"{edition.code} 已发布", f"{edition.code} is published already", [error])


def finding_names(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names by which findings are waived, no two alike: ``id:layer:code+code``.

    Where that is not enough it is followed by ``@lon,lat``, and where that is not either, by ``#2``, ``#3`` and so on.
    """
    plain = [f"{f['id']}:{f['layer']}:{'+'.join(f['codes'])}" for f in findings]
    often, met = Counter(plain), Counter[str]()
    names: dict[str, None] = {}
    for short, f in zip(plain, findings, strict=True):
        name = placed = short if f["codes"] and often[short] == 1 else f"{short}@{f['lon']},{f['lat']}"
        while name in names:
            met[placed] += 1
            name = f"{placed}#{met[placed] + 1}"
        names[name] = None
    return list(names)


def _waive(
    connection: Connection, edition: DatedSet, reasons: Mapping[str, str], by: str, now: datetime
) -> list[tuple[str, Mapping[str, Any]]]:
    """Store further waivers of a draft; gives the errors that stand against it all the same, with their names."""
    if edition.published_at is not None:
        mend = ("换一个版次号载入", "load it under another edition code")
        error = FieldError("edition", edition.code, *mend)
        raise Conflict(f"{edition.code} 已发布", f"{edition.code} is published already", [error])
    findings = dated_sets.report_of(connection, edition.id).get("findings", [])
    errors = [f for f in findings if f["severity"] == "error"]
    names = dict.fromkeys(finding_names(errors))
    waivers = {w["finding"]: w for w in edition.waivers}
    added = {name: reason for name, reason in reasons.items() if name not in waivers}
    for name, reason in reasons.items():
        if name not in names:
            mend = ("可用：" + "、".join(names) or "-", "one of " + ", ".join(names) or "-")
            raise NotFound("没有这个问题", "there is no such finding", [FieldError("waive", name, *mend)])
        _must_say("reason", reason)
        waivers.setdefault(name, {"finding": name, "reason": reason, "by": by, "at": now.isoformat()})
    standing = [(n, f) for n, f in zip(names, errors, strict=True) if n not in waivers]
    if reasons:
        dated_sets.write_waivers(connection, edition.id, list(waivers.values()), not standing)
    if added:
        audit.record(connection, now, by, "findings waived", edition.code, added, edition.district)
    return standing


def _must_say(field: str, reason: str) -> None:
    if not reason.strip():
        mend = ("写明理由", "say why")
        raise BadInput("缺少理由", "the reason is missing", [FieldError(field, reason, *mend)])


def _refuse_errors(code: str, standing: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    if standing:
        raise RefusedToPublish(
            f"{code} 有 {len(standing)} 个错误未改正，不能发布",
            f"{code} has {len(standing)} errors and cannot be published",
            [
                FieldError(
                    n,
                    None,
                    f"{f['zh']}（改正，或 --waive {n} --reason 理由）",
                    f"{f['en']} (mend it, or --waive {n} --reason WHY)",
                )
                for n, f in standing
            ],
        )


def read_snapshot(
    connection: Connection,
    edition: DatedSet,
    at: datetime | None = None,
    known: datetime | None = None,
    like: tuple[int, Snapshot] | None = None,
) -> Snapshot:
    """Read the snapshot of an edition with the ruleset of the same name and district.

    The components are those on record now, with ``at`` those that were there then, as far as is known today or was
    known at ``known``. Where they were loaded just as those of ``like``, a set's id and its snapshot, that one's are
    taken, as it has them; ``at`` and ``known`` must not be given then.
    """
    ruleset = dated_sets.find(connection, "ruleset", edition.code, edition.district)
    boundaries = read_edition(connection, edition)
    if like is not None and same_components(connection, edition.id, like[0]):
        components, seq = like[1].components, like[1].components_seq
    else:
        components, seq = read_components(connection, edition, at, known)
    if ruleset is None:
        return Snapshot(boundaries, components=components, components_seq=seq)
    staff = read_staff(connection, ruleset.id)
    return Snapshot(boundaries, read_rules(connection, ruleset, staff), staff, components, seq)


def read_contents(
    engine: Engine, code: str, district: str | None = None
) -> tuple[Snapshot, Mapping[str, Sequence[Row]]]:
    """Read a stored edition with the tables of its ruleset as text; dates and flags are written as they were read."""
    with transaction(engine) as connection:
        edition = dated_sets.need(connection, "edition", code, district)
        ruleset = dated_sets.find(connection, "ruleset", code, edition.district)
        tables = read_texts(connection, ruleset.id) if ruleset is not None else {}
        return read_snapshot(connection, edition), tables
