"""The benchmarks' own check finds a wrong answer, and finds none in the product, with and without its compiler."""

import numpy as np
import pytest
import shapely

from benchmarks.bulk_location import exactness
from benchmarks.city import City
from benchmarks.product import FINEST, finest_of, located, located_one, without_compiler
from benchmarks.sizes import QUICK
from gridsvc import Router

CITY = City.of(QUICK.grids[0])


def test_a_careless_way_to_answer_is_found_out():
    centres = shapely.get_coordinates(shapely.centroid(CITY.unit_grids.geometry.values))

    def nearest_centre(xy):
        return np.array([np.argmin(((centres - point) ** 2).sum(axis=1)) for point in xy])

    compared, wrong = exactness(CITY, [nearest_centre], 50)
    assert compared == 300
    assert wrong > 30


@pytest.mark.slow
def test_hard_points_are_located_exactly_with_and_without_the_compiler():
    router = Router.from_frames({FINEST: CITY.unit_grids})
    with without_compiler(CITY.unit_grids) as numpy_only:
        ways = [lambda xy: located(router, xy), lambda xy: numpy_only(xy)()[1]]
        assert exactness(CITY, ways, QUICK.hard) == (2 * 6 * QUICK.hard, 0)


def test_one_point_a_call_is_answered_as_all_at_once():
    router, xy = Router.from_frames(CITY.frames), CITY.coordinates[:20]
    one = located_one(router)
    assert [finest_of(router, one(*point)) for point in xy.tolist()] == located(router, xy).tolist()
