"""Hard ground for location: shapes that tempt an implementation to round, and points where rounding would show."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import shapely
from exact import holds

from gridsvc.spatial.overlay import Frame

Rng = np.random.Generator
Shapes = np.ndarray
HOME = np.array((120.0, 30.0))
SIZE_DEG = 0.004


def lattice(rng: Rng, columns: int, rows: int) -> tuple[Shapes, np.ndarray]:
    """A bent net of quadrilaterals with shaken corners, row by row, and the corners, by row and column."""
    net = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), axis=-1)
    net += rng.uniform(-0.3, 0.3, net.shape) + 2.0 * np.sin(net[..., ::-1] / 7.0)
    net = HOME + SIZE_DEG * net / columns
    rings = np.stack([net[:-1, :-1], net[:-1, 1:], net[1:, 1:], net[1:, :-1]], axis=2)
    return shapely.polygons(rings.reshape(-1, 4, 2)), net


def damaged_lattice(rng: Rng, columns: int, rows: int) -> Shapes:
    """A lattice with gaps, overlaps, exact copies, areas with holes (some filled, some not) and exclaves."""
    cells, _ = lattice(rng, columns, rows)
    kind = rng.random(len(cells))
    kept = kind > 0.05
    merged = []
    for middle in rng.choice(len(cells), max(len(cells) // 60, 1), replace=False):
        row, column = divmod(int(middle), columns)
        if 0 < row < rows - 1 and 0 < column < columns - 1:
            block = [r * columns + c for r in range(row - 1, row + 2) for c in range(column - 1, column + 2)]
            around = [i for i in block if i != middle]
            if kept[around].all():
                merged.append(shapely.coverage_union_all(cells[around]))
                kept[around] = False
    apart = np.flatnonzero(kept & (kind < 0.1))
    pairs = np.column_stack([apart[: len(apart) // 2], apart[len(apart) // 2 :][: len(apart) // 2]])
    # Neighbours would not be two parts, but one.
    pairs = pairs[np.abs(np.diff(pairs % columns, axis=1) ** 2 + np.diff(pairs // columns, axis=1) ** 2)[:, 0] > 2]
    kept[pairs] = False
    exclaves = shapely.multipolygons(cells[pairs.ravel()], indices=np.repeat(np.arange(len(pairs)), 2))
    double, swollen = cells[kept & (kind > 0.97)], cells[kept & (kind > 0.9) & (kind < 0.95)]
    middles = shapely.get_coordinates(shapely.centroid(swollen))
    corners = shapely.get_coordinates(swollen).reshape(-1, 5, 2)
    larger = shapely.polygons(middles[:, None] + 1.5 * (corners - middles[:, None]))
    found = np.concatenate([cells[kept], exclaves, double, larger, np.array([*merged, None], dtype=object)[:-1]])
    return found[rng.permutation(len(found))]


def whole_lattice(rng: Rng) -> Shapes:
    return lattice(rng, 5, 4)[0]


def small_damage(rng: Rng) -> Shapes:
    return damaged_lattice(rng, 9, 7)


def slivers(rng: Rng) -> Shapes:
    """Neighbours with strips of a few billionths of a degree between them, over them and beside them."""
    lines = np.sort(HOME[0] + np.concatenate([rng.uniform(0, SIZE_DEG, 4), 0.001 + 1e-9 * np.arange(5)]))
    return shapely.box(lines[:-1], HOME[1], lines[1:], HOME[1] + SIZE_DEG * rng.random(len(lines) - 1))


def neighbours_an_ulp_apart(rng: Rng) -> Shapes:
    """Slanting strips, each next edge moved by -2 to 2 units in the last place: gaps and overlaps as thin as can be."""
    ends = HOME + SIZE_DEG * np.stack([np.column_stack([np.arange(6.0) / 5.0, np.full(6, y)]) for y in (0.0, 1.0)])
    ends += 0.2 * SIZE_DEG * rng.random(ends.shape)
    moved = ends + np.spacing(ends) * rng.integers(-2, 3, ends.shape)
    return shapely.polygons(np.stack([ends[0, :-1], ends[1, :-1], moved[1, 1:], moved[0, 1:]], axis=1))


def bricks(rng: Rng) -> Shapes:
    """Rows of bricks, each with joints of its own: every joint meets the middle of an edge of the next row."""
    levels = HOME[1] + SIZE_DEG * np.array([0.0, 0.3, 0.7, 1.0])
    found = []
    for low, high in pairwise(levels):
        joints = HOME[0] + SIZE_DEG * np.sort(np.concatenate([[0.0, 1.0], rng.random(4)]))
        found.append(shapely.box(joints[:-1], low, joints[1:], high))
    return np.concatenate(found)


def fan(rng: Rng) -> Shapes:
    """Forty triangles about one point: more areas in a cell than a short record can list."""
    angle = np.append(np.sort(rng.uniform(0.0, 2.0 * np.pi, 40)), np.nan)
    angle[-1] = angle[0]
    rim = HOME + SIZE_DEG * rng.uniform(0.5, 1.0, (41, 1)) * np.column_stack([np.cos(angle), np.sin(angle)])
    rim[-1] = rim[0]
    return shapely.polygons(np.stack([np.broadcast_to(HOME, (40, 2)), rim[:-1], rim[1:]], axis=1))


def long_ring(rng: Rng) -> Shapes:
    """A ring of five thousand vertices with a hole as long, and what fills the hole."""
    angle = np.linspace(0.0, 2.0 * np.pi, 2500, endpoint=False)
    wave = np.column_stack([np.cos(angle), np.sin(angle)]) * (1.0 + rng.uniform(-0.01, 0.01, (2500, 1)))
    shell, hole = HOME + SIZE_DEG * wave, HOME + 0.5 * SIZE_DEG * wave
    return np.array([shapely.Polygon(shell, [hole]), shapely.Polygon(hole)])


def squares(rng: Rng) -> Shapes:
    """Axis-parallel squares on binary fractions, some on top of one another; borders of cells may lie on theirs."""
    low = rng.integers(0, 8, (30, 2))
    west, south = (HOME + low * 2.0**-11).T
    side_deg = rng.integers(1, 4, 30) * 2.0**-11
    return shapely.box(west, south, west + side_deg, south + side_deg)


def crumbs_and_giants(rng: Rng) -> Shapes:
    """Areas of a few centimetres beside areas of half a degree."""
    at = HOME + SIZE_DEG * rng.random((20, 1, 2))
    crumbs = shapely.polygons(at + 1e-7 * rng.random((20, 3, 2)))
    giants = shapely.polygons(HOME + rng.uniform(-0.5, 0.5, (3, 3, 2)))
    return np.concatenate([crumbs, giants])


def drafts(rng: Rng) -> Shapes:
    """Random stars, whose rings cross themselves, with doubled vertices and spikes, and holes that touch the shell."""
    corners = HOME + SIZE_DEG * rng.random((6, 9, 2)).round(2)
    corners[:, 3] = corners[:, 2]
    corners[:, 7] = corners[:, 5]
    x, y = HOME
    touching = shapely.Polygon(
        [(x, y), (x + 0.004, y), (x + 0.004, y + 0.004), (x, y + 0.004)],
        [
            [(x, y + 0.001), (x, y + 0.002), (x + 0.001, y + 0.001)],
            [(x + 0.002, y), (x + 0.003, y + 0.002), (x + 0.001, y + 0.002)],
        ],
    )  # fmt: skip
    return np.append(shapely.polygons(corners), touching)


VALID: tuple[Callable[[Rng], Shapes], ...] = (
    whole_lattice, small_damage, slivers, neighbours_an_ulp_apart, bricks, fan, squares, crumbs_and_giants,
)  # fmt: skip


def trial_points(shapes: Shapes, rng: Rng, n: int, frame: Frame | None = None) -> np.ndarray:
    """Points of each tempting kind, ``n`` of each kind at most, shape (k, 2).

    Anywhere around; vertices; middles and random places of edges; on the level or the meridian of a vertex; all
    these moved by one unit in the last place; and corners of the raster's cells, if it is given.
    """
    rings = shapely.get_rings(shapely.get_parts(shapes))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    edge = rng.choice(np.flatnonzero(ring[1:] == ring[:-1]), n)
    a, b = xy[edge], xy[edge + 1]
    low, high = xy.min(axis=0), xy.max(axis=0)
    rim = 0.05 * (high - low)
    anywhere = rng.uniform(low - rim, high + rim, (n, 2))
    shared = np.vstack([np.column_stack([a[:, 0], anywhere[:, 1]]), np.column_stack([anywhere[:, 0], b[:, 1]])])
    places = np.vstack([a, (a + b) / 2, a + rng.random((n, 1)) * (b - a), shared[rng.permutation(2 * n)[:n]]])
    beside = places + np.spacing(places) * rng.integers(-1, 2, places.shape)
    found = [anywhere, places, beside[rng.permutation(len(beside))[: 2 * n]]]
    if frame is not None:
        column, row = rng.integers(0, frame.columns, n), rng.integers(0, frame.rows, n)
        corners = np.column_stack([frame.west + column * frame.width, frame.south + row * frame.height])
        found += [corners, np.column_stack([corners[:, 0], anywhere[:, 1]]),
                  np.column_stack([anywhere[:, 0], corners[:, 1]])]  # fmt: skip
    return np.vstack(found)


def exactly_covering(shapes: Shapes, points: np.ndarray) -> list[list[int]]:
    """Which shapes hold each point, by rational numbers."""
    west, south, east, north = shapely.bounds(shapes).T
    return [
        [int(k) for k in np.flatnonzero((west <= x) & (x <= east) & (south <= y) & (y <= north))
         if holds(shapes[k], x, y)]
        for x, y in points.tolist()
    ]  # fmt: skip
