"""From worded boundaries to ground: all lanes that a plan names cut its ground into faces, each grid takes its own.

Cutting happens in degrees, so that neighbours share vertices bit by bit; metres only decide and measure.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely

from gridsvc.errors import BadInput, FieldError
from gridsvc.spatial.datum import Metric
from gridsvc.spatial.faces import closed, matched, noded, snapped
from gridsvc.spatial.grid_maker import DECIMALS, ON_LINE_DEG
from gridsvc.spatial.layer import Layer, Objects
from gridsvc.spatial.worded_doubts import HINDERS, Doubt, doubt
from gridsvc.spatial.worded_names import Gazetteer, Named
from gridsvc.spatial.worded_reach import led_on
from gridsvc.spatial.worded_sides import NO, UNKNOWN, YES, Sides, answers, between, sides_of
from gridsvc.spatial.worded_terms import Settled, Term, terms_of
from gridsvc.spatial.worded_text import read_clauses


@dataclass(frozen=True, slots=True)
class Wording:
    """One grid in words."""

    code: str
    name: str
    text: str


@dataclass(frozen=True, eq=False)
class Ground:
    """The faces of a plan in degrees, and which grids each belongs to (by row of the wordings, ascending)."""

    faces: Objects
    grids: tuple[tuple[int, ...], ...]
    lanes: tuple[Named, ...]
    terms: tuple[Term, ...]


@dataclass(frozen=True, eq=False)
class Compiled:
    """What a plan in words comes to.

    ``shapes`` has a polygon a wording, or None where nothing is left; ``whole`` tells which of them are all that
    their text says, so that no doubt stands against their ground.
    """

    wordings: tuple[Wording, ...]
    shapes: Objects
    whole: tuple[bool, ...]
    ground: Ground
    doubts: tuple[Doubt, ...]
    metric: Metric = field(repr=False)


def compile_ground(
    wordings: Sequence[Wording],
    outer: shapely.Geometry,
    layers: Iterable[Layer],
    *,
    settled: Settled | None = None,
    reach_m: float = 0.0,
    progress: Callable[[str], None] = lambda _: None,
) -> Compiled:
    """Compile worded grids on a ground; what is not certain is listed and never guessed.

    Parameters
    ----------
    wordings : sequence of Wording
        One a grid, codes unlike.
    outer : Polygon or MultiPolygon
        The ground that is shared out, in degrees (WGS 84).
    layers : iterable of Layer
        Lines and polygons with names.
    settled : mapping, optional
        What a planner has decided of names: (grid, name, side) to a code; ``""`` for any grid or side.
    reach_m : float
        How far the loose end of a lane is led straight on to meet another or the end of the ground; 0 for not at all.
    progress : callable
        Told the code of each grid before its ground is decided.
    """
    _refuse_nonsense(wordings, outer, reach_m)
    west, south, east, north = shapely.bounds(outer)
    metric = Metric.at((west + east) / 2.0, (south + north) / 2.0)
    known = Gazetteer(layers, metric)
    terms: list[Term] = []
    doubts: list[Doubt] = []
    for one in wordings:
        own, unsure = terms_of(one.code, read_clauses(one.text), known, settled or {})
        terms, doubts = terms + own, doubts + unsure
    lanes = _lanes(terms)
    borders = [thing.shape for term in terms if term.lane is None for thing in term.things]
    lines, found = led_on([x.shape for x in lanes], outer, borders, reach_m, metric)
    doubts += [_led(lanes[i], terms, line, metric) for i, line in found]
    faces = _faces([*lines, *(line for _, line in found)], outer, borders)
    flat = metric.straight(faces)
    deciding = _Deciding(flat, faces, metric.straight(np.array([outer], dtype=object))[0], metric)
    belongs: list[list[int]] = [[] for _ in faces]
    for row, one in enumerate(wordings):
        progress(one.code)
        own = [t for t in terms if t.grid == one.code]
        taken, more = _decide(one, own, faces, deciding)
        doubts += more
        for face in taken:
            belongs[face].append(row)
    held = Ground(faces, tuple(tuple(b) for b in belongs), tuple(lanes), tuple(terms))
    shapes = _shapes(held, len(wordings))
    doubts += [_scattered(w, s) for w, s in zip(wordings, shapes, strict=True) if shapely.get_num_geometries(s) > 1]
    hindered = {g for d in doubts if d.id in HINDERS for g in d.grids}
    whole = tuple(w.code not in hindered and s is not None for w, s in zip(wordings, shapes, strict=True))
    return Compiled(tuple(wordings), shapes, whole, held, tuple(doubts), metric)


def _refuse_nonsense(wordings: Sequence[Wording], outer: shapely.Geometry, reach_m: float) -> None:
    faults = []
    codes = [w.code for w in wordings]
    for code in sorted({c for c in codes if codes.count(c) > 1}):
        faults.append(FieldError("code", code, "一个网格一行", "one row a grid"))
    if shapely.get_type_id(outer) not in (3, 6) or outer.is_empty or not outer.is_valid:
        faults.append(FieldError("outer", str(shapely.is_valid_reason(outer)), "应为有效的面", "give a valid polygon"))
    if not 0.0 <= reach_m <= 1000.0:
        faults.append(FieldError("reach_m", reach_m, "0 到 1000 米", "0 to 1000 metres"))
    if faults:
        raise BadInput("文字边界无法编译", "the wording cannot be compiled", faults)


def _lanes(terms: Iterable[Term]) -> list[Named]:
    """The lanes that a plan names as boundaries, each once."""
    return list({id(t.lane): t.lane for t in terms if t.lane is not None and t.side != "along"}.values())


def _led(lane: Named, terms: Sequence[Term], line: shapely.Geometry, metric: Metric) -> Doubt:
    own = [t for t in terms if t.lane is lane]
    length_m = float(shapely.length(metric.geometries(np.array([line], dtype=object)))[0])
    return doubt("led_on", sorted({t.grid for t in own}), [t.clause.phrase for t in own],
                 f"{lane.name} 的一端已延长", f"an end of {lane.name} was led on", line, length_m, "m")  # fmt: skip


def _faces(lines: Sequence[shapely.Geometry], outer: shapely.Geometry, areas: Sequence[shapely.Geometry]) -> Objects:
    """Cut the ground by lanes and by the borders of areas that are named."""
    border = np.asarray(shapely.get_parts(shapely.boundary(outer)), dtype=object)
    cuts = [
        p
        for x in [*lines, *shapely.boundary(np.array([*areas, None], dtype=object)[:-1])]
        for p in shapely.get_parts(x)
    ]
    if cuts:
        moved = snapped(np.array(cuts, dtype=object), border, DECIMALS)
        moved = shapely.remove_repeated_points(moved)
        border = np.concatenate([border, moved[shapely.length(moved) > 0.0]])
    faces = closed(noded(matched(border, ON_LINE_DEG)))
    inner = shapely.contains(outer, shapely.point_on_surface(faces))
    return np.asarray(faces[inner], dtype=object)


class _Deciding:
    """Says of every face of a plan whether it meets a term; each lane's sides are found once."""

    def __init__(self, flat: Objects, faces: Objects, outer: shapely.Geometry, metric: Metric) -> None:
        self._flat, self._faces, self._outer, self._metric = flat, faces, outer, metric
        self._inner = shapely.point_on_surface(faces)
        self._held: dict[tuple[int, ...], tuple[Sides, np.ndarray] | None] = {}

    def meets(self, term: Term) -> np.ndarray | None:
        """``YES``, ``NO`` or ``UNKNOWN`` for each face; None where the term has no certain side."""
        if term.lane is None:
            within = shapely.contains(shapely.union_all([x.shape for x in term.things]), self._inner)
            return np.where(within == (term.side == "inside"), YES, NO)
        key = tuple(id(x) for x in (*term.things, *term.stretch))
        if key not in self._held:
            self._held[key] = self._sides(term.lane, term.stretch)
        found = self._held[key]
        sign = 0 if found is None else found[0].sign(term.side)
        return None if found is None or sign == 0 else answers(found[1], sign)

    def _sides(self, lane: Named, stretch: Sequence[Named]) -> tuple[Sides, np.ndarray] | None:
        shapes = self._metric.geometries(np.array([lane.shape, *(x.shape for x in stretch)], dtype=object))
        course = between(*shapes) if stretch else shapes[0]
        sides = None if course is None else sides_of(course, self._outer)
        return None if sides is None else (sides, sides.share_left(self._flat))


