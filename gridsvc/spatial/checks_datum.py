"""Checks of the reference that coordinates are declared in: of layers, against the edition before, of components."""

from collections.abc import Iterator, Mapping

import numpy as np
import shapely

from gridsvc.spatial.datum import Floats, convert
from gridsvc.spatial.findings import Finding, Sheet
from gridsvc.spatial.layer import Edition
from gridsvc.spatial.locate import Locator
from gridsvc.spatial.shift import READINGS, shifted_batch, shifted_layers

COMPONENTS = "components"
# Some components may stand beyond the district; if half do, it is their coordinates.
MOST_OUTSIDE = 0.5


def shifted(sheet: Sheet, declared: Mapping[str, str], before: Edition | None) -> Iterator[Finding]:
    """Layers whose edges lie where they should only if read in another reference than declared.

    Edges are compared with those of the other layers, and with the edition ``before`` where there is one: an edition
    that is shifted as a whole agrees with itself. A guess, though a sure one: an error, so that somebody must look.
    """
    shifts = {} if before is None else shifted_layers(sheet.edition, sheet.metric, declared, before)
    for code, shift in (shifts | shifted_layers(sheet.edition, sheet.metric, declared)).items():
        layer = sheet.edition.layers[code]
        text = f"图层 {layer.spec.title_zh}：{shift.zh}", f"layer {layer.spec.title_en}: {shift.en}"
        yield _shifted(code, text, layer.bounds_deg, shift.offset_m)


def shifted_components(sheet: Sheet, lon: Floats, lat: Floats, declared: str) -> Iterator[Finding]:
    """Components, WGS 84 degrees of shape (n,), that lie along streets only if read in another reference, or outside.

    The one is told by :func:`gridsvc.spatial.shift.shifted_batch`, which may also find that it is the boundaries that
    are shifted, all of them. The other, more than half outside every partition, tells of swapped axes or a false zone.
    """
    placed = np.isfinite(lon) & np.isfinite(lat)
    lon, lat = lon[placed], lat[placed]
    locator = Locator(sheet.edition)
    if locator.finest is None or not len(lon):
        return
    bounds_deg = lon.min(), lat.min(), lon.max(), lat.max()
    label = declared if declared in READINGS else "wgs84"
    shift = shifted_batch(locator, *convert(lon, lat, "wgs84", label), label)
    if shift is not None:
        text = f"部件表：{shift.zh}", f"components: {shift.en}"
        yield _shifted(COMPONENTS, text, bounds_deg, shift.offset_m)
        return
    outside = int((locator.locate(lon, lat, "wgs84").position[locator.finest] < 0).sum())
    if outside > MOST_OUTSIDE * len(lon):
        zh = f"部件表：{len(lon):,} 个部件中有 {outside:,} 个不在任何区域内，请核对坐标系与两轴次序"
        en = f"components: {outside:,} of {len(lon):,} lie in no area; check their reference and the order of axes"
        yield _shifted(COMPONENTS, (zh, en), bounds_deg, None)


def _shifted(
    layer: str, text: tuple[str, str], bounds_deg: tuple[float, float, float, float], offset_m: float | None
) -> Finding:
    west, south, east, north = bounds_deg
    return Finding("shifted_datum", "error", layer, (), offset_m, None if offset_m is None else "m",
                   round((west + east) / 2, 7), round((south + north) / 2, 7), *text,
                   shapely.box(west, south, east, north))  # fmt: skip
