"""Tiles hold what the tables hold: each area whole, each case once, and nothing beyond a reach at any zoom."""

from collections.abc import Iterator
from math import inf, nextafter
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from decoded import decoded
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from small_city import BOW_TIE, GRIDS, area, load_city, write_city
from sqlalchemy import Connection, Engine

from gridsvc.bootstrap import Folder
from gridsvc.errors import BadInput
from gridsvc.rights import Reach, Term, whole_district
from gridsvc.store import dated_sets
from gridsvc.store.cases import CaseFilter, write_cases
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from gridsvc.store.tiles import CELLS, MARGIN_CELLS, MOST_Z, Tile, about_layer, area_tile, case_tile, layer_id

from .conftest import made

HALF_WORLD_M = 20037508.342789244
ALL = CaseFilter(whole_district("1"))
to_metres = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform


def cell_m(z: int) -> float:
    return 2 * HALF_WORLD_M / 2**z / CELLS


def around(west: float, south: float, east: float, north: float, z: int) -> list[Tile]:
    """Every tile of a zoom that meets a box of degrees, reckoned by another program than the tiles are."""
    (left, right), (low, high) = to_metres([west, east], [south, north])
    side_m = 2 * HALF_WORLD_M / 2**z
    columns = range(int((left + HALF_WORLD_M) // side_m), int((right + HALF_WORLD_M) // side_m) + 1)
    rows = range(int((HALF_WORLD_M - high) // side_m), int((HALF_WORLD_M - low) // side_m) + 1)
    return [Tile(z, x, y) for x in columns for y in rows]


@pytest.mark.parametrize("zxy", [(0, 0, 0), (1, 1, 1), (22, 2**22 - 1, 2**22 - 1), (22, 0, 0)])
def test_a_tile_is_within_the_world(zxy: tuple[int, int, int]):
    assert Tile(*zxy).z == zxy[0]


@pytest.mark.parametrize(
    ("zxy", "field"),
    [
        ((-1, 0, 0), "z"), ((23, 0, 0), "z"), ((10**9, 0, 0), "z"), ((0, 1, 0), "x"), ((0, 0, 1), "y"),
        ((3, 8, 0), "x"), ((3, 0, 8), "y"), ((3, -1, 0), "x"), ((3, 0, -1), "y"), ((22, 2**22, 0), "x"),
    ],
)  # fmt: skip
def test_a_tile_beyond_the_world_is_refused_by_name(zxy: tuple[int, int, int], field: str):
    with pytest.raises(BadInput) as refused:
        Tile(*zxy)
    assert [e.field for e in refused.value.errors] == [field]


@given(st.integers(0, MOST_Z).flatmap(lambda z: st.tuples(st.just(z), *[st.integers(0, 2**z - 1)] * 2)))
def test_the_box_of_a_tile_is_that_of_its_square_in_metres(zxy: tuple[int, int, int]):
    z, x, y = zxy
    west, south, east, north = Tile(z, x, y).box_deg(0)
    side_m = 2 * HALF_WORLD_M / 2**z
    (left, right), (low, high) = to_metres([west, east], [south, north])
    assert (left, right) == pytest.approx((x * side_m - HALF_WORLD_M, (x + 1) * side_m - HALF_WORLD_M), abs=1e-6)
    assert (low, high) == pytest.approx((HALF_WORLD_M - (y + 1) * side_m, HALF_WORLD_M - y * side_m), abs=1e-6)


@pytest.fixture(scope="module")
def demo_reader(cluster: Cluster, demo_template: str) -> Iterator[Connection]:
    engine = make_engine(cluster.make_database("tiles_demo", demo_template), 1)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def need_layer(connection: Connection, edition: str, code: str) -> int:
    found = layer_id(connection, dated_sets.need(connection, "edition", edition).id, code)
    assert found is not None
    return found


LAYERS = ["street", "grid", "unit_grid", "lane", "viaduct", "boundary_street", "place"]


@pytest.mark.parametrize("code", LAYERS)
@pytest.mark.parametrize("z", [10, 13, 15])
def test_all_tiles_of_a_zoom_together_are_the_layer(
    demo_reader: Connection, demo: Folder, tmp_path: Path, code: str, z: int
):
    """Shapes are put together again and compared with the originals."""
    layer = demo.snapshot.edition.layers[code]
    of = need_layer(demo_reader, demo.snapshot.edition.code, code)
    tiles = around(*shapely.total_bounds(layer.geometries), z)
    found = pd.concat([decoded(area_tile(demo_reader, of, code, t), t, tmp_path) for t in tiles])
    whole = gpd.GeoSeries(found.geometry, crs=3857).groupby(found["code"]).agg(lambda parts: shapely.union_all(parts))
    assert sorted(whole.index) == sorted(layer.codes)
    truth = gpd.GeoSeries(layer.geometries, index=layer.codes, crs=4326).to_crs(3857)
    assert [one for one in layer.codes if not alike(whole[one], truth[one], cell_m(z))] == []


def alike(found: Any, truth: Any, cell_m: float) -> bool:
    """Whether two shapes are the same but for corners that were moved to the nearest crossing of a net of cells."""
    moved_m = 0.75 * cell_m
    if truth.area:
        # What is narrower than a cell may be gone, and its area with it.
        return bool(shapely.symmetric_difference(found, truth).area <= truth.length * moved_m)
    if truth.length:
        apart = (found.difference(truth.buffer(moved_m)), truth.difference(found.buffer(moved_m)))
        return all(part.length <= 2 * cell_m for part in apart)
    return bool(found.distance(truth) <= moved_m)


def test_an_area_has_the_attributes_of_its_geojson(demo_reader: Connection, demo: Folder, tmp_path: Path):
    layer = demo.snapshot.edition.layers["lane"]
    of = need_layer(demo_reader, demo.snapshot.edition.code, "lane")
    tile = around(*shapely.total_bounds(layer.geometries), 8)[0]
    found = decoded(area_tile(demo_reader, of, "lane", tile), tile, tmp_path).set_index("code")
    assert set(found.columns) == {"name", "unit", "name_en", "tier", "width_m", "geometry"}  # no lane has a parent
    for i, code in enumerate(layer.codes):
        row, props = found.loc[code], dict(layer.props[i])
        assert (row["name"], row.dropna().get("unit")) == (layer.names[i], layer.units[i])
        assert (row["name_en"], row["tier"], row["width_m"]) == (props["name_en"], props["tier"], props["width_m"])


def test_what_is_drawn_goes_on_a_little_beyond_the_edge(demo_reader: Connection, demo: Folder, tmp_path: Path):
    of = need_layer(demo_reader, demo.snapshot.edition.code, "district")
    west, south, east, north = shapely.total_bounds(demo.snapshot.edition.layers["district"].geometries)
    tile = around(*[(west + east) / 2, (south + north) / 2] * 2, 16)[0]  # wholly inside the district
    shape = decoded(area_tile(demo_reader, of, "district", tile), tile, tmp_path, cut=False).geometry[0]
    side_m, margin_m = CELLS * cell_m(16), MARGIN_CELLS * cell_m(16)
    assert shape.bounds == pytest.approx(
        (
            tile.x * side_m - HALF_WORLD_M - margin_m, HALF_WORLD_M - (tile.y + 1) * side_m - margin_m,
            (tile.x + 1) * side_m - HALF_WORLD_M + margin_m, HALF_WORLD_M - tile.y * side_m + margin_m,
        ), abs=1e-3,
    )  # fmt: skip


@pytest.mark.parametrize("tile", [Tile(0, 0, 0), Tile(1, 1, 0), Tile(2, 3, 1)], ids=str)
def test_the_largest_tiles_hold_the_city_too(demo_reader: Connection, demo: Folder, tmp_path: Path, tile: Tile):
    of = need_layer(demo_reader, demo.snapshot.edition.code, "place")
    assert len(decoded(area_tile(demo_reader, of, "place", tile), tile, tmp_path)) > 0


@pytest.mark.parametrize("tile", [Tile(1, 0, 0), Tile(14, 0, 0), Tile(22, 2**22 - 1, 2**22 - 1)], ids=str)
def test_a_tile_without_areas_is_empty(demo_reader: Connection, demo: Folder, tile: Tile):
    of = need_layer(demo_reader, demo.snapshot.edition.code, "unit_grid")
    assert area_tile(demo_reader, of, "unit_grid", tile) == b""


def test_a_layer_that_an_edition_lacks_has_no_key(demo_reader: Connection, demo: Folder):
    found = dated_sets.need(demo_reader, "edition", demo.snapshot.edition.code)
    assert layer_id(demo_reader, found.id, "nonesuch") is None
    assert layer_id(demo_reader, found.id + 10**6, "street") is None


def test_a_layer_tells_where_it_is_and_of_what_kind_its_properties_are(demo_reader: Connection, demo: Folder):
    of = need_layer(demo_reader, demo.snapshot.edition.code, "boundary_street")
    box, kinds = about_layer(demo_reader, of)
    assert box == pytest.approx(shapely.total_bounds(demo.snapshot.edition.layers["boundary_street"].geometries))
    assert kinds == {
        "inclusive": "boolean", "name_en": "string", "owner": "string", "width_m": "number", "wording": "string",
    }  # fmt: skip


def test_a_draft_with_faults_has_tiles_of_what_can_be_drawn(engine: Engine, tmp_path: Path):
    """A shape that is missing, one that crosses itself and one smaller than a cell stand in the way of no other."""
    speck = [[120.0, 30.0], [120.0 + 1e-7, 30.0], [120.0, 30.0 + 1e-7], [120.0, 30.0]]
    faulty = [area("X", BOW_TIE, S="S"), area("Y", None, S="S"), area("Z", speck, S="S")]
    load_city(engine, write_city(tmp_path, grids=[*GRIDS, *faulty]))
    with engine.connect() as connection:
        of = need_layer(connection, "S1", "grid")
        box, _ = about_layer(connection, of)
        assert box is not None
        for tile in around(*box, 10):
            found = decoded(area_tile(connection, of, "grid", tile), tile, tmp_path)
            assert {"A", "B"} <= set(found["code"]) <= {"A", "B", "X"}


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
        tiles = [(t, encoded) for t in near if (encoded := case_tile(connection, ALL, t))]
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


def numbers(connection: Connection, wanted: CaseFilter, tile: Tile, folder: Path) -> set[str]:
    found = decoded(case_tile(connection, wanted, tile), tile, folder, cut=False)
    return set(found["number"]) if len(found) else set()


def test_who_is_granted_one_street_sees_no_case_of_another_at_any_zoom(case_store: Engine, tmp_path: Path):
    """Also where the cases of two streets lie on one spot."""
    spots = [(120.22, 30.32), (120.2200001, 30.32), (120.23, 30.33)]
    cases = [made(areas={"street": s}, lon=lon, lat=lat) for s in ("S1", "S2") for lon, lat in spots]
    reach = Reach("1", frozenset({Term(("street", "S1"))}))
    own, all_of_them = {c.number for c in cases[:3]}, {c.number for c in cases}
    with case_store.connect() as connection:
        write_cases(connection, cases)
        for z in range(MOST_Z + 1):
            tiles = around(120.22, 30.32, 120.2200001, 30.32, z) + around(120.23, 30.33, 120.23, 30.33, z)
            seen = [
                set().union(*(numbers(connection, w, t, tmp_path) for t in tiles)) for w in (CaseFilter(reach), ALL)
            ]
            assert seen == [own, all_of_them]
        connection.rollback()


def test_a_case_tells_no_more_than_a_map_needs(case_store: Engine, tmp_path: Path):
    secret = {"description": "张三 13800000000", "address": "某路 1 号", "raw": {"phone": "13800000000"}}
    case = made(unit="U1", decision={"because": "张三"}, reported_by="collector.1", **secret)
    with case_store.connect() as connection:
        write_cases(connection, [case])
        tile = around(120.0, 30.0, 120.0, 30.0, 14)[0]
        encoded = case_tile(connection, ALL, tile)
        connection.rollback()
    found = decoded(encoded, tile, tmp_path)
    told = {
        "number": case.number, "status": "reported", "category": "06010", "unit": "U1",
        "reported_at": "2024-06-12T04:00:00Z",
    }  # fmt: skip
    assert found.drop(columns="geometry").to_dict("records") == [told]
    assert not any(word.encode() in encoded for word in ("13800000000", "张三", "某路", "collector"))


def test_a_tile_without_cases_is_empty(case_store: Engine):
    with case_store.connect() as connection:
        assert case_tile(connection, ALL, Tile(14, 0, 0)) == b""


def test_the_same_cases_are_the_same_bytes(case_store: Engine):
    cases = [made(lon=120.0 + i / 1000) for i in range(20)]
    tile, answers = around(120.0, 30.0, 120.0, 30.0, 8)[0], set()
    for order in (cases, cases[::-1]):
        with case_store.connect() as connection:
            write_cases(connection, order)
            answers.add(case_tile(connection, ALL, tile))
            connection.rollback()
    assert len(answers) == 1
