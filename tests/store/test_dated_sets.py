"""Editions and rulesets as dated rows: what is published stays as it is, and only one holds at an instant."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_city import load_city, write_city
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from gridsvc.errors import Conflict, NotFound
from gridsvc.services import editions
from gridsvc.store import dated_sets
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine

START = datetime(2024, 1, 1, tzinfo=UTC)
TABLES = ("layer", "unit", "person", "post", "rule", "limit_", "component")
EDITION = "(SELECT id FROM dated_set WHERE kind = 'edition')"
RULESET = "(SELECT id FROM dated_set WHERE kind = 'ruleset')"


@pytest.fixture(scope="module")
def published(cluster: Cluster, migrated_template: str, tmp_path_factory) -> Iterator[Engine]:
    """The small city, published from 2024 on. Every test here is refused or rolls back."""
    engine = make_engine(cluster.make_database("dated_sets_published", migrated_template), 2)
    load_city(engine, write_city(tmp_path_factory.mktemp("city")))
    editions.publish(engine, "S1", START, START)
    yield engine
    engine.dispose()


def refuse(engine: Engine, statement: str) -> str:
    """Run a statement that must be refused; gives the database's words."""
    with pytest.raises(IntegrityError) as refused, engine.connect() as connection:
        connection.execute(text(statement))
    return str(refused.value.orig)


INSERTS = {
    "area": "INSERT INTO area (layer_id, code, name) SELECT id, 'NEW', '' FROM layer",
    "layer": "INSERT INTO layer (set_id, code, ordinal, title_zh, title_en, geometry, coverage, priority) "
    f"VALUES ({EDITION}, 'new', 9, '', '', 'polygon', 'free', 1)",
    "component": "INSERT INTO component (set_id, code, code_scheme, class_code, state, accuracy_class, geom) "
    f"VALUES ({EDITION}, 'new', 's', '01001', 'intact', 'B', 'SRID=4326;POINT(120 30)')",
    "unit": f"INSERT INTO unit (set_id, code, name) VALUES ({RULESET}, 'new', '')",
    "person": f"INSERT INTO person (set_id, code, name) VALUES ({RULESET}, 'new', '')",
    "post": f"INSERT INTO post (set_id, code, person, role) VALUES ({RULESET}, 'new', 'R1', 'grid_chief')",
    "rule": f"INSERT INTO rule (set_id, rank, id, via) VALUES ({RULESET}, 5, 'new', 'rule')",
    "limit_": "INSERT INTO limit_ (set_id, category, stage, amount, unit) "
    f"VALUES ({RULESET}, '01*', 'check', 1, 'working_day')",
}


@pytest.mark.parametrize("table", ["area", *TABLES])
@pytest.mark.parametrize("how", ["UPDATE", "DELETE", "INSERT", "TRUNCATE"])
def test_rows_of_a_published_set_cannot_change(published: Engine, table: str, how: str):
    column = "layer_id" if table == "area" else "set_id"
    statement = {
        "UPDATE": f"UPDATE {table} SET {column} = {column}",
        "DELETE": f"DELETE FROM {table}",
        "INSERT": INSERTS[table],
        "TRUNCATE": f"TRUNCATE {table} CASCADE",
    }[how]
    assert "published" in refuse(published, statement)


@pytest.mark.parametrize(
    "change",
    [
        "code = 'other'", "title = 'other'", "kind = 'scheme'", "district = '1'", "content_hash = ''",
        "time_zone = 'UTC'", "local_crs = '{\"a\": \"EPSG:3857\"}'", "valid_from = valid_from + interval '1 s'",
        "recorded_at = now() - interval '1 day'", "report = NULL", "checked = false",
        "waivers = '[{\"finding\": \"gap:grid:A\"}]'",
    ],
)  # fmt: skip
def test_a_published_set_itself_cannot_change(published: Engine, change: str):
    assert "published" in refuse(published, f"UPDATE dated_set SET {change} WHERE kind = 'edition'")


@pytest.mark.parametrize("kind", ["edition", "ruleset"])
def test_a_published_set_cannot_be_deleted(published: Engine, kind: str):
    assert "published" in refuse(published, f"DELETE FROM dated_set WHERE kind = '{kind}'")


def test_rows_of_a_draft_cannot_be_moved_into_a_published_set(engine: Engine, tmp_path: Path):
    load_city(engine, write_city(tmp_path / "a"))
    editions.publish(engine, "S1", START, START)
    load_city(engine, write_city(tmp_path / "b", edition="S2"))
    into = "(SELECT l.id FROM layer l JOIN dated_set s ON s.id = l.set_id WHERE s.code = '{}' AND l.code = 'grid')"
    draft, there = into.format("S2"), into.format("S1")
    assert "published" in refuse(engine, f"UPDATE area SET layer_id = {there} WHERE layer_id = {draft}")


def test_rows_of_a_draft_may_change(engine: Engine, tmp_path: Path):
    load_city(engine, write_city(tmp_path))
    with engine.begin() as connection:
        assert connection.execute(text("UPDATE area SET name = 'x'")).rowcount == 3
        assert connection.execute(text("DELETE FROM rule")).rowcount == 3


@pytest.mark.parametrize(
    ("instant", "code"),
    [(START - timedelta(microseconds=1), None), (START, "S1"), (datetime(2100, 1, 1, tzinfo=UTC), "S1")],
    ids=["just before", "its first instant", "far later"],
)
def test_a_set_holds_from_its_start_on(published: Engine, instant: datetime, code: str | None):
    with published.connect() as connection:
        found = dated_sets.held_at(connection, "edition", instant)
        assert (found.code if found else None) == code


def test_what_is_not_there_is_named_with_what_is(published: Engine):
    with published.connect() as connection, pytest.raises(NotFound) as refused:
        dated_sets.need(connection, "edition", "S9")
    assert refused.value.errors[0].value == "S9"
    assert "S1" in refused.value.errors[0].mend_en


def test_to_one_district_nothing_of_another_is_named(published: Engine):
    with published.connect() as connection, pytest.raises(NotFound) as refused:
        dated_sets.need(connection, "edition", "S9", "110101")
    assert "S1" not in refused.value.errors[0].mend_en


def test_a_published_set_is_not_replaced_by_a_draft(published: Engine):
    with published.connect() as connection, pytest.raises(Conflict) as refused:
        dated_sets.add_draft(connection, "edition", code="S1", district="990999", time_zone="UTC", content_hash="other")
    assert refused.value.errors[0].value == "S1"
