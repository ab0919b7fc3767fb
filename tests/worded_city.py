"""The small city with names to look up: lanes that meet in every way, places, addresses.

::

    30.009       |建设路            北段 (幸福里)     |丁字街   ends 9 m from 人民路
                 |        断头巷 |    +----环路----+  |
    30.005  =====+===============.====+============+==.===  人民路 (20 m wide)
                 |               22 m |            |
    30.001       |    (幸福里)         |            |
             120.005        120.009  120.012     120.016 120.018
"""

from pathlib import Path
from typing import Any

from small_city import SOUND, write_city, write_features


def _feature(code: str, name: str, kind: str, coordinates: Any, **props: Any) -> dict[str, Any]:
    given = {"code": code, "name": name, **props}
    return {"type": "Feature", "properties": given, "geometry": {"type": kind, "coordinates": coordinates}}


def _lane(code: str, name: str, *corners: tuple[float, float], **props: Any) -> dict[str, Any]:
    return _feature(code, name, "LineString", [list(c) for c in corners], **props)


def _spot(code: str, name: str, lon: float, lat: float) -> dict[str, Any]:
    return _feature(code, name, "Point", [lon, lat])


LANES = [
    _lane("L1", "人民路", (120.001, 30.005), (120.019, 30.005), width_m=20, name_en="Renmin Road"),
    _lane("L2", "建设路", (120.005, 30.001), (120.005, 30.009), width_m=12, name_en="Jianshe Road"),
    _lane("L3", "环路", (120.012, 30.002), (120.012, 30.008), (120.016, 30.008), (120.016, 30.002), width_m=10),
    _lane("L4", "断头巷", (120.009, 30.0052), (120.009, 30.008), width_m=4),
    _lane("L5", "丁字街", (120.018, 30.00508), (120.018, 30.008), width_m=4),
    _lane("L6", "幸福里", (120.002, 30.002), (120.004, 30.002)),
    _lane("L7", "幸福里", (120.013, 30.009), (120.015, 30.009)),
    _lane("L8", "人和大道", (120.001, 30.007), (120.01, 30.007)),
]  # fmt: skip
BOUNDARY_STREETS = [
    _lane("B1", "人民路", (120.001, 30.005), (120.01, 30.005), width_m=20, owner="A"),
    _lane("B2", "界河路", (120.01, 30.001), (120.01, 30.009), width_m=8, owner="A"),
]
PLACES = [_spot("P1", "人民公园", 120.006, 30.006), _spot("P2", "城东农贸市场", 120.015, 30.004)]
ADDRESSES = [
    _spot("D1", "人民路10号", 120.0060, 30.0051), _spot("D2", "人民路12号", 120.0065, 30.0051),
    _spot("D3", "人民路16号", 120.0075, 30.0051), _spot("D4", "人民路12-3号", 120.0066, 30.0052),
    _spot("D5", "建设路三十二号", 120.0051, 30.0070),
]  # fmt: skip


def write_worded_city(folder: Path, **how: Any) -> Path:
    """Write the folder of the small city with these layers beside its own."""
    common = {"crs": "EPSG:4326", "code": "code", "name": "name"}
    areas = {**common, "unit": "unit", "coverage": "partition"}
    layers = [
        {"layer": "street", "file": "street.geojson", **areas},
        {"layer": "grid", "file": "grid.geojson", "parent": "street", "parent_code": "parent", **areas,
         "chief_role": "grid_chief"},
        {"layer": "lane", "file": "lane.geojson", "geometry": "line", **common},
        {"layer": "boundary_street", "file": "boundary_street.geojson", "geometry": "line", "settles": "grid",
         **common},
        {"layer": "place", "file": "place.geojson", "geometry": "point", **common},
        {"layer": "address", "file": "address.geojson", "geometry": "point", **common},
    ]  # fmt: skip
    write_city(folder, tables=SOUND, layers=layers, **how)
    for name, features in (
        ("lane", LANES), ("boundary_street", BOUNDARY_STREETS), ("place", PLACES), ("address", ADDRESSES),
    ):  # fmt: skip
        write_features(folder / f"{name}.geojson", features)
    return folder
