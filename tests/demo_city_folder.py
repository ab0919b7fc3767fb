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
TO_METRES = Transformer.from_crs("EPSG:4326", "EPSG:4549", always_xy=True)


@cache
def manifest() -> dict[str, Any]:
    return json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))


@cache
def layer(code: str) -> pd.DataFrame:
    """Read one layer as it is written: exact doubles for GeoJSON, through GDAL for the others."""
    entry = next(e for e in manifest()["layers"] if e["layer"] == code)
    path = FOLDER / entry["file"]
    if ".geojson" in path.name:
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        features = json.loads(raw)["features"]
        frame = pd.DataFrame([f["properties"] for f in features])
        frame["geometry"] = [shape(f["geometry"]) for f in features]
        return frame.set_index("code", drop=False)
    return pd.DataFrame(gpd.read_file(path, layer=entry.get("sublayer"))).set_index("code", drop=False)


@cache
def table(name: str) -> list[dict[str, str]]:
    with (FOLDER / manifest()["tables"][name]).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@cache
def points(name: str) -> gpd.GeoDataFrame:
    return gpd.read_parquet(FOLDER / manifest()["tables"][name])


def area_m2(geometry: Any) -> Any:
    return shapely.area(shapely.transform(geometry, lambda c: np.column_stack(TO_METRES.transform(c[:, 0], c[:, 1]))))


def classes(kind: str) -> dict[str, str]:
    with (ROOT / "gridsvc" / "categories.csv").open(encoding="utf-8", newline="") as text:
        return {r["code"]: r["zh"] for r in csv.DictReader(text) if r["kind"] == kind}
