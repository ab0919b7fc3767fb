"""Turns the ruleset into table rows and finds for each row a test point where it really decides."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely

from demo_city.city import City
from demo_city.deciding import REACH_M, Ground, Spot, decide, disc, holds_term
from demo_city.declared import POWERS
from demo_city.frame import Array, metres, stage_rng, to_degrees, to_metres
from demo_city.lanes import Lane
from demo_city.rule_rows import COLUMNS, DATED, RULES
from demo_city.rule_titles import TITLES
from demo_city.write import Row

STRICT_NEAR = ["P13", "P14", "P21"]
CLEAR_M = 3.0
CLEAR_ON_LANE_M = 1.2


def build_rules(city: City, components: pd.DataFrame) -> list[Row]:
    """List all rows of the ruleset with their test points."""
    names = {f"strict{n}": lane.code for n, lane in enumerate(strict_lanes(city), start=1)}
    names |= {f"handed{n}": lane.code for n, lane in enumerate(handed_lanes(city), start=1)}
    names["hospital"] = hospital(city)
    rows: list[Row] = []
    for rule in RULES:
        row: Row = dict(zip(COLUMNS[:12], rule, strict=True))
        row["places"] = row["places"].format(**names)
        row["disputed"] = "true" if row["disputed"] else "false"
        row["valid_from"], row["valid_to"] = DATED.get(row["id"], ("", ""))
        row["title_zh"], row["title_en"] = TITLES[row["id"]]
        rows.append(row)
    ground, rng = Ground(city.layers), stage_rng(city.seed, "rules")
    for row in rows:
        row["test_lon"], row["test_lat"] = test_point(row, rows, city, ground, components, rng)
    return rows


def strict_lanes(city: City) -> list[Lane]:
    """Choose the strictly kept streets: the secondary roads next to three busy places."""
    chosen: list[Lane] = []
    for code in STRICT_NEAR:
        place = next(p for p in city.places if p.code == code)
        at = shapely.Point(place.x, place.y)
        free = [x for x in city.lanes if x.tier == "secondary" and x not in chosen]
        chosen.append(min(free, key=lambda x: x.way.line_m.distance(at)))
    return sorted(chosen, key=lambda x: x.code)


def handed_lanes(city: City) -> list[Lane]:
    """Choose the streets handed over by the development zone: the two secondary roads that lie nearest outside it."""
    zone = metres(next(z["geometry"] for z in city.layers["zone"] if z["code"] == "Z01"))
    strict = strict_lanes(city)
    free = [x for x in city.lanes if x.tier == "secondary" and x not in strict and not x.way.line_m.crosses(zone)]
    outside = [x for x in free if not zone.covers(x.way.line_m)]
    return sorted(sorted(outside, key=lambda x: (zone.distance(x.way.line_m), x.code))[:2], key=lambda x: x.code)


def hospital(city: City) -> str:
    """Give the middle of the hospital that a precedent is about, as longitude and latitude."""
    place = next(p for p in city.places if p.code == "P06")
    lon, lat = to_degrees(np.array([[place.x, place.y]]))[0]
    return f"{lon:.6f},{lat:.6f}"


def first_category(row: Row) -> str:
    """Give the category a row is tested with; of a whole major the first code."""
    word = str(row["categories"]).split(";")[0]
    return word if not word.endswith("*") else word[:-1].ljust(4, "0") + "1"


def test_point(row: Row, rows: list[Row], city: City, ground: Ground, components: pd.DataFrame,
               rng: np.random.Generator) -> tuple[str, str]:  # fmt: skip
    """Draw places until the row decides with room to spare; rows that hang on the hour or are doubtful have none."""
    if row["window"] or row["valid_from"] or row["disputed"] == "true":
        return "", ""
    category = first_category(row)
    attributes = {k: v.split("|")[0] for k, v in (p.split("=") for p in row["attributes"].split(";") if p)}
    same = components[components["class"] == category]
    at = to_metres(same[["lon", "lat"]].to_numpy()) if len(same) else np.empty((0, 2))
    on_lane = row["places"].startswith(("lane", "viaduct"))
    for x, y, component in candidates(row, ground, same, at, rng):
        if ground.margin_m(x, y) < (CLEAR_ON_LANE_M if on_lane else CLEAR_M):
            continue
        here = {layer for layer, _ in ground.at(x, y)}
        if "unit_grid" not in here or "boundary_street" in here or (not on_lane and "lane" in here and not component):
            continue
        spot = Spot(x, y, category, attributes, component)
        if all(decide(rows, spot, ground, hold, POWERS) is row for hold in (True, False)):
            lon, lat = to_degrees(np.array([[x, y]]))[0]
            return f"{lon:.7f}", f"{lat:.7f}"
    raise RuntimeError(f"no place found where row {row['id']} decides")


def candidates(row: Row, ground: Ground, same: pd.DataFrame, at: Array,
               rng: np.random.Generator) -> Iterator[tuple[float, float, dict[str, str | None] | None]]:  # fmt: skip
    """Give places to try: at components for rows about them, else drawn from the row's own areas."""
    if row["via"] == "component":
        for i in rng.permutation(len(same)):
            others = np.hypot(*(np.delete(at, i, axis=0) - at[i]).T)
            if others.min(initial=1e9) > REACH_M / 3:
                units = same.iloc[i][["competent", "owner", "maintainer"]]
                yield at[i][0], at[i][1], {k: v if isinstance(v, str) else None for k, v in units.items()}
        return
    areas = own_areas(row, ground)
    for _ in range(4000):
        geometry = areas[int(rng.integers(len(areas)))]
        x0, y0, x1, y1 = geometry.bounds
        x, y = float(rng.uniform(x0, x1)), float(rng.uniform(y0, y1))
        if not shapely.contains_xy(geometry, x, y):
            continue
        alone = np.hypot(*(at - (x, y)).T).min(initial=1e9) > REACH_M
        if alone or int(row["rank"]) < 500 or first_category(row) >= "06":
            yield x, y, None


def own_areas(row: Row, ground: Ground) -> list[shapely.Geometry]:
    """Give the shapes in metres that the first alternative of a row's places names; the district if none."""
    term = row["places"].split(";")[0].split("&")[0]
    if term.startswith("at:"):
        return [disc(term)]
    if not term or term.startswith("!"):
        return [shape for (layer, _), shape in zip(ground.rows, ground.shapes, strict=True) if layer == "district"]
    layer = term.split(":")[0].split("?")[0]
    return [
        shape.buffer(reach) if reach else shape
        for (at, r), shape, reach in zip(ground.rows, ground.shapes, ground.reach, strict=True)
        if at == layer and holds_term(term, [(at, r)])
    ]
