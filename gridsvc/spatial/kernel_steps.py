"""The steps of the compiled kernel: cell, side, crossing, distance. They are inlined into what calls them."""

import hashlib
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numba import config, njit
from numba.extending import register_jitable

from gridsvc.spatial import exact
from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.overlay import ALIKE, CROWDED, NO_PLACE, Frame
from gridsvc.waves import cosine, sine


def _kept_in() -> Path:
    """Where compiled code is kept: beside the sources if that can be written to, else in the user's cache.

    Each state of the sources has a place of its own. Numba itself looks only at the one file that a function stands
    in, and would go on using code that has an older state of another file inlined.
    """
    here = Path(__file__).parent
    digest = hashlib.sha256()
    others = ("exact", "overlay", "datum", "../values", "../waves")
    for source in sorted([*here.glob("kernel*.py"), *(here / f"{name}.py" for name in others)]):
        digest.update(source.read_bytes())
    name = f"kernel-{digest.hexdigest()[:16]}"
    for folder in (here / "__pycache__", Path.home() / ".cache" / "gridsvc"):
        with suppress(OSError):
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name / "in-use").touch()
            return folder / name
    return Path(tempfile.gettempdir()) / name


_KEPT_IN = str(_kept_in())


def compiled(function: Any) -> Any:
    """Compile a function when it is first called, or take what was compiled before."""
    dispatcher = njit(nogil=True, error_model="numpy")(function)
    others, config.CACHE_DIR = config.CACHE_DIR, _KEPT_IN
    try:
        dispatcher.enable_caching()
    finally:
        config.CACHE_DIR = others
    return dispatcher


# Handing arrays to a function would count their references up and down; inlined, nothing is handed.
inlined = njit(inline="always", error_model="numpy")
for _function in (
    exact.product_terms, exact.sum_terms, exact.fill_terms, exact.settle_terms, sine, cosine, metres_per_degree,
):  # fmt: skip
    register_jitable(_function)


_FILTER, _TERMS = exact.FILTER, exact.TERMS


@compiled
def side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    det = left - right
    if abs(det) > _FILTER * (abs(left) + abs(right)):
        return det
    terms = np.zeros(_TERMS)
    exact.fill_terms(terms, ax, ay, bx, by, px, py)
    exact.settle_terms(terms)
    for i in range(_TERMS - 1, -1, -1):
        if terms[i] != 0.0:
            return terms[i]
    return 0.0


@inlined
def below(ax: float, ay: float, bx: float, by: float, turn: float) -> bool:
    """Whether the edge, which crosses a cell's left side, passes below a point there; ``turn`` is its side."""
    return (ax > bx or ay == by) if turn == 0.0 else (turn > 0.0) == (ax < bx)


@inlined
def met(edges: np.ndarray, e: int, left: float, low: float, px: float, py: float) -> tuple[bool, bool]:
    """Whether the way from the corner (left, low) to the point crosses an edge, and whether the point is on it."""
    ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
    along = (ay > py) != (by > py)
    up = (ax > left) != (bx > left)
    close = ay <= py <= by and ((ax <= px <= bx) or (bx <= px <= ax))
    turn = 1.0
    if along or close:
        turn = side(ax, ay, bx, by, px, py)
    crossed = False
    if up:
        there = side(ax, ay, bx, by, left, py)
        crossed = below(ax, ay, bx, by, there) != below(ax, ay, bx, by, side(ax, ay, bx, by, left, low))
        if along:
            crossed ^= (turn < 0.0) != (there <= 0.0)
    elif along:
        # The whole edge lies on one side of the corner's meridian.
        crossed = (turn < 0.0) != (ax <= left)
    return crossed, close and turn == 0.0


