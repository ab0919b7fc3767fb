"""Twelve months of past cases: when, where, what, by whom reported and how exactly placed."""

import json
from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd

from demo_city.case_kinds import HOURS, KINDS, CaseKind
from demo_city.case_places import CasePlaces, Spot
from demo_city.city import City
from demo_city.frame import stage_rng, to_degrees
from demo_city.write import Row

TOTAL = 5_000
EAST_8 = timezone(timedelta(hours=8))
FIRST_DAY = datetime(2023, 7, 1, tzinfo=EAST_8)
DAYS = 366
SNOW_DAYS = (17, 18, 21, 22, 23)
ON_THE_LINE, OUTSIDE, REPEATED = 30, 9, 120
SOURCES = ["patrol", "app", "hotline_12345", "hotline_12319", "police_110", "sensor", "transfer", "supervision"]
BY_DAY = [0.52, 0.16, 0.16, 0.05, 0.02, 0.0, 0.05, 0.04]
BY_NIGHT = [0.12, 0.26, 0.35, 0.08, 0.14, 0.0, 0.03, 0.02]
SENSED = {"06042": 0.45, "01002": 0.2, "01003": 0.2, "09009": 0.12, "08004": 0.4, "06028": 0.1, "09012": 0.15}
OFFICIAL = {"06001", "08016", "07003", "08003"}
# Typical GPS error in metres and its spread (of the logarithm); None: no position from the caller's phone.
ACCURACY = {"patrol": (4.5, 0.35), "app": (12.0, 0.6), "sensor": (2.0, 0.2), "supervision": (5.0, 0.4)}


def build_cases(city: City, components: pd.DataFrame) -> pd.DataFrame:
    """Give the table of past cases in the order of reporting."""
    rng = stage_rng(city.seed, "cases")
    places = CasePlaces(city, components, rng)
    weights = np.array([k.weight for k in KINDS])
    kinds = rng.choice(len(KINDS), TOTAL - REPEATED, p=weights / weights.sum())
    rows = [one_case(KINDS[k], places, rng) for k in kinds]
    rows += [again(rows[int(i)], rng) for i in rng.choice(len(rows), REPEATED, replace=False)]
    move_to_edges(rows, city, places, rng)
    rows.sort(key=lambda r: (r["reported_at"], r["category"], r["lon"]))
    frame = pd.DataFrame(rows)
    frame["reported_at"] = pd.to_datetime(frame["reported_at"]).dt.as_unit("ms")
    frame["accuracy_m"] = frame["accuracy_m"].astype("float64")
    return frame


def one_case(kind: CaseKind, places: CasePlaces, rng: np.random.Generator) -> Row:
    """Invent one case of a category."""
    when = instant(kind, rng)
    spot = places.draw(kind, rng)
    source = reported_by(kind, when.hour, rng)
    accuracy, error_m = exactness(source, rng)
    x, y = spot.x + rng.normal(0, error_m), spot.y + rng.normal(0, error_m)
    text = str(rng.choice(kind.texts)).format(loc=spot.words)
    # Patrols and sensors name the object; callers seldom know its code.
    told = rng.random() < (0.85 if source in ("patrol", "sensor") else 0.15)
    attributes = attributes_of(kind.category, spot, rng)
    lon, lat = np.round(to_degrees(np.array([[x, y]]))[0], 7)
    return {"reported_at": when, "category": kind.category, "source": source, "description": text,
            "accuracy_m": accuracy, "component": spot.component if told else None,
            "attributes": json.dumps(attributes, ensure_ascii=False) if attributes else None,
            "lon": float(lon), "lat": float(lat)}  # fmt: skip


def instant(kind: CaseKind, rng: np.random.Generator) -> datetime:
    """Draw the instant of reporting by season, weekday, feast and hour."""
    while True:
        day = FIRST_DAY + timedelta(days=int(rng.integers(DAYS)))
        if rng.random() < day_weight(kind, day) / 2.6:
            break
    hours = np.array(HOURS[kind.hours], dtype=float)
    hour = int(rng.choice(24, p=hours / hours.sum()))
    return day + timedelta(hours=hour, minutes=int(rng.integers(60)), seconds=int(rng.integers(60)))


def day_weight(kind: CaseKind, day: datetime) -> float:
    """Weigh a day: snow only falls in deep winter, grills burn in summer, the spring festival is quiet."""
    weight = kind.weekend if day.isoweekday() >= 6 else 1.0
    if kind.category == "10001":
        return 2.6 if day.month in (12, 1, 2) and day.day in SNOW_DAYS else 0.0
    if kind.hours in ("night", "stalls"):
        weight *= {6: 1.35, 7: 1.5, 8: 1.5, 9: 1.3, 12: 0.7, 1: 0.6, 2: 0.6}.get(day.month, 1.0)
    if kind.category in ("01004", "04002", "01002"):
        weight *= {6: 1.6, 7: 1.6, 8: 1.7, 9: 1.4}.get(day.month, 0.8)
    if day.year == 2024 and day.month == 2 and 9 <= day.day <= 17:
        weight *= 0.45
    return weight


