"""Publishing an edition keeps what became of the areas of the one before it, for good."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_city import GRIDS, area, box, load_city, write_city
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from gridsvc.errors import RefusedToPublish
from gridsvc.services import editions
from gridsvc.services.succession import page_of_successors
from gridsvc.store import dated_sets
from gridsvc.store.engine import transaction

NOW = datetime(2024, 6, 12, 4, tzinfo=UTC)
MERGED = [area("A", [[120.0, 30.0], [120.01, 30.0], [120.02, 30.0], [120.02, 30.01], [120.01, 30.01], [120.0, 30.01],
                     [120.0, 30.0]], parent="S", unit="U1")]  # fmt: skip
TABLES = {"units": [{"code": "U1", "name": "甲"}, {"code": "U2", "name": "乙"}]}


def published(engine: Engine, folder: Path, code: str, day: int, **city: object) -> None:
    load_city(engine, write_city(folder / code, edition=code, tables=TABLES, **city))
    editions.publish(engine, code, NOW, NOW + timedelta(days=day))


def kept(engine: Engine, code: str, layer: str | None = None, after: int = 0, limit: int = 100) -> tuple[object, list]:
    with transaction(engine) as connection:
        found = dated_sets.need(connection, "edition", code)
    before, rows = page_of_successors(engine, found, layer, after, limit)
    return before, [(*r[:4], round(r.share_before, 4), round(r.share_after, 4)) for _, r in rows]


def test_the_first_edition_comes_from_nowhere(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    assert kept(engine, "S1") == (None, [])


def test_what_became_of_each_area_goes_back_to_the_edition_that_held_until_then(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    published(engine, tmp_path, "S2", 10, grids=MERGED)
    published(engine, tmp_path, "S3", 20, grids=[GRIDS[0], area("C", box(1), parent="S", unit="U2")])
    assert kept(engine, "S2") == ("S1", [("grid", "merge", "A", "A", 1.0, 0.5), ("grid", "merge", "B", "A", 1.0, 0.5)])
    assert kept(engine, "S3") == ("S2", [("grid", "split", "A", "A", 0.5, 1.0), ("grid", "split", "A", "C", 0.5, 1.0)])
    assert kept(engine, "S3", layer="street") == ("S2", [])


def test_an_edition_in_which_every_area_was_kept_has_none(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    published(engine, tmp_path, "S2", 10, title="anders")
    assert kept(engine, "S2") == (None, [])


def test_nothing_is_kept_of_a_refused_publication_and_what_is_kept_stays(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    load_city(engine, write_city(tmp_path / "bad", edition="S2", tables=TABLES, grids=GRIDS[:1]))
    with pytest.raises(RefusedToPublish):
        editions.publish(engine, "S2", NOW, NOW + timedelta(days=10))
    assert kept(engine, "S2") == (None, [])
    published(engine, tmp_path, "S3", 10, grids=MERGED)
    for statement in (
        "UPDATE successor SET kind = 'split'",
        "DELETE FROM successor",
        "TRUNCATE successor",
        "INSERT INTO successor (set_id, before_id, layer, kind, after) SELECT id, id, 'grid', 'new', 'X' "
        "FROM dated_set WHERE kind = 'edition'",
    ):
        with pytest.raises(IntegrityError, match="published"), engine.begin() as connection:
            connection.execute(text(statement))
    assert len(kept(engine, "S3")[1]) == 2


def test_pages_go_on_where_the_last_one_ended(engine: Engine, tmp_path: Path):
    published(engine, tmp_path, "S1", 0)
    published(engine, tmp_path, "S2", 10, grids=MERGED)
    with transaction(engine) as connection:
        found = dated_sets.need(connection, "edition", "S2")
    _, first = page_of_successors(engine, found, None, 0, 1)
    assert len(first) == 2  # one more than asked for: there is a next page
    _, second = page_of_successors(engine, found, None, first[0][0], 1)
    assert second == first[1:]
