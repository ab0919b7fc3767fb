"""The benchmarks' city is what their page says: a coverage of irregular cells, nested by code, the same every time."""

import numpy as np
import pytest
import shapely

from benchmarks.city import LAT_M, LON_M, City
from benchmarks.points import everyday, hard

CITY = City.of(2_000)


@pytest.mark.parametrize(("asked", "size"), [(1, (1, 1)), (20_000, (160, 125)), (200_000, (500, 400))])
def test_a_city_has_as_many_unit_grids_as_asked_for(asked, size):
    city = City.of(asked)
    assert (city.columns, city.rows) == size


@pytest.mark.parametrize("n", [1, 2, 7, 150])
def test_small_cities_are_coverages_too(n):
    cells = City.of(n).unit_grids
    assert len(cells) >= n
    assert shapely.is_valid(cells.geometry.values).all()
    assert shapely.coverage_is_valid(cells.geometry.values)


def test_unit_grids_are_a_coverage_of_10_000_m2_and_50_vertices_each():
    cells = CITY.unit_grids.geometry.values
    assert shapely.coverage_is_valid(cells)
    assert shapely.area(shapely.union_all(cells)) == pytest.approx(shapely.area(cells).sum())  # no overlap, no gap
    assert shapely.area(cells).mean() * LON_M * LAT_M == pytest.approx(10_000, rel=0.01)
    vertices = shapely.get_num_coordinates(cells) - 1
    assert 45 < vertices.mean() < 55
    assert vertices.max() > 2 * vertices.min()


def test_layers_nest_by_code_and_ground():
    frames = CITY.frames
    for name, above in (("unit_grid", "community"), ("community", "street"), ("grid", "street")):
        frame, parents = frames[name], frames[above].set_index("code").geometry
        assert frame["code"].is_unique
        assert frame["code"].is_monotonic_increasing
        own = frame.representative_point().values
        assert shapely.within(own, parents.reindex(frame["parent"]).values).all()
        assert shapely.coverage_is_valid(frame.geometry.values)
    assert set(frames["unit_grid"]["code"].str.len()) == {15}


def test_the_same_seed_gives_the_same_city_and_points_bit_by_bit():
    assert np.array_equal(CITY.coordinates, City.of(2_000).coordinates)
    assert not np.array_equal(CITY.coordinates, City.of(2_000, seed=2).coordinates)
    assert np.array_equal(everyday(CITY, 100), everyday(CITY, 100))


def test_everyday_points_lie_near_edges_and_outside_in_their_shares():
    points = shapely.points(everyday(CITY, 10_000))
    tree = shapely.STRtree(CITY.unit_grids.geometry.values)
    inside = len(np.unique(tree.query(points, predicate="intersects")[0]))
    assert 0.9 < inside / len(points) < 0.98


def test_hard_points_are_as_hard_as_they_say():
    sets = hard(CITY, 500)
    vertices = {tuple(v) for v in CITY.coordinates}
    assert {tuple(v) for v in sets["vertices"]} <= vertices
    assert set(sets["same latitude as a vertex"][:, 1]) <= {y for _, y in vertices}
    assert set(sets["same longitude as a vertex"][:, 0]) <= {x for x, _ in vertices}
    edges = shapely.STRtree(shapely.boundary(CITY.unit_grids.geometry.values))
    for kind in ("edge midpoints", "1 ulp off an edge"):
        _, distance = edges.query_nearest(shapely.points(sets[kind]), return_distance=True)
        assert distance.max() < 1e-12
