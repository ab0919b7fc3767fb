"""Clients that others wrote read what is served: GDAL's own driver and OWSLib."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import geopandas
import httpx2
import pytest

from tests.conftest import without
from tests.served import served

pytestmark = pytest.mark.slow
KEY = "a-key-of-the-administrator"
BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def base(reader_url: str) -> Iterator[str]:
    """A service that nobody may ask without the key."""
    with served(reader_url, open_access=False, admin_key=KEY) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def ogr2ogr() -> str:
    found = shutil.which("ogr2ogr")
    if found is None:
        without("ogr2ogr (Debian gdal-bin)")
    return str(found)


def converted(ogr2ogr: str, base: str, collection: str, file: Path, *options: str) -> geopandas.GeoDataFrame:
    """Let GDAL write a collection into a GeoPackage, and read that back."""
    # The house leaves GDAL without this driver, for itself and whatever it starts.
    own = {k: v for k, v in os.environ.items() if k != "GDAL_SKIP"}
    command = [ogr2ogr, "-f", "GPKG", str(file), f"OAPIF:{base}/ogc", collection, *options]
    headers = {"GDAL_HTTP_HEADERS": f"Authorization: Bearer {KEY}"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=own | headers)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return geopandas.read_file(file)


@pytest.mark.parametrize("layer", ["grid", "lane", "unit_grid"])
def test_ogr2ogr_writes_all_areas_where_they_are(ogr2ogr: str, base: str, tmp_path: Path, layer: str):
    frame = converted(ogr2ogr, base, layer, tmp_path / "areas.gpkg")
    ours, cursor = [], None
    while True:
        page = httpx2.get(
            f"{base}/v1/areas", headers=BEARER,
            params={"layer": layer, "limit": 1000} | ({"cursor": cursor} if cursor else {}),
        ).json()  # fmt: skip
        ours += page["features"]
        if not (cursor := page["next"]):
            break
    expected = geopandas.GeoDataFrame.from_features(ours, crs=4326).set_index("code")
    frame = frame.set_index("code")
    assert len(frame) == len(expected)
    assert frame.crs.to_epsg() == 4326 or frame.crs.to_authority() == ("OGC", "CRS84")
    assert frame.geometry.sort_index().geom_equals_exact(expected.geometry.sort_index(), 1e-9).all()
    for column in ("name", "parent"):
        assert frame[column].sort_index().fillna("").tolist() == expected[column].sort_index().fillna("").tolist()


def test_ogr2ogr_asks_for_a_box_and_gets_what_lies_in_it(ogr2ogr: str, base: str, tmp_path: Path):
    one = httpx2.get(f"{base}/v1/areas?layer=grid&limit=1", headers=BEARER).json()["features"][0]
    west, south, east, north = geopandas.GeoSeries.from_wkt([_wkt(one)]).total_bounds
    box = [str(v) for v in (west, south, east, north)]
    frame = converted(ogr2ogr, base, "grid", tmp_path / "some.gpkg", "-spat", *box)
    listed = httpx2.get(f"{base}/v1/areas", headers=BEARER, params={"layer": "grid", "bbox": ",".join(box)}).json()
    assert sorted(frame["code"]) == [f["id"] for f in listed["features"]]


def _wkt(feature: Any) -> str:
    return str(geopandas.GeoDataFrame.from_features([feature]).geometry.iloc[0].wkt)


def test_owslib_lists_pages_and_filters(base: str):
    try:
        from owslib.ogcapi.features import Features
    except ImportError:
        without("OWSLib")
    client = Features(f"{base}/ogc", headers=dict(BEARER))
    layers = [one["layer"] for one in httpx2.get(f"{base}/v1/layers", headers=BEARER).json()["items"]]
    assert client.feature_collections() == [*layers, "components", "cases"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in client.conformance()["conformsTo"]
    assert "code" in client.collection_queryables("lane")["properties"]
    found, more = [], {}
    while True:
        page = client.collection_items("lane", limit=25, **more)
        found += page["features"]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            break
        more = {"cursor": dict(parse_qsl(urlsplit(following[0]).query))["cursor"]}
    assert len(found) == page["numberMatched"] > 25
    name = found[0]["properties"]["name"]
    filtered = client.collection_items("lane", limit=100, filter=f"name = '{name}'")
    assert [f["id"] for f in filtered["features"]] == [f["id"] for f in found if f["properties"]["name"] == name]
    assert client.collection_item("lane", found[0]["id"])["properties"] == found[0]["properties"]
