"""The schema as the migrations make it: complete, named by the convention, and gone again without a trace."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from alembic.util import CommandError
from small_city import load_city
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from gridsvc.casework.case import append
from gridsvc.casework.private import private_row_matches
from gridsvc.errors import Conflict
from gridsvc.rights import whole_district
from gridsvc.services import editions
from gridsvc.services.cases import get_history
from gridsvc.store import dated_sets, migrate, tenures
from gridsvc.store.answers import remember, remembered
from gridsvc.store.cases import StoredCase
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine, to_json
from gridsvc.store.histories import read_history, write_entries
from gridsvc.store.months import ensure_months
from gridsvc.store.private import read_private
from tests.worded_city import write_worded_city

from .conftest import made

STEPS = (
    "0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012", "0013",
    "0014", "0015", "0016", "0017", "0018", "0019", "0020", "0021", "0022",
)  # fmt: skip
_serial = count()

# Everything in our schema but the table of Alembic's own version, which stays by design.
EVERYTHING = """
SELECT 'relation', relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname !~ '^alembic_version'
UNION ALL SELECT 'function', proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'type', typname FROM pg_type
  WHERE typnamespace = 'public'::regnamespace AND typname !~ '^_?alembic_version'
UNION ALL SELECT 'trigger', tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2
"""
TABLES = """
SELECT t.relname FROM pg_class t WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p')
  AND NOT t.relispartition AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
"""
CONSTRAINTS = """
SELECT c.conrelid::regclass::text, c.contype::text, c.conname::text FROM pg_constraint c
JOIN pg_class t ON t.oid = c.conrelid
WHERE t.relnamespace = 'public'::regnamespace AND c.contype IN ('p', 'f', 'u', 'c', 'x') AND NOT t.relispartition
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
"""
INDEXES = """
SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
"""
PREFIX = {"p": "pk", "f": "fk", "u": "uq", "c": "ck", "x": "ex"}


@pytest.fixture
def bare(cluster: Cluster) -> Iterator[Engine]:
    """A database with the extensions and nothing else."""
    made = make_engine(cluster.make_database(f"bare_{next(_serial)}"), 3)
    yield made
    made.dispose()


def rows(engine: Engine, query: str) -> list[tuple[str, ...]]:
    with engine.connect() as connection:
        return [tuple(r) for r in connection.execute(text(query))]


def make_months(engine: Engine) -> None:
    with engine.begin() as connection:
        ensure_months(connection, [datetime(2024, 6, 12, tzinfo=UTC), datetime(2023, 12, 31, tzinfo=UTC)])


def test_the_migrated_schema_is_the_one_in_the_code(engine: Engine):
    migrate.check(engine)


def test_monthly_partitions_are_no_difference(engine: Engine):
    make_months(engine)
    migrate.check(engine)


@pytest.mark.parametrize(
    "change",
    ["ALTER TABLE case_ DROP COLUMN address", "DROP INDEX ix_component_geom", "ALTER TABLE unit ADD COLUMN extra text"],
)
def test_a_difference_between_code_and_database_is_found(engine: Engine, change: str):
    with engine.begin() as connection:
        connection.execute(text(change))
    with pytest.raises(CommandError):
        migrate.check(engine)


def test_upgrading_what_is_new_already_changes_nothing(engine: Engine):
    before = rows(engine, EVERYTHING)
    migrate.upgrade(engine)
    assert rows(engine, EVERYTHING) == before


def test_downgrade_to_base_leaves_nothing_of_ours(bare: Engine):
    before = rows(bare, EVERYTHING)
    migrate.upgrade(bare)
    make_months(bare)
    migrate.downgrade(bare, "base")
    assert rows(bare, EVERYTHING) == before


def test_the_schema_comes_back_after_a_downgrade(bare: Engine):
    migrate.upgrade(bare)
    migrate.downgrade(bare, "base")
    migrate.upgrade(bare)
    migrate.check(bare)


def test_each_step_can_be_taken_and_taken_back(bare: Engine):
    for before, step in zip(("base", *STEPS), STEPS, strict=False):
        migrate.upgrade(bare, step)
        after = rows(bare, EVERYTHING)
        migrate.downgrade(bare, before)
        migrate.upgrade(bare, step)
        assert rows(bare, EVERYTHING) == after


def test_several_processes_may_upgrade_at_once(bare: Engine):
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(migrate.upgrade, [bare] * 3))
    migrate.check(bare)


def test_a_step_that_fails_leaves_the_database_as_it_was(bare: Engine):
    with bare.begin() as connection:
        connection.execute(text("CREATE TABLE successor (in_the_way int)"))  # the last step's last table
    before = rows(bare, EVERYTHING)
    with pytest.raises(Exception, match="already exists"):
        migrate.upgrade(bare)
    assert rows(bare, EVERYTHING) == before


CHIEF = {"post": "P1", "name": "张三", "phone": "0571-00000001", "on_duty": True, "acting": False}
DECISION = {"grid_chief": CHIEF, "street_chief": CHIEF | {"phone": None, "via": "lane"}, "edition": "S1"}
SAID = {"b": 1.0, "description": "回电 13800000001", "address": "人民路 1 号", "decision": DECISION, "a": [None]}


ADD_CASE = """
INSERT INTO case_ (id, reported_at, number, district, version, status, source, code_scheme, category, description, raw,
  geom, areas, parties, reported_by, decision)
