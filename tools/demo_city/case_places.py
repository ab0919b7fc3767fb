"""Where cases happen: along roads near places that draw them, in blocks, at sites, on the river, at components."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from demo_city.case_kinds import PULLS, CaseKind
from demo_city.city import City
from demo_city.components import HALF_ROAD_M, LETTER, beside, spot
from demo_city.frame import Array, metres, rounded, to_degrees, to_metres
from demo_city.places import face_centres

ROAD_WEIGHT = {"E": 0.25, "A": 2.2, "S": 1.7, "B": 1.1, "L": 0.45, "R": 0.4}
SITES = 12


@dataclass(frozen=True)
class Spot:
    """A place of a case in metres, how people call it, the component there if any, and whether it is at the viaduct."""

    x: float
    y: float
    words: str
    component: str | None
    on_viaduct: bool


class CasePlaces:
    """Draws places by the wishes of a category; some stretches of road are simply worse than others."""

    def __init__(self, city: City, components: pd.DataFrame, rng: np.random.Generator) -> None:
        self.city = city
        self.lines = [metres(e.line) for e in city.plane.edges]
        self.letter = np.array([LETTER.get(e.tier, "") for e in city.plane.edges])
        self.length = np.array([line.length for line in self.lines])
        self.middle = np.array([shapely.get_coordinates(x.interpolate(0.5, normalized=True))[0] for x in self.lines])
        self.bad_luck = rng.gamma(0.5, 2.0, len(self.lines))
        self.pull = {name: self._pull(pulls) for name, pulls in PULLS.items()}
        self.rural = np.array([any(city.areas.rural[f] for f in e.faces) for e in city.plane.edges])
        self.by_class = {str(k): g for k, g in components.groupby("class", sort=True)}
        self.centre = face_centres(city.plane)
        self.sites = self._sites(rng)
        self.lane_lines = [x.way.line_m for x in city.lanes]
        self.viaduct = metres(city.layers["viaduct"][0]["geometry"])
        self.faces = shapely.STRtree(city.plane.faces_m)

    def _pull(self, pulls: dict[str, float]) -> Array:
        total = np.ones(len(self.lines))
        for p in self.city.places:
            away = np.hypot(*(self.middle - (p.x, p.y)).T) / (0.75 * p.radius_m)
            total += 3.2 * pulls.get(p.kind, 0.0) * np.exp(-0.5 * away**2)
        # People live and shop less at the rim of the town than in its middle.
        return np.asarray(total * (0.45 + np.exp(-0.5 * (np.hypot(*self.middle.T) / 1150.0) ** 2)))

    def _sites(self, rng: np.random.Generator) -> list[int]:
        dry = [i for i, leaf in enumerate(self.city.plane.leaves) if not leaf.water and not self.city.areas.rural[i]]
        return sorted(int(i) for i in rng.choice(dry, SITES, replace=False))

    def draw(self, kind: CaseKind, rng: np.random.Generator) -> Spot:
        """Draw a place for a case of a category."""
        where = kind.where
        if where.startswith("component:"):
            return self._at_component(where.split(":")[1], kind.pull, rng)
        if where == "site":
            weights = 1.0 / np.arange(1, SITES + 1)
            face = self.sites[int(rng.choice(SITES, p=weights / weights.sum()))]
            return self._within(*spot(self.city.plane.faces_m[face].buffer(-4.0), rng), face)
        if where == "viaduct":
            return self._named(*spot(self.viaduct, rng), None)
        edge = self._edge(where, kind.pull, rng)
        if where in ("block", "rural"):
            face = self.city.plane.edges[edge].faces[int(rng.integers(len(self.city.plane.edges[edge].faces)))]
            if not self.city.plane.leaves[face].water:
                return self._within(*spot(self.city.plane.faces_m[face].buffer(-6.0), rng), face)
        if where == "river":
            face = next(f for f in self.city.plane.edges[edge].faces if self.city.plane.leaves[f].water)
            return self._named(*spot(self.city.plane.faces_m[face].buffer(-4.0), rng), None)
        half = HALF_ROAD_M[str(self.letter[edge]) or "L"]
        side = float(rng.choice([-1, 1])) * float(rng.uniform(0.3 * half, half + 2.5))
        return self._named(*beside(self.lines[edge], float(rng.uniform(0, self.length[edge])), side), None)

    def _edge(self, where: str, pull: str, rng: np.random.Generator) -> int:
        weight = self.length * self.bad_luck * self.pull[pull]
        weight *= np.array([ROAD_WEIGHT.get(str(x), 0.0) for x in self.letter])
        if where == "river":
            weight = self.length * (self.letter == "R")
        elif where == "main":
            weight = weight * np.isin(self.letter, ["A", "S"])
        elif where == "alley":
            weight = weight * np.isin(self.letter, ["L", "B"])
        elif where == "rural":
            weight = self.length * self.rural * (self.letter != "")
        if where != "rural":
            weight = weight * np.where(self.rural, 0.25, 1.0)
        return int(rng.choice(len(weight), p=weight / weight.sum()))

    def _at_component(self, code: str, pull: str, rng: np.random.Generator) -> Spot:
        pool = self.by_class[code]
        at = to_metres(pool[["lon", "lat"]].to_numpy())
        # What was found damaged once is reported again and again.
        weight = np.where(pool["state"] == "intact", 1.0, 12.0) * (0.3 + np.exp(-0.5 * (np.hypot(*at.T) / 1200.0) ** 2))
        for p in self.city.places:
            weight += PULLS[pull].get(p.kind, 0.0) * np.exp(-0.5 * (np.hypot(*(at - (p.x, p.y)).T) / p.radius_m) ** 2)
        i = int(rng.choice(len(pool), p=weight / weight.sum()))
        return self._named(float(at[i][0]), float(at[i][1]), str(pool.iloc[i]["code"]))

    def _named(self, x: float, y: float, component: str | None) -> Spot:
        return Spot(x, y, self.words(x, y), component, bool(shapely.contains_xy(self.viaduct, x, y)))

    def _within(self, x: float, y: float, face: int) -> Spot:
        near = min(self.city.places, key=lambda p: float(np.hypot(p.x - x, p.y - y)))
        if np.hypot(near.x - x, near.y - y) < near.radius_m:
            words = f"{near.name}旁"
        else:
            community, number = self.city.areas.community[face], int(self.city.areas.unit_grid[face][-3:])
            words = f"{self.city.areas.names[community][0]}{number}号地块内"
        return Spot(x, y, words, None, bool(shapely.contains_xy(self.viaduct, x, y)))

    def words(self, x: float, y: float) -> str:
        """Call a place as people do: by a crossing, a road, something near by, or the community."""
        point = shapely.Point(x, y)
        lanes = sorted((line.distance(point), n) for n, line in enumerate(self.lane_lines))
        if lanes[1][0] < 45.0:
            return f"{self.city.lanes[lanes[0][1]].name}与{self.city.lanes[lanes[1][1]].name}口"
        near = min(self.city.places, key=lambda p: float(np.hypot(p.x - x, p.y - y)))
        away = float(np.hypot(near.x - x, near.y - y))
        if away < near.radius_m:
            return f"{near.name}{side_of(x - near.x, y - near.y)}侧"
        if lanes[0][0] < 30.0:
            return self.city.lanes[lanes[0][1]].name
        face = self.faces.nearest(point)
        return f"{self.city.areas.names[self.city.areas.community[int(face)]][0]}内道路"

    def words_at(self, lon: float, lat: float) -> str:
        """Call a place that is given in degrees."""
        x, y = to_metres(np.array([[lon, lat]]))[0]
        return self.words(float(x), float(y))

    def vertex(self, rng: np.random.Generator) -> tuple[float, float]:
        """Draw a vertex that two or more unit grids share, exactly."""
        edges = [e for e in self.city.plane.edges if len(e.faces) == 2]
        coords = edges[int(rng.integers(len(edges)))].line.coords
        lon, lat = coords[int(rng.integers(len(coords)))]
        return float(lon), float(lat)

    def outside(self, away_m: float, rng: np.random.Generator) -> tuple[float, float]:
        """Draw a point outside the district, about so many metres from its border."""
        border = metres(self.city.layers["district"][0]["geometry"])
        rim = border.buffer(away_m).exterior
        while True:
            at = rim.interpolate(float(rng.uniform()), normalized=True)
            lonlat = rounded(shapely.Point(*to_degrees(np.array([[at.x, at.y]]))[0]))
            if not border.covers(metres(lonlat)):
                return float(lonlat.x), float(lonlat.y)


def side_of(east_m: float, north_m: float) -> str:
    """Name the side on which something lies."""
    if abs(east_m) > abs(north_m):
        return "东" if east_m > 0 else "西"
    return "北" if north_m > 0 else "南"
