"""The lines drawn by hand: outline, river and main roads of the invented district, in metres from its origin."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, Polygon

from demo_city.frame import Array

OUTLINE = [
    (-1960, -1480), (-1690, -1930), (-900, -2080), (-120, -1930), (700, -2010), (1480, -1990), (1960, -1560),
    (1900, -700), (2060, 150), (1930, 900), (1850, 1500), (1400, 1930), (560, 1980), (-250, 1880), (-900, 2010),
    (-1650, 1930), (-2010, 1280), (-1890, 420), (-2060, -420),
]  # fmt: skip
RIVER = [(-2600, 760), (-2050, 900), (-1450, 700), (-800, 860), (-200, 700), (150, 330), (700, 210), (1200, 430),
         (1700, 330), (2150, 520), (2600, 480)]  # fmt: skip
RIVER_WIDTH_M = 56.0

# name, tier, control points; the ends reach past the outline, or past the road where the road stops
ROADS: list[tuple[str, str, list[tuple[float, float]]]] = [
    ("E1", "expressway",
     [(640, 2500), (560, 1900), (430, 1250), (520, 550), (500, -100), (350, -750), (420, -1400), (560, -2500)]),
    ("A1", "arterial",
     [(-1300, 2500), (-1220, 1700), (-1120, 1000), (-1260, 300), (-1190, -400), (-1080, -1000), (-1180, -1600),
      (-1260, -2500)]),
    ("A2", "arterial",
     [(-330, 2500), (-400, 1700), (-310, 1000), (-420, 300), (-370, -500), (-280, -1200), (-340, -2500)]),
    ("A3", "arterial",
     [(1350, -2500), (1290, -1700), (1180, -900), (1290, -200), (1260, 600), (1205, 1300), (1190, 1420)]),
    ("B1", "arterial",
     [(-2600, 1430), (-1700, 1330), (-1000, 1400), (-300, 1270), (450, 1340), (1200, 1240), (1700, 1330),
      (2600, 1220)]),
    ("B2", "arterial",
     [(-2600, -60), (-1800, 10), (-1000, -110), (-350, -60), (350, -200), (900, -160), (1500, -280), (2600, -180)]),
    ("B3", "arterial", [(-2600, -950), (-1700, -880), (-1000, -1000), (-300, -1010), (360, -1130), (1010, -1060),
                        (1290, -1050)]),
]  # fmt: skip


@dataclass(frozen=True)
class MainLine:
    """One hand-drawn line: its key, its tier (``river`` for a bank, ``border`` for the outline) and its course."""

    key: str
    tier: str
    line: LineString


def smooth(points: list[tuple[float, float]], step_m: float, closed: bool = False) -> Array:
    """Lead a Catmull-Rom curve through the control points with a vertex about every ``step_m``."""
    p = np.asarray(points, dtype=float)
    ends = (p[-1:], p[:2]) if closed else (2 * p[:1] - p[1:2], 2 * p[-1:] - p[-2:-1])
    padded = np.vstack([ends[0], p, ends[1]])
    out = []
    for i in range(1, len(padded) - 2):
        a, b, c, d = padded[i - 1 : i + 3]
        n = max(int(np.hypot(*(c - b)) / step_m), 1)
        t = (np.arange(n) / n)[:, None]
        out.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*out, padded[-2][None, :]])


def rippled(xy: Array, rng: np.random.Generator, amplitude_m: float) -> Array:
    """Add a gentle sideways ripple, so that no hand-drawn line looks drawn by a ruler."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    tangent = np.gradient(xy, axis=0)
    normal = np.column_stack([-tangent[:, 1], tangent[:, 0]]) / np.hypot(*tangent.T)[:, None]
    offset = np.zeros(len(xy))
    for wave_m in (900.0, 420.0, 230.0):
        offset += np.sin(along / wave_m * 2 * np.pi + rng.uniform(0, 2 * np.pi)) * amplitude_m * wave_m / 900.0
    return np.asarray(xy + normal * offset[:, None])


def outline(rng: np.random.Generator) -> Polygon:
    """Draw the border of the district."""
    ring = smooth([(float(x), float(y)) for x, y in OUTLINE], 45.0, closed=True)[:-1]
    wobble = rng.normal(0.0, 7.0, ring.shape)
    return Polygon(ring + wobble)


def main_lines(rng: np.random.Generator) -> list[MainLine]:
    """Draw the two river banks and the main roads; they overshoot the outline, which trims them later."""
    lines = []
    centre = rippled(smooth([(float(x), float(y)) for x, y in RIVER], 35.0), rng, 14.0)
    middle = LineString(centre)
    for key, side in (("R1", 1.0), ("R2", -1.0)):
        bank = shapely.offset_curve(middle, side * RIVER_WIDTH_M / 2, join_style="round", quad_segs=2)
        lines.append(MainLine(key, "river", bank.simplify(0.8)))
    for key, tier, points in ROADS:
        course = rippled(smooth(points, 38.0), rng, 16.0 if tier == "arterial" else 12.0)
        lines.append(MainLine(key, tier, LineString(course)))
    return lines