VALUES (:id, :reported_at, :number, :district, :version, :status, :source, :code_scheme, :category, :description,
  CAST(:raw AS jsonb), ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), '{}', '{}', :reported_by, CAST(:decision AS jsonb))
"""


def add_as_before(connection: Connection, one: StoredCase) -> None:
    """Write a case by the columns that all versions have had; its month must exist."""
    connection.execute(text(ADD_CASE), asdict(one) | {n: to_json(getattr(one, n)) for n in ("raw", "decision")})


def reported_before_masks(engine: Engine) -> StoredCase:
    """A case, its history and the answer to its key as they were stored before 0009; and an import's answer."""
    case = made(description="回电 13800000001", decision=DECISION)
    said = {"description": case.description, "address": None}
    told = [append([], case.id, case.reported_at, "demo", "reported", said)]
    told.append(append(told, case.id, case.reported_at, "demo", "decided", {"answer": DECISION, "trail": []}))
    migrate.upgrade(engine, "0008")
    with engine.begin() as connection:
        ensure_months(connection, [case.reported_at])
        write_entries(connection, told)
        for one in (case, made(decision={"grid_chief": None})):
            add_as_before(connection, one)
        remember(connection, "demo", "k", b"hash", case.id, SAID)
        remember(connection, "import", "n", b"", case.id, {"added": 1})
    return case


def test_no_whole_number_stays_in_decisions_and_answers_of_before(bare: Engine):
    reported_before_masks(bare)
    migrate.upgrade(bare)
    decision = DECISION | {"grid_chief": CHIEF | {"phone": "0571****0001"}}
    with bare.connect() as connection:
        decisions = connection.execute(text("SELECT decision FROM case_ ORDER BY decision ? 'edition'")).scalars().all()
        assert decisions == [{"grid_chief": None}, decision]
        assert remembered(connection, "import", "n") == (b"", {"added": 1})
        body_hash, answer = remembered(connection, "demo", "k") or (b"", {})
        assert body_hash == b"hash"
        # Field by field in their order, as they were written.
        assert to_json(answer) == to_json(SAID | {"description": "回电 138****0001", "decision": decision})


def test_editions_of_before_have_names_too(engine: Engine, tmp_path: Path):
    load_city(engine, write_worded_city(tmp_path))
    editions.publish(engine, "S1", datetime(2024, 5, 1, tzinfo=UTC))
    query = "SELECT area_id::text, key, road FROM place_name ORDER BY 1, 2"
    before = rows(engine, query)
    migrate.downgrade(engine, "0015")
    migrate.upgrade(engine)
    assert rows(engine, query) == before != []


def test_histories_of_before_stay_intact_are_shown_masked_and_match_what_is_kept(bare: Engine):
    case = reported_before_masks(bare)
    migrate.upgrade(bare)
    shown = get_history(bare, case.number, ZoneInfo("UTC"), whole_district(case.district))
    assert shown["intact"]
    assert [e["payload"] for e in shown["items"]] == [
        {"description": "回电 138****0001", "address": None},
        {"answer": DECISION | {"grid_chief": CHIEF | {"phone": "0571****0001"}}, "trail": []},
    ]
    with bare.connect() as connection:
        first, _ = read_history(connection, case.id)
        assert private_row_matches(first, read_private(connection, [case.id])[case.id])


DECIDED = {
    "nobody answers": ({"desk": {"reason": "no_rule"}, "accountable": None}, [], "no_rule"),
    "the locality stands in": ({"desk": None, "accountable": {"via": "locality"}}, [["R", "disputed"]], "disputed"),
    "the locality as ever": ({"desk": None, "accountable": {"via": "locality"}}, [["R", "place"]], None),
    "a precedent": ({"desk": None, "accountable": {"via": "precedent"}}, [["R", "disputed"]], None),
    "no rules": ({"desk": None, "accountable": None}, [], None),
    "nothing at all": ({}, [], None),
}  # fmt: skip


def test_what_the_desk_has_of_before_is_what_the_histories_add_up_to(bare: Engine):
    migrate.upgrade(bare, "0012")
    expected = {}
    with bare.begin() as connection:
        for number, (answer, trail, desk) in DECIDED.items():
            case = made(number=number, version=2, decision=answer)
            told = [append([], case.id, case.reported_at, "demo", "reported", {})]
            told.append(append(told, case.id, case.reported_at, "demo", "decided", {"answer": answer, "trail": trail}))
            ensure_months(connection, [case.reported_at])
            add_as_before(connection, case)
            write_entries(connection, told)
            expected[number] = desk
    migrate.upgrade(bare)
    assert dict(rows(bare, "SELECT number, desk FROM case_")) == expected


