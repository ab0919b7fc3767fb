"""What became of areas: drawn cities before and after, each with exactly the changes that were made."""

from typing import Any

import numpy as np
import pytest
import shapely
from drawing import METRIC, areas, at, beside, edition, layer, line, polygon
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import VALID, damaged_lattice, drafts, lattice

from gridsvc.spatial.datum import Metric
from gridsvc.spatial.layer import Layer
from gridsvc.spatial.succession import Succession, succession, successions, successors
from gridsvc.values import LayerSpec

seeds = st.integers(0, 2**32 - 1)
CITY = """
    AABBCC
    AABBCC
    DDEEFF
    DDEEFF
"""
EMPTY = np.zeros(0, dtype=object)


def told(found: Succession) -> list[tuple[str, str, str]]:
    """Kind, codes before and codes after of every change; in these cities codes are letters."""
    return [(c.kind, "".join(c.before), "".join(c.after)) for c in found.changes]


def became(before: str, after: str, **about: Any) -> Succession:
    return succession(layer("grid", before, **about), layer("grid", after, **about), METRIC)


def shaken(shapes: Any, by_m: float) -> Any:
    """Shapes with every vertex moved by so many metres, each somewhere else; common vertices stay common."""

    def move(xy: Any) -> Any:
        angle = 1e9 * xy.sum(axis=1)
        x, y = METRIC.xy(*xy.T)
        return np.column_stack(METRIC.lonlat(x + by_m * np.cos(angle), y + by_m * np.sin(angle)))

    return shapely.transform(shapes, move)


def partition(shapes: Any, codes: list[str], **columns: Any) -> Layer:
    drawn = np.array([*shapes, None], dtype=object)[:-1]
    return Layer.build(LayerSpec("grid", coverage="partition"), codes, drawn, **columns)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (CITY, []),
        (CITY.replace("A", "X"), [("recoded", "A", "X")]),
        # Codes that change places are two areas with new codes, not two that moved.
        (CITY.translate(str.maketrans("AB", "BA")), [("recoded", "A", "B"), ("recoded", "B", "A")]),
        (CITY.replace("B", "A"), [("merge", "AB", "A")]),
        (CITY.replace("A", "X").replace("B", "X"), [("merge", "AB", "X")]),
        (CITY.replace("C", ".").replace("F", "."), [("gone", "C", ""), ("gone", "F", "")]),
        ("""
         AXBBCC
         AXBBCC
         DDEEFF
         DDEEFF
         """, [("split", "A", "AX")]),
        ("""
         XYBBCC
         XZBBCC
         DDEEFF
         DDEEFF
         """, [("split", "A", "XYZ")]),
        ("""
         AABBCC
         AABBCC
         DDEEFFG
         DDEEFFG
         """, [("new", "", "G")]),
        # A quarter of B goes to A: both keep most of their ground and their codes.
        ("""
         AAABCC
         AABBCC
         DDEEFF
         DDEEFF
         """, [("moved", "A", "A"), ("moved", "B", "B")]),
        # No area of the first row holds most of any other: two became two.
        ("""
         XXXXCC
         YYYYCC
         DDEEFF
         DDEEFF
         """, [("mixed", "AB", "XY")]),
        # B is shared out among four neighbours that go on.
        ("""
         AAACCC
         AADECC
         DDEEFF
         DDEEFF
         """, [("mixed", "ABCDE", "ACDE")]),
        # A new area over the corners of four that keep most of theirs.
        ("""
         AABBCC
         AXXBCC
         DXXEFF
         DDEEFF
         """, [("mixed", "ABDE", "ABDEX")]),
        # The code of an area that is gone turns up elsewhere: it went there.
        ("""
         ..BBCC
         ..BBCC
         DDEEFFAA
         DDEEFFAA
         """, [("moved", "A", "A")]),
    ],
)  # fmt: skip
def test_a_partition_tells_exactly_what_was_changed(after: str, expected: list[tuple[str, str, str]]):
    found = became(CITY, after)
    assert told(found) == expected
    named = {code for kind, old, _ in expected for code in old}
    assert found.unchanged == len(found.before.codes) - len(named)


