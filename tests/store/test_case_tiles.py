"""Tiles of cases: each case once, nothing beyond a reach at any zoom, and bounded however many there are."""

from datetime import timedelta
from math import inf, nextafter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from decoded import decoded
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from sqlalchemy import Connection, Engine
from squares import HALF_WORLD_M, around, cell_m

from gridsvc.rights import Reach, Term, whole_district
from gridsvc.spatial.mercator import CELLS, MOST_Z, Tile
from gridsvc.store import case_tiles
from gridsvc.store.case_lists import CaseFilter
from gridsvc.store.case_tiles import POINTS_Z, case_tile
from gridsvc.store.cases import write_cases

from .conftest import NOON, made

ALL = CaseFilter(whole_district("1"))


# Where a point lies in its tile, as a share of the side: on an edge, a hair from it, where rounding would put it there.
SHARES = [0.0, 1e-12, 0.5 / CELLS, 0.5, 1 - 0.6 / CELLS, 1 - 0.4 / CELLS, 1 - 1e-9, nextafter(1.0, -inf)]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(2, MOST_Z), st.floats(0.25, 0.75), st.floats(0.25, 0.75),
    st.sampled_from(SHARES), st.sampled_from(SHARES),
)  # fmt: skip
@example(2, 0.5, 0.5, 0.0, 0.0)  # where the equator meets the meridian of Greenwich: a corner of tiles at every zoom
@example(MOST_Z, 0.5, 0.5, 0.0, 0.0)
def test_a_case_is_in_exactly_one_tile_and_within_a_cell_of_its_place(
    case_store: Engine,
    tmp_path_factory: pytest.TempPathFactory,
    z: int,
    east: float,
    south: float,
    dx: float,
    dy: float,
):
    n = 2**z
    x, y = int(east * n), int(south * n)
    side_m = 2 * HALF_WORLD_M / n
    x_m, y_m = (x + dx) * side_m - HALF_WORLD_M, HALF_WORLD_M - (y + dy) * side_m
    lon, lat = Transformer.from_crs("EPSG:3857", "EPSG:4326", always_xy=True).transform(x_m, y_m)
    near = [Tile(z, i, j) for i in (x - 1, x, x + 1) if i < n for j in (y - 1, y, y + 1) if j < n]
    with case_store.connect() as connection:
        write_cases(connection, [made(lon=lon, lat=lat)])
        tiles = [(t, encoded) for t in near if (encoded := case_tile(connection, ALL, t, NOON))]
        connection.rollback()
    assert len(tiles) == 1
    tile, encoded = tiles[0]
    folder = tmp_path_factory.mktemp("tile")
    point = decoded(encoded, tile, folder, cut=False).geometry[0]
    left_m, top_m = tile.x * side_m - HALF_WORLD_M, HALF_WORLD_M - tile.y * side_m
    column, row = (point.x - left_m) / cell_m(z), (top_m - point.y) / cell_m(z)
    assert 0 <= round(column) < CELLS
    assert 0 <= round(row) < CELLS
    assert np.hypot(point.x - x_m, point.y - y_m) <= 1.4143 * cell_m(z) + 1e-6


def told(connection: Connection, wanted: CaseFilter, tiles: list[Tile], folder: Path) -> list[dict[str, Any]]:
    """What the points of some tiles say; what a point has no value for is left out."""
    found = []
    for tile in tiles:
        rows = decoded(case_tile(connection, wanted, tile, NOON), tile, folder, cut=False).drop(columns="geometry")
        found += [{k: v for k, v in row.items() if v is not None and v == v} for row in rows.to_dict("records")]
    return found