def _decide(one: Wording, terms: Sequence[Term], faces: Objects, deciding: _Deciding) -> tuple[list[int], list[Doubt]]:
    """The faces that meet all terms of a grid, and what is not certain of them."""
    doubts, met, said = [], [], []
    for term in terms:
        if term.side == "along":
            continue
        answer = deciding.meets(term)
        if answer is None and term.lane is not None:
            doubts.append(doubt("ambiguous_side", (one.code,), (term.clause.phrase,),
                                f"{term.lane.name} 的走向没有这一侧", f"{term.lane.name} has no such side",
                                term.lane.shape))  # fmt: skip
        elif answer is not None:
            met.append(answer)
            said.append(term.clause.phrase)
    if not met:
        return [], [*doubts, _nothing(one, [], "没有可用的条件", "no condition can be used")]
    table = np.stack(met)
    taken = np.flatnonzero((table == YES).all(axis=0))
    unsure = np.flatnonzero((table != NO).all(axis=0) & (table == UNKNOWN).any(axis=0))
    for row, phrase in enumerate(said):
        here = unsure[table[row, unsure] == UNKNOWN]
        if len(here):
            doubts.append(doubt("ends_short", (one.code,), (phrase,), "路在此处之前已到头，未能分开这块地",
                                "the lane ends before it divides this ground",
                                shapely.union_all(faces[here])))  # fmt: skip
    if not len(taken):
        doubts.append(_nothing(one, said, "没有一块地满足全部条件", "no ground meets all conditions"))
    return taken.tolist(), doubts


def _nothing(one: Wording, phrases: Sequence[str], zh: str, en: str) -> Doubt:
    return doubt("no_ground", (one.code,), phrases, f"网格 {one.code} {zh}", f"grid {one.code}: {en}")


def _scattered(one: Wording, shape: shapely.Geometry) -> Doubt:
    n = int(shapely.get_num_geometries(shape))
    return doubt(
        "scattered", (one.code,), (), f"网格 {one.code} 分成 {n} 块", f"grid {one.code} is in {n} parts", shape
    )


def _shapes(held: Ground, n: int) -> Objects:
    shapes = np.full(n, None, dtype=object)
    own: Mapping[int, list[int]] = {row: [f for f, g in enumerate(held.grids) if row in g] for row in range(n)}
    for row, faces in own.items():
        if faces:
            shapes[row] = shapely.normalize(shapely.coverage_union_all(held.faces[faces]))
    return shapes
