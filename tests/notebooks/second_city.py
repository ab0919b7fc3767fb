"""A second city for notebooks: Los Angeles, its districts and councils, and what was reported in three days of 2020."""

import json
import shutil
from pathlib import Path

import pandas as pd

ZONE = "America/Los_Angeles"
LAYERS = [
    {"layer": "cd", "file": "council-districts-2012.geojson.gz", "crs": "EPSG:4326", "code": "name",
     "title_zh": "议会选区", "title_en": "Council district", "coverage": "partition"},
    {"layer": "nc", "file": "neighborhood-councils-2019.geojson.gz", "crs": "EPSG:4326", "code": "nc_id",
     "name": "name", "title_zh": "邻里委员会", "title_en": "Neighbourhood council", "coverage": "cover"},
]  # fmt: skip
# How reports came in, in our words; the city's own patrols are called drivers.
SOURCES = {"Call": "hotline_12345", "Driver Self Report": "patrol"}


def write_los_angeles(shared: Path, folder: Path) -> Path:
    """Write a boundary folder of the city with its cases as a table."""
    folder.mkdir()
    for layer in LAYERS:
        shutil.copy(shared / "los-angeles" / str(layer["file"]), folder)
    told = pd.read_csv(shared / "los-angeles" / "cases-2020.csv.gz", dtype=str).dropna(subset=["latitude", "longitude"])
    at = pd.to_datetime(told["createddate"], format="%m/%d/%y %H:%M").dt.tz_localize(ZONE)
    cases = {
        "reported_at": [instant.isoformat() for instant in at], "category": told["requesttype"],
        "source": told["requestsource"].map(SOURCES).fillna("app"), "x": told["longitude"], "y": told["latitude"],
    }  # fmt: skip
    pd.DataFrame(cases).to_csv(folder / "cases.csv", index=False)
    manifest = {"edition": "la-2019", "title": "Los Angeles", "time_zone": ZONE, "layers": LAYERS,
                "tables": {"cases": {"file": "cases.csv", "crs": "wgs84"}}}  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder
