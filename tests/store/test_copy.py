"""Whatever a citizen types comes back as it was typed; what PostgreSQL cannot hold is refused."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import psycopg2
import pytest
import shapely
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from gridsvc.errors import Conflict, GridsvcError, Unavailable
from gridsvc.store.cluster import Cluster
from gridsvc.store.copy import copy_rows, ewkb_hex
from gridsvc.store.dated_tables import dated_set
from gridsvc.store.engine import make_engine, transaction
from gridsvc.store.ruleset_tables import unit
from gridsvc.store.tables import area, category, layer

ODD = {
    "empty": "",
    "space": " ",
    "null": "NULL",
    "backslash": "\\",
    "tab": "a\tb",
    "newline": "a\nb",
    "carriage return": "a\r\nb\r",
    "quotes": '"\'“”‘’""',
    "commas": ",;|,,",
    "backslash n within": "a\\Nb \\n",
    "end of data": "a\n\\.\nb",
    "only end of data": "\\.",
    "percent and colon": "%s %(a)s :name ::text",
    "emoji": "🚮👩‍🚒",
    "rare character": "𠮷龘",
    "mark of byte order": "\ufeffa",
    "right to left": "\u202eabc",
    "long": "长" * 100_000,
}


@pytest.fixture(scope="module")
def shared_engine(cluster: Cluster, migrated_template: str) -> Iterator[Engine]:
    made = make_engine(cluster.make_database("copy", migrated_template), 5)
    yield made
    made.dispose()


@pytest.fixture
def engine(shared_engine: Engine) -> Engine:
    """One database for all these tests, emptied before each: they are many and write little."""
    with shared_engine.begin() as connection:
        connection.execute(dated_set.delete())
    return shared_engine


def write_unit(engine: Engine, **texts: Any) -> None:
    with transaction(engine) as connection:
        set_id = connection.execute(
            dated_set.insert()
            .values(kind="ruleset", district="1", code="c", time_zone="UTC", content_hash="")
            .returning(dated_set.c.id)
        ).scalar_one()
        copy_rows(connection, unit, ("set_id", *texts), [(set_id, *texts.values())])


@pytest.mark.parametrize("typed", ODD.values(), ids=ODD.keys())
def test_text_comes_back_as_it_was(engine: Engine, typed: str):
    write_unit(engine, code="u", name=typed, kind=typed, parent=typed)
    with engine.connect() as connection:
        assert connection.execute(select(unit.c.name, unit.c.kind, unit.c.parent)).one() == (typed, typed, typed)


@pytest.mark.parametrize("typed", [t for t in ODD.values() if len(t) < 1000], ids=[k for k in ODD if k != "long"])
def test_a_text_at_the_start_of_a_line_comes_back_too(engine: Engine, typed: str):
    rows = [(code, "ruleset", "1", "UTC", "") for code in (typed, "second")]
    with transaction(engine) as connection:
        copy_rows(connection, dated_set, ("code", "kind", "district", "time_zone", "content_hash"), rows)
        assert list(connection.execute(select(dated_set.c.code).order_by(dated_set.c.id)).scalars()) == [
            typed,
            "second",
        ]


def test_nothing_is_null_and_not_an_empty_text(engine: Engine):
    write_unit(engine, code="u", name="", parent=None)
    with engine.connect() as connection:
        assert connection.execute(select(unit.c.name, unit.c.parent)).one() == ("", None)


@pytest.mark.parametrize("typed", ["\x00", "a\x00b", "\ud800"], ids=["NUL", "NUL within", "half a surrogate"])
def test_what_cannot_be_kept_as_it_is_stops_everything(engine: Engine, typed: str):
    with pytest.raises((GridsvcError, DBAPIError, psycopg2.Error, ValueError)):
        write_unit(engine, code="u", name=typed)
    with engine.connect() as connection:
        assert connection.execute(select(dated_set.c.id)).all() == []


@pytest.mark.parametrize(
    "props",
    [
        {},
        {"n": 0, "big": 2**53 + 1, "minus": -1},
        {"x": 0.1, "tiny": 1e-7, "whole": 120.0, "exact": 120.24652260000001},
        {"yes": True, "no": False, "nothing": None},
        {"键": "值\t\n\\N\"'", "nested": {"a": [1, "b"]}},
    ],
    ids=["empty", "integers", "floats", "truth and nothing", "odd text"],
)
def test_properties_come_back_as_they_were(engine: Engine, props: dict[str, Any]):
    with transaction(engine) as connection:
        set_id = connection.execute(
            dated_set.insert()
            .values(kind="edition", district="1", code="c", time_zone="UTC", content_hash="")
            .returning(dated_set.c.id)
        ).scalar_one()
        values = {"set_id": set_id, "code": "l", "ordinal": 0, "title_zh": "", "title_en": "", "priority": 1}
        values |= {"geometry": "polygon", "coverage": "free"}
        layer_id = connection.execute(layer.insert().values(values).returning(layer.c.id)).scalar_one()
        copy_rows(connection, area, ("layer_id", "code", "name", "props"), [(layer_id, "a", "", props)])
        found = connection.execute(select(area.c.props)).scalar_one()
    assert found == props
    assert {k: type(v) for k, v in found.items()} == {k: type(v) for k, v in props.items()}


def test_a_contradiction_met_by_copy_is_told_like_any_other(engine: Engine):
    def copy_twice() -> None:
        with transaction(engine) as connection:
            rows = [("s", "matter", "1", "", "")] * 2
            copy_rows(connection, category, ("code_scheme", "kind", "code", "zh", "en"), rows)

    with pytest.raises(Conflict, match="pk_category"):
        copy_twice()


def test_a_connection_that_breaks_before_copy_is_unavailable(engine: Engine):
    def copy_on_a_broken_connection() -> None:
        with transaction(engine) as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with engine.begin() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            copy_rows(connection, unit, ("set_id", "code", "name"), [(1, "u", "")])

    with pytest.raises(Unavailable):
        copy_on_a_broken_connection()


def test_no_rows_are_no_mistake(engine: Engine):
    with transaction(engine) as connection:
        copy_rows(connection, unit, ("set_id", "code", "name"), [])
        assert connection.execute(select(unit)).all() == []


def test_geometry_is_written_exactly_and_a_missing_one_stays_missing():
    point = shapely.Point(120.1 + 2**-46, 30.000000000000004)
    written = ewkb_hex(np.array([None, point], dtype=object))
    assert written[0] is None
    assert shapely.from_wkb(written[1]) == point
    assert shapely.get_srid(shapely.from_wkb(written[1])) == 4326