def test_who_is_granted_one_street_sees_no_case_of_another_at_any_zoom(case_store: Engine, tmp_path: Path):
    """Also where the cases of two streets lie on one spot."""
    spots = [(120.22, 30.32), (120.2200001, 30.32), (120.23, 30.33)]
    cases = [made(areas={"street": s}, lon=lon, lat=lat) for s in ("S1", "S2") for lon, lat in spots]
    reach = Reach("1", frozenset({Term(("street", "S1"))}))
    own, all_of_them = {c.number for c in cases[:3]}, {c.number for c in cases}
    with case_store.connect() as connection:
        write_cases(connection, cases)
        for z in range(MOST_Z + 1):
            tiles = around(120.22, 30.32, 120.23, 30.33, z) if z < 16 else [
                *around(120.22, 30.32, 120.2200001, 30.32, z), *around(120.23, 30.33, 120.23, 30.33, z)
            ]  # fmt: skip
            mine, everybodys = (told(connection, w, tiles, tmp_path) for w in (CaseFilter(reach), ALL))
            if z < POINTS_Z:
                assert (sum(c["n"] for c in mine), sum(c["n"] for c in everybodys)) == (3, 6)
                assert {c.get("code") for c in mine} <= {"S1", None}
            else:
                assert ({c["number"] for c in mine}, {c["number"] for c in everybodys}) == (own, all_of_them)
        connection.rollback()


def test_further_out_a_point_stands_for_the_cases_of_a_street_or_a_grid(case_store: Engine, tmp_path: Path):
    late, soon = NOON, NOON + timedelta(seconds=1)
    cases = [
        made(areas={"street": "S1", "grid": "G1"}, lon=120.20, lat=30.30, due_at=late, desk="no_rule"),
        made(areas={"street": "S1", "grid": "G1"}, lon=120.22, lat=30.30, due_at=soon, desk="disputed"),
        made(areas={"street": "S1", "grid": "G2"}, lon=120.24, lat=30.30, status="undecided"),
        made(areas={"street": "S2", "grid": "G3"}, lon=120.26, lat=30.30, status="closed", desk="no_rule"),
        made(lon=120.26, lat=30.31),
    ]
    expected = {
        0: {("S1", 3, 1, 2), ("S2", 1, 0, 0), (None, 1, 0, 0)},
        10: {("S1", 3, 1, 2), ("S2", 1, 0, 0), (None, 1, 0, 0)},
        11: {("G1", 2, 1, 1), ("G2", 1, 0, 1), ("G3", 1, 0, 0), (None, 1, 0, 0)},
    }
    with case_store.connect() as connection:
        write_cases(connection, cases)
        for z, counts in expected.items():
            found = told(connection, ALL, around(120.19, 30.29, 120.27, 30.32, z), tmp_path)
            assert {(c.get("code"), c["n"], c["overdue"], c["undecided"]) for c in found} == counts
            assert len(found) == len(counts)
        narrowed = CaseFilter(whole_district("1"), status=("undecided", "closed"))
        found = told(connection, narrowed, around(120.19, 30.29, 120.27, 30.32, 5), tmp_path)
        assert {(c["code"], c["n"]) for c in found} == {("S1", 1), ("S2", 1)}
        connection.rollback()


