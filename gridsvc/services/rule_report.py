"""What speaks against a ruleset on the ground of an edition: rows that name what is not there, and whatever else."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import Range

from gridsvc.responsibility.check import check_references
from gridsvc.router import Snapshot
from gridsvc.ruleset_check import check_ruleset
from gridsvc.services.publishing import Finding, finding_names
from gridsvc.spatial.layer import Edition
from gridsvc.store import dated_sets, tenures
from gridsvc.store.areas import read_edition
from gridsvc.store.dated_sets import DatedSet, Kind
from gridsvc.store.people import read_staff
from gridsvc.store.rules import read_rules, read_texts
from gridsvc.tables import KEYS, Faults, Row, key_of

Tables = Mapping[str, Sequence[Row]]


def missing(snapshot: Snapshot, tables: Tables) -> list[Finding]:
    """Give the rows of a ruleset that name a layer, an area or a matter which is not there."""
    faults = Faults()
    areas = {layer.spec.code: layer.position_of for layer in snapshot.edition}
    check_references(snapshot.ruleset, snapshot.staff, areas, tables, faults)
    rows = {(name, row.line): row for name in KEYS for row in tables.get(name, ())}
    return [
        {
            "id": "reference", "severity": "error", "table": f.table, "line": f.line, "column": f.field,
            "codes": [*key_of(f.table, rows[f.table, f.line]), *([str(f.value)] if f.value else [])],
            "zh": f"{f.zh}：{f.field} = {f.value}，{f.mend_zh}", "en": f"{f.en}: {f.field} = {f.value}, {f.mend_en}",
        }
        for f in faults.found if f.line is not None
    ]  # fmt: skip


def check(snapshot: Snapshot, tables: Tables, now: datetime, start: datetime | None = None) -> list[Finding]:
    """Give all findings on a ruleset over the boundaries of its snapshot, to hold from ``start`` on, else now.

    ``tables`` has the rows from which it was read, for their lines.
    """
    others = check_ruleset(snapshot, tables, now, start or now).findings
    return missing(snapshot, tables) + [f.as_dict() for f in others]


def _stored(connection: Connection, found: DatedSet, edition: Edition) -> tuple[Snapshot, Tables]:
    staff = read_staff(connection, found.id)
    return Snapshot(edition, read_rules(connection, found, staff), staff), read_texts(connection, found.id)


def report_of(
    code: str, follows: str | None, editions: Iterable[str], findings: Iterable[Finding], *, with_edition: bool = False
) -> dict[str, Any]:
    """Make the report that is kept with a ruleset: against which editions, and which ruleset held when it was made.

    ``with_edition``: whether it came with the boundaries of its code, and is published with them.
    """
    found = list(findings)
    counts = {severity: sum(f["severity"] == severity for f in found) for severity in ("error", "warning")}
    return {
        "ruleset": code, "ok": not counts["error"], "counts": counts, "editions": list(editions), "follows": follows,
        "with_edition": with_edition, "findings": found,
    }  # fmt: skip


def check_over(
    connection: Connection, found: DatedSet, editions: Iterable[DatedSet], now: datetime, start: datetime
) -> list[Finding]:
    """Give all findings on a stored ruleset over several editions, each once."""
    grounds = (read_edition(connection, one) for one in editions)
    return _each_once(f for ground in grounds for f in check(*_stored(connection, found, ground), now, start))


def stranded(connection: Connection, rulesets: Iterable[DatedSet], edition: Edition) -> list[Finding]:
    """Give the rows of rulesets that name what a new edition has no more, but those that were waived before.

    Only these: what rules do not know yet can be told of them only after the boundaries are published.
    """
    return _each_once(
        f
        for one in rulesets
        for found in [missing(*_stored(connection, one, edition))]
        for name, f in zip(finding_names(found), found, strict=True)
        if name not in {w["finding"] for w in one.waivers}
    )


def _each_once(findings: Iterable[Finding]) -> list[Finding]:
    return list({(f["id"], f["table"], f["line"], *f["codes"]): f for f in findings}.values())


def holding_over(
    connection: Connection, kind: Kind, over: Kind, start: datetime, district: str, known: datetime
) -> list[DatedSet]:
    """Give the sets of a kind that hold from ``start`` on, until the next one of the kind ``over`` begins."""
    others = tenures.history(connection, over, known=known, district=district)
    span = Range(start, min((t.holds_from for t in others if t.holds_from > start), default=None))
    held = [t.code for t in tenures.history(connection, kind, known=known, district=district) if t.valid.overlaps(span)]
    return [dated_sets.need(connection, kind, code, district) for code in dict.fromkeys(held)]