@inlined
def met_rounded(near: int, far: int, x: float, y: float) -> int:
    """What :func:`met` says of an edge's rounded ends and a point in units of the cell: 1 crossed, 0 not, -1 too close.

    Rounded by half a unit at most, a coordinate's order is sure beyond a unit, and a determinant's sign beyond half the
    sum of its factors' sizes.
    """
    ax, ay = float(near >> 16), float(np.int16(near & 0xFFFF))
    bx, by = float(far >> 16), float(np.int16(far & 0xFFFF))
    if abs(ay - y) <= 1.0 or abs(by - y) <= 1.0 or abs(ax) <= 1.0 or abs(bx) <= 1.0:
        return -1
    along = (ay > y) != (by > y)
    up = (ax > 0.0) != (bx > 0.0)
    crossed = 0
    left = ax < 0.0
    if up:
        # Where the edge meets the corner's meridian: above the corner or below, above the point's level or below.
        there = ax * (by - y) - (ay - y) * bx
        corner = ax * by - ay * bx
        slack = 0.6 * (abs(ax) + abs(bx)) + 1.0
        if abs(there) <= slack + 0.6 * (abs(ay - y) + abs(by - y)) or abs(corner) <= slack + 0.6 * (abs(ay) + abs(by)):
            return -1
        crossed = int((there > 0.0) != (corner > 0.0))
        left = there <= 0.0
    if along:
        turn = (ax - x) * (by - y) - (ay - y) * (bx - x)
        if abs(turn) <= 0.6 * (abs(ax - x) + abs(by - y) + abs(ay - y) + abs(bx - x)) + 1.0:
            return -1
        crossed ^= int((turn < 0.0) != left)
    return crossed


@inlined
def cell_of(f: Frame, px: float, py: float) -> int:
    """Number of the cell that holds a point, -1 beyond the raster, ``NO_PLACE`` for what is no position."""
    if not (-180.0 <= px <= 180.0 and -90.0 <= py <= 90.0):
        return NO_PLACE
    column, row = (px - f.west) * f.per_width, (py - f.south) * f.per_height
    if 0.0 <= column < f.columns and 0.0 <= row < f.rows:
        return int(row) * f.columns + int(column)
    return -1


@inlined
def apart_m(ends: np.ndarray, e: int, px: float, py: float, lon_m: float, lat_m: float) -> float:
    """Metres between a point and an edge, on the plane that touches the ellipsoid at the point."""
    ax, ay = (ends[e, 0] - px) * lon_m, (ends[e, 1] - py) * lat_m
    dx, dy = (ends[e, 2] - ends[e, 0]) * lon_m, (ends[e, 3] - ends[e, 1]) * lat_m
    square = dx * dx + dy * dy
    share = 0.0
    if square > 0.0:
        share = min(max(-(ax * dx + ay * dy) / square, 0.0), 1.0)
    return np.sqrt((ax + share * dx) ** 2 + (ay + share * dy) ** 2)


@inlined
def box(f: Frame, px: float, py: float, x_deg: float, y_deg: float) -> tuple[int, int, int, int]:
    """First and last column and row of the cells within some degrees of a point; none if the last is less."""
    c0 = max((px - x_deg - f.west) * f.per_width, 0.0)
    c1 = min((px + x_deg - f.west) * f.per_width, f.columns - 1.0)
    r0 = max((py - y_deg - f.south) * f.per_height, 0.0)
    r1 = min((py + y_deg - f.south) * f.per_height, f.rows - 1.0)
    if c1 < c0 or r1 < r0:
        return 0, -1, 0, -1
    return int(c0), int(c1), int(r0), int(r1)


@inlined
def layout(records: np.ndarray, at: int) -> tuple[bool, bool, int, int, int, int]:
    """Read a record's counts: whether it is crowded, alike, its areas, words an edge, and where edges begin and end."""
    count = records[at + 1]
    crowded = count == CROWDED
    alike = not crowded and count & ALIKE != 0
    n_areas = 1 if crowded else count & 63
    step = 2 if crowded else 3 if alike else 5
    first = at + 4 if crowded else at + (3 if alike else 2) + n_areas
    return crowded, alike, n_areas, step, first, first + step * (records[at + 2] if crowded else count >> 6 & 4095)
