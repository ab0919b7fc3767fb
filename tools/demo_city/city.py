"""Puts the demo city together stage by stage and gives the rows of every layer and table."""

from dataclasses import dataclass, field

import numpy as np
import shapely

from demo_city import overlays
from demo_city.areas import Areas, build_areas, melted
from demo_city.frame import degrees, rounded, stage_rng
from demo_city.lanes import Lane, Way, all_ways, build_lanes
from demo_city.names import DISTRICT, DISTRICT_CODE
from demo_city.network import build_network
from demo_city.places import Place, build_places, land_use
from demo_city.planar import Plane, build_plane
from demo_city.units import committee, office
from demo_city.write import Row

RESIDENTS = {"residential": 215, "commercial": 55, "public": 30, "village": 60, "rural": 4, "industrial": 8}
WITH_UNIT = ("zone", "strip", "contractor_area", "action_area")


@dataclass
class City:
    """Everything that has been invented so far."""

    seed: int
    plane: Plane
    areas: Areas
    ways: list[Way]
    lanes: list[Lane]
    places: list[Place]
    land_use: list[str]
    layers: dict[str, list[Row]] = field(default_factory=dict)


def build_ground(seed: int) -> City:
    """Make network, areas, lanes, places and all layers."""
    net = build_network(stage_rng(seed, "network"))
    plane = build_plane(net)
    areas = build_areas(plane, stage_rng(seed, "areas"))
    ways = all_ways(net, plane)
    lanes = build_lanes(ways)
    places = build_places(plane)
    zone = overlays.zone_faces(plane, areas)
    use = land_use(plane, areas, places, zone, stage_rng(seed, "land_use"))
    city = City(seed, plane, areas, ways, lanes, places, use)
    chain_layers(city)
    overlay_layers(city)
    return city


def chain_layers(city: City) -> None:
    """Fill the layers of the administrative chain; every parent is the union of its unit grids."""
    plane, areas = city.plane, city.areas
    rng = stage_rng(city.seed, "residents")
    zh, en = DISTRICT
    city.layers["district"] = [{"code": DISTRICT_CODE, "name": zh, "name_en": en, "unit": "GOV",
                                "geometry": melted(plane.faces)}]  # fmt: skip
    for layer, of in (("street", areas.street), ("community", areas.community), ("grid", areas.grid)):
        rows = []
        for code in sorted(set(of)):
            zh, en = areas.names[code]
            unit = committee(code) if layer == "community" else office(code[:9])
            row: Row = {"code": code, "name": zh, "name_en": en, "unit": unit}
            if layer == "community":
                row["residents"] = residents(city, code, rng)
            rows.append(row | {"geometry": areas.union(plane, of, code)})
        city.layers[layer] = rows
    order = np.argsort(areas.unit_grid)
    city.layers["unit_grid"] = [
        {"code": areas.unit_grid[i], "land_use": city.land_use[i], "geometry": plane.faces[i]} for i in order
    ]


def residents(city: City, community: str, rng: np.random.Generator) -> int:
    """Count the invented residents of a community from the land use of its unit grids."""
    faces = [i for i, c in enumerate(city.areas.community) if c == community]
    total = sum(RESIDENTS.get(city.land_use[i], 0) * rng.uniform(0.75, 1.25) for i in faces)
    return round(total)


def overlay_layers(city: City) -> None:
    """Fill the layers that lie across the chain."""
    plane, areas, lanes, places = city.plane, city.areas, city.lanes, city.places
    city.layers["lane"] = [
        {"code": x.code, "name": x.name, "name_en": x.name_en, "tier": x.tier, "width_m": x.width_m, "unit": x.unit,
         "geometry": x.way.line} for x in lanes]  # fmt: skip
    shapes = {"viaduct": overlays.viaduct(lanes), "zone": overlays.zones(plane, areas, places),
              "strip": overlays.strip(plane, areas), "planning_area": overlays.planning_area(plane, areas),
              "contractor_area": overlays.contractor_areas(plane, areas),
              "action_area": overlays.action_areas(plane, areas)}  # fmt: skip
    for layer, found in shapes.items():
        city.layers[layer] = [
            {"code": s.code, "name": s.name, "name_en": s.name_en, **({"unit": s.unit} if layer in WITH_UNIT else {}),
             "geometry": s.geometry} for s in found]  # fmt: skip
    city.layers["estate"] = [
        {"code": s.code, "name": s.name, "name_en": s.name_en, "unit": s.unit, "state": state, "geometry": s.geometry}
        for s, state in overlays.estates(plane, city.land_use)]  # fmt: skip
    city.layers["boundary_street"] = [
        {"code": b.code, "name": b.name, "name_en": b.name_en, "width_m": b.width_m, "owner": b.owner,
         "inclusive": b.inclusive, "wording": b.wording, "geometry": b.line}
        for b in overlays.boundary_streets(plane, areas, lanes)]  # fmt: skip
    city.layers["place"] = [
        {"code": p.code, "name": p.name, "name_en": p.name_en, "kind": p.kind, "radius_m": p.radius_m,
         "geometry": rounded(degrees(shapely.Point(p.x, p.y)))} for p in places]  # fmt: skip