@pytest.mark.parametrize("by_m", [0.01, 0.3, 0.95])
def test_a_jitter_within_the_tolerance_is_drawn_again_and_no_change(by_m: float):
    before = areas(CITY)
    found = succession(layer("grid", before), layer("grid", dict(zip(before, shaken(list(before.values()), by_m),
                       strict=True))), METRIC)  # fmt: skip
    assert [c.kind for c in found.changes] == ["redrawn"] * 6
    assert not any(c.real for c in found.changes)
    assert found.ground_loss == 0.0
    assert all(c.moved_m is not None and c.moved_m == pytest.approx(by_m, rel=0.3) for c in found.changes)


@pytest.mark.parametrize("by_m", [1.2, 3.0, 40.0])
def test_an_edge_moved_beyond_the_tolerance_is_a_change_of_both_its_areas(by_m: float):
    old = {"A": polygon((0, 0), (9, 0), (9, 9), (0, 9)), "B": polygon((9, 0), (18, 0), (18, 9), (9, 9))}
    north, south = (beside(at(9, row), by_m, 0.0) for row in (0, 9))
    new = {
        "A": shapely.Polygon([at(0, 0), north, south, at(0, 9)]),
        "B": shapely.Polygon([north, at(18, 0), at(18, 9), south]),
    }
    found = succession(layer("grid", old), layer("grid", new), METRIC)
    assert told(found) == [("moved", "A", "A"), ("moved", "B", "B")]
    for change in found.changes:
        assert change.moved_m == pytest.approx(by_m, rel=1e-3)
        assert change.changed_m2 == pytest.approx(by_m * 9 * 13.53, rel=0.01)
    given = found.changes[1].shares
    assert [(s.before, s.after) for s in given] == [("B", "A"), ("B", "B")]
    assert sum(s.share_before for s in given) == pytest.approx(1.0, abs=1e-5)
    # A goes on whole; B's history can only be shared out.
    assert found.ground_loss == pytest.approx(0.5, abs=0.01)
    wide = succession(layer("grid", old), layer("grid", new), METRIC, tolerance_m=by_m * 1.01)
    assert told(wide) == [("redrawn", "A", "A"), ("redrawn", "B", "B")]
    assert wide.ground_loss == 0.0


def test_a_long_thin_spike_and_a_courtyard_are_changes_both_ways_whatever_their_ground():
    square = polygon((0, 0), (20, 0), (20, 20), (0, 20))
    spike = square.union(polygon((20, 10), (24, 10), (24, 10.01)))
    courtyard = square.difference(polygon((9, 9), (11, 9), (11, 11), (9, 11)))
    for old, new in ((square, spike), (spike, square), (courtyard, square), (square, courtyard)):
        found = succession(layer("zone", {"A": old}), layer("zone", {"A": new}), METRIC)
        assert told(found) == [("moved", "A", "A")]


def test_rings_that_begin_elsewhere_or_run_the_other_way_are_the_same():
    ring = [at(0, 0), at(4, 0), at(4, 4), at(0, 4)]
    before = layer("grid", {"A": shapely.Polygon(ring)})
    for other in (ring[2:] + ring[:2], ring[::-1]):
        assert succession(before, layer("grid", {"A": shapely.Polygon(other)}), METRIC).changes == ()


def test_what_the_record_says_is_told_column_by_column():
    about = {
        "names": {"A": "东", "B": "西"}, "units": {"A": "U1", "B": "U1"},
        "props": {"A": {"owner": "G1", "tier": 1, "old": 1, "name_en": "East"}, "B": {"owner": "G1"}},
    }  # fmt: skip
    before = layer("grid", "AB\nSS", within="SS\nSS", **about)
    after = layer(
        "grid", "AB\nSS", within="ST\nSS", names={"A": "东一", "B": "西"}, units={"A": "U2", "B": "U1"},
        props={"A": {"owner": "G2", "tier": 1, "new": None}, "B": {"owner": "G1"}},
    )  # fmt: skip
    found = succession(before, after, METRIC)
    assert [(c.kind, *c.after, dict(c.columns)) for c in found.changes] == [
        ("renamed", "A", {"name": ("东", "东一"), "name_en": ("East", None)}),
        ("parent", "B", {"parent": ("S", "T")}),
        ("unit", "A", {"unit": ("U1", "U2")}),
        ("props", "A", {"old": (1, None), "owner": ("G1", "G2")}),
    ]
    assert found.unchanged == 1


