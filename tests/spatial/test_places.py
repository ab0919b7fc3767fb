"""Points with one answer are one place: alone or in an array, the first time or again, by one thread or by many."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from drawing import ask, edition, saying, told
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import HOME, SIZE_DEG, drafts, fan, small_damage, squares, trial_points, whole_lattice

from gridsvc.spatial.chains import NOWHERE
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.locate import Locator
from gridsvc.spatial.places import Places
from gridsvc.values import LayerSpec

NAN, INF = float("nan"), float("inf")
seeds = st.integers(0, 2**32 - 1)
GROUNDS = [whole_lattice, small_damage, squares, fan, drafts]


def shaken(ground, rng: np.random.Generator) -> Edition:
    """A finest partition with parents, some of them wrong or missing, another partition, and boundary streets."""
    shapes = ground(rng)
    parents = [None if p < 0 else f"s{p}" for p in rng.integers(-1, 3, len(shapes))]
    codes = [f"g{k:03d}" for k in rng.permutation(len(shapes))]
    grids = Layer.build(LayerSpec("grid", coverage="partition", parent="street"), codes, shapes, parents=parents)
    west, south, east, north = shapely.total_bounds(shapes)
    edges = np.linspace(west, east, 4)
    streets = Layer.build(LayerSpec("street", coverage="partition"), ["s0", "s1", "s2"],
                          shapely.box(edges[:-1], south, edges[1:], north))  # fmt: skip
    some = shapes[::3]
    net = Layer.build(LayerSpec("net", coverage="partition", parent="street"), [f"n{k}" for k in range(len(some))],
                      some, parents=["s1"] * len(some))  # fmt: skip
    lines = shapely.linestrings(HOME + SIZE_DEG * rng.random((6, 3, 2)))
    props = [{"width_m": float(w), "owner": str(rng.choice([*codes, "nobody"]))} for w in rng.uniform(0, 60, 6)]
    lanes = Layer.build(LayerSpec("lane", geometry="line", coverage="free", settles="grid"), list("abcdef"), lines,
                        props=props)  # fmt: skip
    wells = Layer.build(LayerSpec("well", geometry="point", coverage="free"), list("uvw"),
                        shapely.points(HOME + SIZE_DEG * rng.random((3, 2))), props=[{"radius_m": 40}] * 3)  # fmt: skip
    return edition(streets, grids, net, lanes, wells)


def points_of(drawn: Edition, rng: np.random.Generator, n: int) -> np.ndarray:
    shapes = np.concatenate([drawn.layers[code].geometries for code in ("grid", "street")])
    return np.vstack([trial_points(shapes, rng, n), [(NAN, 30.0), (181.0, 30.0), (120.0, -INF)]])


@pytest.mark.parametrize("ground", GROUNDS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("near_m", [0.0, 20.0])
@settings(max_examples=8, deadline=None)
@given(seed=seeds)
def test_one_point_has_the_answer_that_it_has_in_an_array(compiled, ground, near_m, seed):
    rng = np.random.default_rng(seed)
    drawn = shaken(ground, rng)
    points = points_of(drawn, rng, 8)
    recorded = rng.integers(-1, len(drawn.layers["grid"]), len(points))
    together = told(Locator(drawn, compiled).locate(*points.T, "wgs84", near_m, recorded))
    locator = Locator(drawn, compiled)
    alone = [saying(locator.at(*p, near_m, int(r))) for p, r in zip(points.tolist(), recorded.tolist(), strict=True)]
    assert alone == together


@pytest.mark.parametrize("ground", GROUNDS, ids=lambda f: f.__name__)
@settings(max_examples=8, deadline=None)
@given(seed=seeds)
def test_asking_again_when_places_have_been_learned_gives_the_same(compiled, ground, seed):
    rng = np.random.default_rng(seed)
    drawn = shaken(ground, rng)
    points = points_of(drawn, rng, 8)
    recorded = rng.integers(-1, len(drawn.layers["grid"]), len(points))
    locator = Locator(drawn, compiled)
    asked = [(0.0, None), (20.0, recorded), (0.0, recorded)]
    first = [locator.locate(*points.T, "wgs84", near_m, wish) for near_m, wish in asked]
    said = [told(found) for found in first]
    again = [locator.locate(*points.T, "wgs84", near_m, wish) for near_m, wish in asked]
    assert [told(found) for found in again] == said
    # Numbers stay, so that answers given before are still true.
    assert [told(found) for found in first] == said
    assert [found.place.tolist() for found in again] == [found.place.tolist() for found in first]


@pytest.mark.parametrize("ground", GROUNDS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("near_m", [0.0, 20.0])
@settings(max_examples=8, deadline=None)
@given(seed=seeds)
@pytest.mark.usefixtures("numba")
def test_both_ways_settle_every_point_alike(ground, near_m, seed):
    rng = np.random.default_rng(seed)
    drawn = shaken(ground, rng)
    points = points_of(drawn, rng, 15)
    recorded = rng.integers(-1, len(drawn.layers["grid"]), len(points))
    ask(drawn, *points.T, near_m, recorded=recorded)


@pytest.mark.parametrize("ground", GROUNDS, ids=lambda f: f.__name__)
@settings(max_examples=8, deadline=None)
@given(seed=seeds)
def test_the_arrays_of_a_layer_are_the_answers_of_its_points(compiled, ground, seed):
    rng = np.random.default_rng(seed)
    drawn = shaken(ground, rng)
    points = points_of(drawn, rng, 10)
    found = Locator(drawn, compiled).locate(*points.T, "wgs84", 10.0)
    for number, (code, layer) in enumerate(found.layers.items()):
        places = [found.at(row) for row in range(len(points))]
        assert layer.position.tolist() == [p.position[number] for p in places]
        assert layer.how.tolist() == [p.how[number] for p in places]
        which, several = layer.several()
        spelt = [() if i < 0 else several[i] for i in which.tolist()]
        assert spelt == [p.candidates[number] if len(p.candidates[number]) > 1 else () for p in places]
        held = [(row, area) for row, p in enumerate(places) for area in p.covering[number]]
        assert list(zip(*(pairs.tolist() for pairs in layer.holding()), strict=True)) == held
        codes = [*drawn.layers[code].codes, None]
        assert found.codes(code).tolist() == [codes[p.position[number]] for p in places]
    assert [found.how["grid"][row] for row in range(-3, 0)] == ["none"] * 3


@pytest.mark.parametrize("recorded", [-(2**31), -1, 5, 2**31 - 1])
def test_a_recorded_area_that_is_none_of_the_neighbours_changes_nothing(compiled, recorded):
    rng = np.random.default_rng(1)
    drawn = shaken(whole_lattice, rng)
    # Vertices of the first area, none of which is the sixth.
    corners = shapely.get_coordinates(drawn.layers["grid"].geometries[0])
    far = [row for row, p in enumerate(corners) if 5 not in Locator(drawn).at(*p.tolist()).covering[1]]
    locator = Locator(drawn, compiled)
    plain = told(locator.locate(*corners[far].T, "wgs84"))
    assert told(locator.locate(*corners[far].T, "wgs84", 0.0, np.full(len(far), recorded))) == plain
    assert [saying(locator.at(*p, 0.0, recorded)) for p in corners[far].tolist()] == plain


@pytest.mark.parametrize("near_m", [0.0, 20.0])
def test_threads_that_learn_places_together_say_the_same(compiled, near_m):
    rng = np.random.default_rng(20240612)
    drawn = shaken(small_damage, rng)
    points = points_of(drawn, rng, 25)
    recorded = rng.integers(-1, len(drawn.layers["grid"]), len(points))
    expected = told(Locator(drawn, compiled).locate(*points.T, "wgs84", near_m, recorded))
    locator = Locator(drawn, compiled)

    def one_thread(seed: int) -> list[int]:
        """Ask in an order of its own, row after row or all at once; give the rows answered otherwise."""
        order = np.random.default_rng(seed).permutation(len(points))
        if seed % 2:
            rows = told(locator.locate(*points[order].T, "wgs84", near_m, recorded[order]))
        else:
            rows = [saying(locator.at(*points[r].tolist(), near_m, int(recorded[r]))) for r in order.tolist()]
        return [r for r, said in zip(order.tolist(), rows, strict=True) if said != expected[r]]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(one_thread, range(16))) == [[]] * 16


def test_an_edition_without_any_ground_has_two_places_outside_and_none(compiled):
    empty = Layer.build(LayerSpec("grid", coverage="partition"), ["a"], np.array([None]))
    locator = Locator(edition(empty), compiled)
    places: Places = locator.places
    assert [saying(places.place(n)) for n in range(places.count)] == [
        ((NOWHERE,), ("outside",), ((),), ((),)),
        ((NOWHERE,), ("none",), ((),), ((),)),
    ]
    assert saying(locator.at(0.0, 0.0, 1e6)) == saying(places.place(0))
