"""Checks of boundary streets: each has exactly one owner, which lies beside it."""

from collections.abc import Iterator

import numpy as np
import shapely
from shapely import STRtree

from gridsvc.spatial.findings import Finding, Sheet, found
from gridsvc.spatial.layer import Layer

# Corridors meet at crossings. At right angles one runs in the other for that one's width; at fifteen degrees for four.
CROSSING_WIDTHS = 2.0


def owners_of(layer: Layer) -> list[str]:
    """The code of the area that each boundary street names as its owner, empty where it names none."""
    return [str(props.get("owner") or "") for props in layer.props]


def unowned(layer: Layer, sheet: Sheet) -> Iterator[Finding]:
    """Boundary streets that no area claims, or whose owner does not exist or does not reach them."""
    if layer.spec.settles is None:
        return
    areas, shapes = sheet.edition.layers[layer.spec.settles], sheet.shapes[layer.spec.code]
    reach_m = layer.reach_m + layer.spec.checks.tolerance_m
    for i, owner in enumerate(owners_of(layer)):
        code, row = layer.codes[i], areas.position_of.get(owner)
        zh, en = f"界路 {code} {layer.names[i]}", f"boundary street {code} {layer.names[i]}"
        if not owner:
            text = f"{zh} 无人认领", f"{en}: no area claims it"
            yield found("unowned_street", "warning", layer.spec.code, (code,), text, shapes[i])
        elif row is None:
            text = f"{zh} 的归属区域 {owner} 不存在", f"{en}: its owner {owner} does not exist"
            yield found("unowned_street", "error", layer.spec.code, (code,), text, shapes[i])
        else:
            pair = np.array([shapes[i], sheet.shapes[layer.spec.settles][row]], dtype=object)
            away_m = float(shapely.distance(*sheet.metric.straight(pair)))
            if away_m > reach_m[i]:
                text = f"{zh} 不与其归属区域 {owner} 相邻", f"{en}: its owner {owner} does not touch it"
                yield found("unowned_street", "error", layer.spec.code, (code, owner), text, shapes[i], away_m, "m")


def contested(layer: Layer, sheet: Sheet) -> Iterator[Finding]:
    """Boundary streets claimed twice: one code with two owners, or two corridors on the same ground.

    Two corridors with different owners contest the ground if one's line runs in the other for more than twice both
    widths together: so far it does not at a crossing. An error, since whom an answer names would be the least code.
    """
    if layer.spec.settles is None:
        return
    areas = sheet.edition.layers[layer.spec.settles].position_of
    owners, shapes = owners_of(layer), sheet.shapes[layer.spec.code]
    claims: dict[str, set[str]] = {}
    for code, owner in zip(layer.codes, owners, strict=True):
        claims.setdefault(code, set()).update({owner} & areas.keys())
    for code, named in claims.items():
        if len(named) > 1:
            own = shapes[layer.codes == code]
            text = (f"界路 {code} 被多个区域认领：{'、'.join(sorted(named))}",
                    f"boundary street {code} is claimed by several areas: {', '.join(sorted(named))}")  # fmt: skip
            yield found("contested_street", "error", layer.spec.code, (code,), text, shapely.union_all(own))
    # A street bends by nothing that counts; one with a vertex at null island would have a hundred thousand more.
    lines = sheet.metric.geometries(shapes)
    reach_m = np.maximum(layer.reach_m, layer.spec.checks.tolerance_m)
    corridors = shapely.buffer(lines, reach_m)
    a, b = STRtree(corridors).query(corridors, predicate="intersects")
    rival = np.array([owners[i] in areas and owners[j] in areas and owners[i] != owners[j]
                      and layer.codes[i] != layer.codes[j] for i, j in zip(a, b, strict=True)], dtype=bool)  # fmt: skip
    a, b = a[rival], b[rival]
    run_m = shapely.length(shapely.intersection(lines[a], corridors[b]))
    runs = {(int(i), int(j)): float(m) for i, j, m in zip(a, b, run_m, strict=True)}
    for i, j in sorted({tuple(sorted(pair)) for pair in runs}):
        both_m = max(runs[i, j], runs[j, i])
        if both_m > CROSSING_WIDTHS * 2.0 * (reach_m[i] + reach_m[j]):
            codes = (layer.codes[i], layer.codes[j])
            claims_zh, claims_en = f"{owners[i]} 与 {owners[j]}", f"{owners[i]} and {owners[j]}"
            text = (f"界路 {codes[0]} 与 {codes[1]} 在同一地面上并行，却分属 {claims_zh}",
                    f"boundary streets {codes[0]} and {codes[1]} claim the same ground for {claims_en}")  # fmt: skip
            ground = sheet.in_degrees(shapely.intersection(corridors[i], corridors[j]))
            yield found("contested_street", "error", layer.spec.code, codes, text, ground, both_m, "m")
