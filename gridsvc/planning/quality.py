"""Whether a plan can be published: every fault of a boundary folder as a table with shapes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd

from gridsvc.errors import FieldError, NotFound
from gridsvc.frames import edition_from_frames
from gridsvc.spatial.boundary_folder import read_folder
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.topology import check_edition

COLUMNS = ("id", "severity", "layer", "codes", "measure", "unit", "zh", "en")


AS_DRAWN: Mapping[str, gpd.GeoDataFrame] = MappingProxyType({})


def checked(
    folder: Path | str,
    before: Path | str | None = None,
    progress: Callable[[str], None] = lambda _: None,
    instead: Mapping[str, gpd.GeoDataFrame] = AS_DRAWN,
) -> gpd.GeoDataFrame:
    """Give every fault that ``gridsvc boundaries check`` names, errors first, with the ground that is at fault.

    Columns ``id`` (``gap``, ``overlap``, ``sliver``, ...), ``severity``, ``layer``, ``codes`` (list), ``measure`` with
    its ``unit``, and the sentences ``zh`` and ``en``; shapes in EPSG:4326, None where a fault has no place. ``before``
    is the folder of the edition before. ``instead`` has layers drawn otherwise than in the folder, in the form that
    :func:`gridsvc.planning.areas` gives, so that a change can be tried before anything is written. Raises
    ``BadBoundaryFolder`` where the folder cannot be read, and ``NotFound`` for a layer that it does not have.
    """
    edition, manifest = read_folder(folder, progress)
    edition = _redrawn(edition, instead)
    earlier = None if before is None else read_folder(before, progress)[0]
    found = check_edition(edition, progress, manifest.declared, before=earlier).findings
    columns = {name: [list(f.codes) if name == "codes" else getattr(f, name) for f in found] for name in COLUMNS}
    return gpd.GeoDataFrame(columns, geometry=[f.ground for f in found], crs="EPSG:4326")


def _redrawn(edition: Edition, instead: Mapping[str, gpd.GeoDataFrame]) -> Edition:
    """The edition with some layers drawn anew; what kind of layer each is stays as it was."""
    if unknown := sorted(set(instead) - set(edition.layers)):
        mend = ("可用：" + "、".join(edition.layers), "one of " + ", ".join(edition.layers))
        raise NotFound("没有这个图层", "there is no such layer", [FieldError("instead", unknown, *mend)])
    drawn = {
        code: replace(edition_from_frames({code: frame}).layers[code], spec=edition.layers[code].spec)
        for code, frame in instead.items()
    }
    return replace(edition, layers={**edition.layers, **drawn})
