"""Loads a boundary folder as a draft, waives its faults and publishes it: edition and ruleset together, or nothing."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.postgresql import Range

from gridsvc.errors import Conflict, FieldError
from gridsvc.responsibility.people import Staff
from gridsvc.responsibility.resolve import Ruleset
from gridsvc.router import Snapshot
from gridsvc.services.edition_check import checked_now, kept_report
from gridsvc.services.publishing import (
    Finding,
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
from gridsvc.services.rule_report import holding_over, report_of, stranded
from gridsvc.services.succession import Lineage, before_of, find_lineage, is_current
from gridsvc.spatial.shift import ALL_WGS84
from gridsvc.spatial.topology import CheckReport
from gridsvc.store import audit, dated_sets, tenures
from gridsvc.store.areas import read_edition, write_layers
from gridsvc.store.components import read_components, same_components, write_components
from gridsvc.store.dated_sets import DatedSet, Kind
from gridsvc.store.engine import to_json, transaction
from gridsvc.store.people import read_staff, write_staff
from gridsvc.store.places import fill_names
from gridsvc.store.rules import read_rules, read_texts, write_rules

Row = Mapping[str, str]
Outcome = Literal["loaded", "unchanged"]


def load(
    engine: Engine, snapshot: Snapshot, tables: Mapping[str, Sequence[Row]], checked: CheckReport, by: str = "",
    rules: Sequence[Finding] = (), declared: Mapping[str, str] = ALL_WGS84,
) -> Outcome:  # fmt: skip
    """Store a snapshot as draft edition and, if it came with any table of rules, draft ruleset, in one transaction.

    Each is *checked* at once where its report, which is kept, has no error; ``rules`` are the findings on the rules,
    ``declared`` the references with which the boundaries were checked.
    Drafts of that name are replaced, with their waivers; a draft ruleset that was loaded by itself is somebody's work:
    a folder without rules leaves it alone, one with rules raises ``Conflict``. Loading what is already there, draft or
    published, changes nothing; other contents under the name of a published edition raise ``Conflict``.
    """
    edition, hashes = snapshot.edition, _hashes(snapshot, tables)
    kept = kept_report(edition, checked, declared)
    reports = {"edition": kept, "ruleset": report_of(edition.code, None, [edition.code], rules, with_edition=True)}
    with transaction(engine) as connection:
        known = dated_sets.find(connection, "edition", edition.code, edition.district)
        own = _rules_in_place(connection, edition.code, edition.district, bool(tables))
        left = own if own is not None and own.published_at is None and not tables else None
        if (
            left is None
            and _is_there(connection, known, hashes["edition"], reports["edition"])
            and (not tables or _is_there(connection, own, hashes["ruleset"], reports["ruleset"]))
        ):
            return "unchanged"
        common = {
            "district": edition.district,
            "code": edition.code,
            "title": edition.title,
            "time_zone": edition.time_zone,
            "local_crs": dict(edition.local_crs),
            "valid_from": edition.valid_from,
        }
        added = {
            kind: dated_sets.add_draft(
                connection, kind, content_hash=of_all, report=reports[kind], checked=reports[kind]["ok"], **common
            )
            for kind, of_all in hashes.items()
        }
        edition_id = added["edition"]
        write_layers(connection, edition_id, edition)
        fill_names(connection, edition_id)
        write_components(connection, edition_id, list(snapshot.components))
        if tables:
            write_staff(connection, added["ruleset"], snapshot.staff)
            write_rules(connection, added["ruleset"], snapshot.ruleset, tables)
        elif left is not None:
            dated_sets.drop_draft(connection, left)
        told = {str(k): h for k, h in hashes.items()}
        audit.record(connection, None, by, "edition loaded", edition.code, told, edition.district)
    return "loaded"


def _rules_in_place(connection: Connection, code: str, district: str, with_rules: bool) -> DatedSet | None:
    """The ruleset that a folder's rules take the place of, or leave where the folder has none."""
    found = dated_sets.find(connection, "ruleset", code, district)
    came = dated_sets.came_with(connection, code, district) is not None
    if found is None or found.published_at is not None or came:
        return found
    if with_rules:
        mend = ("给文件夹换一个 edition，或去掉其中的规则表", "give the folder another edition, or no tables of rules")
        error = FieldError("edition", code, *mend)
        zh, en = f"已有单独载入的规则草稿 {code}", f"a draft ruleset {code} was loaded by itself"
        raise Conflict(zh, en, [error])
    return None


