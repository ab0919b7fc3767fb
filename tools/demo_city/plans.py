"""What the invented district plans beside its boundaries: public toilets to be built, roads that are deep-cleaned."""

import numpy as np
import shapely

from demo_city.city import City
from demo_city.frame import degrees, rounded
from demo_city.places import face_centres
from demo_city.write import Row

TOILET_COLUMNS = ["code", "name", "name_en", "lon", "lat", "opens"]
CLEANED_COLUMNS = ["lane", "name", "since"]
# code, name, English name, wished place in metres, year in which it opens
TOILETS = [
    ("PT1", "溪口北公厕", "Xikou North Toilet", -1180, 760, "2025"),
    ("PT2", "北塘公厕", "Beitang Toilet", -600, 1800, "2025"),
    ("PT3", "新桥北公厕", "Xinqiao North Toilet", 500, 1830, "2025"),
    ("PT4", "东湾公厕", "Dongwan Toilet", 1800, -500, "2026"),
    ("PT5", "夜市公厕", "Night Market Toilet", 40, -620, "2025"),
]
# Main and secondary roads where the whole section is washed, a little less than the forty percent asked for.
CLEANED = [("L002", "2023-03-01"), ("L004", "2023-03-01"), ("L005", "2023-09-01"), ("L010", "2023-09-01"),
           ("L012", "2024-03-01")]  # fmt: skip


def planned_toilets(city: City) -> list[Row]:
    """Set every toilet that is to be built inside the dry block nearest to where it was wished."""
    dry = [i for i, leaf in enumerate(city.plane.leaves) if not leaf.water]
    centre = face_centres(city.plane)[dry]
    rows = []
    for code, name, en, x, y, opens in TOILETS:
        face = city.plane.faces_m[dry[int(np.argmin(np.hypot(centre[:, 0] - x, centre[:, 1] - y)))]]
        inner = face.representative_point()
        at = rounded(degrees(shapely.Point(inner.x, inner.y)))
        rows.append({"code": code, "name": name, "name_en": en, "lon": at.x, "lat": at.y, "opens": opens})
    return rows


def deep_cleaned(city: City) -> list[Row]:
    """Name the roads that are deep-cleaned."""
    name_of = {lane.code: lane.name for lane in city.lanes}
    return [{"lane": code, "name": name_of[code], "since": since} for code, since in CLEANED]