def test_a_code_as_name_is_told_once_and_a_recoded_or_merged_parent_not_at_all():
    def city(street: str, grids: str) -> Any:
        first = layer("street", street)
        drawn = layer("grid", grids, parent="street", within=street, names={c: c for c in "ABXY"})
        return edition(first, drawn)

    found = {s.before.spec.code: s for s in successions(city("SS", "AB"), city("TT", "AX"))}
    assert told(found["street"]) == [("recoded", "S", "T")]
    assert told(found["grid"]) == [("recoded", "B", "X")]
    merged = {s.before.spec.code: s for s in successions(city("ST", "AB"), city("SS", "AB"))}
    assert told(merged["street"]) == [("merge", "ST", "S")]
    assert told(merged["grid"]) == []
    # B's own street goes on, but B is in the other one now.
    moved = {s.before.spec.code: s for s in successions(city("SSTT", "AABC"), city("SSST", "AABC"))}
    assert told(moved["street"]) == [("moved", "S", "S"), ("moved", "T", "T")]
    assert told(moved["grid"]) == [("parent", "B", "B")]


def test_layers_that_may_overlap_go_by_code_then_by_shape():
    old = {"A": polygon((0, 0), (4, 0), (4, 4), (0, 4)), "B": polygon((1, 1), (3, 1), (3, 3), (1, 3))}
    new = {"A": polygon((0, 0), (4, 0), (4, 5), (0, 5)), "X": old["B"], "Y": polygon((2, 0), (3, 0), (3, 2), (2, 2))}
    found = succession(layer("zone", old, coverage="free"), layer("zone", new, coverage="free"), METRIC)
    assert told(found) == [("new", "", "Y"), ("moved", "A", "A"), ("recoded", "B", "X")]
    assert found.ground_loss is None


LINES = {"L1": line((0, 0), (9, 0)), "L2": line((0, 2), (9, 2)), "L3": line((0, 4), (9, 4))}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"L1": None}, [("gone", "L1", "")]),
        ({"L4": line((0, 6), (9, 6))}, [("new", "", "L4")]),
        ({"L1": line((9, 0), (0, 0))}, []),
        ({"L1": line((0, 0), (4, 0), (9, 0))}, [("redrawn", "L1", "L1")]),
        ({"L1": line((0, 0.05), (9, 0.05))}, [("redrawn", "L1", "L1")]),
        ({"L1": line((0, 0), (4.5, 0.5), (9, 0))}, [("moved", "L1", "L1")]),
        ({"L1": line((0, 0), (8, 0))}, [("moved", "L1", "L1")]),
        ({"L1": line((0, 0), (10, 0))}, [("moved", "L1", "L1")]),
        ({"L1": None, "L9": LINES["L1"]}, [("recoded", "L1", "L9")]),
    ],
)
def test_lines_go_by_code(change: dict[str, Any], expected: list[tuple[str, str, str]]):
    after = {code: shape for code, shape in (LINES | change).items() if shape is not None}
    found = succession(*(layer("lane", x, geometry="line", coverage="free") for x in (LINES, after)), METRIC)
    assert told(found) == expected
    assert (found.walk, found.ground_loss) == (None, None)


def test_points_go_by_code():
    old = {"P1": shapely.Point(at(0, 0)), "P2": shapely.Point(at(1, 0)), "P3": shapely.Point(at(2, 0))}
    new = old | {"P1": shapely.Point(beside(at(0, 0), 0.9, 0.0)), "P2": shapely.Point(beside(at(1, 0), 0.0, 1.1))}
    found = succession(*(layer("place", x, geometry="point", coverage="free") for x in (old, new)), METRIC)
    assert told(found) == [("moved", "P2", "P2"), ("redrawn", "P1", "P1")]
    assert found.changes[0].moved_m == pytest.approx(1.1, abs=1e-3)


