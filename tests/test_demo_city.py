"""The ground of the demo city: valid, seamless, exactly nested, coded by the scheme, and made by its generator."""

import gzip
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from demo_city_folder import FOLDER, ROOT, area_m2, layer, manifest

from gridsvc.spatial.numbering import reading_order

PARTITIONS = ["district", "street", "community", "grid", "unit_grid"]
PARENTS = [("street", "district"), ("community", "street"), ("grid", "street"), ("unit_grid", "community")]
CHAIN_PREFIX = {"street": 6, "community": 9, "grid": 9, "unit_grid": 12}


@pytest.mark.parametrize("code", [e["layer"] for e in manifest()["layers"]])
def test_every_geometry_is_valid(code: str) -> None:
    geometry = layer(code)["geometry"].to_numpy()
    assert len(geometry) > 0
    assert shapely.is_valid(geometry).all()


@pytest.mark.parametrize("code", [e["layer"] for e in manifest()["layers"]])
def test_every_coordinate_has_seven_decimals(code: str) -> None:
    xy = shapely.get_coordinates(layer(code)["geometry"].to_numpy())
    assert np.array_equal(xy, np.round(xy, 7))


@pytest.mark.parametrize("code", PARTITIONS)
def test_partition_has_neither_gap_nor_overlap(code: str) -> None:
    geometry = layer(code)["geometry"].to_numpy()
    assert shapely.coverage_is_valid(geometry)
    assert shapely.coverage_union_all(geometry).equals(layer("district")["geometry"].iloc[0])


@pytest.mark.parametrize("code", PARTITIONS)
def test_area_is_one_piece_without_holes(code: str) -> None:
    geometry = layer(code)["geometry"].to_numpy()
    assert set(shapely.get_type_id(geometry)) == {shapely.GeometryType.POLYGON}
    assert not shapely.get_num_interior_rings(geometry).any()


@pytest.mark.parametrize(("child", "parent"), PARENTS)
def test_parent_is_exactly_the_union_of_its_children(child: str, parent: str) -> None:
    children = layer(child)
    for code, whole in layer(parent)["geometry"].items():
        mine = children[children["code"].str.startswith(str(code))]["geometry"].to_numpy()
        assert len(mine) > 0
        assert shapely.coverage_union_all(mine).symmetric_difference(whole).is_empty


def test_every_grid_is_made_of_whole_unit_grids() -> None:
    cells, grids = layer("unit_grid")["geometry"].to_numpy(), layer("grid")["geometry"].to_numpy()
    inside = shapely.point_on_surface(cells)
    home = shapely.STRtree(grids).query(inside, predicate="within")
    assert home[0].tolist() == list(range(len(cells)))
    for i, whole in enumerate(grids):
        assert shapely.coverage_union_all(cells[home[0][home[1] == i]]).symmetric_difference(whole).is_empty


@pytest.mark.parametrize(("child", "parent"), PARENTS)
def test_code_begins_with_the_code_of_the_parent(child: str, parent: str) -> None:
    assert set(layer(child)["code"].str[: CHAIN_PREFIX[child]]) == set(layer(parent)["code"])


def test_codes_have_the_lengths_of_the_scheme() -> None:
    lengths = {c: set(layer(c)["code"].str.len()) for c in PARTITIONS}
    assert lengths == {"district": {6}, "street": {9}, "community": {12}, "grid": {12}, "unit_grid": {15}}


def test_counts_are_those_of_the_design() -> None:
    wanted = {"district": 1, "street": 6, "community": 30, "lane": 60, "zone": 2, "viaduct": 1, "strip": 1,
              "planning_area": 1, "contractor_area": 4}  # fmt: skip
    assert {code: len(layer(code)) for code in wanted} == wanted
    assert 1400 <= len(layer("unit_grid")) <= 1600
    assert len(layer("place")) >= 20


def test_every_street_has_four_or_five_grids() -> None:
    assert set(layer("grid")["code"].str[:9].value_counts()) <= {4, 5}


def test_unit_grids_are_about_ten_thousand_square_metres() -> None:
    size = area_m2(layer("unit_grid")["geometry"].to_numpy())
    assert 9_000 < np.median(size) < 11_000
    assert size.min() > 6_000
    assert (size < 16_000).mean() > 0.995


def test_unit_grids_are_not_squares() -> None:
    corners = shapely.get_num_coordinates(layer("unit_grid")["geometry"].to_numpy())
    assert np.median(corners) > 8


def test_unit_grids_are_numbered_by_rows_from_north_west() -> None:
    cells = layer("unit_grid").sort_index()
    for _, own in cells["geometry"].groupby(cells["code"].str[:12]):
        assert reading_order(own.to_numpy(), 100.0).tolist() == list(range(len(own)))


def test_lanes_run_along_the_borders_of_unit_grids() -> None:
    network = shapely.union_all(shapely.boundary(layer("unit_grid")["geometry"].to_numpy()))
    middles = [
        shapely.line_interpolate_point(g, np.linspace(0, 1, 40), normalized=True) for g in layer("lane")["geometry"]
    ]
    assert max(float(shapely.distance(m, network).max()) for m in middles) < 1e-9


def test_lanes_show_every_tier() -> None:
    assert set(layer("lane")["tier"]) == {"expressway", "arterial", "secondary", "branch", "alley"}


def test_boundary_streets_show_owned_disowned_and_orphaned_ones() -> None:
    streets = layer("boundary_street")
    assert len(streets) >= 8
    assert set(streets["owner"]) - {""} <= set(layer("grid")["code"])
    assert (streets["owner"] == "").sum() == 1
    assert set(streets.loc[streets["owner"] != "", "inclusive"]) == {True, False}


def test_boundary_streets_run_between_two_grids() -> None:
    grids = shapely.STRtree(layer("grid")["geometry"].to_numpy())
    for line in layer("boundary_street")["geometry"]:
        middle = shapely.line_interpolate_point(line, [0.3, 0.5, 0.7], normalized=True)
        touched = grids.query(middle, predicate="dwithin", distance=1e-9)
        assert np.bincount(touched[0], minlength=3).min() == 2


def test_folder_stays_small() -> None:
    sizes = [f.stat().st_size for f in FOLDER.rglob("*") if f.is_file()]
    assert sum(sizes) < 3_000_000
    assert max(sizes) < 1_500_000


def test_manifest_names_files_that_exist() -> None:
    named = [e["file"] for e in manifest()["layers"]] + list(manifest()["tables"].values())
    assert [n for n in named if not (FOLDER / n).is_file()] == []


@pytest.fixture(scope="module")
def made_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo_city")
    subprocess.run(
        [sys.executable, ROOT / "tools" / "make_demo_city.py", "--out", out], check=True, capture_output=True
    )
    return out


@pytest.mark.slow
def test_generator_makes_the_committed_text_files_again(made_again: Path) -> None:
    for path in sorted(made_again.rglob("*")):
        committed = FOLDER / path.relative_to(made_again)
        if path.suffix in (".json", ".csv", ".geojson"):
            assert path.read_bytes() == committed.read_bytes(), path.name
        elif path.suffix == ".gz":
            assert gzip.decompress(path.read_bytes()) == gzip.decompress(committed.read_bytes())


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["components.parquet", "cases.parquet", "lane.fgb", "contractor_area.gpkg", "2024-2/components.parquet"],
)
def test_generator_makes_the_committed_tables_again(made_again: Path, name: str) -> None:
    read = gpd.read_parquet if name.endswith("parquet") else gpd.read_file
    pd.testing.assert_frame_equal(pd.DataFrame(read(made_again / name)), pd.DataFrame(read(FOLDER / name)))
