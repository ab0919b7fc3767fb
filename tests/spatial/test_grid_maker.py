"""Unit grids cut from drawn and from random communities: exact, nested, near the target, numbered like a page."""

import numpy as np
import pytest
import shapely
from demo_city_folder import layer as demo
from drawing import CELL_DEG, METRIC, areas, at, edition, layer, line, polygon
from exact import holds
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.codes import parse_unit_grid_code
from gridsvc.errors import BadInput
from gridsvc.spatial.grid_maker import make_grids
from gridsvc.spatial.layer import Layer
from gridsvc.spatial.numbering import reading_order
from gridsvc.spatial.topology import check_edition
from gridsvc.values import LayerSpec

CODES = {"A": "110101001001", "B": "110101001002", "C": "110101002001"}
CELL_M2 = float(shapely.area(METRIC.geometries(np.array([areas("A")["A"]]))[0]))
BOW = polygon((0, 0), (4, 4), (4, 0), (0, 4))
WIDE = "AAAAAAAA\nAAAAAAAA\nAAAAAAAA\nAAAAAAAA"


def town(*drawn, **shapes):
    """Communities of pictures, or of named shapes, with legal codes."""
    found = areas(*drawn) | shapes
    return layer("community", {CODES[letter]: found[letter] for letter in sorted(found)})


def cells(made: Layer) -> list[float]:
    """The size of each grid in cells of the picture, in the order of their codes."""
    return [round(float(a) / CELL_M2, 1) for a in shapely.area(METRIC.geometries(made.geometries))]


def findings(communities: Layer, made: Layer) -> list[str]:
    """Faults of the grids; a community far below the target has a grid of an odd size, which is none of them."""
    found = check_edition(edition(communities, made)).findings
    return [f.id for f in found if f.layer == "unit_grid" and f.id not in ("size", "exclave")]


def make(communities, lines=(), weights=1.0, size=16, **more):
    """Grids near a size in cells of the picture, checked as an edition on the way."""
    made = make_grids(communities, lines, weights, target_m2=size * CELL_M2, **more)
    assert findings(communities, made) == []
    assert shapely.coverage_is_valid(made.geometries)
    assert set(shapely.get_type_id(made.geometries)) <= {shapely.GeometryType.POLYGON}
    return made


def test_no_community_makes_no_grid():
    made = make(layer("community", {}))
    assert (len(made), made.spec.code, made.spec.coverage, made.spec.parent) == (0, "unit_grid", "partition",
                                                                                 "community")  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [(), [None], [shapely.LineString()], [line((20, 20), (30, 20))], [line((0, 0), (8, 0))], [line((2, 2), (3, 2))]],
    ids=["none", "missing", "empty", "far away", "on the border", "with two loose ends"],
)
def test_a_community_no_line_divides_and_no_larger_than_the_target_is_one_grid(lines):
    communities = town(WIDE)
    made = make(communities, lines, size=32)
    assert made.codes.tolist() == ["110101001001001"]
    assert made.parents.tolist() == ["110101001001"]
    assert made.geometries[0].equals(communities.geometries[0])


def test_a_community_far_below_the_target_is_one_grid():
    assert cells(make(town("A"), size=1000)) == [1.0]


@pytest.mark.parametrize(
    "road",
    [
        line((3, -1), (3, 5)),
        line((3, 0), (3, 4)),
        line((3, 0.03), (3, 3.97)),
        shapely.MultiLineString([line((3, 0), (3, 2)), line((3, 2), (3, 4))]),
        shapely.force_3d(line((3, -1), (3, 5)), 7.0),
    ],
    ids=["beyond the border", "ending on it", "half a metre short of it", "in two parts", "with heights"],
)
def test_grids_end_at_a_road(road):
    made = make(town(WIDE), [road])
    assert cells(made) == [12.0, 20.0]
    middle = shapely.intersection(made.geometries[0], made.geometries[1])
    assert shapely.hausdorff_distance(middle, line((3, 0), (3, 4))) < 1e-9


@pytest.mark.parametrize(("size", "count"), [(32, 1), (16, 2), (8, 4), (4, 8), (2, 16), (1, 32)])
def test_a_block_without_lines_is_cut_into_even_grids(size, count):
    assert cells(make(town(WIDE), size=size)) == pytest.approx([size] * count, rel=0.02)


