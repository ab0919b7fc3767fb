"""Tiles of areas hold what the tables hold: each area whole."""

import gzip
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from decoded import decoded
from numpy.typing import NDArray
from small_city import BOW_TIE, GRIDS, area, load_city, write_city
from sqlalchemy import Connection, Engine
from squares import HALF_WORLD_M, around, cell_m, to_metres

from gridsvc.bootstrap import Folder
from gridsvc.services.current import CurrentRouter
from gridsvc.services.tiles import Tiles, packed
from gridsvc.spatial.drawn import Drawing
from gridsvc.spatial.mercator import CELLS, MARGIN_CELLS, Tile, tiles_over
from gridsvc.spatial.outlines import EXACT_Z, OFF_PX, TILE_PX
from gridsvc.store import dated_sets
from gridsvc.store.areas import read_edition
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from gridsvc.store.tiles import about_layer, layer_id
from tests.conftest import NOON


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


@pytest.fixture(scope="module")
def drawing(demo: Folder) -> Drawing:
    return Drawing(demo.snapshot.edition)


def off_m(z: int) -> float:
    """How far a drawn line may be from the real one: half a pixel until all is exact, and the net of cells."""
    side_m = CELLS * cell_m(z)
    return (0.0 if z >= EXACT_Z else OFF_PX * side_m / TILE_PX) + 0.75 * cell_m(z)


LAYERS = ["street", "grid", "unit_grid", "lane", "viaduct", "boundary_street", "place"]


@pytest.mark.parametrize(
    ("code", "z"), [*((code, z) for code in LAYERS for z in (10, 13)), ("street", 15), ("grid", 16)]
)
def test_all_tiles_of_a_zoom_together_are_the_layer(drawing: Drawing, tmp_path: Path, code: str, z: int):
    """Shapes are put together again and compared with the originals."""
    layer = drawing.edition.layers[code]
    tiles = around(*shapely.total_bounds(layer.geometries), z)
    found = pd.concat([decoded(drawing.tile(code, t), t, tmp_path) for t in tiles])
    whole = gpd.GeoSeries(found.geometry, crs=3857).groupby(found["code"]).agg(lambda parts: shapely.union_all(parts))
    truth = gpd.GeoSeries(layer.geometries, index=layer.codes, crs=4326).to_crs(3857)
    missing = [one for one in layer.codes if one not in whole.index]
    # What is gone is slimmer than what may be moved.
    assert [one for one in missing if truth[one].area > truth[one].length * off_m(z)] == []
    assert missing == [] or z < 13
    assert [one for one in whole.index if not alike(whole[one], truth[one], z)] == []