def test_an_empty_layer_and_missing_shapes_are_named_not_guessed():
    nothing = partition(EMPTY, [])
    some = partition([polygon((0, 0), (1, 0), (1, 1)), None, shapely.Polygon()], ["A", "B", "C"])
    assert told(succession(nothing, nothing, METRIC)) == []
    assert told(succession(nothing, some, METRIC)) == [("new", "", "A"), ("new", "", "B"), ("new", "", "C")]
    assert told(succession(some, nothing, METRIC)) == [("gone", "A", ""), ("gone", "B", ""), ("gone", "C", "")]
    assert succession(nothing, nothing, METRIC).ground_loss is None
    shaped = polygon((2, 2), (3, 2), (3, 3))
    found = succession(some, partition([some.geometries[0], shaped, None], ["A", "B", "C"], names=["", "乙", ""]),
                       METRIC)  # fmt: skip
    assert told(found) == [("renamed", "B", "B")]
    assert found.not_compared == ("B", "C")


def test_an_invalid_ring_is_compared_by_what_it_can_mean():
    bow_tie = shapely.Polygon([at(0, 0), at(2, 2), at(2, 0), at(0, 2)])
    mended = shapely.MultiPolygon([polygon((0, 0), (1, 1), (0, 2)), polygon((1, 1), (2, 0), (2, 2))])
    assert told(succession(layer("grid", {"A": bow_tie}), layer("grid", {"A": bow_tie}), METRIC)) == []
    found = succession(layer("grid", {"A": bow_tie}), layer("grid", {"A": mended}), METRIC)
    assert not any(c.real for c in found.changes)
    square = polygon((0, 0), (2, 0), (2, 2), (0, 2))
    assert told(succession(layer("grid", {"A": bow_tie}), layer("grid", {"A": square}), METRIC)) == [
        ("moved", "A", "A")
    ]


def test_exclaves_are_part_of_their_area():
    found = became("AAABBBA", "AAABBBC")
    assert told(found) == [("split", "A", "AC")]
    assert told(became("AAABBBA", "AAABBBB")) == [("moved", "A", "A"), ("moved", "B", "B")]


@settings(max_examples=30, deadline=None)
@given(seeds)
def test_an_edition_never_differs_from_itself_however_damaged(seed: int):
    rng = np.random.default_rng(seed)
    shapes = [*damaged_lattice(rng, 6, 5), None, shapely.Polygon()]
    codes = [f"u{k % 20:02d}" for k in range(len(shapes))]  # duplicates among them
    for coverage in ("partition", "free"):
        one = Layer.build(LayerSpec("grid", coverage=coverage), codes, np.array([*shapes, None], dtype=object)[:-1])
        found = succession(one, one, METRIC)
        assert told(found) == []
        assert found.unchanged == len(shapes)


@settings(max_examples=30, deadline=None)
@given(seeds, st.floats(0.0, 0.9))
def test_planted_changes_are_found_exactly_under_any_jitter_within_the_tolerance(seed: int, jitter_m: float):
    rng = np.random.default_rng(seed)
    shapes, _ = lattice(rng, 6, 6)
    codes = [f"u{k:02d}" for k in range(36)]
    names = [f"n{k}" for k in range(36)]
    before = partition(shapes, codes, names=names, props=[{"owner": "x"}] * 36)
    after = dict(zip(codes, shaken(shapes, jitter_m), strict=True))
    # A merge of two, a split through the middle, a new code, a new name, a new owner.
    middle = after["u10"].centroid
    cut = shapely.LineString([(middle.x - 0.01, middle.y), (middle.x + 0.01, middle.y)])
    halves = shapely.get_parts(shapely.ops.split(after.pop("u10"), cut))
    after |= {f"u10{'abcd'[k]}": half for k, half in enumerate(halves)}
    after["u00"] = shapely.union_all([after["u00"], after.pop("u01")], grid_size=1e-12)
    after["v35"] = after.pop("u35")
    renamed = [{"u22": "neu"}.get(c, names[int(c[1:3])]) for c in after]
    owners = [{"owner": "y" if c == "u27" else "x"} for c in after]
    found = succession(before, partition(after.values(), list(after), names=renamed, props=owners), METRIC)
    pieces = "".join(sorted(c for c in after if c.startswith("u10")))
    expected = [
        ("merge", "u00u01", "u00"), ("recoded", "u35", "v35"), ("renamed", "u22", "u22"), ("props", "u27", "u27"),
    ]  # fmt: skip
    expected.append(("split", "u10", pieces))
    real = [(c.kind, "".join(c.before), "".join(c.after)) for c in found.changes if c.real]
    assert sorted(real) == sorted(expected)
    assert all(s.share_before <= 1.0 for c in found.changes for s in c.shares)


