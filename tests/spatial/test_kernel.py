"""The compiled way and the way by numpy say the same, digit for digit, wherever anything is near or reaches."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import HOME, SIZE_DEG, VALID, drafts, fan, small_damage, squares, trial_points

import gridsvc
from gridsvc.spatial.coverage_index import CoverageIndex, Ground
from gridsvc.spatial.overlay import CROWDED, FIRST, NO_PLACE, UNSETTLED

NOTHING_LEARNED = np.zeros(0, np.int64), np.zeros(0, np.int32)
NAN, INF = float("nan"), float("inf")
pytestmark = pytest.mark.usefixtures("numba")
_NOT_COPIED = shutil.ignore_patterns("__pycache__", "static", "node_modules")
seeds = st.integers(0, 2**32 - 1)
nearness = pytest.mark.parametrize("near_m", [0.0, 1.0, 50.0])
NO_POSITIONS = [(NAN, 30.0), (120.0, INF), (-INF, NAN), (180.1, 30.0), (120.0, -90.5), (1e300, -1e300)]


def roads(rng: np.random.Generator, n: int) -> Ground:
    """Lines, lines of several parts, and points, each with its reach; some are missing, some reach nowhere."""
    middle = HOME + SIZE_DEG * rng.random((n, 1, 2))
    lines = shapely.linestrings(middle + 0.3 * SIZE_DEG * rng.normal(size=(n, 4, 2)))
    points = shapely.points(HOME + SIZE_DEG * rng.random((n, 2)))
    both = shapely.multilinestrings(lines[: 2 * (n // 2)], indices=np.arange(2 * (n // 2)) // 2)
    shapes = np.concatenate([lines, points, both, [None, shapely.LineString()]])
    reach_m = np.where(rng.random(len(shapes)) < 0.2, 0.0, rng.uniform(0, 40, len(shapes)))
    return Ground(shapes, reach_m)


def ways(ground, rng: np.random.Generator) -> tuple[CoverageIndex, CoverageIndex, np.ndarray]:
    """Both ways over two layers of areas and two of roads, and points that tempt them."""
    shapes = ground(rng)
    layers = [Ground(shapes), roads(rng, 6), Ground(shapes[::2]), roads(rng, 3)]
    one, other = (CoverageIndex.over(layers, way) for way in (True, False))
    points = [trial_points(shapes, rng, 15, one.tables.frame), shapely.get_coordinates(layers[1].geometries)]
    return one, other, np.vstack([*points, NO_POSITIONS])


@pytest.mark.parametrize("ground", [*VALID, drafts], ids=lambda f: f.__name__)
@nearness
@settings(max_examples=8, deadline=None)
@given(seed=seeds)
def test_everything_at_a_point_is_the_same(ground, near_m, seed):
    one, other, points = ways(ground, np.random.default_rng(seed))
    (start, packed), (other_start, other_packed) = (way.describe(*points.T, near_m) for way in (one, other))
    assert start.tolist() == other_start.tolist()
    assert packed.tolist() == other_packed.tolist()
    for row in range(0, len(points), 7):
        for way in (one, other):
            assert (
                way.describe_one(*points[row].tolist(), near_m).tolist() == packed[start[row] : start[row + 1]].tolist()
            )


@pytest.mark.parametrize("ground", [*VALID, drafts], ids=lambda f: f.__name__)
@nearness
@settings(max_examples=8, deadline=None)
@given(seed=seeds)
def test_the_sets_are_the_same_and_never_other_than_everything_at_the_point(ground, near_m, seed):
    rng = np.random.default_rng(seed)
    one, other, points = ways(ground, rng)
    learned = learnable(one, rng)
    sets, other_sets = (way.sets_of(*points.T, near_m, learned) for way in (one, other))
    # Where a crowded record is near, the compiled way may ask for a closer look that is not needed.
    cautious = near_m > 0.0 and bool((one.tables.records[~one.tables.cells[one.tables.cells < 0] + 1] == CROWDED).any())
    differ = sets != other_sets
    assert (sets[differ] == UNSETTLED).all() if cautious else not differ.any()
    for row in range(0, len(points), 5):
        alone = [way.set_of(*points[row].tolist(), near_m, learned) for way in (one, other)]
        assert alone == [sets[row], other_sets[row]]
    t, (start, packed) = one.tables, one.describe(*points.T, near_m)
    known = {int(number): (int(key >> 32), int(key & 0xFFFFFFFF)) for key, number in zip(*learned, strict=True)}
    for row, number in enumerate(other_sets.tolist()):
        entries = packed[start[row] : start[row + 1]]
        if number == NO_PLACE:
            assert len(entries) == 0
        elif number >= 0:
            reached = []
            while number in known:
                number, area = known[number]
                reached.append(area << 3 | FIRST)
            held = t.areas[t.set_start[number] : t.set_start[number + 1]] << 3
            assert sorted([*held.tolist(), *reached]) == entries.tolist()


def learnable(index: CoverageIndex, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Sets as places would learn them: each known set with one road of the first layer, some with one of the other."""
    t = index.tables
    n_sets = len(t.set_start) - 1
    number = n_sets
    known = {}
    for below in range(min(n_sets, 40)):
        for area in range(int(index.first[1]), int(index.first[2])):
            known[below << 32 | area] = first = number
            number += 1
            last = int(rng.integers(index.first[3], index.first[4]))
            known[first << 32 | last] = number
            number += 1
    keys = np.array(sorted(known), np.int64)
    return keys, np.array([known[k] for k in keys.tolist()], np.int32)


@pytest.mark.parametrize("ground", [small_damage, squares, fan, drafts], ids=lambda f: f.__name__)
@settings(max_examples=4, deadline=None)
@given(seed=seeds)
def test_the_metres_to_the_nearest_edge_are_the_same(ground, seed):
    rng = np.random.default_rng(seed)
    one, other, points = ways(ground, rng)
    far = HOME + np.array([[0.1, 0.0], [-0.02, 0.03]])
    points = np.vstack([points[rng.permutation(len(points))[:20]], far, NO_POSITIONS])
    for layer in range(4):
        there, here = (way.boundary_distance_m(*points.T, layer) for way in (one, other))
        assert np.array_equal(there, here, equal_nan=True)


@pytest.mark.slow
def test_machine_code_is_made_anew_when_what_it_inlines_has_changed(tmp_path):
    copied = shutil.copytree(Path(gridsvc.__file__).parent, tmp_path / "gridsvc", ignore=_NOT_COPIED)
    asks = (
        "import numpy as np, shapely\n"
        "from gridsvc.spatial.coverage_index import CoverageIndex, Ground\n"
        "index = CoverageIndex.over([Ground(np.array([shapely.Polygon([(0, 0), (4, 1), (1, 4)])]))])\n"
        "print(index.describe_one(4.0, 1.0, 0.0).tolist())"
    )

    def answer() -> str:
        done = subprocess.run([sys.executable, "-c", asks], cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert answer() == "[1]"
    steps = copied / "spatial" / "kernel_steps.py"
    text = steps.read_text()
    assert "close and turn == 0.0" in text
    steps.write_text(text.replace("close and turn == 0.0", "False"))
    # Nothing is on a boundary any more.
    assert answer() == "[0]"
