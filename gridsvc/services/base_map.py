"""The base map of an edition: its own roads, and water, green and buildings where it has them, as one file."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from gridsvc.errors import FieldError, NotFound
from gridsvc.spatial.drawn import BASE, BASE_TOLD, Drawing
from gridsvc.spatial.mercator import Box, tiles_over
from gridsvc.spatial.outlines import EXACT_Z

# Further out a city is a dot; nearer, renderers enlarge what is exact.
FIRST_Z, LAST_Z = 6, EXACT_Z
# So many editions' files stay.
KEPT = 6


def base_map(drawing: Drawing, content_hash: str, folder: Path) -> Path:
    """Give the file (PMTiles v3) of an edition with these contents, which is made first where it is missing.

    Raises ``NotFound`` for an edition that has nothing to draw on it.
    """
    path = folder / f"{content_hash}.pmtiles"
    if path.exists():
        # By this it counts as one of the newest, which stay.
        os.utime(path)
        return path
    if not drawing.parts(BASE, LAST_Z):
        error = FieldError("edition", drawing.edition.code, "先在版次中加入街巷图层", "add a layer of lanes to it")
        raise NotFound("该版次没有底图", "this edition has no base map", [error])
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, delete=False) as file:
        part = Path(file.name)
        try:
            # The library has no types.
            make: Any = Writer
            writer = make(file)
            for number, tile in _tiles(drawing):
                writer.write_tile(number, tile)
            writer.finalize(_about(drawing.edition.bounds_deg), {"vector_layers": layers()})
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    for old in sorted(folder.glob("*.pmtiles"), key=lambda f: f.stat().st_mtime)[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def layers() -> list[dict[str, Any]]:
    """Give the layers that a base map may have, as TileJSON tells of them."""
    return [{"id": name, "fields": fields} for name, fields in BASE_TOLD.items()]


def _tiles(drawing: Drawing) -> Iterator[tuple[int, bytes]]:
    """Every tile that is not empty, packed, in the order of the file."""
    box = drawing.edition.bounds_deg
    for z in range(FIRST_Z, LAST_Z + 1):
        for number, tile in sorted((zxy_to_tileid(t.z, t.x, t.y), t) for t in tiles_over(box, z)):
            made = drawing.tile(BASE, tile)
            if made:
                yield number, gzip.compress(made, 6, mtime=0)


def _about(box: Box) -> Any:
    west, south, east, north = (int(at * 1e7) for at in box)
    return {
        "tile_type": TileType.MVT, "tile_compression": Compression.GZIP, "center_zoom": 12,
        "min_lon_e7": west, "min_lat_e7": south, "max_lon_e7": east, "max_lat_e7": north,
        "center_lon_e7": (west + east) // 2, "center_lat_e7": (south + north) // 2,
    }  # fmt: skip