def to_tuple(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(to_metres(lonlat[:, 0], lonlat[:, 1]))


def alike(found: Any, truth: Any, z: int) -> bool:
    """Whether two shapes are the same but for lines that were moved by no more than may be."""
    if truth.area:
        return bool(shapely.symmetric_difference(found, truth).area <= truth.length * off_m(z))
    if truth.length:
        apart = (found.difference(truth.buffer(off_m(z))), truth.difference(found.buffer(off_m(z))))
        return all(part.length <= 2 * off_m(z) for part in apart)
    return bool(found.distance(truth) <= off_m(z))


@pytest.mark.parametrize("z", [0, 10, 13, 16])
@pytest.mark.parametrize("code", ["street", "unit_grid", "lane", "place"])
def test_every_area_has_one_label_in_one_tile(drawing: Drawing, tmp_path: Path, z: int, code: str):
    layer = drawing.edition.layers[code]
    shapes = shapely.transform(layer.geometries, to_tuple)
    west, south, east, north = shapely.total_bounds(layer.geometries)
    tiles = around(west, south, east, north, z) if z < 16 else around((west + east) / 2, south, east, north, z)
    name = f"{code}_label"
    made = [(t, drawing.tile(code, t)) for t in tiles]
    labels = pd.concat([decoded(tile, t, tmp_path, cut=False, layer=name) for t, tile in made])
    assert labels["code"].is_unique
    if z < 16:
        assert sorted(labels["code"]) == sorted(layer.codes)
    row = layer.position_of
    away_m = [
        shapely.distance(point, shapes[row[of]]) for of, point in zip(labels["code"], labels.geometry, strict=True)
    ]
    # A label lies at the corner of its cell.
    assert max(away_m, default=0.0) <= 2**0.5 * cell_m(z)
    assert list(labels["name"]) == [layer.names[row[of]] for of in labels["code"]]
    english = [layer.props[row[of]].get("name_en") for of in labels["code"]]
    if any(english):
        assert [said or None for said in labels["name_en"].fillna("")] == english


@pytest.mark.parametrize("z", [9, 11, 13, 16])
def test_neighbours_meet_in_a_tile_and_leave_no_ground_between_them(drawing: Drawing, tmp_path: Path, z: int):
    west, south, east, north = shapely.total_bounds(drawing.edition.layers["district"].geometries)
    tile = around(*[(west + east) / 2, (south + north) / 2] * 2, z)[0]
    grids = decoded(drawing.tile("unit_grid", tile), tile, tmp_path, cut=False).geometry.to_numpy()
    together = shapely.union_all(grids)
    # What overlaps or is left open comes from the net of cells alone.
    length_m = float(shapely.length(grids).sum())
    assert float(shapely.area(grids).sum()) - together.area <= 0.1 * length_m * cell_m(z)
    holes = [shapely.Polygon(ring).area for part in shapely.get_parts(together) for ring in part.interiors]
    assert sum(holes) <= 0.1 * length_m * cell_m(z)


def test_boundaries_are_drawn_once_from_the_zoom_at_which_their_layer_shows(drawing: Drawing, tmp_path: Path):
    west, south, east, north = shapely.total_bounds(drawing.edition.layers["district"].geometries)
    levels = ("district", "street", "community", "grid", "unit_grid")
    for z, n in ((5, 1), (9, 2), (11, 3), (12, 4), (13, 5)):
        tiles = around(west, south, east, north, z)
        found = [decoded(drawing.tile("edges", t), t, tmp_path) for t in tiles]
        edges = pd.concat([one for one in found if len(one)])
        shown = (*levels[:2], "grid") if n == 3 else levels[:n]
        assert set(edges["level"]) == set(shown)
        within = edges[edges["level"] != "district"]
        assert len(within) == 0 or within[["left", "right"]].notna().all(axis=None)
        # Outside the district is nobody.
        assert "left" not in edges or edges[edges["level"] == "district"]["left"].isna().all()


def test_boundary_streets_are_bands_on_the_side_of_their_owner(drawing: Drawing, tmp_path: Path):
    layer = drawing.edition.layers["boundary_street"]
    tiles = around(*shapely.total_bounds(layer.geometries), 15)
    found = pd.concat([decoded(drawing.tile("bands", t), t, tmp_path) for t in tiles])
    assert set(found["lane"]) == set(layer.codes)
    assert set(found["state"]) <= {"owned", "unowned", "contested"}
    by_lane = found.drop_duplicates("lane").set_index("lane")
    for code, props in zip(layer.codes, layer.props, strict=True):
        assert (by_lane.loc[code, "state"] == "unowned") == (not props.get("owner"))


def test_tiles_of_a_published_edition_are_made_once_and_their_memory_is_bounded(
    cluster: Cluster, demo_template: str, demo: Folder
):
    engine = make_engine(cluster.make_database("tiles_kept", demo_template), 2)
    current = CurrentRouter(engine, lambda: NOON)
    tiles, poor = Tiles(engine, current), Tiles(engine, current, most_bytes=3_000)
    found = current.set_of()
    first, second = Tile(10, 853, 421), Tile(13, 6831, 3370)
    for made in (tiles, poor):
        assert made.kept(found.id, "street", first) is None
        assert made.tile(found, "street", first) is made.tile(found, "street", first) or made is poor
    assert tiles.kept(found.id, "street", first) == tiles.tile(found, "street", first)
    for x in range(5):
        poor.tile(found, "street", Tile(13, second.x + x, second.y))
    assert poor.kept(found.id, "street", first) is None
    assert tiles.tile(found, "components", Tile(14, 13663, 6741)) is not None
    assert tiles.kept(found.id, "components", Tile(14, 13663, 6741)) is None
    engine.dispose()


def test_what_a_first_look_asks_for_is_made_ahead_piece_by_piece(
    cluster: Cluster, demo_template: str, demo: Folder, tmp_path: Path
):
    engine = make_engine(cluster.make_database("tiles_ahead", demo_template), 2)
    current = CurrentRouter(engine, lambda: NOON)
    tiles = Tiles(engine, current, tmp_path)
    tiles.prepare()
    assert not list(tmp_path.iterdir()), "nothing holds yet that is at hand"
    found, pieces = current.set_of(), 0
    whole = list(tiles_over(demo.snapshot.edition.bounds_deg, 13))
    wanted = [(layer, tile) for layer in (*demo.snapshot.edition.layers, "edges", "bands") for tile in whole]
    while any(tiles.kept(found.id, *one) is None for one in wanted):
        began_s = time.monotonic()
        tiles.prepare()
        pieces += 1
        assert pieces < 200, "it goes on for ever"
        assert time.monotonic() - began_s < 30.0
        current.look()
    assert list(tmp_path.glob("*.pmtiles"))
    assert tiles.kept(found.id, "unit_grid", Tile(18, 1 << 17, 1 << 16)) is None
    engine.dispose()


def test_while_one_thread_makes_tiles_ahead_another_does_nothing(
    cluster: Cluster, demo_template: str, monkeypatch: pytest.MonkeyPatch
):
    engine = make_engine(cluster.make_database("tiles_twice", demo_template), 2)
    current = CurrentRouter(engine, lambda: NOON)
    current.look()
    tiles, own, other = Tiles(engine, current), Drawing.tile, list[float]()

    def asked_meanwhile(self: Drawing, name: str, tile: Tile) -> bytes:
        if not other:
            other.append(time.monotonic())
            thread = threading.Thread(target=tiles.prepare)
            thread.start()
            thread.join(timeout=20)
            assert not thread.is_alive(), "it waits for the first one"
        return own(self, name, tile)

    with monkeypatch.context() as patched:
        failed: list[object] = []
        patched.setattr(threading, "excepthook", failed.append)
        patched.setattr(Drawing, "tile", asked_meanwhile)
        tiles.prepare()
    assert other
    assert not failed
    engine.dispose()


def test_the_city_as_a_whole_is_made_before_what_is_laid_out_for_seconds(
    cluster: Cluster, demo_template: str, monkeypatch: pytest.MonkeyPatch
):
    engine = make_engine(cluster.make_database("tiles_order", demo_template), 2)
    current = CurrentRouter(engine, lambda: NOON)
    tiles, drawn, own = Tiles(engine, current), list[tuple[str, Tile]](), Drawing.tile

    def noted(self: Drawing, name: str, tile: Tile) -> bytes:
        drawn.append((name, tile))
        return own(self, name, tile)

    monkeypatch.setattr(Drawing, "tile", noted)
    for _ in range(200):
        current.look()
        tiles.prepare()
    late = [name == "unit_grid" or (name == "edges" and tile.z >= 13) for name, tile in drawn]
    assert late == sorted(late)
    assert {True, False} == set(late)
    assert len(drawn) == len(set(drawn)), "nothing is made twice"
    assert abs(drawn[0][1].z - 13) <= 1, "the zoom of the whole city comes first"
    engine.dispose()


def test_a_packed_tile_is_the_same_for_the_same_bytes():
    one, other, nothing = packed(b"abc" * 100), packed(b"abc" * 100), packed(b"")
    assert one == other
    assert gzip.decompress(one.body) == b"abc" * 100
    assert nothing.body == b""
    assert one.etag != nothing.etag


def test_an_area_has_the_attributes_of_its_geojson(drawing: Drawing, tmp_path: Path):
    layer = drawing.edition.layers["lane"]
    tile = around(*shapely.total_bounds(layer.geometries), 8)[0]
    found = decoded(drawing.tile("lane", tile), tile, tmp_path).set_index("code")
    assert set(found.columns) == {"name", "unit", "name_en", "tier", "width_m", "geometry"}  # no lane has a parent
    for i, code in enumerate(layer.codes):
        row, props = found.loc[code], dict(layer.props[i])
        assert (row["name"], row.dropna().get("unit")) == (layer.names[i], layer.units[i])
        assert (row["name_en"], row["tier"], row["width_m"]) == (props["name_en"], props["tier"], props["width_m"])


def test_what_is_drawn_goes_on_a_little_beyond_the_edge(drawing: Drawing, tmp_path: Path):
    west, south, east, north = shapely.total_bounds(drawing.edition.layers["district"].geometries)
    tile = around(*[(west + east) / 2, (south + north) / 2] * 2, 16)[0]  # wholly inside the district
    shape = decoded(drawing.tile("district", tile), tile, tmp_path, cut=False).geometry[0]
    side_m, margin_m = CELLS * cell_m(16), MARGIN_CELLS * cell_m(16)
    assert shape.bounds == pytest.approx(
        (
            tile.x * side_m - HALF_WORLD_M - margin_m, HALF_WORLD_M - (tile.y + 1) * side_m - margin_m,
            (tile.x + 1) * side_m - HALF_WORLD_M + margin_m, HALF_WORLD_M - tile.y * side_m + margin_m,
        ), abs=1e-3,
    )  # fmt: skip


@pytest.mark.parametrize("tile", [Tile(0, 0, 0), Tile(1, 1, 0), Tile(2, 3, 1)], ids=str)
def test_the_largest_tiles_hold_the_city_too(drawing: Drawing, tmp_path: Path, tile: Tile):
    assert len(decoded(drawing.tile("place", tile), tile, tmp_path)) > 0


@pytest.mark.parametrize("tile", [Tile(1, 0, 0), Tile(14, 0, 0), Tile(22, 2**22 - 1, 2**22 - 1)], ids=str)
def test_a_tile_without_areas_is_empty(drawing: Drawing, tile: Tile):
    assert drawing.tile("unit_grid", tile) == b""


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
        edition = read_edition(connection, dated_sets.need(connection, "edition", "S1"))
        for z in (10, 17):
            for tile in around(*edition.layers["grid"].bounds_deg, z)[:20]:
                found = decoded(Drawing(edition).tile("grid", tile), tile, tmp_path)
                seen = set(found["code"]) if len(found) else set()
                assert seen <= {"A", "B", "X"}
                assert z > 10 or {"A", "B"} <= seen
                Drawing(edition).tile("edges", tile)
