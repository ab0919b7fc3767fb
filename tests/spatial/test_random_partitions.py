"""Invented cities without end: one area a point, as brute force and as exact arithmetic say, whatever is added."""

from dataclasses import dataclass

import numpy as np
import pytest
import shapely
from drawing import ask, edition
from exact import holds
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.spatial.layer import Layer
from gridsvc.values import LayerSpec

seeds = st.integers(0, 2**32 - 1)


@dataclass(frozen=True, eq=False)
class City:
    """A net of quadrilaterals with shaken corners and shuffled codes, grouped twice into parents."""

    units: Layer
    communities: Layer
    streets: Layer
    grids: Layer
    rng: np.random.Generator

    @property
    def all(self) -> list[Layer]:
        return [self.streets, self.communities, self.units, self.grids]

    def points(self, n: int) -> np.ndarray:
        """A third anywhere around, a third on edges, a third in corners."""
        west, south, east, north = self.units.bounds_deg
        anywhere = self.rng.uniform((west - 0.001, south - 0.001), (east + 0.001, north + 0.001), (n, 2))
        corners = shapely.get_coordinates(self.units.geometries).reshape(-1, 5, 2)
        one = self.rng.integers(0, len(corners), n), self.rng.integers(0, 4, n)
        a, b = corners[one], corners[one[0], one[1] + 1]
        share = np.where(self.rng.random((n, 1)) < 0.3, 0.5, self.rng.random((n, 1)))
        return np.vstack([anywhere, a + share * (b - a), a])


def city(seed: int) -> City:
    rng = np.random.default_rng(seed)
    columns, rows = (int(k) for k in rng.integers(2, 6, 2))
    net = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), axis=-1)
    net = (120.0, 30.0) + 0.001 * (net + rng.uniform(-0.3, 0.3, net.shape))
    rings = np.stack([net[:-1, :-1], net[:-1, 1:], net[1:, 1:], net[1:, :-1]], axis=2).reshape(-1, 4, 2)
    shapes = shapely.polygons(rings)
    n = len(shapes)
    community, grid = rng.integers(0, max(n // 2, 1), n), rng.integers(0, 3, n)
    street_of = rng.integers(0, 2, community.max() + 1)
    # Whole communities lie in one street and, so that grids nest as well, a grid's number carries the street's.
    grid = grid + 3 * street_of[community]

    def grouped(name: str, group: np.ndarray, parents: dict[int, str], parent: str | None) -> Layer:
        known = np.unique(group)
        union = [shapely.coverage_union_all(shapes[group == g]) for g in known]
        return Layer.build(LayerSpec(name, coverage="partition", parent=parent), [f"{name}{g}" for g in known],
                           np.array([*union, None], dtype=object)[:-1],
                           parents=[parents.get(int(g)) for g in known])  # fmt: skip

    above = {int(c): f"street{street_of[c]}" for c in community}
    units = Layer.build(
        LayerSpec("unit_grid", coverage="partition", parent="community"),
        [f"u{k:03d}" for k in rng.permutation(n)], shapes, parents=[f"community{c}" for c in community],
    )  # fmt: skip
    return City(
        units, grouped("community", community, above, "street"), grouped("street", street_of[community], {}, None),
        grouped("grid", grid, {int(g): f"street{g // 3}" for g in grid}, "street"), rng,
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_every_point_has_the_least_of_the_areas_that_brute_force_finds(seed):
    one = city(seed)
    lon, lat = one.points(100).T
    held = shapely.intersects(one.units.geometries[None, :], shapely.points(lon, lat)[:, None])
    expected = np.where(held.any(axis=1), held.argmax(axis=1), -1)
    found = ask(edition(*one.all), lon, lat)
    assert found.position["unit_grid"].tolist() == expected.tolist()


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_every_area_of_every_point_is_the_one_that_exact_arithmetic_finds(seed):
    one = city(seed)
    lon, lat = one.points(20).T
    answer = ask(edition(one.units, *one.all[:2]), lon, lat).layers["unit_grid"]
    for row, (x, y) in enumerate(zip(lon, lat, strict=True)):
        exactly = [k for k, shape in enumerate(one.units.geometries) if holds(shape, x, y)]
        assert answer.covering(row).tolist() == exactly


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_no_point_inside_the_partition_is_lost_and_edges_say_that_they_are_edges(seed):
    one = city(seed)
    lon, lat = one.points(100).T
    found = ask(edition(*one.all), lon, lat)
    inside = shapely.intersects(shapely.coverage_union_all(one.units.geometries), shapely.points(lon, lat))
    assert (found.position["unit_grid"] >= 0).tolist() == inside.tolist()
    assert set(found.how["unit_grid"].tolist()) <= {"inside", "edge", "outside"}


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_every_layer_holds_the_parent_of_the_area_below(seed):
    one = city(seed)
    found = ask(edition(*one.all), *one.points(100).T)
    inside = found.position["unit_grid"] >= 0
    for child, parent in ((one.units, one.communities), (one.communities, one.streets), (one.grids, one.streets)):
        above = child.parents[found.position[child.spec.code]]
        assert (found.codes(parent.spec.code)[inside] == above[inside]).all()


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_the_grid_holds_the_settled_unit_grid(seed):
    one = city(seed)
    found = ask(edition(*one.all), *one.points(100).T)
    position = found.position["unit_grid"]
    inside = np.flatnonzero(position >= 0)
    grids = one.grids.geometries[found.position["grid"][inside]]
    inner = shapely.point_on_surface(one.units.geometries[position[inside]])
    assert shapely.contains(grids, inner).all()


@pytest.mark.parametrize("near_m", [0.0, 20.0])
@settings(max_examples=25, deadline=None)
@given(seeds)
def test_adding_parents_never_changes_the_answer_of_the_finest_layer(near_m, seed):
    one = city(seed)
    lon, lat = one.points(100).T
    alone = Layer.build(LayerSpec("unit_grid", coverage="partition"), list(one.units.codes), one.units.geometries)
    with_parents = ask(edition(*one.all), lon, lat, near_m)
    without = ask(edition(alone), lon, lat, near_m)
    assert with_parents.position["unit_grid"].tolist() == without.position["unit_grid"].tolist()
    assert with_parents.how["unit_grid"].tolist() == without.how["unit_grid"].tolist()


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_the_order_in_which_points_and_layers_come_does_not_matter(seed):
    one = city(seed)
    lon, lat = one.points(50).T
    order = one.rng.permutation(len(lon))
    straight = ask(edition(*one.all), lon, lat, 20.0)
    shuffled = ask(edition(*one.all[::-1]), lon[order], lat[order], 20.0)
    for code in straight.layers:
        assert shuffled.codes(code).tolist() == straight.codes(code)[order].tolist()
        assert shuffled.how[code].tolist() == straight.how[code][order].tolist()