def test_a_piece_too_small_joins_the_neighbour_that_it_completes():
    assert cells(make(town(WIDE), [line((4, -1), (4, 5)), line((4.5, -1), (4.5, 5))])) == [16.0, 16.0]


def test_a_sliver_between_a_road_and_the_border_leaves_no_grid_of_its_own():
    assert cells(make(town(WIDE), [line((-1, 0.05), (9, 0.05)), line((4, -1), (4, 5))])) == [16.0, 16.0]


@pytest.mark.parametrize(("weights", "sizes"), [([1, 5], [20.0, 16.0]), ([5, 1], [16.0, 20.0])])
def test_a_small_piece_joins_across_the_lighter_line(weights, sizes):
    roads = [line((4, -1), (4, 5)), line((5, -1), (5, 5))]
    assert cells(make(town("AAAAAAAAA\n" * 4), roads, weights)) == sizes


def test_across_a_line_of_infinite_weight_nothing_joins():
    assert cells(make(town(WIDE), [line((1, -1), (1, 5))], np.inf, size=28)) == [4.0, 28.0]


def test_small_pieces_join_each_other_rather_than_a_good_block():
    roads = [line((4, -1), (4, 5)), line((4, 2), (9, 2))]
    assert cells(make(town(WIDE), roads)) == [16.0, 16.0]


def test_a_small_piece_never_joins_another_community():
    communities = town("AAAAB\nAAAAB\nAAAAB\nAAAAB")
    made = make(communities)
    assert made.codes.tolist() == [CODES["A"] + "001", CODES["B"] + "001"]


def test_neighbouring_communities_share_the_vertices_where_lines_meet_their_border():
    made = make(town("AAAABBBB\n" * 4), [line((4, 1.3), (8, 1.3)), line((0, 2.7), (4, 2.7))], size=8)
    on_border = [{c for c in g.exterior.coords if c[0] == at(4, 0)[0]} for g in made.geometries]
    west = set().union(*(s for s, p in zip(on_border, made.parents, strict=True) if p == CODES["A"]))
    east = set().union(*(s for s, p in zip(on_border, made.parents, strict=True) if p == CODES["B"]))
    assert west == east
    ends = [shapely.Point(at(4, 1.3)), shapely.Point(at(4, 2.7))]
    assert (shapely.distance(ends, shapely.MultiPoint(sorted(west))) < 1e-9).all()


def test_a_long_side_gets_the_corners_of_the_communities_beside_it():
    communities = town(
        A=polygon((0, 0), (8, 0), (8, 4), (0, 4)), B=polygon((0, 4), (3, 4), (3, 8), (0, 8)),
        C=polygon((3, 4), (8, 4), (8, 8), (3, 8)),
    )  # fmt: skip
    made = make(communities, size=1000)
    assert at(3, 4) in made.geometries[0].exterior.coords


def test_every_part_of_a_community_has_grids_of_its_own():
    assert cells(make(town("AAAA..AA\n" * 4), size=16)) == [16.0, 8.0]


def test_a_hole_stays_open_ground():
    hole = "AAAAAAAA\nAAAAAAAA\nAAA..AAA\nAAA..AAA\nAAAAAAAA\nAAAAAAAA"
    made = make(town(hole), size=11)
    assert cells(made) == pytest.approx([11.0] * 4, rel=0.02)
    assert not shapely.contains_xy(made.geometries, *at(4, 3)).any()


def test_a_community_in_a_hole_of_another_keeps_its_ground():
    made = make(town("AAAAAA\nAABBAA\nAABBAA\nAAAAAA"), size=4)
    assert set(made.parents) == {CODES["A"], CODES["B"]}


def crossed(made: Layer, building: shapely.Polygon) -> bool:
    return bool(shapely.intersects(shapely.boundary(made.geometries), building.buffer(-0.05 * CELL_DEG)).any())


@pytest.mark.parametrize("lines", [(), [line((4, -1), (4, 5))]], ids=["straight cut", "road"])
def test_no_grid_ends_inside_a_building(lines):
    building = polygon((3.7, 1), (4.4, 1), (4.4, 2), (3.7, 2))
    assert crossed(make(town(WIDE), lines), building)
    made = make(town(WIDE), lines, buildings=[building, None])
    assert not crossed(made, building)
    assert len(made) == 2


