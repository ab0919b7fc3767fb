"""Whatever is drawn, the check ends, names what cannot be used, and its report is JSON."""

import json

import numpy as np
import shapely
from drawing import areas, at, edition, line, polygon
from hypothesis import given, settings
from hypothesis import strategies as st

from gridsvc.spatial.layer import Layer
from gridsvc.spatial.topology import check_edition
from gridsvc.values import LayerChecks, LayerSpec

CODES = ("330110001001", "330110001002")
SOUND = [*areas("AABB\nCCBB").values(), *areas(".AA\n.AA").values(), shapely.box(*at(0, 2), *at(0.02, 0))]
ODD = [
    None, shapely.Polygon(), shapely.GeometryCollection(), shapely.Point(at(1, 1)), line((0, 0), (3, 3)),
    line((1, 1), (1, 1)), polygon((0, 0), (2, 2), (2, 0), (0, 2)), shapely.LineString([at(0, 0), (0.0, 0.0)]),
    shapely.MultiPolygon([areas("A")["A"], areas("..A")["A"]]),
    shapely.GeometryCollection([areas("A")["A"], shapely.Point(at(1, 1))]), shapely.box(0, 0, 0.001, 0.001),
    shapely.box(30, 119, 30.01, 119.01), shapely.box(-60.01, -30.01, -60, -30),
]  # fmt: skip
SHAPES = st.lists(st.sampled_from(SOUND + ODD), max_size=5)
COVERAGES = st.sampled_from(["partition", "cover", "free"])


def drawn(data: st.DataObject, spec: LayerSpec, ends: tuple[str, ...]) -> Layer:
    shapes = data.draw(SHAPES)
    codes = [data.draw(st.sampled_from(CODES)) + data.draw(st.sampled_from(ends)) for _ in shapes]
    parents = [data.draw(st.sampled_from([None, *CODES])) for _ in shapes]
    props = [{"owner": data.draw(st.sampled_from([None, "x", CODES[0] + "001"])), "width_m": 8} for _ in shapes]
    return Layer.build(spec, codes, np.array([*shapes, None], dtype=object)[:-1], parents=parents, props=props)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_the_check_of_any_edition_ends_and_names_every_shape_that_cannot_be_used(data):
    equals = LayerChecks(equals="unit_grid", tolerance_m=data.draw(st.sampled_from([0.01, 0.5, 100.0])))
    above = drawn(data, LayerSpec("community", coverage=data.draw(COVERAGES), checks=equals), ("",))
    units = drawn(
        data, LayerSpec("unit_grid", coverage=data.draw(COVERAGES), parent="community"), ("001", "02", "A", "")
    )
    roads = drawn(data, LayerSpec("road", geometry="line", settles="unit_grid"), ("", "r"))
    city = edition(above, units, roads)
    report = check_edition(city, components=(np.array([120.0, np.nan, 400.0]),) * 2, before=city)
    assert json.loads(json.dumps(report.as_dict(), allow_nan=False)) == report.as_dict()
    for one in city:
        for code, shape in zip(one.codes, one.geometries, strict=True):
            if shape is None or shape.is_empty or not shape.is_valid:
                assert ("invalid", one.spec.code, (code,)) in {(f.id, f.layer, f.codes) for f in report.findings}
