"""Verifying: whatever a superuser does behind our backs to the audit or to a case's history is noticed and named."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from small_city import BOW_TIE, GRIDS, area, load_city, write_city
from sqlalchemy import Connection, Engine, text

from gridsvc.bootstrap import Router
from gridsvc.casework.case import seal
from gridsvc.casework.reporter import Reporter
from gridsvc.errors import BadInput, RefusedToPublish
from gridsvc.services import audit as service
from gridsvc.services import editions
from gridsvc.services.audit import Flaw, Head, audit_head, count_entries, verify
from gridsvc.services.intake import PastCase, import_cases, report_case
from gridsvc.store import audit
from gridsvc.store.audit import Audited
from gridsvc.store.engine import make_engine, transaction
from gridsvc.store.histories import read_history

from .conftest import NOW, Answer, new_case

N = 8
Do = Callable[[Connection], object]


@pytest.fixture
def audited(engine: Engine) -> Engine:
    """A database in whose audit something happened eight times."""
    with transaction(engine) as connection:
        for n in range(1, N + 1):
            audit.record(connection, NOW, "li", "looked", f"s{n}", {"n": n, "why": "来电核实"})
    return engine


def forge(engine: Engine, *statements: str | Do) -> None:
    """Do what only who owns the database can do."""
    tables = ("audit", "case_history", "case_")
    with engine.begin() as connection:
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement)) if isinstance(statement, str) else statement(connection)
        for table in tables:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


def named(engine: Engine, noted: Head | None = None) -> list[tuple[str, str, str]]:
    found = verify(engine, noted)
    assert all(flaw.zh and flaw.en for flaw in found.flaws)
    return [(flaw.id, flaw.table, flaw.number) for flaw in found.flaws]


def chain(connection: Connection) -> list[Audited]:
    return list(audit.chain(connection))


def write(connection: Connection, entries: list[Audited], *, with_head: bool) -> None:
    """Put these entries in the place of all there are, sealed anew and numbered as they come."""
    connection.execute(text("DELETE FROM audit"))
    previous = None
    for n, e in enumerate(entries, 1):
        made = Audited(n, e.at, e.actor, e.action, e.subject, e.district, e.payload, previous, b"")
        previous = made.sealed()
        values = {name: getattr(made, name) for name in Audited.__slots__} | {"hash": previous}
        connection.execute(audit.audit.insert().values(**values))
    if with_head:
        connection.execute(text("UPDATE audit_head SET n = :n, hash = :hash"), {"n": len(entries), "hash": previous})


def test_nothing_at_all_is_intact(engine: Engine):
    assert verify(engine) == service.Verified(Head(0, None), 0, (), 0)


def test_what_was_only_appended_is_intact(audited: Engine):
    found = verify(audited)
    assert (found.flaws, found.more, found.entries, found.head.n) == ((), 0, N, N)
    assert found.head == audit_head(audited)


CHANGES = {
    "at": "UPDATE audit SET at = at + interval '1 microsecond' WHERE n = {n}",
    "actor": "UPDATE audit SET actor = 'wang' WHERE n = {n}",
    "action": "UPDATE audit SET action = 'found' WHERE n = {n}",
    "subject": "UPDATE audit SET subject = subject || ' ' WHERE n = {n}",
    "district": "UPDATE audit SET district = '' WHERE n = {n}",
    "payload": "UPDATE audit SET payload = payload || '{{\"n\": 99}}' WHERE n = {n}",
    "payload left out": "UPDATE audit SET payload = payload - 'why' WHERE n = {n}",
    "payload of another kind": "UPDATE audit SET payload = 'null' WHERE n = {n}",
}


def test_every_entry_that_was_changed_is_named_and_no_other(audited: Engine):
    """Each in another way, from the first to the last."""
    assert len(CHANGES) == N
    forge(audited, *(change.format(n=n) for n, change in enumerate(CHANGES.values(), 1) if n != 5))
    assert named(audited) == [("changed", "audit", str(n)) for n in range(1, N + 1) if n != 5]


@pytest.mark.parametrize("n", [1, 4])
def test_an_entry_that_was_changed_and_sealed_anew_breaks_the_next_one(audited: Engine, n: int):
    def again(connection: Connection) -> None:
        connection.execute(text(CHANGES["actor"].format(n=n)))
        sealed = chain(connection)[n - 1].sealed()
        connection.execute(text("UPDATE audit SET hash = :hash WHERE n = :n"), {"hash": sealed, "n": n})

    forge(audited, again)
    assert named(audited) == [("unlinked", "audit", str(n + 1))]


def test_the_last_entry_changed_and_sealed_anew_is_not_the_one_that_the_head_names(audited: Engine):
    def again(connection: Connection) -> None:
        write(connection, [*chain(connection)[:-1], chain(connection)[0]], with_head=False)

    forge(audited, again)
    assert named(audited) == [("head", "audit_head", str(N))]


@pytest.mark.parametrize(
    ("gone", "flaws"),
    [
        ("n = 1", [("missing", "audit", "1")]),
        ("n = 4", [("missing", "audit", "4")]),
        ("n IN (3, 4, 6)", [("missing", "audit", "3-4"), ("missing", "audit", "6")]),
        (f"n = {N}", [("head", "audit_head", str(N))]),
        ("n > 2", [("head", "audit_head", str(N))]),
        ("true", [("head", "audit_head", str(N))]),
    ],
)
def test_entries_that_were_removed_are_named(audited: Engine, gone: str, flaws: list[tuple[str, str, str]]):
    forge(audited, f"DELETE FROM audit WHERE {gone}")
    assert named(audited) == flaws


@pytest.mark.parametrize("k", [0, 3, N - 1])
def test_removed_and_all_after_it_sealed_anew_ends_too_early(audited: Engine, k: int):
    def shortened(connection: Connection) -> None:
        entries = chain(connection)
        write(connection, entries[:k] + entries[k + 1 :], with_head=False)

    forge(audited, shortened)
    assert named(audited) == [("head", "audit_head", str(N))]


def moved(connection: Connection, one: int, other: int) -> None:
    """Let two entries change places, each with the hashes that stood beside its new number."""
    own = "at, actor, action, subject, district, payload"
    connection.execute(text(f"CREATE TEMPORARY TABLE moved AS SELECT n, {own} FROM audit WHERE n IN ({one}, {other})"))
    change = f"UPDATE audit a SET ({own}) = (SELECT {own} FROM moved WHERE n <> a.n) WHERE n IN ({one}, {other})"
    connection.execute(text(change))


@pytest.mark.parametrize(("one", "other"), [(1, 2), (3, 5), (6, N)])
def test_entries_that_changed_places_are_named(audited: Engine, one: int, other: int):
    forge(audited, lambda connection: moved(connection, one, other))
    assert named(audited) == [("changed", "audit", str(one)), ("changed", "audit", str(other))]


def test_entries_that_were_renumbered_are_named(audited: Engine):
    forge(audited, *(f"UPDATE audit SET n = {n} WHERE n = {m}" for m, n in ((3, 100), (4, 3), (100, 4))))
    assert {number for _, _, number in named(audited)} >= {"3", "4"}


def test_an_entry_put_in_the_middle_is_named(audited: Engine):
    """Those after it move up, for no number is free; the one put in is sealed as it should be."""

    def put_in(connection: Connection) -> None:
        entries = chain(connection)
        connection.execute(text("UPDATE audit SET n = n + 1000 WHERE n > 3"))
        connection.execute(text("UPDATE audit SET n = n - 999 WHERE n > 1000"))
        e = entries[2]
        made = Audited(4, e.at, "li", "looked", "put in", None, {}, e.hash, b"")
        values = {name: getattr(made, name) for name in Audited.__slots__} | {"hash": made.sealed()}
        connection.execute(audit.audit.insert().values(**values))

    forge(audited, put_in)
    found = named(audited)
    assert ("unlinked", "audit", "5") in found
    assert ("head", "audit_head", str(N)) in found


@pytest.mark.parametrize("n", [0, -5])
def test_an_entry_before_the_first_is_named(audited: Engine, n: int):
    rest = "at, actor, action, subject, district, payload, hash, hash"
    forge(audited, f"INSERT INTO audit SELECT {n}, {rest} FROM audit WHERE n = 1")
    assert named(audited) == [("extra", "audit", str(n))]


def test_an_entry_behind_the_head_is_named(audited: Engine):
    def put_in(connection: Connection) -> None:
        write(connection, [*chain(connection), chain(connection)[0]], with_head=False)

    forge(audited, put_in)
    assert named(audited) == [("head", "audit_head", str(N))]


@pytest.mark.parametrize("statement", ["DELETE FROM audit_head", "UPDATE audit_head SET n = 0, hash = NULL"])
def test_a_head_that_is_gone_is_named(audited: Engine, statement: str):
    forge(audited, statement)
    assert named(audited) == [("head", "audit_head", "0")]


REWRITES: dict[str, Callable[[list[Audited]], list[Audited]]] = {
    "without the first": lambda entries: entries[1:],
    "without one": lambda entries: entries[:3] + entries[4:],
    "without the last": lambda entries: entries[:-1],
    "without any": lambda entries: [],
    "two moved": lambda entries: [entries[1], entries[0], *entries[2:]],
    "one more in front": lambda entries: [entries[3], *entries],
    "one more at the end, and one less": lambda entries: [*entries[1:], entries[0]],
}


@pytest.mark.parametrize("rewrite", REWRITES.values(), ids=REWRITES)
def test_a_chain_that_was_written_anew_with_its_head_shows_by_a_head_noted_before(
    audited: Engine, rewrite: Callable[[list[Audited]], list[Audited]]
):
    noted = audit_head(audited)
    forge(audited, lambda connection: write(connection, rewrite(chain(connection)), with_head=True))
    # By itself it is without a flaw, which is why a head is noted outside.
    assert named(audited) == []
    assert named(audited, noted) == [("head", "audit", str(N))]


@pytest.mark.parametrize("more", [0, 3])
def test_a_head_noted_before_is_still_there_as_the_audit_goes_on(audited: Engine, more: int):
    noted = audit_head(audited)
    with transaction(audited) as connection:
        for _ in range(more):
            audit.record(connection, NOW, "li", "looked", "s")
    assert named(audited, noted) == []
    assert named(audited, Head(0, None)) == []


def test_a_chain_cut_back_to_before_a_noted_head_and_grown_beyond_it_shows(audited: Engine):
    noted = audit_head(audited)
    forge(audited, lambda connection: write(connection, chain(connection)[:2], with_head=True))
    with transaction(audited) as connection:
        for _ in range(N):
            audit.record(connection, NOW, "li", "looked", "s")
    assert named(audited) == []
    assert named(audited, noted) == [("head", "audit", str(N))]


@pytest.mark.parametrize(
    "spelled",
    ["", ":", "7", "7:", "0:" + "0" * 64, "x:" + "0" * 64, "7:" + "0" * 63, "7:" + "G" * 64, "-1:" + "0" * 64,
     "1" * 19 + ":" + "0" * 64, "7:" + "0" * 64 + ":"],
)  # fmt: skip
def test_a_head_that_cannot_be_read_is_refused(spelled: str):
    with pytest.raises(BadInput) as refused:
        Head.parse(spelled, "--head")
    assert [(e.field, e.value) for e in refused.value.errors] == [("--head", spelled)]


def test_a_head_is_read_as_it_was_printed(audited: Engine, engine: Engine):
    for head in (audit_head(audited), Head(0, None)):
        assert Head.parse(f" {head}\n", "--head") == head


def test_flaws_beyond_those_that_are_named_are_counted(audited: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(service, "NAMED", 2)
    forge(audited, "UPDATE audit SET actor = 'wang'")
    found = verify(audited)
    assert ([f.number for f in found.flaws], found.more) == (["1", "2"], N - 2)


def test_every_entry_is_one_step(audited: Engine, report: Callable[..., Answer]):
    report("k")
    steps: list[None] = []
    assert verify(audited, step=lambda: steps.append(None)).entries == len(steps) == count_entries(audited) == N + 2


def test_what_is_written_meanwhile_is_neither_waited_for_nor_a_flaw(audited: Engine, empty_url: str, router: Router):
    """The service goes on writing while everything is verified, again and again."""
    theirs, over = make_engine(empty_url, 2), threading.Event()

    def write_on(who: str) -> None:
        n = 0
        while not over.is_set():
            n += 1
            if who == "auditor":
                with transaction(theirs) as connection:
                    audit.record(connection, NOW, who, "looked", str(n))
            else:
                report_case(theirs, router, new_case(), who, str(n), b"", NOW)

    with ThreadPoolExecutor(2) as pool:
        writing = [pool.submit(write_on, who) for who in ("auditor", "reporter")]
        try:
            found = [verify(audited) for _ in range(40)]
        finally:
            over.set()
    theirs.dispose()
    assert [w.exception() for w in writing] == [None, None]
    assert [f.flaws for f in found] == [()] * 40
    assert found[0].head.n < found[-1].head.n


# --- histories of cases


@pytest.fixture
def three(report: Callable[..., Answer]) -> list[str]:
    """Numbers of three cases with two entries each."""
    return [report(key)["number"] for key in "abc"]


def test_cases_as_they_were_reported_are_intact(engine: Engine, three: list[str]):
    assert (named(engine), verify(engine).entries) == ([], 6)


OF_CASE = "case_id = (SELECT id FROM case_ WHERE number = '240612-0002')"
FIRST, LAST, ROW = f"WHERE n = 1 AND {OF_CASE}", f"WHERE n = 2 AND {OF_CASE}", "WHERE number = '240612-0002'"
IN_FIRST, IN_LAST = (("changed", "case_history", f"240612-0002/{n}") for n in (1, 2))
IN_ROW = ("state", "case_", "240612-0002")


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        (f"UPDATE case_history SET actor = 'wang' {FIRST}", IN_FIRST),
        (f"UPDATE case_history SET payload = '{{}}' {LAST}", IN_LAST),
        (f"UPDATE case_history SET payload = '[]' {LAST}", IN_LAST),
        (f"DELETE FROM case_history {FIRST}", IN_FIRST),
        (f"DELETE FROM case_history {LAST}", IN_ROW),
        (f"DELETE FROM case_history WHERE {OF_CASE}", IN_ROW),
        (f"UPDATE case_ SET version = 3 {ROW}", IN_ROW),
        (f"UPDATE case_ SET status = 'closed' {ROW}", IN_ROW),
        (f"UPDATE case_ SET decision = decision || '{{\"accountable\": null}}' {ROW}", IN_ROW),
        (f"UPDATE case_ SET decision = '{{}}' {ROW}", IN_ROW),
    ],
    ids=["first changed", "last changed", "of another kind", "first removed", "last removed", "all removed", "version",
         "status", "decision", "no decision"],
)  # fmt: skip
def test_a_case_that_is_not_as_it_was_is_named(
    engine: Engine, three: list[str], change: str, flaw: tuple[str, str, str]
):
    forge(engine, change)
    assert named(engine) == [flaw]


def test_a_case_that_is_gone_leaves_its_history(engine: Engine, three: list[str]):
    with engine.connect() as connection:
        id_ = connection.execute(text("SELECT id FROM case_ WHERE number = '240612-0002'")).scalar_one()
    forge(engine, "DELETE FROM case_ WHERE number = '240612-0002'")
    assert named(engine) == [("missing", "case_", str(id_))]


def test_a_case_that_is_there_twice_is_named(engine: Engine, three: list[str]):
    columns = (
        "id, number, district, version, status, source, code_scheme, category, raw, geom, areas, unit, parties, "
        "reported_by, decision"
    )
    twice = f"INSERT INTO case_ ({columns}, reported_at) SELECT {columns}, reported_at + interval '1 s' FROM case_"
    forge(engine, f"{twice} WHERE number = '240612-0002'")
    assert named(engine) == [("extra", "case_", "240612-0002")]


@pytest.mark.parametrize("payload", [{}, {"answer": {}}, [], None], ids=str)
def test_a_history_sealed_anew_that_does_not_lead_to_its_case_is_named(engine: Engine, three: list[str], payload: Any):
    def again(connection: Connection) -> None:
        id_ = connection.execute(text("SELECT id FROM case_ WHERE number = '240612-0002'")).scalar_one()
        e = read_history(connection, id_)[1]
        values = {
            "payload": json.dumps(payload), "id": id_,
            "hash": seal(e.case_id, e.n, e.at, e.actor, e.kind, payload, e.previous),
        }  # fmt: skip
        change = "UPDATE case_history SET payload = CAST(:payload AS jsonb), hash = :hash WHERE n = 2 AND case_id = :id"
        connection.execute(text(change), values)

    forge(engine, again)
    assert named(engine) == [("state", "case_", "240612-0002")]


# --- what else is administered is audited with it


def said(engine: Engine) -> list[tuple[str, str, str, str | None]]:
    with transaction(engine) as connection:
        return [(e.actor, e.action, e.subject, e.district) for e in chain(connection)]


def payload(engine: Engine) -> Any:
    with transaction(engine) as connection:
        return chain(connection)[-1].payload


def test_loading_and_publishing_an_edition_are_audited(engine: Engine, tmp_path: Path):
    load_city(engine, write_city(tmp_path / "S1"))
    load_city(engine, write_city(tmp_path / "S1"))
    editions.publish(engine, "S1", NOW, by="cli:chen")
    editions.publish(engine, "S1", NOW, by="cli:chen")
    assert said(engine) == [
        ("", "edition loaded", "S1", "990999"),
        ("cli:chen", "edition published", "S1", "990999"),
    ]
    assert payload(engine) == {"from": "2023-12-31T16:00:00+00:00", "to": None, "correction": None}
    load_city(engine, write_city(tmp_path / "S2", edition="S2", valid_from="2024-07-01T00:00:00+08:00"))
    editions.publish(engine, "S2", NOW, by="cli:chen")
    assert said(engine)[2:] == [
        ("", "edition loaded", "S2", "990999"),
        ("cli:chen", "edition published", "S2", "990999"),
    ]
    editions.publish(engine, "S1", NOW, NOW, NOW.replace(day=20), by="cli:chen", correction="登记有误")
    assert payload(engine)["correction"] == "登记有误"
    assert named(engine) == []


def test_what_is_waived_is_audited_with_its_reason(engine: Engine, tmp_path: Path):
    broken = [area("A", BOW_TIE, parent="S", unit="U1"), GRIDS[1]]
    load_city(engine, write_city(tmp_path, grids=broken))
    standing = editions.waive(engine, "S1", [], "", "cli:chen", NOW)
    editions.waive(engine, "S1", standing[:1], "未交付", "cli:chen", NOW)
    editions.waive(engine, "S1", standing[:1], "又一次", "cli:chen", NOW)
    assert [action for _, action, _, _ in said(engine)] == ["edition loaded", "findings waived"]
    assert payload(engine) == {standing[0]: "未交付"}
    editions.publish(engine, "S1", NOW, waived=dict.fromkeys(standing, "先用着"), by="cli:wang")
    assert said(engine)[2:] == [
        ("cli:wang", "findings waived", "S1", "990999"),
        ("cli:wang", "edition published", "S1", "990999"),
    ]


def test_what_is_refused_is_not_audited(engine: Engine, tmp_path: Path):
    load_city(engine, write_city(tmp_path, grids=[area("A", BOW_TIE, parent="S", unit="U1"), GRIDS[1]]))
    standing = editions.waive(engine, "S1", [], "", "cli:chen", NOW)
    before = said(engine)
    with pytest.raises(RefusedToPublish):
        editions.publish(engine, "S1", NOW, waived={standing[0]: "先用着"}, by="cli:chen")
    assert said(engine) == before


def test_an_import_of_cases_is_audited_once(engine: Engine, router: Router):
    past = [PastCase(new_case(), NOW)] * 3
    for _ in range(2):
        import_cases(engine, router, past, "2023 年")
    assert said(engine) == [("import", "cases imported", "2023 年", "990999")]
    assert payload(engine) == {"added": 3}
    assert named(engine) == []


def test_a_flaw_as_a_program_reads_it(audited: Engine):
    forge(audited, CHANGES["actor"].format(n=2))
    told = verify(audited).as_dict()
    (finding,) = told.pop("findings")
    assert told == {"ok": False, "head": str(audit_head(audited)), "entries": N, "more": 0}
    assert Flaw(**finding) == verify(audited).flaws[0]


TOLD = "case_id = (SELECT id FROM case_ WHERE number = '240612-0001')"


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE case_ SET description = 'nothing to see here' WHERE number = '240612-0001'",
        "UPDATE case_ SET description = NULL WHERE number = '240612-0001'",
        "UPDATE case_ SET address = 'elsewhere' WHERE number = '240612-0001'",
        f'UPDATE case_private SET reporter = \'{{"name": "李四", "phone": null}}\' WHERE {TOLD}',
        f"UPDATE case_private SET salt = 'another' WHERE {TOLD}",
        f"DELETE FROM case_private WHERE {TOLD}",
        "UPDATE case_ SET description = 'put in' WHERE number = '240612-0002'",
    ],
)
def test_what_is_private_of_a_case_is_what_its_history_sealed(
    engine: Engine, report: Callable[..., Answer], forgery: str
):
    report("a", description="路边有暴露垃圾", reporter=Reporter("王五", "13800000001"))
    report("b")
    assert named(engine) == []
    forge(engine, forgery)
    number = "240612-0002" if "0002" in forgery else "240612-0001"
    assert named(engine) == [("changed", "case_private", number)]