def test_a_block_that_is_all_building_stays_whole():
    assert len(make(town(WIDE), buildings=[polygon((0.1, 0.1), (7.9, 0.1), (7.9, 3.9), (0.1, 3.9))])) == 1


def test_a_road_along_a_wall_is_followed():
    wall = polygon((4, 1), (6, 1), (6, 3), (4, 3))
    assert cells(make(town(WIDE), [line((4, -1), (4, 5))], buildings=[wall])) == [16.0, 16.0]


def test_the_border_of_a_community_may_cross_a_building():
    communities = town("AABB\nAABB")
    made = make(communities, buildings=[polygon((1, 0.5), (3, 0.5), (3, 1.5), (1, 1.5))])
    assert made.codes.tolist() == [CODES["A"] + "001", CODES["B"] + "001"]


def test_numbers_run_along_rows_from_north_west():
    roads = [line((4, -1), (4, 9)), line((-1, 4), (9, 4))]
    made = make(town("AAAAAAAA\n" * 8), roads)
    middle = shapely.get_coordinates(shapely.centroid(made.geometries))
    assert np.allclose(middle, [at(2, 2), at(6, 2), at(2, 6), at(6, 6)], rtol=0.0, atol=1e-9)


@pytest.mark.parametrize(
    ("places", "order"),
    [
        ([], []),
        ([(3, 0)], [0]),
        ([(3, 0), (1, 0), (2, 0)], [1, 2, 0]),
        ([(0, 7.9), (3, 0), (1, 7.1), (2, 8.1)], [0, 2, 1, 3]),
        ([(1, 3), (1, 2)], [1, 0]),
    ],
    ids=["none", "one", "a row", "a row is eight cells high", "one above the other"],
)
def test_reading_order(places, order):
    shapes = np.array([*(shapely.Point(at(*p)) for p in places), None], dtype=object)[:-1]
    row_m = shapely.length(METRIC.geometries(np.array([line((0, 0), (0, 8))])))[0]
    assert reading_order(shapes, row_m).tolist() == order


def test_every_community_is_numbered_from_one_with_the_digits_asked_for():
    made = make(town("AAAABBBB\n" * 4), size=8, digits=2)
    assert made.codes.tolist() == [CODES[c] + n for c in "AB" for n in ("01", "02")]
    assert {parse_unit_grid_code(c).community for c in made.codes} == {CODES["A"], CODES["B"]}


@pytest.mark.parametrize(
    ("digits", "size", "said"),
    [(2, 0.32, "110101001001 needs 100 unit grids, and its numbers end at 99"), (3, 1e-9, "numbers end at 999")],
)
def test_more_grids_than_numbers_is_an_error_before_any_cut(digits, size, said):
    with pytest.raises(BadInput, match=said) as e:
        make(town(WIDE), size=size, digits=digits)
    assert e.value.errors[0].field == "target_m2"
    assert ("15" in e.value.errors[0].mend_zh) == (digits == 2)


def test_ninety_nine_grids_have_numbers_of_two_digits():
    assert make(town(WIDE), size=32 / 99, digits=2).codes[-1] == CODES["A"] + "99"


@pytest.mark.parametrize(
    ("communities", "field", "value"),
    [
        (town(A=BOW), "geometry", CODES["A"]),
        (town(A=shapely.Polygon()), "geometry", CODES["A"]),
        (town(A=line((0, 0), (1, 1))), "geometry", CODES["A"]),
        (layer("community", {CODES["A"]: None}), "geometry", CODES["A"]),
        (layer("community", areas("A")), "code", "A"),
        (Layer.build(town("A").spec, [CODES["A"]] * 2, town("AB").geometries), "code", CODES["A"]),
        (town("AAA", ".BBB"), "communities", [CODES["A"], CODES["B"]]),
    ],
    ids=["crossing itself", "empty", "a line", "missing", "a code too short", "one code twice", "overlap"],
)
def test_a_community_that_cannot_be_cut_is_named(communities, field, value):
    with pytest.raises(BadInput) as e:
        make_grids(communities)
    assert (e.value.errors[0].field, e.value.errors[0].value) == (field, value)
    assert e.value.errors[0].mend_en.isascii()


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("lines", {"lines": [polygon((0, 0), (1, 0), (1, 1))]}),
        ("lines", {"lines": [shapely.LineString([(120, 30), (np.inf, 30)])]}),
        ("weights", {"lines": [line((0, 0), (1, 1))], "weights": [1, 2]}),
        ("weights", {"lines": [line((0, 0), (1, 1))], "weights": [-1]}),
        ("weights", {"lines": [line((0, 0), (1, 1))], "weights": [np.nan]}),
        *[("target_m2", {"target_m2": t}) for t in (0, -1.0, np.nan, np.inf)],
        ("digits", {"digits": 4}),
        ("buildings", {"buildings": [line((0, 0), (1, 1))]}),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(field, given):
    with pytest.raises(BadInput) as e:
        make_grids(town(WIDE), **given)
    assert e.value.errors[0].field == field


