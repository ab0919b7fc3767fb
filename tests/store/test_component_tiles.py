"""Tiles of components: each once at any zoom, as it is on record now, in numbers further out."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from decoded import decoded
from small_city import load_city, write_city
from sqlalchemy import Engine
from squares import around

from gridsvc.spatial.mercator import Tile
from gridsvc.store import dated_sets
from gridsvc.store.component_tiles import component_tile
from gridsvc.store.components import write_change
from gridsvc.store.engine import transaction
from gridsvc.values import REMOVED, Component, Point

MAY = datetime(2024, 5, 1, tzinfo=UTC)


def well(n: int, lon: float, lat: float, state: str = "intact") -> Component:
    return Component(f"W{n}", "s", "01001", "井盖", Point(lon, lat), state=state, since=MAY)


@pytest.mark.parametrize("z", [0, 13, 14, 15, 16, 19, 22])
def test_each_component_is_in_one_tile_as_it_is_now(engine: Engine, tmp_path: Path, z: int):
    load_city(engine, write_city(tmp_path))
    with transaction(engine) as connection:
        edition = dated_sets.need(connection, "edition", "S1")
        moved, gone = (well(n, 120.1, 30.1) for n in (2, 3))
        for one in (well(1, 120.1, 30.1), moved, gone, well(4, 120.1001, 30.1), well(2, 120.1, 30.1001, "lost")):
            write_change(connection, edition.district, one, "t")
        write_change(connection, edition.district, well(3, 120.1, 30.1, REMOVED), "t")
        tiles = around(120.0999, 30.0999, 120.1002, 30.1002, z)
        found = [decoded(component_tile(connection, edition, tile), tile, tmp_path, cut=False) for tile in tiles]
    rows = [row for one in found for row in one.drop(columns="geometry").to_dict("records")]
    if z < 14:
        assert rows == []
    elif z < 16:
        assert sum(row["n"] for row in rows) == 3
    else:
        told = {"class": "01001", "major": "01", "name": "井盖"}
        assert sorted(rows, key=lambda row: row["code"]) == [
            {"code": "W1", "state": "intact"} | told, {"code": "W2", "state": "lost"} | told,
            {"code": "W4", "state": "intact"} | told,
        ]  # fmt: skip


def test_where_nothing_stands_a_tile_is_empty(engine: Engine, tmp_path: Path):
    load_city(engine, write_city(tmp_path))
    with transaction(engine) as connection:
        edition = dated_sets.need(connection, "edition", "S1")
        assert [component_tile(connection, edition, tile) for tile in (Tile(14, 0, 0), Tile(16, 0, 0))] == [b"", b""]