def reported_by(kind: CaseKind, hour: int, rng: np.random.Generator) -> str:
    """Draw who reported: patrols by day, callers by night, sensors where there are any."""
    if rng.random() < SENSED.get(kind.category, 0.0):
        return "sensor"
    night = hour >= 21 or hour < 6
    return str(rng.choice(SOURCES, p=BY_NIGHT if night else BY_DAY))


def exactness(source: str, rng: np.random.Generator) -> tuple[float | None, float]:
    """Give the stated accuracy (none if the place was told in words) and the true error per axis, in metres."""
    if source in ACCURACY:
        typical, spread = ACCURACY[source]
        stated = round(float(typical * np.exp(rng.normal(0, spread))), 1)
        return stated, stated / 1.6
    if rng.random() < 0.4:
        return round(float(rng.uniform(20, 60)), 0), 14.0
    return None, 12.0


def attributes_of(category: str, spot: Spot, rng: np.random.Generator) -> dict[str, str]:
    """Add what the duty lists ask for; reports leave it out now and then."""

    def pick(values: list[str], chances: list[float]) -> str:
        return str(rng.choice(values, p=chances))

    out: dict[str, str] = {}
    if category == "09009" and rng.random() < 0.85:
        surface = pick(["carriageway", "cycle_lane", "pavement", "side_space"], [0.34, 0.2, 0.3, 0.16])
        out = {"vehicle": pick(["motor", "bus"], [0.97, 0.03]), "surface": surface}
    elif category == "09010" and rng.random() < 0.8:
        out = {"vehicle": "non_motor", "surface": pick(["carriageway", "pavement", "side_space"], [0.12, 0.63, 0.25])}
    elif category in ("06001", "08016") and rng.random() < 0.8:
        out = {"permit": pick(["none", "accepted", "granted"], [0.7, 0.2, 0.1])}
    elif category in ("08011", "08012") and rng.random() < 0.8:
        out = {"stage": pick(["site", "road", "permit"], [0.5, 0.42, 0.08])}
    elif category == "10002" and rng.random() < 0.5:
        out = {"cable": pick(["power", "telecom"], [0.35, 0.65])}
    if spot.on_viaduct:
        out["vertical"] = "above" if category in ("06012", "06014", "06016") and rng.random() < 0.4 else "below"
    return out


def again(row: Row, rng: np.random.Generator) -> Row:
    """Report the same thing once more, by another way, a little later and a few metres off."""
    when = row["reported_at"]
    later = min(when + timedelta(minutes=int(rng.integers(4, 180))), FIRST_DAY + timedelta(days=DAYS, seconds=-1))
    source = str(rng.choice(["app", "hotline_12345", "hotline_12319"], p=[0.4, 0.5, 0.1]))
    accuracy, error_m = exactness(source, rng)
    step = to_degrees(np.array([rng.normal(0, error_m, 2), [0.0, 0.0]]))
    lon, lat = np.round(np.array([row["lon"], row["lat"]]) + step[0] - step[1], 7)
    return row | {"reported_at": later, "source": source, "accuracy_m": accuracy, "component": None,
                  "lon": float(lon), "lat": float(lat)}  # fmt: skip


def move_to_edges(rows: list[Row], city: City, places: CasePlaces, rng: np.random.Generator) -> None:
    """Put a few cases exactly on the line between two unit grids and a few outside the district."""
    plain = [i for i, r in enumerate(rows) if r["component"] is None and not str(r["category"]).startswith("0602")]
    chosen = [int(i) for i in rng.choice(plain, ON_THE_LINE + OUTSIDE, replace=False)]
    for i in chosen[:ON_THE_LINE]:
        rows[i]["lon"], rows[i]["lat"] = places.vertex(rng)
        rows[i]["description"] = f"{places.words_at(rows[i]['lon'], rows[i]['lat'])}道路中线处上报。"
    for n, i in enumerate(chosen[ON_THE_LINE:]):
        rows[i]["lon"], rows[i]["lat"] = places.outside([2.0, 6.0, 12.0, 18.0, 40.0, 90.0, 150.0, 300.0, 420.0][n], rng)
        rows[i]["description"] = "界外上报，位置在区界附近，请核实属地。"
