"""Sets components along roads and in blocks, finds the unit grid of each and numbers them by the 17-digit scheme."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from demo_city.city import City
from demo_city.component_kinds import INSIDE, ROADSIDE, Inside, Roadside
from demo_city.frame import Array, metres, stage_rng, to_degrees
from demo_city.names import DISTRICT_CODE
from demo_city.overlays import CONTRACT_STREETS
from demo_city.planar import Edge

TOTAL = 20_000
ON_THE_LINE = 60
LETTER = {"expressway": "E", "arterial": "A", "secondary": "S", "branch": "B", "alley": "L", "river": "R"}
HALF_ROAD_M = {"E": 15.0, "A": 12.0, "S": 8.5, "B": 5.0, "L": 2.4, "R": 4.0}
SCHEME = "GB/T 47678.5-2026"
TOILET_STEP_M = 640.0
STATES = (["intact", "damaged", "lost", "abandoned", "removed"], [0.974, 0.014, 0.004, 0.004, 0.004])


@dataclass
class Draft:
    """One component before it has a code; x and y in metres, or exact degrees where it lies on a shared edge."""

    kind: Roadside | Inside
    x: float
    y: float
    exact: tuple[float, float] | None = None


def build_components(city: City) -> pd.DataFrame:
    """Give the table of all components, ordered by code."""
    rng = stage_rng(city.seed, "components")
    drafts = [*along_roads(city, rng), *in_blocks(city, rng), *toilets(city)]
    lonlat = np.round(to_degrees(np.array([(d.x, d.y) for d in drafts])), 7)
    for i, d in enumerate(drafts):
        if d.exact:
            lonlat[i] = d.exact
    face = home_faces(city, lonlat)
    keep = [i for i in range(len(drafts)) if face[i] >= 0 and stands(city, drafts[i], face[i], rng)]
    keep = thinned(keep, drafts, rng)
    return table(city, [drafts[i] for i in keep], lonlat[keep], face[keep], rng)


def along_roads(city: City, rng: np.random.Generator) -> list[Draft]:
    """Walk along every edge of the network and set what stands beside or in a road of its tier."""
    out: list[Draft] = []
    ahead: dict[tuple[str, str], float] = defaultdict(float)
    for edge in city.plane.edges:
        letter = LETTER.get(edge.tier)
        if letter is None:
            continue
        line = metres(edge.line)
        for kind in ROADSIDE:
            step = kind.spacing.get(letter)
            if step is None:
                continue
            # The distance to the next one carries over from edge to edge; roads are many short edges.
            at = ahead.setdefault((kind.code, letter), rng.uniform(0, step))
            while at < line.length:
                for side in (-1.0, 1.0) if letter in kind.both else (float(rng.choice([-1, 1])),):
                    x, y = beside(line, at, side * across(kind.side, HALF_ROAD_M[letter], rng))
                    out.append(Draft(kind, x, y))
                at += step * rng.uniform(0.8, 1.2)
            ahead[(kind.code, letter)] = at - line.length
    return [*out, *on_the_line(city, rng)]


def across(where: str, half_m: float, rng: np.random.Generator) -> float:
    """Say how far from the middle of the road something stands."""
    if where == "road":
        return float(rng.uniform(0.6, max(half_m - 1.0, 1.0)))
    if where == "gutter":
        return half_m - 0.4
    return half_m + (float(rng.uniform(0.6, 2.2)) if where == "walk" else float(rng.uniform(3.5, 5.0)))


def beside(line: shapely.LineString, at_m: float, offset_m: float) -> tuple[float, float]:
    """Give the point at a distance along a line and a distance to its left (right if negative)."""
    p, q = line.interpolate(max(at_m - 0.5, 0.0)), line.interpolate(at_m + 0.5)
    length = max(float(np.hypot(q.x - p.x, q.y - p.y)), 1e-6)
    middle = line.interpolate(at_m)
    return middle.x - (q.y - p.y) / length * offset_m, middle.y + (q.x - p.x) / length * offset_m


def on_the_line(city: City, rng: np.random.Generator) -> list[Draft]:
    """Put some manholes exactly on the line between two unit grids, where only the record says whose they are."""
    kind = next(k for k in ROADSIDE if k.code == "01002")
    pool = [e for e in city.plane.edges if len(e.line.coords) > 2 and e.tier in ("secondary", "branch")]
    picked: list[Edge] = [pool[i] for i in sorted(rng.choice(len(pool), ON_THE_LINE, replace=False))]
    vertices = [e.line.coords[len(e.line.coords) // 2] for e in picked]
    return [Draft(kind, 0.0, 0.0, (v[0], v[1])) for v in vertices]


def in_blocks(city: City, rng: np.random.Generator) -> list[Draft]:
    """Set what stands inside blocks by their land use."""
    out = []
    for i, use in enumerate(city.land_use):
        core = city.plane.faces_m[i].buffer(-12.0)
        if core.is_empty:
            continue
        for kind in INSIDE:
            if rng.random() < kind.chance.get(use, 0.0):
                out += [Draft(kind, *spot(core, rng)) for _ in range(int(rng.integers(1, kind.most + 1)))]
    return out


def spot(core: shapely.Polygon, rng: np.random.Generator) -> tuple[float, float]:
    """Draw a point inside a shape."""
    x0, y0, x1, y1 = core.bounds
    for _ in range(60):
        x, y = float(rng.uniform(x0, x1)), float(rng.uniform(y0, y1))
        if shapely.contains_xy(core, x, y):
            return x, y
    point = core.representative_point()
    return point.x, point.y


def toilets(city: City) -> list[Draft]:
    """Set public toilets so that nearly all of the town has one within 500 m; a sign stands near each."""
    toilet = Inside("03001", "公共厕所", {}, 1, "DEPT-SANI", "DEPT-SANI", "clean")
    sign = Inside("03002", "公厕指示牌", {}, 1, "DEPT-SANI", "DEPT-SANI", "clean", "A")
    out = []
    rows = np.arange(-1800.0, 2000.0, TOILET_STEP_M)
    for n, y in enumerate(rows):
        for x in rows + (TOILET_STEP_M / 2 if n % 2 else 0.0):
            away = [f.distance(shapely.Point(x, y)) for f in city.plane.faces_m]
            i = int(np.argmin(away))
            if away[i] < 120.0 and not city.areas.rural[i] and not city.plane.leaves[i].water:
                at = city.plane.faces_m[i].representative_point()
                out += [Draft(toilet, at.x, at.y), Draft(sign, at.x + 9.0, at.y - 7.0)]
    return out


def home_faces(city: City, lonlat: Array) -> np.ndarray:
    """Find the unit grid of every point, -1 for none; on a line the one with the greater code (as if surveyed so)."""
    tree = shapely.STRtree(city.plane.faces)
    point, face = tree.query(shapely.points(lonlat), predicate="intersects")
    home = np.full(len(lonlat), -1)
    for p, f in zip(point.tolist(), face.tolist(), strict=True):
        if home[p] < 0 or city.areas.unit_grid[f] > city.areas.unit_grid[home[p]]:
            home[p] = f
    return home


def stands(city: City, draft: Draft, face: int, rng: np.random.Generator) -> bool:
    """Say whether something can stand there: nothing in the water, and the fields have less of everything."""
    if city.plane.leaves[face].water:
        return False
    return not city.areas.rural[face] or rng.random() < 0.4


def thinned(keep: list[int], drafts: list[Draft], rng: np.random.Generator) -> list[int]:
    """Drop some of the commonest objects until the wanted total is met."""
    common = [i for i in keep if isinstance(drafts[i].kind, Roadside) and not drafts[i].exact]
    surplus = len(keep) - TOTAL
    if surplus < 0:
        raise RuntimeError(f"only {len(keep)} components, {TOTAL} are wanted: set them more densely")
    gone = set(rng.choice(common, surplus, replace=False).tolist())
    return [i for i in keep if i not in gone]


def table(city: City, drafts: list[Draft], lonlat: Array, face: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Number the components of each class in the order of unit grids and fill in their units and states."""
    grids = [city.areas.unit_grid[f] for f in face]
    order = sorted(range(len(drafts)), key=lambda i: (drafts[i].kind.code, grids[i], -lonlat[i, 1], lonlat[i, 0]))
    number: dict[str, int] = defaultdict(int)
    rows = []
    for i in order:
        kind = drafts[i].kind
        number[kind.code] += 1
        competent, owner, maintainer = keepers(city, kind, int(face[i]), rng)
        rows.append({
            "code": f"{DISTRICT_CODE}{kind.code}{number[kind.code]:06d}", "code_scheme": SCHEME, "class": kind.code,
            "name": kind.name, "competent": competent, "owner": owner, "maintainer": maintainer, "unit_grid": grids[i],
            "state": str(rng.choice(STATES[0], p=STATES[1])), "accuracy_class": kind.accuracy,
            "since": f"{rng.integers(2012, 2023)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}",
            "lon": lonlat[i, 0], "lat": lonlat[i, 1]})  # fmt: skip
    return pd.DataFrame(rows)


def keepers(city: City, kind: Roadside | Inside, face: int,
            rng: np.random.Generator) -> tuple[str | None, str | None, str | None]:  # fmt: skip
    """Give competent unit, owner and maintainer at a place; censuses leave some of the latter two empty."""
    y = city.plane.faces_m[face].centroid.y
    street = city.areas.street[face][6:]
    lot = next(n for n, streets in enumerate(CONTRACT_STREETS, start=1) if street in streets)
    telecom = "CO-TEL1" if rng.random() < 0.6 else "CO-TEL2"
    marks = {"clean": f"CT-CLEAN-{lot}", "green": f"CT-GREEN-{1 if y > 300 else 2}", "tel": telecom,
             "unknown": "DEPT-HOUS" if rng.random() < 0.5 else ""}  # fmt: skip
    competent, owner, maintainer = (marks.get(u, u) for u in (kind.competent, kind.owner, kind.maintainer))
    luck = rng.random()
    if luck < 0.05:
        owner = ""
    if luck < 0.015 or luck > 0.88:
        maintainer = ""
    return competent or None, owner or None, maintainer or None
