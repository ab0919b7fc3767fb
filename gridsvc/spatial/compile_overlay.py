"""Compiles the areas of all layers into an overlay: chooses the cells, tells what holds their corners."""

import numpy as np
from numpy.typing import NDArray

from gridsvc.spatial.area_sets import AreaSets, grouped
from gridsvc.spatial.compiler import compiled_builder
from gridsvc.spatial.datum import metres_per_degree
from gridsvc.spatial.edges import Edges, Floats, line_edges, polygon_edges
from gridsvc.spatial.overlay import Frame, Ints, Tables
from gridsvc.spatial.ragged import Longs, ascending, counted
from gridsvc.spatial.raster import Raster
from gridsvc.spatial.records import padded, reach_pieces, records_of

# A point falls into a cell with a record in about this share of cases; less makes cells smaller and tables larger.
EDGE_SHARE = 0.12
# Memory for one area, and at least for all together.
AREA_BYTES, LEAST_BYTES = 4_000, 2_000_000


def raster_over(edges: Edges, reaches: Edges, reach_m: Floats) -> Raster:
    """Choose cells so that few points meet an edge and the tables stay within ``AREA_BYTES`` an area."""
    at, pad_x, pad_y = padded(reaches, reach_m)
    pad = np.column_stack([pad_x, pad_y])
    lower, upper = reaches.ends[at, :2], reaches.ends[at, 2:]
    ends = (edges.ends[:, :2], edges.ends[:, 2:], lower - pad, upper - pad, lower + pad, upper + pad)
    if not len(edges) and not len(reaches):
        return Raster(0.0, 0.0, 1.0, 1.0, 1, 1)
    west, south = (float(min(e[:, axis].min() for e in ends if len(e))) for axis in (0, 1))
    east, north = (float(max(e[:, axis].max() for e in ends if len(e))) for axis in (0, 1))
    lon_m, lat_m = metres_per_degree(float(np.clip((south + north) / 2, -89.0, 89.0)))
    wide_m, high_m = (east - west) * lon_m, (north - south) * lat_m
    length_m = sum(
        float(np.hypot((ends[:, 2] - ends[:, 0]) * lon_m, (ends[:, 3] - ends[:, 1]) * lat_m).sum())
        for ends in (edges.ends, reaches.ends)
    )
    ground_m2 = max(wide_m * high_m, 1.0)
    # What the edges take by themselves no size of cells can save.
    least = _bytes(0.0, 0.0, len(edges) + len(reaches), 1.0)
    budget = max(AREA_BYTES * len(reach_m), LEAST_BYTES, 2.0 * least)
    side_m = max(EDGE_SHARE * ground_m2 / (1.3 * max(length_m, 1.0)), 0.5)
    while _bytes(ground_m2, length_m, len(edges) + len(reaches), side_m) > budget and side_m < max(wide_m, high_m):
        side_m *= 1.1
    side_m = max(side_m, max(wide_m, high_m) / 30_000)
    width, height = side_m / lon_m, side_m / lat_m
    return Raster(
        float(west - width), float(south - height), width, height,
        int((east - west) / width) + 4, int((north - south) / height) + 4,
    )  # fmt: skip


def _bytes(ground_m2: float, length_m: float, n_edges: int, side_m: float) -> float:
    """About how many bytes the tables take with cells of this side."""
    pieces = 1.3 * length_m / side_m + n_edges
    return 4 * ground_m2 / side_m**2 + 20 * pieces + 32 * n_edges


def overlay(
    polygons: NDArray[np.object_], polygon_area: Longs, lines: NDArray[np.object_], line_area: Longs, reach_m: Floats,
    layer_of: Ints, compiled: bool = True,
) -> Tables:  # fmt: skip
    """Compile single polygons, and single lines or points with a reach.

    Parameters
    ----------
    polygons, lines : array of geometries, shape (n,), (m,)
        Degrees in WGS 84. An area that is not valid is filled by the even-odd rule.
    polygon_area, line_area : array of int, shape (n,), (m,)
        Number of the area that each belongs to.
    reach_m : array, shape (areas,)
        How far the lines and points of an area reach.
    layer_of : array of int32, shape (areas,)
        The layer of each area, ``~layer`` for lines and points.
    compiled : bool
        Whether to use the compiled kernel, where there is one; the tables are the same without it.
    """
    edges = polygon_edges(polygons, polygon_area)
    reaches = line_edges(lines, line_area)
    raster = raster_over(edges, reaches, reach_m)
    frame, reached = Frame(*raster.numbers), reach_pieces(raster, reaches, reach_m)
    builder = compiled_builder() if compiled else None
    if builder is not None:
        cells, sets, codes, slots = builder.corner_sets(frame, edges)
        records = builder.records_of(frame, edges, reached, cells, sets, codes, slots)
    else:
        cells, sets = _sets(raster, edges)
        records = records_of(raster, edges, reached, cells, sets)
    return Tables(frame, cells, records, edges.ends, reaches.ends, reach_m, sets.start, sets.areas, layer_of)


def _sets(raster: Raster, edges: Edges) -> tuple[Ints, AreaSets]:
    """Which set of areas holds each cell's corner, and what the sets are."""
    cell, edge = raster.crossings(edges.ends)
    at, area = edges.owners_of(edge)
    row, column = np.divmod(cell[at], raster.columns)
    # A boundary is closed, so along a row each area is entered and left in turn.
    event = np.sort((row << 48) | (area << 20) | column)
    row, area, column = event[::2] >> 48, (event[::2] >> 20) & 0xFFFFFFF, event[::2] & 0xFFFFF
    enter = row * raster.columns + column
    leave = row * raster.columns + (event[1::2] & 0xFFFFF)
    rows = np.arange(raster.rows, dtype=np.int64) * raster.columns
    marks = ascending(np.concatenate([rows, enter, leave]))
    span, run = counted(np.searchsorted(marks, enter), np.searchsorted(marks, leave) - 1)
    pair = np.sort((run << 32) | area[span])
    # The empty set comes first, so that it is number 0.
    number, sets = grouped((pair >> 32) + 1, pair & 0xFFFFFFFF, len(marks) + 1)
    return np.repeat(number[1:], np.diff(np.append(marks, raster.columns * raster.rows))), sets