def test_where_a_tile_is_crowded_one_point_stands_for_a_square(
    case_store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Nobody is left out, and no tile is larger for a hundred thousand than for a thousand."""
    monkeypatch.setattr(case_tiles, "MOST_POINTS", 20)
    random = np.random.default_rng(8)
    spots = np.column_stack([120.2 + random.random(300) * 0.002, 30.3 + random.random(300) * 0.002])
    with case_store.connect() as connection:
        write_cases(connection, [made(lon=lon, lat=lat, due_at=NOON) for lon, lat in spots])
        for z in (POINTS_Z, 14, 16, MOST_Z):
            found = told(connection, ALL, around(120.2, 30.3, 120.202, 30.302, min(z, 17)), tmp_path)
            many = [c for c in found if "n" in c]
            assert sum(c.get("n", 1) for c in found) == 300
            assert all(c["overdue"] == c["n"] for c in many)
            assert many if z < 16 else True
        connection.rollback()


PHASES = [
    ({"status": "reported"}, "intake"), ({"status": "registered"}, "intake"), ({"status": "undecided"}, "undecided"),
    ({"status": "verifying", "desk": "near_edge"}, "undecided"), ({"status": "void", "desk": "no_rule"}, "finished"),
    ({"status": "dispatched", "desk": "disputed"}, "unit"), ({"status": "rework"}, "unit"),
    ({"status": "in_progress", "waits": ("return",)}, "stopped"), ({"status": "on_hold"}, "stopped"),
    ({"status": "in_progress", "waits": ("extension",)}, "unit"), ({"status": "done"}, "checking"),
    ({"status": "checking"}, "checking"), ({"status": "closed"}, "finished"), ({"status": "archived"}, "finished"),
]  # fmt: skip


def test_a_case_tells_in_whose_hands_it_is(case_store: Engine, tmp_path: Path):
    cases = [(made(**fields), phase) for fields, phase in PHASES]
    tile = around(120.0, 30.0, 120.0, 30.0, 14)[0]
    with case_store.connect() as connection:
        write_cases(connection, [case for case, _ in cases])
        found = told(connection, ALL, [tile], tmp_path)
        connection.rollback()
    assert {c["number"]: c["phase"] for c in found} == {c.number: phase for c, phase in cases}


def test_a_clock_that_is_stopped_shows(case_store: Engine, tmp_path: Path):
    def clock(state: str) -> dict[str, Any]:
        return {"stage": "disposal", "n": 1, "state": state}

    cases = [
        (made(clocks=[clock("running")], amber_at=NOON, due_at=NOON), False),
        (made(clocks=[clock("paused")]), True),
        (made(clocks=[clock("stopped")]), False),
        (made(), False),
        (made(clocks=[clock("paused"), clock("running")], due_at=NOON), False),
    ]
    with case_store.connect() as connection:
        write_cases(connection, [case for case, _ in cases])
        found = told(connection, ALL, around(120.0, 30.0, 120.0, 30.0, 14), tmp_path)
        connection.rollback()
    assert {c["number"]: bool(c["stopped"]) for c in found} == {c.number: stopped for c, stopped in cases}
    assert [(c["soon_at"], c["due_at"]) for c in found if "soon_at" in c] == [(NOON.timestamp(),) * 2]


def test_a_case_tells_no_more_than_a_map_needs(case_store: Engine, tmp_path: Path):
    secret = {"description": "张三 13800000000", "address": "某路 1 号", "raw": {"phone": "13800000000"}}
    case = made(unit="U1", decision={"because": "张三"}, reported_by="collector.1", **secret)
    with case_store.connect() as connection:
        write_cases(connection, [case])
        tile = around(120.0, 30.0, 120.0, 30.0, 14)[0]
        encoded = case_tile(connection, ALL, tile, NOON)
        connection.rollback()
    found = decoded(encoded, tile, tmp_path)
    shown = {
        "id": str(case.id), "number": case.number, "status": "reported", "category": "06010", "unit": "U1",
        "source": "app", "phase": "intake", "stopped": False,
    }  # fmt: skip
    assert found.drop(columns="geometry").to_dict("records") == [shown]
    assert not any(word.encode() in encoded for word in ("13800000000", "张三", "某路", "collector"))


def test_a_tile_without_cases_is_empty(case_store: Engine):
    with case_store.connect() as connection:
        assert case_tile(connection, ALL, Tile(14, 0, 0), NOON) == b""


def test_the_same_cases_are_the_same_bytes(case_store: Engine):
    cases = [made(lon=120.0 + i / 1000) for i in range(20)]
    tile, answers = around(120.0, 30.0, 120.0, 30.0, 8)[0], set()
    for order in (cases, cases[::-1]):
        with case_store.connect() as connection:
            write_cases(connection, order)
            answers.add(case_tile(connection, ALL, tile, NOON))
            connection.rollback()
    assert len(answers) == 1
