"""The base map as one file: what a renderer reads of it, by ranges; who gets it, and how long it may be kept."""

import gzip
from pathlib import Path

import pytest
from decoded import decoded
from fastapi.testclient import TestClient
from pmtiles.reader import Reader
from squares import around

from gridsvc.api.routes.tiles import ASK_AGAIN, FOR_EVER
from gridsvc.bootstrap import Folder

from .conftest import PartsOfCity, fields

PATH = "/tiles/base.pmtiles"


def test_a_renderer_reads_the_roads_of_the_city_by_ranges(reader: TestClient, demo: Folder, tmp_path: Path):
    asked: list[int] = []

    def read(offset: int, length: int) -> bytes:
        wanted = {"Range": f"bytes={offset}-{offset + length - 1}"}
        answer = reader.get(f"{PATH}?edition={demo.snapshot.edition.code}", headers=wanted)
        assert (answer.status_code, answer.headers["cache-control"]) == (206, FOR_EVER)
        asked.append(length)
        return answer.content

    file = Reader(read)  # type: ignore[no-untyped-call]
    header = file.header()
    west, south, east, north = demo.snapshot.edition.bounds_deg
    assert [header[f"{name}_e7"] / 1e7 for name in ("min_lon", "min_lat", "max_lon", "max_lat")] == pytest.approx(
        [west, south, east, north], abs=1e-6
    )
    assert {layer["id"] for layer in file.metadata()["vector_layers"]} == {"road", "water", "green", "building"}
    layer, tiers = demo.snapshot.edition.layers["lane"], {}
    for tile in around(west, south, east, north, 12):
        packed = file.get(tile.z, tile.x, tile.y)
        rows = decoded(gzip.decompress(packed) if packed else b"", tile, tmp_path)
        tiers |= dict(zip(rows["name"], rows["tier"], strict=True)) if len(rows) else {}
    assert tiers == {name: props["tier"] for name, props in zip(layer.names, layer.props, strict=True)}
    assert sum(asked) < len(reader.get(PATH).content)


def test_the_file_is_made_once_and_told_of(reader: TestClient):
    told = reader.get("/tiles/base.json").json()
    (address,) = told["tiles"]
    assert address == "pmtiles://http://127.0.0.1:8000/tiles/base.pmtiles?edition=2023-1"
    first = reader.get(PATH)
    assert (first.status_code, first.headers["cache-control"]) == (200, ASK_AGAIN)
    assert first.headers["content-type"] == "application/vnd.pmtiles"
    again = reader.get(PATH, headers={"Range": "bytes=0-6", "If-Range": first.headers["etag"]})
    assert (again.status_code, again.content) == (206, b"PMTiles")
    assert reader.get(PATH, headers={"Range": "bytes=999999999-"}).status_code == 416


def test_an_edition_without_lanes_has_no_base_map(untouched: TestClient):
    answer = untouched.get(PATH)
    assert (answer.status_code, fields(answer)) == (404, ["edition"])
    assert untouched.get(f"{PATH}?edition=nonesuch").status_code == 404


def test_who_may_not_come_in_gets_no_base_map(parts_of_city: PartsOfCity):
    client, headers = parts_of_city
    assert client.get(PATH).status_code == 401
    assert client.get(PATH, headers=headers["street"]).status_code == 200
