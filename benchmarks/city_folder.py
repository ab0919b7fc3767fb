"""Writes a made-up city as the boundary folder that a command is given."""

import json
from pathlib import Path

import geopandas as gpd

from benchmarks.city import City

TITLES = {
    "street": ("街道", "Sub-district"),
    "community": ("社区", "Community"),
    "grid": ("责任网格", "Responsibility grid"),
    "unit_grid": ("单元网格", "Unit grid"),
}


def write_folder(city: City, folder: Path, edition: str = "2026-1") -> Path:
    """Write the four layers of a city and the manifest that names them; gives the folder."""
    folder.mkdir(parents=True)
    layers = [_written(layer, frame, folder) for layer, frame in city.frames.items()]
    manifest = {
        "edition": edition, "title": f"{len(city)} unit grids", "district": "990102", "time_zone": "Asia/Shanghai",
        "valid_from": "2026-01-01", "layers": layers,
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return folder


def _written(layer: str, frame: gpd.GeoDataFrame, folder: Path) -> dict[str, str]:
    frame.to_file(folder / f"{layer}.fgb", driver="FlatGeobuf", engine="pyogrio", SPATIAL_INDEX="NO")
    zh, en = TITLES[layer]
    told = {"layer": layer, "file": f"{layer}.fgb", "crs": "EPSG:4326", "code": "code", "title_zh": zh,
            "title_en": en, "coverage": "partition"}  # fmt: skip
    above = frame.attrs.get("parent")
    return told | ({"parent": str(above)} if above else {})