def test_every_constraint_follows_the_naming_convention(engine: Engine):
    found = [r for r in rows(engine, CONSTRAINTS) if r[0] != "alembic_version"]
    assert len(found) > 40
    assert [r for r in found if not re.fullmatch(rf"{PREFIX[r[1]]}_{r[0]}(_\w+)?", r[2])] == []


def test_every_index_follows_the_naming_convention(engine: Engine):
    found = rows(engine, INDEXES)
    assert len(found) >= 9
    assert [r for r in found if not re.fullmatch(rf"ix_{r[0]}_\w+", r[1])] == []


def test_every_table_has_a_primary_key(engine: Engine):
    keyed = {r[0] for r in rows(engine, CONSTRAINTS) if r[1] == "p"}
    assert {r[0] for r in rows(engine, TABLES)} == keyed


def published_before_tenures(engine: Engine) -> None:
    """Three editions of one district as they were stored before 0006, of another one, and a draft with an error."""
    migrate.upgrade(engine, "0005")
    add = text(
        "INSERT INTO dated_set (kind, district, code, state, time_zone, content_hash, valid, published_at, report) "
        "VALUES (:kind, :district, :code, :state, 'UTC', '', CAST(:valid AS tstzrange), :at, CAST(:report AS jsonb))"
    )
    waived, faulty = '{"counts": {"error": 1}, "waived": ["gap:grid:A"]}', '{"counts": {"error": 1}}'
    sets = [
        ("edition", "1", "A", "retired", "[2023-01-01,2024-01-01)", "2022-12-01", waived),
        ("edition", "1", "B", "retired", "[2024-01-01,2025-01-01)", "2024-01-03", None),
        ("edition", "1", "C", "published", "[2025-01-01,)", "2024-12-01", None),
        ("edition", "2", "A", "published", "[2023-06-01,)", "2023-06-01", None),
        ("ruleset", "1", "A", "published", "[2023-01-01,)", "2022-12-01", None),
        ("edition", "1", "D", "draft", None, None, faulty),
        ("ruleset", "1", "D", "draft", None, None, None),
    ]
    with engine.begin() as connection:
        for values in sets:
            names = ("kind", "district", "code", "state", "valid", "at", "report")
            connection.execute(add, dict(zip(names, values, strict=True)))


def test_what_was_published_before_tenures_is_known_as_it_came_to_be(bare: Engine):
    published_before_tenures(bare)
    migrate.upgrade(bare)
    migrate.check(bare)
    with bare.connect() as connection:
        found = [
            (t.code, *(x and x.date().isoformat() for x in (t.holds_from, t.holds_to, t.known_from, t.known_to)))
            for t in tenures.history(connection, "edition", district="1")
        ]
        assert found == [
            ("A", "2023-01-01", None, "2022-12-01", "2024-01-03"),
            ("A", "2023-01-01", "2024-01-01", "2024-01-03", None),
            ("B", "2024-01-01", None, "2024-01-03", "2024-12-01"),
            ("B", "2024-01-01", "2025-01-01", "2024-12-01", None),
            ("C", "2025-01-01", None, "2024-12-01", None),
        ]
        sets = {s.code: s for s in dated_sets.listing(connection, "edition") if s.district == "1"}
    assert {c: s.state for c, s in sets.items()} == {"A": "retired", "B": "retired", "C": "published", "D": "draft"}
    assert [(w["finding"], w["reason"]) for w in sets["A"].waivers] == [("gap:grid:A", "-")]


def test_what_was_published_comes_back_as_it_was_when_the_step_is_taken_back(bare: Engine):
    query = "SELECT kind, district, code, state, valid::text, published_at, report FROM dated_set ORDER BY id"
    published_before_tenures(bare)
    before = rows(bare, query)
    migrate.upgrade(bare)
    migrate.downgrade(bare, "0005")
    assert rows(bare, query) == before
    with pytest.raises(IntegrityError, match="published"), bare.begin() as connection:
        connection.execute(text("UPDATE dated_set SET title = 'other' WHERE code = 'B'"))


def test_a_history_that_the_older_schema_cannot_tell_is_not_taken_back(bare: Engine):
    published_before_tenures(bare)
    migrate.upgrade(bare)
    with bare.begin() as connection:
        tenures.enter(
            connection, dated_sets.need(connection, "edition", "B", "1"), datetime(2025, 3, 1, tzinfo=UTC),
            datetime(2025, 4, 1, tzinfo=UTC), known=tenures.known_from(connection),
            now=datetime(2026, 1, 1, tzinfo=UTC), reason="gazette",
        )  # fmt: skip
    before = rows(bare, EVERYTHING)
    with pytest.raises(Conflict, match="ex_dated_set_valid"):
        migrate.downgrade(bare, "0005")
    assert rows(bare, EVERYTHING) == before