def test_each_community_is_announced_before_its_turn():
    told = []
    make(town("AABB\nAABB"), progress=told.append)
    assert told == [CODES["A"], CODES["B"]]


seeds = st.integers(0, 2**32 - 1)


def star(rng: np.random.Generator, east: float) -> shapely.Polygon:
    """A shape around a middle, convex or spiky, about 150 m across, with corners on no lattice."""
    n = int(rng.integers(8, 16))
    turn = (np.arange(n) + rng.uniform(0, 0.9, n)) * 2 * np.pi / n
    reach = rng.uniform(rng.uniform(0.2, 1.0), 1.0, len(turn)) * 8 * CELL_DEG
    return shapely.Polygon(np.column_stack([120 + east + reach * np.cos(turn), 30 + reach * np.sin(turn)]))


def random_town(rng: np.random.Generator) -> Layer:
    """Either one star with what a neighbour leaves beside it, or a net of quadrilaterals with shaken corners."""
    if rng.random() < 0.5:
        one = star(rng, 0.0)
        two = shapely.make_valid(shapely.difference(shapely.convex_hull(star(rng, 8 * CELL_DEG)), one))
        return town(A=one, B=two) if two.geom_type in ("Polygon", "MultiPolygon") else town(A=one)
    net = np.stack(np.meshgrid(np.arange(4.0), np.arange(2.0)), axis=-1)
    net = (120.0, 30.0) + 10 * CELL_DEG * (net + rng.uniform(-0.3, 0.3, net.shape))
    return town(**{c: shapely.Polygon([net[0, i], net[0, i + 1], net[1, i + 1], net[1, i]])
                   for i, c in enumerate("ABC")})  # fmt: skip


def random_lines(rng: np.random.Generator, communities: Layer) -> list[shapely.LineString]:
    """Lines anywhere, some of them along borders and between corners of communities."""
    corners = shapely.get_coordinates(communities.geometries)
    anywhere = rng.uniform(corners.min(axis=0), corners.max(axis=0), (int(rng.integers(0, 8)), 3, 2))
    between = corners[rng.integers(0, len(corners), (int(rng.integers(0, 4)), 2))]
    return [shapely.LineString(xy) for xy in (*anywhere, *between) if shapely.LineString(xy).length > 0]


@settings(max_examples=60, deadline=None)
@given(seeds)
def test_grids_of_any_communities_and_lines_are_exact(seed):
    """Zero findings and a valid coverage are proved by ``make``; here: vertices, exact arithmetic and numbers."""
    rng = np.random.default_rng(seed)
    communities = random_town(rng)
    lines = random_lines(rng, communities)
    made = make(communities, lines, rng.choice([0.0, 1.0, 5.0, np.inf], len(lines)), size=float(rng.uniform(6, 60)))
    for code, community in zip(communities.codes, communities.geometries, strict=True):
        own = made.geometries[made.parents == code]
        ends = {tuple(c) for c in shapely.get_coordinates(shapely.boundary(shapely.coverage_union_all(own)))}
        given_ends = {tuple(c) for c in shapely.get_coordinates(community)}
        assert given_ends <= ends
        added = shapely.points(np.array(sorted(ends - given_ends)).reshape(-1, 2))
        assert (shapely.distance(added, shapely.boundary(community)) < 1e-12).all()
        assert [c[12:] for c in made.codes[made.parents == code]] == [f"{n:03d}" for n in range(1, len(own) + 1)]
        for x, y in rng.uniform(*np.reshape(community.bounds, (2, 2)), (8, 2)):
            assert sum(holds(g, x, y) for g in own) == holds(community, x, y)


