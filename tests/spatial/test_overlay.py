"""Whatever the ground and wherever the cells: both ways say of every point what rational numbers say."""

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import (
    HOME,
    SIZE_DEG,
    VALID,
    crumbs_and_giants,
    drafts,
    exactly_covering,
    fan,
    long_ring,
    squares,
    trial_points,
    whole_lattice,
)

from gridsvc.spatial import compile_overlay
from gridsvc.spatial.coverage_index import CoverageIndex, Ground
from gridsvc.spatial.overlay import CROWDED, INSIDE, ON
from gridsvc.spatial.raster import Raster

NOTHING_LEARNED = np.zeros(0, np.int64), np.zeros(0, np.int32)
nine = pytest.mark.parametrize("ground", [*VALID, drafts], ids=lambda f: f.__name__)
seeds = st.integers(0, 2**32 - 1)


def covering(index: CoverageIndex, points: np.ndarray) -> list[list[int]]:
    """The areas that hold each point, which its set holds too wherever the index knows the set by itself."""
    lon, lat = points.T
    start, packed = index.describe(lon, lat, 0.0)
    found = [(packed[a:b] >> 3).tolist() for a, b in pairwise(start)]
    t = index.tables
    for row, number in enumerate(index.sets_of(lon, lat, 0.0, NOTHING_LEARNED).tolist()):
        if number >= 0:
            assert t.areas[t.set_start[number] : t.set_start[number + 1]].tolist() == found[row]
    return found


def wrong(shapes: np.ndarray, index: CoverageIndex, points: np.ndarray) -> list[tuple[float, float]]:
    """The points of which the index does not say what rational numbers say."""
    found, exactly = covering(index, points), exactly_covering(shapes, points)
    return [tuple(p) for p, ours, truth in zip(points.tolist(), found, exactly, strict=True) if ours != truth]


@pytest.mark.parametrize("ground", VALID, ids=lambda f: f.__name__)
@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_every_area_of_every_point_is_exact(compiled, ground, seed):
    rng = np.random.default_rng(seed)
    shapes = ground(rng)
    index = CoverageIndex.over([Ground(shapes)], compiled)
    assert wrong(shapes, index, trial_points(shapes, rng, 8, index.tables.frame)) == []


def test_rings_of_thousands_of_vertices_are_exact(compiled):
    rng = np.random.default_rng(5)
    shapes = long_ring(rng)
    index = CoverageIndex.over([Ground(shapes)], compiled)
    assert wrong(shapes, index, trial_points(shapes, rng, 4, index.tables.frame)) == []


@st.composite
def rasters(draw) -> tuple[float, float, float, float]:
    """How far the first corner lies off the ground, and the size of a cell: binary fractions and any others."""
    cell = st.integers(-14, -9).map(lambda k: 2.0**k) | st.floats(0.00005, 0.01)
    return draw(st.sampled_from([1.0, 1.5, 2.0])), draw(st.sampled_from([1.0, 1.25])), draw(cell), draw(cell)


@pytest.mark.parametrize("ground", [squares, whole_lattice, fan], ids=lambda f: f.__name__)
@settings(max_examples=20, deadline=None)
@given(seed=seeds, raster=rasters())
def test_it_does_not_matter_where_the_cells_lie(compiled, ground, seed, raster):
    rng = np.random.default_rng(seed)
    shapes = ground(rng)
    west, south, east, north = shapely.total_bounds(shapes)
    off_x, off_y, width, height = raster
    laid = Raster(west - off_x * width, south - off_y * height, width, height,
                  int((east - west) / width) + 4, int((north - south) / height) + 4)  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compile_overlay, "raster_over", lambda *_: laid)
        index = CoverageIndex.over([Ground(shapes)], compiled)
    assert index.tables.frame.width == width
    assert wrong(shapes, index, trial_points(shapes, rng, 8, index.tables.frame)) == []


@nine
@settings(max_examples=10, deadline=None)
@given(seed=seeds)
def test_the_tables_are_the_same_with_and_without_a_compiler(numba, ground, seed):
    rng = np.random.default_rng(seed)
    shapes = ground(rng)
    reaching = Ground(shapely.points(shapely.get_coordinates(shapes)[:5]), np.array([0.0, 3.0, 9.0, 27.0, 81.0]))
    one, other = (CoverageIndex.over([Ground(shapes), reaching, Ground(shapes[::3])], way) for way in (True, False))
    assert one.tables.frame == other.tables.frame
    for name, a, b in zip(one.tables._fields[1:], one.tables[1:], other.tables[1:], strict=True):
        assert (name, a.dtype, a.tolist()) == (name, b.dtype, b.tolist())