def _is_there(connection: Connection, known: DatedSet | None, of_all: str, report: Mapping[str, Any]) -> bool:
    """Whether a set is stored, and published or told the same of by the checks, which may have learnt since."""
    if known is None or known.content_hash != of_all:
        return False
    same = bool(dated_sets.report_of(connection, known.id) == json.loads(to_json(report)))
    return known.published_at is not None or same


def _hashes(snapshot: Snapshot, tables: Mapping[str, Sequence[Row]]) -> dict[Kind, str]:
    """SHA-256 of everything that a set holds and that may not change once it is published."""
    edition = snapshot.edition
    start = edition.valid_from.isoformat() if edition.valid_from else None
    about = to_json([edition.title, edition.time_zone, dict(edition.local_crs), start])
    boundaries = hashlib.sha256((about + edition.content_hash).encode())
    for component in snapshot.components:
        boundaries.update(repr(component).encode())
    hashes: dict[Kind, str] = {"edition": boundaries.hexdigest()}
    return hashes | ({"ruleset": hash_of_rules(about, tables)} if tables else {})


def hash_of_rules(about: str, tables: Mapping[str, Sequence[Row]]) -> str:
    """Give the SHA-256 of what a ruleset says of itself, and of its tables as they were written."""
    rows = {name: [dict(row) for row in rows] for name, rows in sorted(tables.items())}
    return hashlib.sha256((about + to_json(rows)).encode()).hexdigest()


def waive(
    engine: Engine, code: str, names: Sequence[str], reason: str, by: str, now: datetime, district: str | None = None
) -> list[str]:
    """Let errors of a draft stand, each by its name, for one reason; gives the names of those that stand against it.

    What is waived already stays as it is. Raises ``NotFound`` for a name that is none of its errors.
    """
    with transaction(engine) as connection:
        edition = checked_now(connection, dated_sets.need(connection, "edition", code, district, alone=True), now)
        errors = _errors_of(connection, edition, _own_rules(connection, edition))
        return [n for n, _ in waive_errors(connection, edition, errors, dict.fromkeys(names, reason), by, now)]


def publish(
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
    progress: Callable[[str], None] = lambda _: None,
) -> Published:
    """Let an edition, with the ruleset that came with it, hold from ``start`` on (its ``valid_from``, else now).

    One transaction. Now is ``now`` or, where that has passed meanwhile, the instant from which the publication is
    known. What became of the areas of the edition before is stored with it; that is found first, while others may
    publish, and again if it is another edition or draft then (``progress`` is told each layer's code before its turn).
    A fault in it is logged and stops no publication; nothing of it is stored then.

    Refused while its report has an error that is not waived, or the ruleset has: the one that came with it, which must
    not undo what was made of the rules since it was loaded either, else those that go on over it. ``waived`` gives
    further waivers, names and reasons, and a name that is no error is refused; a draft that was drawn in since its
    check is checked before. ``reason`` is kept in the audit. What else holds there ends, as
    :func:`gridsvc.store.tenures.enter` says; ``correction`` is the reason for rewriting what is on record. Publishing
    what is published changes nothing.
    """
    if correction is not None:
        must_say("correction", correction)
    lineage: Lineage | None = None
    while True:
        with transaction(engine) as connection:
            tenures.begin_change(connection)
            edition = dated_sets.need(connection, "edition", code, district, alone=True)
            draft = edition.published_at is None
            if not draft and correction is None:
                return published_already(edition, start, end)
            if not draft:
                must_say_from_when(edition, start)
            if draft:
                edition = checked_now(connection, edition, now)
                _refuse_faults(connection, edition, start, waived or {}, by, now)
                ruleset = _own_rules(connection, edition)
            else:
                ruleset = dated_sets.came_with(connection, edition.code, edition.district)
            if draft and lineage is not None and lineage.draft.id == edition.id:
                lineage.write(connection)
            known = tenures.known_from(connection)
            begin = start or edition.valid_from or max(now, known)
            before = before_of(connection, edition, begin) if draft else None
            entry: Mapping[str, Any] = {"known": known, "now": now, "actor": by, "reason": correction}
            holds_to = tenures.enter(connection, edition, begin, end, **entry)
            # A correction that changes nothing of the edition leaves the rules alone, which may have changed since.
            if ruleset is not None and not any(span.contains(Range(begin, holds_to)) for span in edition.holds):
                tenures.enter(connection, ruleset, begin, end, **entry)
            if is_current(lineage, edition, before):
                what = {"from": begin.isoformat(), "to": holds_to and holds_to.isoformat(), "correction": correction}
                what |= {} if reason is None else {"reason": reason}
                audit.record(connection, now, by, "edition published", code, what, edition.district)
                return Published(code, begin, holds_to, tuple(waived or ()))
            # Nothing refuses it, but what became of the areas is to be found first, or was found of another edition.
            connection.rollback()
        lineage = find_lineage(engine, edition, before, progress) if before is not None else None


