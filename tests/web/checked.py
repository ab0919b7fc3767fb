"""A small checked city whose names are as hostile as an official could make them."""

import numpy as np
import shapely

from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.topology import CheckReport, check_edition
from gridsvc.values import LayerSpec

HOSTILE = "</script><script>document.documentElement.dataset.hacked=1</script><img src=x onerror=alert(1)>&amp;'\""
STEP = 0.01


def checked_city(name: str = HOSTILE) -> tuple[Edition, CheckReport]:
    """Three grids in a row, the second over the first by a tenth, a hole in the third, and two of one name."""
    overlapping = shapely.box(120.1 + 0.9 * STEP, 30.2, 120.1 + 2 * STEP, 30.2 + STEP)
    last = shapely.box(120.1 + 2 * STEP, 30.2, 120.1 + 3 * STEP, 30.2 + STEP)
    hole = shapely.box(120.1 + 2.4 * STEP, 30.204, 120.1 + 2.6 * STEP, 30.206)
    shapes = [shapely.box(120.1, 30.2, 120.1 + STEP, 30.2 + STEP), overlapping, last - hole]
    geometries = np.empty(3, dtype=object)
    geometries[:] = shapes
    spec = LayerSpec("grid", "网格" + name, "Grid", coverage="partition")
    layer = Layer.build(spec, ["G1", "G2", "G3"], geometries, names=[name, name, "丙"])
    edition = Edition("E1", {"grid": layer}, title="示范 " + name)
    return edition, check_edition(edition)
