"""From the clauses of a grid to conditions on named lanes and areas; what is not certain becomes a doubt."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import shapely

from gridsvc.spatial.worded_doubts import Doubt, doubt
from gridsvc.spatial.worded_names import Gazetteer, Named
from gridsvc.spatial.worded_sides import TOWARD
from gridsvc.spatial.worded_text import Clause, Side

# What planners settle by hand: (grid, name in the text, side) to the code that is meant; "" stands for any.
Settled = Mapping[tuple[str, str, str], str]


@dataclass(frozen=True, eq=False)
class Term:
    """One condition on one thing: ground on a side of a lane, or in or out of an area (any of several)."""

    grid: str
    clause: Clause
    things: tuple[Named, ...]
    side: Side
    stretch: tuple[Named, ...] = ()

    @property
    def lane(self) -> Named | None:
        """The lane whose side it names."""
        return self.things[0] if self.side in TOWARD or self.side == "along" else None


def terms_of(grid: str, clauses: list[Clause], known: Gazetteer, settled: Settled) -> tuple[list[Term], list[Doubt]]:
    """Give the conditions that are certain, and a doubt for each clause that is not."""
    terms: list[Term] = []
    doubts: list[Doubt] = []
    for clause in clauses:
        found = list(_terms(grid, clause, known, settled))
        doubts += [x for x in found if isinstance(x, Doubt)]
        # A clause of which one name is in doubt says nothing: half of it would be a guess.
        if not any(isinstance(x, Doubt) and x.id != "along" for x in found):
            terms += [x for x in found if isinstance(x, Term)]
    return terms, doubts


def _terms(grid: str, clause: Clause, known: Gazetteer, settled: Settled) -> Iterator[Term | Doubt]:
    phrase = (clause.phrase,)
    if not clause.names:
        yield doubt("unread", (grid,), phrase, "读不懂", "cannot be read")
        return
    names = [part for name in clause.names for part in known.parts(name)]
    things = [_meant(grid, name, clause, known, settled) for name in names]
    ends = [_meant(grid, name, clause, known, settled) for name in clause.stretch]
    yield from (x for x in (*things, *ends) if isinstance(x, Doubt))
    sure = tuple(x for x in things if isinstance(x, Named))
    stretch = tuple(x for x in ends if isinstance(x, Named))
    if clause.side == "unsaid":
        yield doubt("no_side", (grid,), phrase, "没有说是哪一侧", "does not say on which side")
    elif clause.side in ("inside", "outside"):
        yield from _ground(grid, clause, sure)
    else:
        for thing in sure:
            if not thing.is_lane:
                yield doubt("ambiguous_side", (grid,), phrase, f"{thing.name} 是面，方位无法确定",
                            f"{thing.name} is an area: what lies on that side of it is not certain")  # fmt: skip
                continue
            if clause.side == "along":
                yield doubt("along", (grid,), phrase, "只说沿路，不作为边界", "along a street: taken for no boundary")
            yield Term(grid, clause, (thing,), clause.side, stretch)


def _ground(grid: str, clause: Clause, things: tuple[Named, ...]) -> Iterator[Term | Doubt]:
    rings = []
    for thing in things:
        if not thing.is_lane:
            rings.append(thing)
        elif (ring := _ring(thing)) is not None:
            rings.append(ring)
        else:
            yield doubt("ambiguous_side", (grid,), (clause.phrase,), f"{thing.name} 不闭合，没有内外",
                        f"{thing.name} closes no ground")  # fmt: skip
    if rings:
        yield Term(grid, clause, tuple(rings), clause.side)


def _ring(lane: Named) -> Named | None:
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.line_merge(lane.shape))))
    if len(faces) != 1:
        return None
    return Named(lane.code, lane.name, lane.layer, faces[0], lane.width_m)


def _meant(grid: str, name: str, clause: Clause, known: Gazetteer, settled: Settled) -> Named | Doubt:
    """The one thing that a name stands for here, or why that is not certain."""
    phrase = (clause.phrase,)
    keys = ((g, name, s) for g in (grid, "") for s in (clause.side, ""))
    code = next((settled[k] for k in keys if k in settled), None)
    found = known.called(code if code is not None else name)
    if code is not None:
        found = [x for x in found if x.code == code] or found
    wants_ground = clause.side in ("inside", "outside")
    found = [x for x in found if x.is_lane != wants_ground] or found
    if len(found) == 1:
        return found[0]
    if found:
        some = "、".join(f"{x.name} {x.code}" for x in found)
        return doubt("ambiguous_name", (grid,), phrase, f"“{name}”可能是 {some}",
                     f"{name} may be {some.replace('、', ', ')}",
                     shapely.union_all([x.shape for x in found]))  # fmt: skip
    near = known.near(name)
    like_zh, like_en = "、".join(near), ", ".join(near)
    return doubt(
        "unknown_name", (grid,), phrase,
        f"没有叫“{code or name}”的路或区域" + (f"，相近的有 {like_zh}" if near else ""),
        f"nothing is called {code or name}" + (f"; alike: {like_en}" if near else ""),
    )  # fmt: skip
