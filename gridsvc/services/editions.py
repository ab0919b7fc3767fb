"""Loads a boundary folder as a draft and publishes it: edition and ruleset together, all or nothing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine

from gridsvc.errors import Conflict, FieldError, NotFound, RefusedToPublish
from gridsvc.router import Snapshot
from gridsvc.spatial.topology import CheckReport
from gridsvc.store import dated_sets
from gridsvc.store.areas import read_edition, write_layers
from gridsvc.store.components import read_components, write_components
from gridsvc.store.dated_sets import DatedSet, Kind
from gridsvc.store.engine import to_json, transaction
from gridsvc.store.people import read_staff, write_staff
from gridsvc.store.rules import read_rules, read_texts, write_rules

Row = Mapping[str, str]
Outcome = Literal["loaded", "unchanged"]


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did: the edition and the instant from which it holds."""

    edition: str
    start: datetime
    waived: tuple[str, ...]


def load(engine: Engine, snapshot: Snapshot, tables: Mapping[str, Sequence[Row]], checked: CheckReport) -> Outcome:
    """Store a snapshot as draft edition and draft ruleset with its check report, in one transaction.

    A draft of that name is replaced. Loading what is already there, draft or published, changes nothing; other
    contents under the name of a published edition raise ``Conflict``.
    """
    edition, hashes = snapshot.edition, _hashes(snapshot, tables)
    with transaction(engine) as connection:
        stored = {kind: dated_sets.find(connection, kind, edition.code, edition.district) for kind in hashes}
        if all(s is not None and s.content_hash == hashes[k] for k, s in stored.items()):
            known = stored["edition"]
            if known is not None and (known.state != "draft" or _same_report(connection, known.id, checked)):
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
            connection, "edition", content_hash=hashes["edition"], report=report, **common
        )
        write_layers(connection, edition_id, edition)
        write_components(connection, edition_id, list(snapshot.components))
        ruleset_id = dated_sets.add_draft(connection, "ruleset", content_hash=hashes["ruleset"], **common)
        write_staff(connection, ruleset_id, snapshot.staff)
        write_rules(connection, ruleset_id, snapshot.ruleset, tables.get("rules", ()))
    return "loaded"


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


def publish(
    engine: Engine,
    code: str,
    now: datetime,
    start: datetime | None = None,
    waived: Sequence[str] = (),
    district: str | None = None,
) -> Published:
    """Let a draft hold from ``start`` on (its own ``valid_from``, else ``now``).

    Refused while its report has an error that is not waived by name (``id:layer:code``), or if the name of a
    waiver is no finding. Publishing what is published changes nothing.
    """
    with transaction(engine) as connection:
        edition = dated_sets.need(connection, "edition", code, district)
        if edition.state != "draft":
            if start not in (None, edition.holds_from):
                mend = ("发布后起始时刻不可更改", "its start cannot change any more")
                error = FieldError("from", str(start), *mend)
                raise Conflict(f"{code} 已发布", f"{code} is published already", [error])
            return Published(code, edition.holds_from or now, ())
        report = dict(dated_sets.report_of(connection, edition.id))
        _refuse_errors(code, report, waived)
        begin = start or edition.valid_from or now
        dated_sets.publish(connection, edition, begin, report | {"waived": list(waived)})
        ruleset = dated_sets.find(connection, "ruleset", code, edition.district)
        if ruleset is not None:
            dated_sets.publish(connection, ruleset, begin)
    return Published(code, begin, tuple(waived))


def finding_names(findings: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names by which findings are waived: ``id:layer:code+code``, with ``@lon,lat`` where that is not enough."""
    plain = [f"{f['id']}:{f['layer']}:{'+'.join(f['codes'])}" for f in findings]
    return [
        name if f["codes"] and plain.count(name) == 1 else f"{name}@{f['lon']},{f['lat']}"
        for name, f in zip(plain, findings, strict=True)
    ]


def _refuse_errors(code: str, report: Mapping[str, Any], waived: Sequence[str]) -> None:
    errors = [f for f in report.get("findings", []) if f["severity"] == "error"]
    names = finding_names(errors)
    for name in waived:
        if name not in names:
            mend = ("可用：" + "、".join(names) or "-", "one of " + ", ".join(names) or "-")
            raise NotFound("没有这个问题", "there is no such finding", [FieldError("waive", name, *mend)])
    standing = [(f, n) for f, n in zip(errors, names, strict=True) if n not in waived]
    if standing:
        raise RefusedToPublish(
            f"{code} 有 {len(standing)} 个错误未改正，不能发布",
            f"{code} has {len(standing)} errors and cannot be published",
            [
                FieldError(n, None, f"{f['zh']}（改正，或 --waive {n}）", f"{f['en']} (mend it, or --waive {n})")
                for f, n in standing
            ],
        )


def read_snapshot(connection: Connection, edition: DatedSet, at: datetime | None = None) -> Snapshot:
    """Read the snapshot of an edition with the ruleset of the same name and district.

    The components are those on record now, with ``at`` those that were there then, as far as is known today.
    """
    ruleset = dated_sets.find(connection, "ruleset", edition.code, edition.district)
    boundaries = read_edition(connection, edition)
    components, seq = read_components(connection, edition, at)
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
