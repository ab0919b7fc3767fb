"""Who patrols where is counted once, and where others see what patrols do not is told apart from chance."""

import geopandas as gpd
import numpy as np
import pytest
from drawing import areas as drawn
from shapely.geometry import LineString

from gridsvc import Router
from gridsvc.planning import areas, overlooked, posted

PICTURE = """
AABB
AABB
"""


def city(picture: str = PICTURE) -> tuple[Router, gpd.GeoDataFrame]:
    shapes = drawn(picture)
    frame = gpd.GeoDataFrame({"code": list(shapes)}, geometry=list(shapes.values()), crs=4326)
    router = Router.from_frames({"grid": frame})
    return router, areas(router, "grid")


def cases_in(frame: gpd.GeoDataFrame, told: dict[str, list[str]]) -> gpd.GeoDataFrame:
    middle = frame.set_index("code").representative_point()
    rows = [(source, middle[code]) for code, sources in told.items() for source in sources]
    return gpd.GeoDataFrame({"source": [s for s, _ in rows]}, geometry=[p for _, p in rows], crs=4326)


def posts(rows: list[tuple[str, str | None, object]]) -> gpd.GeoDataFrame:
    role, person, shape = zip(*rows, strict=True) if rows else ((), (), ())
    return gpd.GeoDataFrame({"role": role, "person": person}, geometry=list(shape), crs=4326)


def test_nobody_posted_is_nobody_and_not_unknown():
    assert posted(city()[1], posts([]), ["grid_worker"]).tolist() == [0, 0]


def test_people_count_once_in_their_area_and_those_of_the_whole_city_in_none():
    frame = city()[1]
    a, b = frame.geometry
    west, south, _, north = b.bounds
    border = LineString([(west, south), (west, (south + north) / 2), (west, north)])
    there = posts(
        [
            ("grid_worker", "p1", a),
            ("steward", "p1", a),
            ("grid_worker", None, a),
            ("chief", "p2", a),
            ("steward", "p3", border),
            ("grid_worker", "p4", a.union(b)),
            ("grid_worker", "p5", None),
        ]
    )
    assert posted(frame, there, ["grid_worker", "steward"]).tolist() == [2, 0]


def test_without_cases_nothing_is_overlooked():
    router, frame = city()
    found = overlooked(router, cases_in(frame, {}), frame, "grid")
    assert found[["n", "patrol", "others"]].to_numpy().tolist() == [[0, 0, 0]] * 2
    assert found[["percent", "low", "high", "p"]].isna().all(axis=None)
    assert not found["overlooked"].any()


def test_where_others_see_what_patrols_do_not_is_named():
    router, frame = city()
    seen = {"A": ["patrol"] * 40 + ["app"] * 20, "B": ["patrol"] * 4 + ["hotline_12345"] * 26}
    found = overlooked(router, cases_in(frame, seen), frame, "grid").set_index("code")
    assert found.loc["A", ["n", "patrol", "others"]].tolist() == [60, 40, 20]
    assert found["overlooked"].tolist() == [False, True]
    assert found.loc["B", "percent"] == pytest.approx(100 * 26 / 30)
    # Wilson's interval, by hand.
    z, n, share = 1.959964, 30, 26 / 30
    middle, half = share + z**2 / (2 * n), z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    ends = [100 * (middle + sign * half) / (1 + z**2 / n) for sign in (-1, 1)]
    assert found.loc["B", ["low", "high"]].tolist() == pytest.approx(ends)


def test_a_few_reports_of_others_are_no_proof():
    router, frame = city()
    seen = {"A": ["patrol"] * 40 + ["app"] * 40, "B": ["app", "app", "patrol"]}
    assert not overlooked(router, cases_in(frame, seen), frame, "grid")["overlooked"].any()
