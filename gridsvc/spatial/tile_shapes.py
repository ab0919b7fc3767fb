"""Shapes as a tile holds them: cut a little beyond its edge, in whole cells, and valid in spite of that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridsvc.spatial.edges import Floats
from gridsvc.spatial.layer import Objects
from gridsvc.spatial.mercator import CELLS, MARGIN_CELLS, Tile
from gridsvc.spatial.outlines import Outlines
from gridsvc.spatial.ragged import Longs, counted
from gridsvc.values import Geometry

# Between cells, so that no line between whole ones runs through a corner: there the library cuts wrongly.
_LEAST, _MOST = -MARGIN_CELLS - 0.37, CELLS + MARGIN_CELLS + 0.41
_FEWEST: dict[Geometry, int] = {"point": 1, "line": 2, "polygon": 3}
_EMPTY = shapely.Polygon()
# Shapes of a large city that are made ready together: others get their turn between, and it takes little memory.
_AT_ONCE = 4096


@dataclass(frozen=True, eq=False)
class Pieces:
    """Many shapes in whole cells, as flat arrays: rings, lines or points, each vertex once, none twice running.

    ``start`` leads from shapes to pieces, ``first`` from pieces to vertices. Of polygons a piece is a ring; those that
    are not ``outer`` are holes in the one before them. A shape that is too small for a cell has none.
    """

    kind: Geometry
    xy: NDArray[np.signedinteger]
    first: Longs
    outer: NDArray[np.bool_]
    start: Longs

    @classmethod
    def of(cls, kind: Geometry, shapes: Objects, own: Longs, n: int) -> "Pieces":
        """Take shapes of whole cells, of which each is, or is of, the shape ``own`` of ``n``; these ascend."""
        parts, of = shapely.get_parts(shapes, return_index=True)
        pieces, part = shapely.get_rings(parts, return_index=True) if kind == "polygon" else (parts, np.arange(len(of)))
        xy, piece = shapely.get_coordinates(pieces, return_index=True)
        last = np.append(piece[1:] != piece[:-1], True)[: len(piece)]
        keep = np.append(np.any(xy[1:] != xy[:-1], axis=1), True)[: len(piece)]
        # The last vertex of a ring is its first one.
        keep = keep & ~last if kind == "polygon" else keep | last
        count = np.bincount(piece[keep], minlength=len(pieces))
        whole = count >= _FEWEST[kind]
        first = np.append(0, np.cumsum(count[whole]))
        each = np.bincount(own[of[part[whole]]], minlength=n)
        vertices = xy[keep & whole[piece]].astype(np.int32 if np.abs(xy).max(initial=0) < 1 << 31 else np.int64)
        return cls(kind, vertices, first, np.diff(part[whole], prepend=-1) != 0, np.append(0, np.cumsum(each)))

    def take(self, rows: Longs) -> "Pieces":
        """Give some of the shapes, in another order."""
        of, pieces = counted(self.start[rows], self.start[rows + 1] - 1)
        piece, vertices = counted(self.first[pieces], self.first[pieces + 1] - 1)
        first, start = (
            np.append(0, np.cumsum(np.bincount(at, minlength=n))) for at, n in ((piece, len(of)), (of, len(rows)))
        )
        return Pieces(self.kind, self.xy[vertices], first, self.outer[pieces], start)

    def moved(self, by: tuple[int, int]) -> "Pieces":
        """Give the same elsewhere."""
        return Pieces(self.kind, self.xy.astype(np.int64) - by, self.first, self.outer, self.start)

    @classmethod
    def joined(cls, several: "Sequence[Pieces]") -> "Pieces":
        """Give the shapes of several, one after the other."""
        first, start = (
            np.append(0, np.cumsum(np.concatenate([np.diff(lead) for lead in leads])))
            for leads in ([one.first for one in several], [one.start for one in several])
        )
        xy, outer = (np.concatenate(own) for own in ([one.xy for one in several], [one.outer for one in several]))
        return cls(several[0].kind, xy, first, outer, start)


def pieces_of(outlines: Outlines, z: int, rows: Longs) -> Pieces:
    """Give some of the shapes as they are drawn at a zoom, in its cells, counted from the corner of the world map."""
    many = range(0, max(len(rows), 1), _AT_ONCE)
    return Pieces.joined([_pieces(outlines, z, rows[i : i + _AT_ONCE]) for i in many])


def _pieces(outlines: Outlines, z: int, rows: Longs) -> Pieces:
    shapes, own = shapely.transform(outlines.at(z, rows), Tile(z, 0, 0).cells), np.arange(len(rows))
    if outlines.kind == "point":
        # Whichever tile a point lies in, its cell is one of that tile.
        return Pieces.of("point", shapely.transform(shapes, np.floor), own, len(rows))
    shapes = shapely.transform(shapes, np.rint)
    return Pieces.of(outlines.kind, valid(shapes) if outlines.kind == "polygon" else shapes, own, len(rows))


def within(outlines: Outlines, tile: Tile, laid: Callable[[Longs], Pieces]) -> tuple[Pieces, Longs]:
    """Give what shows of outlines in a tile, in its cells with y to the south, and of which rows that is.

    ``laid`` gives some of the shapes as :func:`pieces_of` does. A point is in exactly one tile of a zoom, north and
    west edge included; all else goes on a little beyond it.
    """
    west, south, east, north = tile.box_m(MARGIN_CELLS / CELLS)
    left, low, right, high = outlines.box.T
    rows = np.flatnonzero((left <= east) & (right >= west) & (low <= north) & (high >= south))
    corner = (tile.x * CELLS, tile.y * CELLS)
    if outlines.kind == "point":
        return _points(laid(rows).moved(corner)), rows
    out = ((left < west) | (right > east) | (low < south) | (high > north))[rows]
    across, whole = rows[out], rows[~out]
    shown = Pieces.joined([laid(whole).moved(corner), cut(laid(across).moved(corner))])
    return shown, np.append(whole, across)


def cut(found: Pieces) -> Pieces:
    """Cut shapes at the margin of a tile."""
    n = len(found.start) - 1
    own = np.repeat(np.arange(n), np.diff(found.start))
    piece = np.repeat(np.arange(len(found.outer)), np.diff(found.first))
    xy: Floats = found.xy.astype(float)
    if found.kind == "line":
        lines = shapely.linestrings(xy, indices=piece)
        return Pieces.of("line", shapely.transform(_clipped(lines), np.rint), own, n)
    polygons = shapely.polygons(shapely.linearrings(xy, indices=piece), indices=np.cumsum(found.outer) - 1)
    return Pieces.of("polygon", valid(shapely.transform(_clipped(polygons), np.rint)), own[found.outer], n)


def _clipped(shapes: Objects) -> Objects:
    return np.asarray(shapely.clip_by_rect(shapes, _LEAST, _LEAST, _MOST, _MOST), dtype=object)


def valid(polygons: Objects) -> Objects:
    """Polygons in whole cells that are not squeezed flat and do not cross or touch themselves, oriented alike."""
    left, low, right, high = shapely.bounds(polygons).T
    polygons = np.where((right > left) & (high > low), polygons, _EMPTY)
    crossed = ~shapely.is_valid(polygons)
    mended = shapely.make_valid(polygons[crossed], method="structure", keep_collapsed=False)
    polygons[crossed] = shapely.set_precision(mended, 1.0)
    return np.asarray(shapely.orient_polygons(polygons))


def _points(found: Pieces) -> Pieces:
    """Leave what is in the tile itself."""
    here = np.all((found.xy >= 0) & (found.xy < CELLS), axis=1)
    own = np.repeat(np.arange(len(found.start) - 1), np.diff(found.start))[here]
    start = np.append(0, np.cumsum(np.bincount(own, minlength=len(found.start) - 1)))
    return Pieces("point", found.xy[here], np.arange(len(own) + 1), found.outer[here], start)
