"""Lanes: named roads of all tiers, each exactly along the edges of the network; also named stretches between grids."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString

from demo_city.frame import metres
from demo_city.names import LANE_WORDS, MAIN_NAMES
from demo_city.network import OLD_TOWN, Network
from demo_city.planar import Plane

WIDTH_M = {"expressway": 60.0, "arterial": 44.0, "secondary": 30.0, "branch": 18.0, "alley": 8.0}
KEEPER = {"expressway": "CITY-ROADS", "arterial": "DEPT-MUNI", "secondary": "DEPT-MUNI", "branch": "", "alley": ""}
ENDING = {"secondary": ("路", "Road"), "branch": ("街", "Street"), "alley": ("巷", "Alley")}
COUNT = {"secondary": 16, "branch": 17, "alley": 18}
BANK_TIER = "branch"


@dataclass(frozen=True)
class Way:
    """A road over its whole course: its pieces' numbers in the network, tier, and line in degrees."""

    tier: str
    roads: tuple[int, ...]
    line: LineString
    key: str = ""

    @property
    def line_m(self) -> LineString:
        return metres(self.line)


@dataclass(frozen=True)
class Lane:
    """A named way with its code, corridor width and keeper."""

    code: str
    name: str
    name_en: str
    tier: str
    width_m: float
    unit: str
    way: Way


def all_ways(net: Network, plane: Plane) -> list[Way]:
    """Join the pieces of every main road by its key, and run cuts of one tier on over straight crossings."""
    lines: dict[int, list[LineString]] = defaultdict(list)
    for e in plane.edges:
        lines[e.road].append(e.line)
    groups: dict[tuple[str, int], list[int]] = defaultdict(list)
    follow = continued(net, {i: shapely.line_merge(shapely.union_all(v)) for i, v in lines.items()})
    for i in sorted(lines):
        road = net.roads[i]
        if road.tier not in ("border", "water"):
            groups[(road.key, -1 if road.key else follow[i])].append(i)
    ways = []
    for (key, _), roads in groups.items():
        line = shapely.line_merge(shapely.union_all([e for i in roads for e in lines[i]]))
        if line.geom_type == "LineString":
            tier = net.roads[roads[0]].tier
            ways.append(Way(BANK_TIER if tier == "river" else tier, tuple(roads), westward(line), key))
    return sorted(ways, key=lambda w: (-w.line_m.length, w.roads))


def westward(line: LineString) -> LineString:
    """Let every line start at its western (or, if it runs north-south, northern) end."""
    (x0, y0), (x1, y1) = line.coords[0], line.coords[-1]
    backward = x0 > x1 if abs(x1 - x0) > abs(y1 - y0) else y0 < y1
    return line.reverse() if backward else line


def continued(net: Network, line: dict[int, LineString]) -> dict[int, int]:
    """Give every cut the number of the run it belongs to: ends that meet within 25 degrees run on."""
    run = {i: i for i in line}
    ends: dict[tuple[float, float], list[tuple[int, np.ndarray]]] = defaultdict(list)
    for i, course in sorted(line.items()):
        if net.roads[i].key or net.roads[i].tier in ("border", "water") or course.geom_type != "LineString":
            continue
        for a, b in ((0, 1), (-1, -2)):
            away = np.asarray(course.coords[b]) - np.asarray(course.coords[a])
            ends[course.coords[a]].append((i, away / np.hypot(*away)))
    for at in sorted(ends):
        taken: set[int] = set()
        for i, u in ends[at]:
            for j, v in ends[at]:
                fresh = i < j and not taken & {i, j} and net.roads[i].tier == net.roads[j].tier
                if fresh and float(u @ v) < -np.cos(np.radians(25.0)) and run[i] != run[j]:
                    old, new = run[j], run[i]
                    run = {k: new if r == old else r for k, r in run.items()}
                    taken |= {i, j}
    return run


def build_lanes(ways: list[Way]) -> list[Lane]:
    """Choose and name sixty lanes: all main roads, the longest secondary and branch roads, alleys of the old town."""
    chosen = [w for w in ways if w.key]
    chosen.sort(key=lambda w: (list(WIDTH_M).index(w.tier), w.key))
    for tier in ("secondary", "branch", "alley"):
        pool = [w for w in ways if w.tier == tier and not w.key]
        if tier == "alley":
            pool = [w for w in pool if w.line_m.length > 90.0]
            pool.sort(key=lambda w: (w.line_m.distance(shapely.Point(OLD_TOWN)) // 60.0, -w.line_m.length))
        chosen += spaced(pool, COUNT[tier], {"secondary": 160.0, "branch": 220.0, "alley": 75.0}[tier])
    lanes: list[Lane] = []
    used: dict[str, int] = defaultdict(int)
    for n, way in enumerate(chosen, start=1):
        if way.key:
            zh, en = MAIN_NAMES[way.key]
        else:
            word, latin = LANE_WORDS[way.tier][used[way.tier]]
            used[way.tier] += 1
            zh, en = word + ENDING[way.tier][0], f"{latin} {ENDING[way.tier][1]}"
        width = 12.0 if way.key.startswith("R") else WIDTH_M[way.tier]
        lanes.append(Lane(f"L{n:03d}", zh, en, way.tier, width, KEEPER[way.tier], way))
    return lanes


def spaced(pool: list[Way], count: int, apart_m: float) -> list[Way]:
    """Take the first ways of the pool whose middles lie well apart; loosen that if too few are found."""
    while True:
        taken: list[Way] = []
        for way in pool:
            middle = way.line_m.interpolate(0.5, normalized=True)
            near = any(middle.distance(t.line_m.interpolate(0.5, normalized=True)) < apart_m for t in taken)
            if not near and len(taken) < count:
                taken.append(way)
        if len(taken) == count or apart_m < 1.0:
            return taken
        apart_m *= 0.8
