"""Writes layers and tables so that two runs give the same bytes; knows formats, not what the columns mean."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

Row = dict[str, Any]


def geojson_text(rows: list[Row]) -> str:
    """Give a feature collection with one feature a line; coordinates as the shortest text of their doubles."""
    lines = []
    for row in rows:
        props = {k: v for k, v in row.items() if k != "geometry"}
        feature = {"type": "Feature", "properties": props, "geometry": shapely.geometry.mapping(row["geometry"])}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def write_layer(path: Path, rows: list[Row], sublayer: str | None = None) -> None:
    """Write one layer in the format its suffix names."""
    if path.name.endswith(".geojson"):
        path.write_text(geojson_text(rows), encoding="utf-8", newline="\n")
    elif path.name.endswith(".geojson.gz"):
        # No time stamp and no file name in the header, or every run would differ.
        with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
            packed.write(geojson_text(rows).encode("utf-8"))
    else:
        write_with_gdal(path, rows, sublayer)


def write_with_gdal(path: Path, rows: list[Row], sublayer: str | None) -> None:
    """Write FlatGeobuf or GeoPackage; the date that GeoPackage records is pinned."""
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": "2023-01-01T00:00:00.000Z"})
    frame = gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
    options: dict[str, Any] = {"SPATIAL_INDEX": "NO"} if path.suffix == ".fgb" else {}
    pyogrio.write_dataframe(frame, path, layer=sublayer or path.stem, **options)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_csv(path: Path, rows: list[Row], columns: list[str]) -> None:
    """Write a CSV table, UTF-8 without mark, lines ended by LF."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_points(path: Path, frame: pd.DataFrame, degrees: bool = True) -> None:
    """Write a table of points as GeoParquet; without the columns of degrees it is half as large."""
    points = gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs="EPSG:4326")
    kept = points if degrees else points.drop(columns=["lon", "lat"])
    kept.to_parquet(path, index=False, compression="zstd", compression_level=12)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON document for people to read."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
