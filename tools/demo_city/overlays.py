"""Areas that lie across the chain: zones, viaduct, strip, planning area, contractor areas and boundary streets."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
import shapely.affinity
import shapely.ops
from shapely import LineString, Polygon

from demo_city.areas import Areas, melted
from demo_city.frame import degrees, metres, rounded
from demo_city.lanes import Lane
from demo_city.places import Place, face_centres
from demo_city.planar import Plane

ZONE_BEYOND_M = 2700.0
CONTRACT_STREETS = [("001",), ("002", "003"), ("004", "005"), ("006",)]
STRIP_STREETS = ("004", "005")
ACTION_STREETS = [("002", "001"), ("003", "004"), ("005", "006")]
ESTATES = [("managed", "CO-PROP-1"), ("managed", "CO-PROP-2"), ("building", "CO-DEV-1"), ("unmanaged", "")]
ESTATE_WORDS = [("云锦苑", "Yunjin"), ("溪畔花园", "Xipan"), ("望汀府", "Wangting"), ("禾香新村", "Hexiang"),
                ("桂语里", "Guiyuli"), ("芦汀家园", "Luting"), ("新桥名邸", "Xinqiao"),
                ("石板旧里", "Shiban")]  # fmt: skip
SPARE_NAMES = [("康乐路", "Kangle Road"), ("卫健路", "Weijian Road"), ("永福路", "Yongfu Road"),
               ("启智路", "Qizhi Road"), ("桑梓路", "Sangzi Road"), ("安泰路", "Antai Road"), ("金穗路", "Jinsui Road"),
               ("瑞景路", "Ruijing Road"), ("平安路", "Pingan Road"), ("振兴路", "Zhenxing Road")]  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """One area of an overlay layer: code, names, unit and geometry in degrees."""

    code: str
    name: str
    name_en: str
    unit: str
    geometry: Polygon


@dataclass(frozen=True)
class BoundaryStreet:
    """A street on the line between two grids, the grid that owns its ground, and how the source words it."""

    code: str
    name: str
    name_en: str
    width_m: float
    owner: str
    inclusive: bool
    wording: str
    line: LineString


def zone_faces(plane: Plane, areas: Areas) -> set[int]:
    """Pick the unit grids of the development zone: whole quarters in the south-east corner."""
    centre = face_centres(plane)
    quarters: dict[int, list[int]] = defaultdict(list)
    for i, leaf in enumerate(plane.leaves):
        quarters[leaf.small].append(i)
    picked = [m for _, m in sorted(quarters.items()) if centre[m].mean(axis=0) @ (1.0, -1.0) > ZONE_BEYOND_M]
    return {i for m in picked for i in m if areas.street[i].endswith("005")}


def zones(plane: Plane, areas: Areas, places: list[Place]) -> list[Shape]:
    """Draw the development zone (whole unit grids) and the station square (a free shape across them)."""
    works = melted([plane.faces[i] for i in sorted(zone_faces(plane, areas))])
    station = next(p for p in places if p.kind == "station")
    turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    radius = 1.0 / (np.abs(np.cos(turn)) ** 4 + np.abs(np.sin(turn)) ** 4) ** 0.25
    xy = np.column_stack([station.x + 165 * radius * np.cos(turn), station.y + 105 * radius * np.sin(turn)])
    square = rounded(degrees(shapely.affinity.rotate(Polygon(xy), 12.0)))
    return [
        Shape("Z01", "云汀经济开发区", "Yunting Development Zone", "ZONE-DEV", works),
        Shape("Z02", "云汀东站站前广场", "Yunting East Station Square", "ZONE-STATION", shapely.normalize(square)),
    ]


def viaduct(lanes: list[Lane]) -> list[Shape]:
    """Draw the land below and around the elevated part of the expressway."""
    course = next(lane.way.line_m for lane in lanes if lane.tier == "expressway")
    xy = np.asarray([c for c in course.coords if -1500.0 < c[1] < 1450.0])
    deck = LineString(xy).buffer(15.0, cap_style="flat", join_style="mitre").simplify(0.3)
    shape = shapely.normalize(rounded(degrees(deck)))
    return [Shape("V01", "云汀高架桥", "Yunting Viaduct", "", shape)]


def strip(plane: Plane, areas: Areas) -> list[Shape]:
    """Draw a belt along the line between two sub-districts that both look after in turn."""
    mine, yours = (f"990101{s}" for s in STRIP_STREETS)
    seam = [e.line for e in plane.edges if len(e.faces) == 2 and {areas.street[f] for f in e.faces} == {mine, yours}]
    course = metres(shapely.line_merge(shapely.union_all(seam)))
    part = shapely.ops.substring(course, 0.12, 0.78, normalized=True)
    belt = part.buffer(38.0, cap_style="flat", quad_segs=3).simplify(1.0)
    names = [areas.names[c][0] for c in (mine, yours)]
    name = f"{names[0].removesuffix('街道')}—{names[1].removesuffix('街道')}交界带"
    return [Shape("S01", name, "Dongwan-Keyuan Border Strip", "", shapely.normalize(rounded(degrees(belt))))]


def planning_area(plane: Plane, areas: Areas) -> list[Shape]:
    """Draw the city planning area: everything but the fields in the south-west."""
    town = melted([f for f, rural in zip(plane.faces, areas.rural, strict=True) if not rural])
    return [Shape("PA1", "云汀城区规划区", "Yunting Planning Area", "", town)]


def contractor_areas(plane: Plane, areas: Areas) -> list[Shape]:
    """Divide the district among four sanitation contractors; the station square is cleaned by two of them."""
    out = []
    for n, streets in enumerate(CONTRACT_STREETS, start=1):
        wanted = {f"990101{s}" for s in streets}
        faces = [f for f, s in zip(plane.faces, areas.street, strict=True) if s in wanted]
        out.append(
            Shape(f"CA{n}", f"环卫作业{'一二三四'[n - 1]}标段", f"Sanitation Lot {n}", f"CT-CLEAN-{n}", melted(faces))
        )
    return out


def action_areas(plane: Plane, areas: Areas) -> list[Shape]:
    """Divide the district among three action groups, two sub-districts each."""
    out = []
    for n, streets in enumerate(ACTION_STREETS, start=1):
        wanted = {f"990101{s}" for s in streets}
        faces = [f for f, s in zip(plane.faces, areas.street, strict=True) if s in wanted]
        name = f"应急第{'一二三'[n - 1]}片区"
        out.append(Shape(f"AA{n}", name, f"Action Area {n}", f"GROUP-{n}", melted(faces)))
    return out


def estates(plane: Plane, land_use: list[str]) -> list[tuple[Shape, str]]:
    """Fence eight housing estates, each the inside of one residential block, and say in which state each is."""
    dwell = [i for i, use in enumerate(land_use) if use == "residential"]
    picked = dwell[len(dwell) // 16 :: len(dwell) // 8][: len(ESTATE_WORDS)]
    out = []
    for n, ((zh, en), i) in enumerate(zip(ESTATE_WORDS, picked, strict=True)):
        state, unit = ESTATES[n % len(ESTATES)]
        ground = rounded(degrees(plane.faces_m[i].buffer(-9.0, join_style="mitre")))
        out.append((Shape(f"HE{n + 1:02d}", zh, f"{en} Estate", unit, shapely.normalize(ground)), state))
    return out


def boundary_streets(plane: Plane, areas: Areas, lanes: list[Lane], count: int = 10) -> list[BoundaryStreet]:
    """Pick streets on lines between grids of one sub-district; all but one have an owner, a few say "not included"."""
    lane_of = {road: lane for lane in lanes for road in lane.way.roads}
    runs: dict[tuple[str, str, str], list[LineString]] = defaultdict(list)
    wide: set[str] = set()
    for e in plane.edges:
        if len(e.faces) == 2 and e.tier in ("secondary", "branch", "arterial"):
            a, b = sorted(areas.grid[f] for f in e.faces)
            if a != b and a[:9] == b[:9]:
                lane = lane_of.get(e.road)
                key = lane.code if lane else f"road{e.road:05d}"
                runs[(a, b, key)].append(e.line)
                wide |= {key} if e.tier == "arterial" else set()
    courses = [(metres(line), pair, key) for *pair, key, line in longest(runs)]
    picked: list[tuple[LineString, list[str], str]] = []
    # An arterial belongs to the district by its tier; who has the ground matters more on lesser roads.
    for course, pair, key in sorted(courses, key=lambda c: (-c[0].length * (0.35 if c[2] in wide else 1.0), c[2])):
        apart = all(course.distance(other) > 60.0 for other, _, _ in picked)
        if len(picked) < count and course.length > 180.0 and apart:
            picked.append((course, pair, key))
    picked.sort(key=lambda c: c[1])
    return [worded(n, course, pair, key, lanes, areas, len(picked)) for n, (course, pair, key) in enumerate(picked, 1)]


def longest(runs: dict[tuple[str, str, str], list[LineString]]) -> list[tuple[str, str, str, LineString]]:
    """Merge the pieces of each candidate and keep its longest unbroken part."""
    out = []
    for (a, b, key), lines in sorted(runs.items()):
        parts = shapely.get_parts(shapely.line_merge(shapely.union_all(lines)))
        out.append((a, b, key, max(parts, key=lambda p: (p.length, p.wkt))))
    return out


def worded(n: int, course: LineString, pair: list[str], key: str, lanes: list[Lane], areas: Areas,
           total: int) -> BoundaryStreet:  # fmt: skip
    """Name one boundary street and word who has it: by default the first grid, including the street."""
    lane = next((x for x in lanes if x.code == key), None)
    name, en = (lane.name, lane.name_en) if lane else SPARE_NAMES[n - 1]
    width = lane.width_m if lane else 20.0
    first, second = (areas.names[c][0] for c in pair)
    line = rounded(degrees(course))
    if n == total:
        text = f"{first}以{name}为界（不含）；{second}以{name}为界（不含）"
        return BoundaryStreet(f"BS{n:02d}", name, en, width, "", False, text, line)
    if n % 3 == 0:
        text = f"{first}以{name}为界（不含），路面归{second}"
        return BoundaryStreet(f"BS{n:02d}", name, en, width, pair[1], False, text, line)
    mark = "（含）" if n % 2 else "(含)"
    return BoundaryStreet(f"BS{n:02d}", name, en, width, pair[0], True, f"{first}以{name}为界{mark}", line)
