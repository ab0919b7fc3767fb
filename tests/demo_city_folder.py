"""Reads the files of the demo city as they are written, for the tests about them."""

import csv
import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Transformer
from shapely.geometry import shape

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "data" / "boundaries"
FIRST = "2023-1"
TO_METRES = Transformer.from_crs("EPSG:4326", "EPSG:4549", always_xy=True)


@cache
def manifest(edition: str = FIRST) -> dict[str, Any]:
    return json.loads((folder_of(edition) / "manifest.json").read_text(encoding="utf-8"))


def folder_of(edition: str) -> Path:
    return FOLDER if edition == FIRST else FOLDER / edition


@cache
def layer(code: str, edition: str = FIRST) -> pd.DataFrame:
    """Read one layer as it is written: exact doubles for GeoJSON, through GDAL for the others."""
    entry = next(e for e in manifest(edition)["layers"] if e["layer"] == code)
    path = folder_of(edition) / entry["file"]
    if ".geojson" in path.name:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        features = json.loads(raw)["features"]
        frame = pd.DataFrame([f["properties"] for f in features])
        frame["geometry"] = [shape(f["geometry"]) for f in features]
        return frame.set_index("code", drop=False)
    return pd.DataFrame(gpd.read_file(path, layer=entry.get("sublayer"))).set_index("code", drop=False)


@cache
def table(name: str, edition: str = FIRST) -> list[dict[str, str]]:
    return rows_of(folder_of(edition) / manifest(edition)["tables"][name])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@cache
def points(name: str, edition: str = FIRST) -> gpd.GeoDataFrame:
    return gpd.read_parquet(folder_of(edition) / manifest(edition)["tables"][name])


def area_m2(geometry: Any) -> Any:
    return shapely.area(shapely.transform(geometry, lambda c: np.column_stack(TO_METRES.transform(c[:, 0], c[:, 1]))))


def classes(kind: str) -> dict[str, str]:
    with (ROOT / "gridsvc" / "categories.csv").open(encoding="utf-8", newline="") as text:
        return {r["code"]: r["zh"] for r in csv.DictReader(text) if r["kind"] == kind}