@pytest.mark.parametrize("shaken_deg", [1e-14, 1e-11, 1e-8, 1e-6])
@settings(max_examples=15, deadline=None)
@given(seeds)
def test_roads_that_nearly_run_along_borders_leave_no_slivers(shaken_deg, seed):
    """As they come after a change of reference or of decimals, and clipped to a community."""
    rng = np.random.default_rng(seed)
    communities = random_town(rng)
    borders = shapely.get_parts(shapely.boundary(communities.geometries))
    along = [shapely.transform(b, lambda xy: xy + rng.normal(0.0, shaken_deg, xy.shape)) for b in borders]
    clipped = shapely.get_parts(shapely.intersection(random_lines(rng, communities), communities.geometries[0]))
    clipped = shapely.get_parts(clipped)
    made = make(communities, [*along, *clipped[shapely.get_type_id(clipped) == 1]], size=30)
    assert min(cells(made)) > 0.1 or shapely.area(communities.geometries).min() < CELL_DEG**2


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_the_same_input_makes_the_same_grids_in_whatever_order_the_lines_come(seed):
    rng = np.random.default_rng(seed)
    communities = random_town(rng)
    lines = random_lines(rng, communities)
    made, again = make(communities, lines), make(communities, [x.reverse() for x in reversed(lines)])
    assert made.codes.tolist() == again.codes.tolist()
    assert shapely.equals_exact(made.geometries, again.geometries, 1e-9, normalize=True).all()
    assert shapely.to_wkb(make(communities, lines).geometries).tolist() == shapely.to_wkb(made.geometries).tolist()


@settings(max_examples=25, deadline=None)
@given(seeds, st.floats(4, 60))
def test_without_lines_every_grid_of_a_fat_community_is_near_the_target(seed, size):
    rng = np.random.default_rng(seed)
    turn = (np.arange(8) + rng.uniform(-0.3, 0.3, 8)) * np.pi / 4
    round_ish = shapely.Polygon(np.column_stack([120 + 9 * CELL_DEG * np.cos(turn), 30 + 8 * CELL_DEG * np.sin(turn)]))
    sizes = shapely.area(METRIC.geometries(make(town(A=round_ish), size=size).geometries)) / CELL_M2
    n = max(1, round(sizes.sum() / size))
    assert len(sizes) == n
    assert (abs(sizes / (sizes.sum() / n) - 1) < 0.12).all()


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_no_crumb_is_left_beside_a_neighbour_of_its_community(seed):
    rng = np.random.default_rng(seed)
    communities = random_town(rng)
    made = make(communities, random_lines(rng, communities), size=30)
    for code in communities.codes:
        own = made.geometries[made.parents == code]
        size = shapely.area(METRIC.geometries(own)) / CELL_M2
        a, b = shapely.STRtree(own).query(own, predicate="touches")
        edge = shapely.length(shapely.intersection(own[a], own[b])) > 0.0
        assert (size[np.unique(a[edge])] > 0.1 * 30).all()


def demo_layer(code: str) -> Layer:
    found = demo(code)
    return Layer.build(LayerSpec(code, coverage="partition"), list(found["code"]), found["geometry"].to_numpy())


def test_the_demo_citys_grids_are_what_the_maker_closes_along_their_edges():
    units = demo_layer("unit_grid")
    made = make_grids(demo_layer("community"), shapely.boundary(units.geometries), 18.0, target_m2=11_000)
    assert set(shapely.to_wkb(made.geometries)) == set(shapely.to_wkb(shapely.normalize(units.geometries)))


@pytest.mark.slow
def test_the_demo_city_can_be_cut_anew_along_its_lanes():
    communities, lanes = demo_layer("community"), demo("lane")
    made = make_grids(communities, lanes["geometry"].to_numpy(), np.where(lanes["tier"] == "expressway", 18.0, 1.0))
    assert findings(communities, made) == []
    size = shapely.area(METRIC.geometries(made.geometries))
    assert (abs(size / 10_000 - 1) < 0.1).mean() > 0.95
    assert 1_500 < len(made) < 1_560


@pytest.mark.parametrize("lines", [(), [line((400, -10), (450, 600))]])
def test_sides_of_kilometres_which_metres_would_bend_stay_straight(lines):
    wide = polygon((0, 0), (901, 57), (850, 513), (-77, 489))
    made = make(town(A=wide), lines, size=9_000)
    assert np.array(cells(made)) == pytest.approx(9_000, rel=0.2)
