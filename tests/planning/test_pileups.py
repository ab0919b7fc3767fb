"""What a notebook is told of cases that a geocoder piled up."""

import pytest
import shapely

from gridsvc.bootstrap import Folder
from gridsvc.planning import past_cases, pileups

CENTRE = shapely.Point(120.2249, 30.3196)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:4549"])
def test_each_pileup_has_its_place_its_size_and_its_rows(demo: Folder, crs: str):
    cases = past_cases(demo).drop(columns=["lon", "lat"])
    cases.index = [f"case {i}" for i in range(len(cases))]
    moved = cases.sample(40, random_state=1).index
    cases.loc[moved, "geometry"] = CENTRE
    [pile] = pileups(cases.to_crs(crs)).itertuples()
    assert (pile.cases, sorted(pile.rows)) == (40, sorted(moved))
    assert pile.believable < 40
    assert pile.geometry.equals_exact(CENTRE, 1e-6)


def test_without_pileups_or_labels_the_table_is_empty(demo: Folder):
    cases = past_cases(demo)
    for table in (cases, cases[:0], cases[["geometry"]]):
        assert list(pileups(table).columns) == ["cases", "believable", "rows", "geometry"]
        assert pileups(table).empty
