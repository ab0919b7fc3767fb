"""Rulesets as dated sets of their own: a draft is loaded and published, the one that holds amended; whole or not."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine

from gridsvc.errors import BadInput, Conflict, FieldError
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.router import Snapshot
from gridsvc.services.editions import Outcome
from gridsvc.services.publishing import (
    Published,
    errors_of,
    finding_names,
    must_say,
    must_say_from_when,
    overtaken,
    published_already,
    refuse_errors,
    waive_errors,
)
from gridsvc.services.rule_report import check, check_over, holding_over, report_of
from gridsvc.services.rule_rows import Tables, amended_by, hash_of, merged_with, read_tables
from gridsvc.store import audit, dated_sets, tenures
from gridsvc.store.areas import read_edition
from gridsvc.store.dated_sets import DatedSet
from gridsvc.store.engine import to_json, transaction
from gridsvc.store.people import write_staff
from gridsvc.store.rules import read_texts, write_rules
from gridsvc.tables import Row, key_of

_AMENDED = re.compile(r"(.*)\+([0-9]+)")


class Loaded(NamedTuple):
    """A draft, whether it was there already, and the report that is kept with it."""

    ruleset: DatedSet
    outcome: Outcome
    report: Mapping[str, Any]


def load_ruleset(
    engine: Engine,
    code: str,
    tables: Tables,
    now: datetime,
    *,
    district: str | None = None,
    title: str = "",
    base: str | None = None,
    by: str = "",
) -> Loaded:
    """Store a draft ruleset with its report, in one transaction.

    A table that is not among ``tables`` is taken from the ruleset ``base``, else from the one that holds; a table
    without rows has none then. It is checked against the edition that holds, or that of its own name while this is a
    draft. A draft of that name is replaced, with its waivers; loading what is there already changes nothing; other
    contents under the name of a published one raise ``Conflict``, and any under that of a draft that came with its
    boundaries, which would be published with them. Rows that cannot be used raise ``BadTable``.
    """
    with transaction(engine) as connection:
        edition, held, ruleset, staff, merged = _prepared(connection, code, tables, now, district, base)
        content_hash = hash_of(title, edition.time_zone, merged)
        known = dated_sets.find(connection, "ruleset", code, edition.district)
        if known is not None and known.content_hash == content_hash and known.published_at is not None:
            return Loaded(known, "unchanged", dated_sets.report_of(connection, known.id))
        _refuse_that_came(connection, known)
        findings = check(Snapshot(read_edition(connection, edition), ruleset, staff), merged, now)
        report = report_of(code, None if held is None else held.code, [edition.code], findings)
        same = known is not None and known.content_hash == content_hash
        if known is not None and same and dated_sets.report_of(connection, known.id) == json.loads(to_json(report)):
            return Loaded(known, "unchanged", report)
        about = {"district": edition.district, "title": title, "time_zone": edition.time_zone}
        draft = _write(connection, ruleset, staff, merged, report, **about)
        audit.record(connection, now, by, "ruleset loaded", code, {"ruleset": content_hash}, edition.district)
        return Loaded(draft, "loaded", report)


def _refuse_that_came(connection: Connection, known: DatedSet | None) -> None:
    """Refuse to replace a draft that came with boundaries: who publishes these expects what was loaded with them."""
    if known is None or known.published_at is not None:
        return
    if dated_sets.came_with(connection, known.code, known.district) is not None:
        mend = (
            "换一个版次号，或在边界文件夹中改规则表后重新载入",
            "take another code, or mend its tables in the folder and load that again",
        )
        error = FieldError("ruleset", known.code, *mend)
        zh, en = f"规则草稿 {known.code} 随边界载入", f"the draft ruleset {known.code} came with its boundaries"
        raise Conflict(zh, en, [error])


def report_on(
    engine: Engine, code: str, tables: Tables | None, now: datetime, *, district: str | None = None,
    base: str | None = None,
) -> Mapping[str, Any]:  # fmt: skip
    """Give the report on tables as :func:`load_ruleset` would take them, else on a stored ruleset; stores nothing."""
    with transaction(engine) as connection:
        if tables is None:
            found = dated_sets.need(connection, "ruleset", code, district)
            tables, base = read_texts(connection, found.id), code
        edition, held, ruleset, staff, merged = _prepared(connection, code, tables, now, district, base)
        findings = check(Snapshot(read_edition(connection, edition), ruleset, staff), merged, now)
        return report_of(code, None if held is None else held.code, [edition.code], findings)


def _prepared(
    connection: Connection, code: str, tables: Tables, now: datetime, district: str | None, base: str | None
) -> tuple[DatedSet, DatedSet | None, Ruleset, Staff, Tables]:
    """The edition that tables are for, the ruleset that holds, and what they make with the tables of the base."""
    edition = _ground(connection, code, now, district)
    held = dated_sets.held_at(connection, "ruleset", now, edition.district)
    before = held if base is None else dated_sets.need(connection, "ruleset", base, edition.district)
    merged = merged_with(connection, before, tables)
    return edition, held, *read_tables(code, merged, edition.time_zone), merged


def read_contents(
    engine: Engine, code: str, district: str | None = None
) -> tuple[DatedSet, Ruleset, Staff, dict[str, list[Row]]]:
    """Read a stored ruleset: its row, what was made of its tables, and these as text."""
    with transaction(engine) as connection:
        found = dated_sets.need(connection, "ruleset", code, district)
        tables = read_texts(connection, found.id)
        return found, *read_tables(code, tables, found.time_zone), tables


def stored_report(engine: Engine, found: DatedSet) -> Mapping[str, Any]:
    """Give the report that is kept with a ruleset."""
    with transaction(engine) as connection:
        return dated_sets.report_of(connection, found.id)


def publish_ruleset(
    engine: Engine,
    code: str,
    now: datetime,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    correction: str | None = None,
    waived: Mapping[str, str] | None = None,
    reason: str | None = None,
    by: str = "",
    district: str | None = None,
) -> Published:
    """Let a ruleset hold from ``start`` on, else from now, until the next one begins; in one transaction.

    It is checked against every edition over which it will hold. Refused while an error is not waived; ``waived``
    gives further waivers, names and reasons. A ruleset that was loaded while another one held than it would follow is
    refused too, since it may undo what the other one brought. Everything else is as for an edition
    (:func:`gridsvc.services.editions.publish`).
    """
    if correction is not None:
        must_say("correction", correction)
    with transaction(engine) as connection:
        tenures.begin_change(connection)
        ruleset = dated_sets.need(connection, "ruleset", code, district, alone=True)
        if ruleset.published_at is None:
            _settle(connection, ruleset, now, start, waived or {}, by)
        elif correction is None:
            return published_already(ruleset, start, end)
        else:
            must_say_from_when(ruleset, start)
        known = tenures.known_from(connection)
        begin = start or ruleset.valid_from or max(now, known)
        entry: Mapping[str, Any] = {"known": known, "now": now, "actor": by, "reason": correction}
        holds_to = tenures.enter(connection, ruleset, begin, end, **entry)
        what = {"from": begin.isoformat(), "to": holds_to and holds_to.isoformat(), "correction": correction}
        what |= {} if reason is None else {"reason": reason}
        audit.record(connection, now, by, "ruleset published", code, what, ruleset.district)
        return Published(code, begin, holds_to, tuple(waived or ()))


def amend(
    engine: Engine,
    changes: Tables,
    *,
    now: datetime,
    by: str,
    reason: str,
    district: str | None = None,
    start: datetime | None = None,
) -> DatedSet:
    """Publish the ruleset that holds with some rows replaced or added, in one transaction: :func:`amend_within`."""
    with transaction(engine) as connection:
        return amend_within(connection, changes, now=now, by=by, reason=reason, district=district, start=start)


def amend_within(
    connection: Connection,
    changes: Tables,
    *,
    now: datetime,
    by: str,
    reason: str,
    district: str | None = None,
    start: datetime | None = None,
) -> DatedSet:
    """Publish the ruleset that holds with some rows replaced or added, by their keys, under the next name of its own.

    It holds from ``start`` on, else from now; ``reason`` is kept in the audit. What was waived of the ruleset before
    stays waived. Refused like any publication, but for errors that the ruleset before has as well: an amendment mends
    what it can. Rows that cannot be used raise ``BadTable``. Nobody else publishes until the transaction ends.
    """
    must_say("reason", reason)
    tenures.begin_change(connection)
    at = start or max(now, tenures.known_from(connection))
    held = dated_sets.held_at(connection, "ruleset", at, district)
    if held is None:
        mend = ("先发布一个规则版次", "publish a ruleset first")
        error = FieldError("ruleset", None, *mend)
        raise BadInput("没有可修订的规则版次", "no ruleset holds that could be amended", [error])
    tables = amended_by(read_texts(connection, held.id), changes)
    code = _next_code(connection, held)
    ruleset, staff = read_tables(code, tables, held.time_zone)
    about = {"district": held.district, "title": held.title, "time_zone": held.time_zone, "waivers": held.waivers}
    draft = _write(connection, ruleset, staff, tables, report_of(code, held.code, [], ()), **about)
    _settle(connection, draft, now, start, {}, by, amended=held)
    known = tenures.known_from(connection)
    begin = start or max(now, known)
    tenures.enter(connection, draft, begin, known=known, now=now, actor=by)
    rows = {name: ["+".join(key_of(name, row)) for row in given] for name, given in changes.items()}
    what = {"from": begin.isoformat(), "base": held.code, "reason": reason, "rows": rows}
    audit.record(connection, now, by, "ruleset amended", code, what, held.district)
    return dated_sets.need(connection, "ruleset", code, held.district)


def _ground(connection: Connection, code: str | None, at: datetime, district: str | None) -> DatedSet:
    """The edition that rules are for: the draft of that name, else the one that holds."""
    own = None if code is None else dated_sets.find(connection, "edition", code, district)
    if own is not None and own.published_at is None:
        return own
    edition = dated_sets.held_at(connection, "edition", at, district)
    if edition is None:
        mend = ("先发布边界版次", "publish an edition of the boundaries first")
        raise BadInput("该时刻没有版次，规则无从检查", "no edition holds then against which rules could be checked",
                       [FieldError("edition", at.isoformat(), *mend)])  # fmt: skip
    return edition


def _next_code(connection: Connection, held: DatedSet) -> str:
    """``R+1`` after ``R``, ``R+2`` after ``R+1``, or the first of them that is free."""
    found = _AMENDED.fullmatch(held.code)
    root, n = (found[1], int(found[2])) if found else (held.code, 0)
    while dated_sets.find(connection, "ruleset", f"{root}+{n + 1}", held.district) is not None:
        n += 1
    return f"{root}+{n + 1}"


def _write(
    connection: Connection, ruleset: Ruleset, staff: Staff, tables: Tables, report: Mapping[str, Any], **about: Any
) -> DatedSet:
    about["content_hash"] = hash_of(about["title"], about["time_zone"], tables)
    set_id = dated_sets.add_draft(
        connection, "ruleset", code=ruleset.code, report=report, checked=report["ok"], **about
    )  # fmt: skip
    write_staff(connection, set_id, staff)
    write_rules(connection, set_id, ruleset, tables)
    return dated_sets.need(connection, "ruleset", ruleset.code, about["district"])


def _settle(
    connection: Connection, draft: DatedSet, now: datetime, start: datetime | None, waived: Mapping[str, str], by: str,
    amended: DatedSet | None = None,
) -> None:  # fmt: skip
    """Check a draft against the editions over which it will hold, and refuse it for errors that stand.

    Those that stand against the ruleset that is ``amended`` too refuse nothing.
    """
    known = tenures.known_from(connection)
    begin = start or draft.valid_from or max(now, known)
    editions = holding_over(connection, "edition", "ruleset", begin, draft.district, known)
    if not editions:
        _ground(connection, None, begin, draft.district)
    findings = check_over(connection, draft, editions, now, begin)
    follows = dated_sets.report_of(connection, draft.id).get("follows")
    held = dated_sets.held_at(connection, "ruleset", begin, draft.district)
    if follows is not None and held is not None and held.code != follows:
        findings.append(overtaken(follows, held.code))
    standing = waive_errors(connection, draft, errors_of(findings), waived, by, now)
    if standing and amended is not None:
        before = set(finding_names(errors_of(check_over(connection, amended, editions, now, begin))))
        standing = [(name, f) for name, f in standing if name not in before]
    refuse_errors(draft.code, standing)
    names = set(finding_names(errors_of(findings)))
    waivers = dated_sets.need(connection, "ruleset", draft.code, draft.district).waivers
    report = report_of(draft.code, follows, [e.code for e in editions], findings)
    dated_sets.write_report(connection, draft.id, report, [w for w in waivers if w["finding"] in names])