@settings(max_examples=60, deadline=None)
@given(seeds, st.sampled_from([*VALID, drafts]), st.sampled_from(["partition", "free"]))
def test_every_area_before_and_after_is_accounted_for_however_hard_the_ground(seed: int, make: Any, coverage: Any):
    rng = np.random.default_rng(seed)
    old = make(rng)
    new = np.array([s for s in old if rng.random() < 0.8] + [*make(rng)[:3], None], dtype=object)
    moved = rng.random(len(new)) < 0.5
    new[moved] = shaken(new[moved], rng.choice([1e-6, 0.5, 20.0]))
    layers = [
        Layer.build(LayerSpec("grid", coverage=coverage), [f"u{k:03d}" for k in rng.permutation(len(x))], x)
        for x in (old, new)
    ]
    found = succession(*layers, METRIC)
    for side, one in (("before", layers[0]), ("after", layers[1])):
        named = {row for c in found.changes for row in getattr(c, f"rows_{side}")}
        assert len(named) + found.unchanged == len(one)
    assert found.ground_loss is None or 0.0 <= found.ground_loss <= 1.0
    assert all(0.0 < s.share_before <= 1.0 and 0.0 < s.share_after <= 1.0 for c in found.changes for s in c.shares)


def test_far_away_and_across_the_equator_metres_are_metres():
    for lon, lat in ((0.0, 0.0), (-70.0, -33.0), (25.0, 69.0)):
        square = shapely.box(lon, lat, lon + 0.01, lat + 0.01)
        metric = Metric.at(lon, lat)
        x, y = metric.xy(np.array([lon + 0.01]), np.array([lat]))
        east, _ = metric.lonlat(x + 5.0, y)
        wider = shapely.box(lon, lat, float(east[0]), lat + 0.01)
        found = succession(partition([square], ["A"]), partition([wider], ["A"]), metric)
        assert told(found) == [("moved", "A", "A")]
        assert found.changes[0].moved_m == pytest.approx(5.0, rel=0.01)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (CITY, []),
        (CITY.replace("A", "X"), [("recoded", "A", "X", 1.0, 1.0)]),
        (CITY.replace("B", "A"), [("merge", "A", "A", 1.0, 0.5), ("merge", "B", "A", 1.0, 0.5)]),
        (CITY.replace("C", "."), [("gone", "C", None, None, None)]),
        (CITY.replace("FF", "FFGG"), [("new", None, "G", None, None)]),
        (
            CITY.replace("BB", "AB", 1),
            [("moved", "A", "A", 1.0, 0.8), ("moved", "B", "A", 0.25, 0.2), ("moved", "B", "B", 0.75, 1.0)],
        ),
        # An area that went elsewhere has no ground in common with itself.
        ("..BBCC\n..BBCC\nDDEEFFAA\nDDEEFFAA", [("moved", "A", "A", None, None)]),
    ],
)
def test_the_lineage_leaves_out_what_simply_went_on(after: str, expected: list[tuple[Any, ...]]):
    rows = successors([became(CITY, after)])
    assert [(*r[1:4], *(None if s is None else round(s, 3) for s in r[4:])) for r in rows] == expected


def test_a_line_has_a_lineage_without_shares():
    after = {"L1": line((0, 0), (4.5, 0.5), (9, 0)), "L2": LINES["L2"], "L9": LINES["L3"]}
    found = succession(*(layer("lane", x, geometry="line", coverage="free") for x in (LINES, after)), METRIC)
    assert [tuple(r) for r in successors([found])] == [
        ("lane", "moved", "L1", "L1", None, None), ("lane", "recoded", "L3", "L9", None, None)
    ]  # fmt: skip
