"""Whether a plan can be published: every fault of a boundary folder as a table with shapes."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd

from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.topology import check_edition

COLUMNS = ("id", "severity", "layer", "codes", "measure", "unit", "zh", "en")


def checked(
    folder: Path | str, before: Path | str | None = None, progress: Callable[[str], None] = lambda _: None
) -> gpd.GeoDataFrame:
    """Give every fault that ``gridsvc boundaries check`` names, errors first, with the ground that is at fault.

    Columns ``id`` (``gap``, ``overlap``, ``sliver``, ...), ``severity``, ``layer``, ``codes`` (list), ``measure`` with
    its ``unit``, and the sentences ``zh`` and ``en``; shapes in EPSG:4326, None where a fault has no place. ``before``
    is the folder of the edition before. Raises ``BadBoundaryFolder`` where the folder cannot be read.
    """
    edition, manifest = read_folder(folder, progress)
    earlier = None if before is None else read_folder(before, progress)[0]
    found = check_edition(edition, progress, manifest.declared, before=earlier).findings
    columns = {name: [list(f.codes) if name == "codes" else getattr(f, name) for f in found] for name in COLUMNS}
    return gpd.GeoDataFrame(columns, geometry=[f.ground for f in found], crs="EPSG:4326")
