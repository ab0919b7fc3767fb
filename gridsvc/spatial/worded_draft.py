"""A worded plan as an edition: its ground, its grids, the lanes it names and the boundary streets with their owners."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridsvc.spatial.layer import Edition, Layer, Objects
from gridsvc.spatial.worded_doubts import Doubt
from gridsvc.spatial.worded_ground import Compiled, Wording, compile_ground
from gridsvc.spatial.worded_names import Named
from gridsvc.spatial.worded_owners import StreetStretch, ground_doubts, owner_doubts, street_stretches
from gridsvc.spatial.worded_terms import Settled
from gridsvc.values import LayerSpec


@dataclass(frozen=True, eq=False)
class Plan:
    """What a worded plan comes to: its ground, its boundary streets, and the review list."""

    compiled: Compiled
    streets: tuple[StreetStretch, ...]
    doubts: tuple[Doubt, ...]


def compile_plan(
    wordings: Sequence[Wording],
    outer: shapely.Geometry,
    layers: Iterable[Layer],
    *,
    settled: Settled | None = None,
    reach_m: float = 0.0,
    progress: Callable[[str], None] = lambda _: None,
) -> Plan:
    """Compile grids in words to ground and owners; see :func:`gridsvc.spatial.worded_ground.compile_ground`."""
    found = compile_ground(wordings, outer, layers, settled=settled, reach_m=reach_m, progress=progress)
    streets = tuple(street_stretches(found))
    doubts = (*found.doubts, *owner_doubts(found, list(streets)), *ground_doubts(found))
    return Plan(found, streets, doubts)


def draft_edition(plan: Plan, code: str, title: str = "", district: str = "") -> Edition:
    """Give a plan as an edition to be checked, looked at and mended.

    ``plan_area`` is the ground, ``grid`` the grids whose text is understood in full, ``unsure`` (if there are any)
    what the others come to so far, ``lane`` the lanes that bound them, ``boundary_street`` their stretches between
    two grids with ``owner``: empty where nobody claims one, and one row a claim where several do.
    """
    held, wordings = plan.compiled, plan.compiled.wordings
    whole = [i for i, w in enumerate(held.whole) if w]
    unsure = [i for i, w in enumerate(held.whole) if not w and held.shapes[i] is not None]
    ground = shapely.coverage_union_all(held.ground.faces)
    layers = [
        Layer.build(LayerSpec("plan_area", "规划范围", "Plan area", coverage="partition"), ["AREA"], _objects([ground]),
                    [title]),
        _grids(LayerSpec("grid", "责任网格", "Responsibility grid", coverage="partition", parent="plan_area"),
               held, whole),
        _lanes(held.ground.lanes),
        _streets(plan, {wordings[i].code for i in whole}),
    ]  # fmt: skip
    if unsure:
        layers.append(_grids(LayerSpec("unsure", "待核网格", "Grids in doubt", coverage="free"), held, unsure))
    return Edition(code, {x.spec.code: x for x in layers}, title=title or code, district=district)


def _grids(spec: LayerSpec, held: Compiled, rows: Sequence[int]) -> Layer:
    own = [held.wordings[i] for i in rows]
    parents: list[str | None] | None = ["AREA"] * len(rows) if spec.parent else None
    props: list[Mapping[str, Any]] = [{"wording": w.text} for w in own]
    return Layer.build(
        spec, [w.code for w in own], held.shapes[list(rows)], [w.name for w in own], parents, props=props
    )


def _lanes(lanes: Sequence[Named]) -> Layer:
    spec = LayerSpec("lane", "街巷", "Lane", geometry="line", coverage="free")
    # Two lanes of different layers may have one code; the first of them keeps it as it is.
    codes: list[str] = []
    for x in lanes:
        codes.append(x.code if x.code not in codes else f"{x.layer}-{x.code}")
    props: list[Mapping[str, Any]] = [{"width_m": x.width_m} for x in lanes]
    return Layer.build(spec, codes, _objects([x.shape for x in lanes]), [x.name for x in lanes], props=props)


def _streets(plan: Plan, grids: set[str]) -> Layer:
    spec = LayerSpec("boundary_street", "界路", "Boundary street", geometry="line", coverage="free", settles="grid")
    codes: list[str] = []
    names: list[str] = []
    lines: list[shapely.Geometry] = []
    props: list[Mapping[str, Any]] = []
    for n, s in enumerate(plan.streets, 1):
        owners = [c for c in (plan.compiled.wordings[row].code for row in s.claimed) if c in grids]
        beside = ";".join(plan.compiled.wordings[row].code for row in s.beside)
        for owner in owners or [""]:
            codes.append(f"{s.lane.code}-{n:03d}")
            names.append(s.lane.name)
            lines.append(s.line)
            props.append({"owner": owner or None, "width_m": s.lane.width_m, "beside": beside})
    return Layer.build(spec, codes, _objects(lines), names, props=props)


def _objects(shapes: Sequence[shapely.Geometry]) -> Objects:
    found = np.empty(len(shapes), dtype=object)
    found[:] = list(shapes)
    return found