def _errors_of(connection: Connection, *drafts: DatedSet | None) -> list[Finding]:
    """The errors in the reports of an edition and the ruleset that came with it."""
    return [f for d in drafts if d for f in errors_of(dated_sets.report_of(connection, d.id).get("findings", ()))]


def _own_rules(connection: Connection, edition: DatedSet) -> DatedSet | None:
    """The ruleset that came with a draft, unless it was published by itself meanwhile."""
    found = dated_sets.came_with(connection, edition.code, edition.district)
    return None if found is None or found.published_at is not None else found


def _overtaken(connection: Connection, own: DatedSet, begin: datetime) -> list[Finding]:
    """What was made of the rules since the draft was loaded, hand-overs and precedents say, and would be undone."""
    held = dated_sets.held_at(connection, "ruleset", begin, own.district)
    before = dated_sets.held_at(connection, "ruleset", begin, own.district, own.recorded_at)
    if held is None or before is None or held.id == before.id or held.recorded_at <= own.recorded_at:
        return []
    # Rules that came with an edition followed it; what was made of rules by themselves is in no folder.
    came = dated_sets.find(connection, "edition", held.code, own.district)
    return [] if came is not None else [overtaken(before.code, held.code)]


def _refuse_faults(
    connection: Connection, edition: DatedSet, start: datetime | None, waived: Mapping[str, str], by: str, now: datetime
) -> None:
    """Refuse a draft for its errors, for those of the ruleset that came with it, else of what goes on over it."""
    own = _own_rules(connection, edition)
    errors = _errors_of(connection, edition, own)
    known = tenures.known_from(connection)
    begin = start or edition.valid_from or max(now, known)
    if own is not None:
        errors += _overtaken(connection, own, begin)
    else:
        rulesets = holding_over(connection, "ruleset", "edition", begin, edition.district, known)
        if rulesets:
            errors += stranded(connection, rulesets, read_edition(connection, edition))
    refuse_errors(edition.code, waive_errors(connection, edition, errors, waived, by, now))
    if own is not None:
        # What was waived of its rows stays waived for the rulesets that follow it.
        names = set(finding_names(_errors_of(connection, own)))
        waivers = dated_sets.need(connection, "edition", edition.code, edition.district).waivers
        dated_sets.write_waivers(connection, own.id, [w for w in waivers if w["finding"] in names], True)


def read_snapshot(
    connection: Connection,
    edition: DatedSet,
    ruleset: DatedSet | None,
    at: datetime | None = None,
    known: datetime | None = None,
    like: tuple[int, Snapshot] | None = None,
) -> Snapshot:
    """Read the snapshot of an edition with a ruleset, or with none: nobody is accountable then.

    The components are those on record now, with ``at`` those that were there then, as far as is known today or was
    known at ``known``. Where they were loaded just as those of ``like``, a set's id and its snapshot, that one's are
    taken, as it has them; ``at`` and ``known`` must not be given then.
    """
    boundaries = read_edition(connection, edition)
    if like is not None and same_components(connection, edition.id, like[0]):
        components, seq = like[1].components, like[1].components_seq
    else:
        components, seq = read_components(connection, edition, at, known)
    return Snapshot(boundaries, *read_rules_of(connection, ruleset), components, seq)


def read_rules_of(connection: Connection, ruleset: DatedSet | None) -> tuple[Ruleset, Staff]:
    """Read a ruleset and its staff; empty where there is none."""
    if ruleset is None:
        return Ruleset(""), Staff()
    staff = read_staff(connection, ruleset.id)
    return read_rules(connection, ruleset, staff), staff


def read_contents(
    engine: Engine, code: str, district: str | None = None
) -> tuple[Snapshot, Mapping[str, Sequence[Row]]]:
    """Read a stored edition with the ruleset that came with it, and its tables as text, as the database spells it."""
    with transaction(engine) as connection:
        edition = dated_sets.need(connection, "edition", code, district)
        ruleset = dated_sets.came_with(connection, edition.code, edition.district)
        tables = read_texts(connection, ruleset.id) if ruleset is not None else {}
        return read_snapshot(connection, edition, ruleset), tables
