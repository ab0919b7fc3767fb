"""Loads layers of an /ogc door with QGIS and counts them: ``python3 tools/qgis_layer.py BASE [COLLECTION…]``.

Needs Debian's own Python with QGIS in it (``apt-get install --no-install-recommends python3-qgis qgis-providers``) and
no screen. A key is not sent: ask a service that is open to its own machine. CI does not run this.
Exit codes: 0 every collection is a valid layer and has as many features as the service says, 1 one is not.
"""

import json
import os
import sys
from urllib.request import urlopen

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import Qgis, QgsApplication, QgsVectorLayer  # Qt looks for a screen when it is imported


def told(base: str, collection: str) -> "int | None":
    """How many features the service itself says there are; None where it does not say."""
    with urlopen(f"{base}/ogc/collections/{collection}/items?limit=1", timeout=60) as answer:
        return json.load(answer).get("numberMatched")


def look(base: str, collection: str) -> bool:
    """Load one collection as QGIS does when its address is typed in, read it to the end, and say what came."""
    uri = f"url='{base}/ogc' typename='{collection}' pageSize='500' restrictToRequestBBOX=''"
    layer = QgsVectorLayer(uri, collection, "OAPIF")
    if not layer.isValid():
        print(f"{collection}: no layer: {layer.error().summary() or 'QGIS says no more'}")
        return False
    features = list(layer.getFeatures())
    empty = sum(f.geometry().isEmpty() for f in features)
    box, fields, said = layer.extent(), [f.name() for f in layer.fields()], told(base, collection)
    print(f"{collection}: {len(features)} features ({said} told, {empty} without shape), {layer.crs().authid()}, "
          f"extent {box.xMinimum():.4f} {box.yMinimum():.4f} {box.xMaximum():.4f} {box.yMaximum():.4f}, "
          f"fields {', '.join(fields)}")  # fmt: skip
    return bool(features) and not empty and said in (None, len(features))


def main() -> int:
    """Look at the collections that were asked for, one after the other."""
    if len(sys.argv) < 2:
        print(__doc__)
        return 1
    base, collections = sys.argv[1].rstrip("/"), sys.argv[2:] or ["grid"]
    print(f"QGIS {Qgis.QGIS_VERSION}")
    qgis = QgsApplication([], False)
    qgis.initQgis()
    good = [look(base, collection) for collection in collections]
    qgis.exitQgis()
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
