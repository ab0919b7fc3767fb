"""Faults of a folder as a table: the same as the command names, with their ground."""

from pathlib import Path

import pytest
import shapely
from small_city import GRIDS, write_city

from gridsvc.errors import NotFound
from gridsvc.planning import areas, checked, read_city
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.topology import check_edition


def test_a_clean_folder_has_no_errors(tmp_path: Path):
    found = checked(write_city(tmp_path))
    assert list(found[found["severity"] == "error"]["id"]) == []
    assert found.crs == "EPSG:4326"


def test_a_missing_grid_is_a_gap_with_its_ground(tmp_path: Path):
    folder = write_city(tmp_path, grids=GRIDS[1:])
    found = checked(folder)
    gap = found[(found["id"] == "gap") & (found["layer"] == "grid")].iloc[0]
    missing = shapely.geometry.shape(GRIDS[0]["geometry"])
    assert gap.geometry.symmetric_difference(missing).area < 1e-9
    report = check_edition(*_read(folder))
    assert [(f.id, f.layer, list(f.codes), f.measure) for f in report.findings] == list(
        found[["id", "layer", "codes", "measure"]].itertuples(index=False, name=None)
    )


def test_a_layer_drawn_otherwise_is_checked_as_if_it_were_in_the_folder(tmp_path: Path):
    whole, short = write_city(tmp_path / "whole"), write_city(tmp_path / "short", grids=GRIDS[1:])
    drawn = areas(read_city(whole)[0], "grid")
    fewer = drawn[drawn["code"] != GRIDS[0]["properties"]["code"]]
    told, written = checked(whole, instead={"grid": fewer}), checked(short)
    columns = ["id", "layer", "measure", "en"]
    assert told[columns].to_numpy().tolist() == written[columns].to_numpy().tolist()
    assert "gap" in set(told["id"])


def test_a_layer_that_the_folder_does_not_have_cannot_be_drawn_otherwise(tmp_path: Path):
    folder = write_city(tmp_path)
    with pytest.raises(NotFound, match="no such layer"):
        checked(folder, instead={"lost": areas(read_city(folder)[0], "grid")})


def _read(folder: Path):
    edition, manifest = read_folder(folder)
    return edition, lambda _: None, manifest.declared
