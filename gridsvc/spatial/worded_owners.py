"""Who owns the boundary streets of a worded plan: each stretch claimed once, by nobody, or by both sides."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from gridsvc.spatial.faces import lying_on, segments
from gridsvc.spatial.grid_maker import ON_LINE_DEG
from gridsvc.spatial.worded_doubts import Doubt, doubt
from gridsvc.spatial.worded_ground import Compiled
from gridsvc.spatial.worded_names import Named


@dataclass(frozen=True, eq=False)
class StreetStretch:
    """A stretch of a lane between grids: the rows of those beside it and of those that claim it."""

    lane: Named
    line: shapely.Geometry
    beside: tuple[int, ...]
    claimed: tuple[int, ...]


def street_stretches(plan: Compiled) -> list[StreetStretch]:
    """Give every stretch of a named lane at which a grid of the plan ends, by lane and neighbours."""
    ground = plan.ground
    if not ground.lanes or not len(ground.faces):
        return []
    found = segments(ground.faces)
    place, lane = lying_on(found.middles, np.array([x.shape for x in ground.lanes], dtype=object), ON_LINE_DEG)
    claims = _claims(plan)
    named = {(row, k) for row, w in enumerate(plan.wordings) for k, x in enumerate(ground.lanes)
             if any(t.lane is x and t.grid == w.code for t in ground.terms)}  # fmt: skip
    held = [_sure(plan, grids) for grids in ground.grids]
    groups: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for at, of in zip(place.tolist(), lane.tolist(), strict=True):
        a, b = (held[f] if f >= 0 else set() for f in found.faces[at])
        if a != b and any((row, of) in named for row in a | b):
            groups.setdefault((of, tuple(sorted(a | b))), []).append(at)
    stretches = []
    for (of, beside), rows in sorted(groups.items()):
        line = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(found.ends[rows])))
        claimed = tuple(row for row in beside if (row, id(ground.lanes[of])) in claims)
        stretches.append(StreetStretch(ground.lanes[of], line, beside, claimed))
    return stretches


def _sure(plan: Compiled, grids: tuple[int, ...]) -> set[int]:
    """The grids of a face; one whose text is not understood in full counts only where no other does."""
    return {g for g in grids if plan.whole[g]} or set(grids)


def _claims(plan: Compiled) -> dict[tuple[int, int], str]:
    """Which grid claims which lane, by （含）, and the phrase."""
    row_of = {w.code: i for i, w in enumerate(plan.wordings)}
    return {
        (row_of[t.grid], id(t.lane)): t.clause.phrase
        for t in plan.ground.terms if t.lane is not None and t.clause.included
    }  # fmt: skip


def owner_doubts(plan: Compiled, stretches: list[StreetStretch]) -> Iterator[Doubt]:
    """Streets that nobody claims, that both sides claim, and claims on a street that does not reach the grid."""
    for s in stretches:
        named = {t.grid for t in plan.ground.terms if t.lane is s.lane}
        codes = [c for c in (plan.wordings[row].code for row in s.beside) if c in named]
        length_m = float(shapely.length(plan.metric.geometries(np.array([s.line], dtype=object)))[0])
        if not s.claimed:
            yield doubt("orphan_street", codes, _phrases(plan, s, s.beside), f"{s.lane.name} 是边界，无人认领",
                        f"{s.lane.name} is a boundary and nobody claims it", s.line, length_m, "m")  # fmt: skip
        elif len(s.claimed) > 1:
            own = [plan.wordings[row].code for row in s.claimed]
            yield doubt("contested_street", own, _phrases(plan, s, s.claimed),
                        f"{s.lane.name} 被 {'、'.join(own)} 同时认领", f"{s.lane.name} is claimed by {', '.join(own)}",
                        s.line, length_m, "m")  # fmt: skip
    met = {(row, id(s.lane)) for s in stretches for row in s.claimed}
    lanes = {id(x): x for x in plan.ground.lanes}
    for (row, lane), phrase in _claims(plan).items():
        if (row, lane) not in met and lane in lanes and plan.shapes[row] is not None:
            code = plan.wordings[row].code
            yield doubt("claim_elsewhere", (code,), (phrase,), f"{lanes[lane].name} 不是网格 {code} 的边界",
                        f"{lanes[lane].name} bounds grid {code} nowhere", lanes[lane].shape)  # fmt: skip


def _phrases(plan: Compiled, s: StreetStretch, rows: tuple[int, ...]) -> list[str]:
    codes = {plan.wordings[row].code for row in rows}
    return [t.clause.phrase for t in plan.ground.terms if t.lane is s.lane and t.grid in codes]


def ground_doubts(plan: Compiled) -> Iterator[Doubt]:
    """Ground that several whole grids hold, and, once all grids are whole, ground that none does."""
    sure = {row for row, whole in enumerate(plan.whole) if whole}
    shared: dict[tuple[int, ...], list[int]] = {}
    for face, grids in enumerate(plan.ground.grids):
        own = tuple(g for g in grids if g in sure)
        if len(own) > 1 or (not own and all(plan.whole)):
            shared.setdefault(own, []).append(face)
    for own, faces in sorted(shared.items()):
        ground = shapely.coverage_union_all(plan.ground.faces[faces])
        codes = [plan.wordings[row].code for row in own]
        m2 = float(shapely.area(plan.metric.straight(np.array([ground], dtype=object)))[0])
        if codes:
            said = [t.clause.phrase for t in plan.ground.terms if t.grid in codes]
            yield doubt(
                "overlap", codes, said, f"{'、'.join(codes)} 重叠", f"{', '.join(codes)} overlap", ground, m2, "m2"
            )
        else:
            yield doubt("gap", (), (), "有地不属任何网格", "ground that no grid holds", ground, m2, "m2")