@pytest.mark.parametrize("ground", [whole_lattice, fan], ids=lambda f: f.__name__)
@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_a_point_of_a_partition_is_inside_one_area_or_on_the_boundary_of_several(compiled, ground, seed):
    rng = np.random.default_rng(seed)
    shapes = ground(rng)
    index = CoverageIndex.over([Ground(shapes)], compiled)
    points = trial_points(shapes, rng, 60, index.tables.frame)
    points = points[shapely.contains_xy(shapely.coverage_union_all(shapes), *points.T)]
    start, packed = index.describe(*points.T, 0.0)
    of = np.repeat(np.arange(len(points)), np.diff(start))
    inside = np.bincount(of[packed & 7 == INSIDE], minlength=len(points))
    on = np.bincount(of[packed & 7 == ON], minlength=len(points))
    assert (((inside == 1) & (on == 0)) | ((inside == 0) & (on >= 2))).all()


@settings(max_examples=25, deadline=None)
@given(seed=seeds)
def test_a_draft_that_is_not_valid_is_filled_by_even_and_odd(compiled, seed):
    rng = np.random.default_rng(seed)
    shapes = drafts(rng)
    index = CoverageIndex.over([Ground(shapes)], compiled)
    assert wrong(shapes, index, trial_points(shapes, rng, 10, index.tables.frame)) == []


def test_two_hundred_copies_of_one_area_all_hold_its_points(compiled):
    rng = np.random.default_rng(8)
    one = shapely.box(120.0, 30.0, 120.01, 30.01)
    index = CoverageIndex.over([Ground(np.array([one] * 200))], compiled)
    points = trial_points(np.array([one]), rng, 10)
    once = exactly_covering(np.array([one]), points)
    assert [len(held) for held in covering(index, points)] == [200 * len(held) for held in once]


def test_many_areas_at_one_vertex_make_a_crowded_record():
    t = CoverageIndex.over([Ground(fan(np.random.default_rng(1)))]).tables
    assert CROWDED in t.records[~t.cells[t.cells < 0] + 1]


@pytest.mark.parametrize(
    "shapes",
    [
        [shapely.box(-180, -90, 0, 90), shapely.box(0, -90, 180, 90)],
        [shapely.box(179.9, 10, 180, 10.1), shapely.box(-180, 10, -179.9, 10.1)],
        [shapely.box(-180, 89, 180, 90), shapely.Polygon([(0, 89.99), (9, 89), (4, 90)])],
        [shapely.box(120, 30, np.nextafter(120, 121), np.nextafter(30, 31))],
        [shapely.box(-0.0, -0.0, 1, 1), shapely.box(-1, -1, 0.0, 0.0)],
        [shapely.Polygon([(0, 5), (9, 5), (4, 5)])],
    ],
    ids=["the world", "at the antimeridian", "at the pole", "an ulp wide", "minus zero", "no area"],
)  # fmt: skip
def test_the_ends_of_the_world_are_exact(compiled, shapes):
    rng = np.random.default_rng(3)
    index = CoverageIndex.over([Ground(np.array(shapes))], compiled)
    corners = [(-180.0, -90.0), (180.0, 90.0), (-0.0, 0.0), (0.0, -0.0), (180.0, 0.0), (0.0, 90.0)]
    points = np.clip(np.vstack([trial_points(np.array(shapes), rng, 20), corners]), (-180, -90), (180, 90))
    assert wrong(np.array(shapes), index, points) == []


def test_a_few_areas_with_very_many_vertices_have_small_cells_all_the_same():
    # The edges alone take more memory than is granted for the areas.
    angle = np.linspace(0.0, 2.0 * np.pi, 60_000, endpoint=False)
    disc = shapely.Polygon(HOME + SIZE_DEG * np.column_stack([np.cos(angle), np.sin(angle)]))
    points = HOME + SIZE_DEG * np.random.default_rng(6).uniform(-1, 1, (1000, 2))
    index = CoverageIndex.over([Ground(np.array([disc]))], compiled=False)
    f = index.tables.frame
    column, row = ((points - (f.west, f.south)) * (f.per_width, f.per_height)).astype(int).T
    assert (index.tables.cells[row * f.columns + column] < 0).mean() < 0.2


def test_stray_areas_leave_the_city_exact(compiled):
    rng = np.random.default_rng(4)
    shapes = np.append(crumbs_and_giants(rng), shapely.box(-70.0, -30.0, -69.0, -29.0))
    index = CoverageIndex.over([Ground(shapes)], compiled)
    assert wrong(shapes, index, trial_points(shapes, rng, 20)) == []
