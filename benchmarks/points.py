"""Seeded points in a city: those of an ordinary day, and those that are hard to place."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.city import LAT_M, LON_M, City

Floats = NDArray[np.float64]
PER_DEGREE = np.array([LON_M, LAT_M])
CLUSTERED, UNIFORM, EDGE = 0.60, 0.36, 0.02


def everyday(city: City, n: int, seed: int = 2) -> Floats:
    """Shuffle 60 % clustered points, 36 % uniform, 2 % within 5 m of an edge and 2 % outside.

    Degrees, shape (n, 2), each column one piece of memory, as a table of points has it.
    """
    rng = np.random.default_rng(seed)
    low, high = city.coordinates.min(axis=0), city.coordinates.max(axis=0)
    clustered, uniform, edge = (round(n * share) for share in (CLUSTERED, UNIFORM, EDGE))
    centres = rng.uniform(low, high, (40, 2))
    spread_m = 0.02 * ((high - low) * PER_DEGREE).min()
    parts = [
        centres[rng.integers(0, 40, clustered)] + rng.normal(0, spread_m, (clustered, 2)) / PER_DEGREE,
        rng.uniform(low, high, (uniform, 2)),
        _on_edges(city, edge, rng) + rng.uniform(-5, 5, (edge, 2)) / np.sqrt(2) / PER_DEGREE,
        rng.uniform([high[0] + 0.01, low[1]], [high[0] + 0.1, high[1]], (n - clustered - uniform - edge, 2)),
    ]
    return np.asfortranarray(rng.permutation(np.vstack(parts)))


def hard(city: City, n: int, seed: int = 3) -> dict[str, Floats]:
    """Make ``n`` points of each kind that breaks careless arithmetic."""
    rng = np.random.default_rng(seed)
    vertices = city.coordinates
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    some = vertices[rng.integers(0, len(vertices), n)]
    level, upright = some.copy(), some.copy()
    # A little beside the vertex and as high as it, so that a ray along the row passes through the vertex.
    level[:, 0] = rng.uniform(-60, 60, n) / LON_M + level[:, 0]
    upright[:, 1] = rng.uniform(-60, 60, n) / LAT_M + upright[:, 1]
    middle = _on_edges(city, n, rng, 0.5)
    towards = np.where(rng.random((n, 2)) < 0.5, -np.inf, np.inf)
    return {
        "vertices": some,
        "edge midpoints": middle,
        "same latitude as a vertex": level,
        "same longitude as a vertex": upright,
        "1 ulp off an edge": np.nextafter(middle, towards),
        "uniform": rng.uniform(low, high, (n, 2)),
    }


def _on_edges(city: City, n: int, rng: np.random.Generator, along: float | None = None) -> Floats:
    """Take points on straight pieces of edges, at one share of their length or anywhere, rounded to the nearest."""
    ring = city.coordinates
    # The last vertex of a ring has no next one; its next in the array belongs to another ring, far away.
    short = np.flatnonzero((np.abs(np.diff(ring, axis=0)) * PER_DEGREE).max(axis=1) < 60.0)
    first = short[rng.integers(0, len(short), n)]
    share = np.full((n, 1), along) if along is not None else rng.random((n, 1))
    return np.asarray((1 - share) * ring[first] + share * ring[first + 1])
