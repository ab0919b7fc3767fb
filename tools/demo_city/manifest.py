"""The manifest of the demo city: which layer lies in which file, and how the layers hang together."""

from typing import Any

from demo_city.names import DISTRICT_CODE

FILES = {
    "district": "district.geojson", "street": "street.geojson", "community": "community.geojson",
    "grid": "grid.geojson", "unit_grid": "unit_grid.geojson.gz", "lane": "lane.fgb", "viaduct": "viaduct.geojson",
    "zone": "zone.geojson", "strip": "strip.geojson", "boundary_street": "boundary_street.geojson",
    "planning_area": "planning_area.geojson", "contractor_area": "contractor_area.gpkg", "place": "place.geojson",
    "action_area": "action_area.geojson", "estate": "estate.geojson",
}  # fmt: skip
SUBLAYERS = {"contractor_area": "lots"}
TABLES = {"components": "components.parquet", "units": "units.csv", "people": "people.csv", "posts": "posts.csv",
          "rules": "rules.csv", "limits": "limits.csv", "attributes": "attributes.csv", "powers": "powers.csv",
          "calendar": "calendar.csv", "periods": "periods.csv", "duplicates": "duplicates.csv",
          "sanctions": "sanctions.csv", "answers": "answers.csv", "schemes": "schemes.csv",
          "scheme_parts": "scheme_parts.csv", "deductions": "deductions.csv", "consequences": "consequences.csv",
          "heat": "heat.csv", "cases": "cases.parquet"}  # fmt: skip

# layer, Chinese title, English title, further keys
LAYERS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("district", "区", "District", {"coverage": "partition", "unit": "unit"}),
    ("street", "街道", "Sub-district",
     {"coverage": "partition", "parent": "district", "unit": "unit", "priority": 50, "chief_role": "street_chief"}),
    ("community", "社区（村）", "Community", {"coverage": "partition", "parent": "street", "unit": "unit"}),
    ("grid", "责任网格", "Responsibility grid",
     {"coverage": "partition", "parent": "street", "unit": "unit", "chief_role": "grid_chief"}),
    ("unit_grid", "单元网格", "Unit grid", {"coverage": "partition", "parent": "community"}),
    ("lane", "街巷", "Lane",
     {"geometry": "line", "coverage": "free", "unit": "unit", "priority": 10, "chief_role": "street_chief"}),
    ("viaduct", "高架桥", "Viaduct", {"coverage": "free"}),
    ("zone", "特殊区域", "Special zone", {"coverage": "cover", "unit": "unit"}),
    ("strip", "交界带", "Border strip", {"coverage": "free", "unit": "unit"}),
    ("boundary_street", "界路", "Boundary street", {"geometry": "line", "coverage": "free", "settles": "grid"}),
    ("planning_area", "规划区", "Planning area", {"coverage": "free"}),
    ("contractor_area", "环卫标段", "Sanitation lot", {"coverage": "cover", "unit": "unit"}),
    ("action_area", "应急片区", "Action area", {"coverage": "cover", "unit": "unit"}),
    ("estate", "住宅小区", "Housing estate", {"coverage": "free", "unit": "unit"}),
    ("place", "地点", "Place", {"geometry": "point", "coverage": "free"}),
]  # fmt: skip


def manifest(code: str, title: str, valid_from: str, files: dict[str, str]) -> dict[str, Any]:
    """Give the manifest of an edition; ``files`` says where each layer and table is, seen from its folder."""
    layers = []
    for layer, zh, en, more in LAYERS:
        entry: dict[str, Any] = {"layer": layer, "file": files[layer], "crs": "EPSG:4326", "code": "code"}
        if layer in SUBLAYERS:
            entry["sublayer"] = SUBLAYERS[layer]
        entry["name"] = "code" if layer == "unit_grid" else "name"
        layers.append(entry | {"title_zh": zh, "title_en": en} | more)
    return {
        "edition": code,
        "title": title,
        "district": DISTRICT_CODE,
        "time_zone": "Asia/Shanghai",
        "valid_from": valid_from,
        "layers": layers,
        "tables": {table: files[table] for table in TABLES},
    }
