"""Vector tiles over HTTP: who gets which, how long a browser may keep them, and what is refused."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import shapely
from decoded import decoded
from fastapi.testclient import TestClient
from small_city import load_city, write_city

from gridsvc.api.routes.tiles import ASK_AGAIN, FOR_EVER
from gridsvc.bootstrap import Folder
from gridsvc.spatial.mercator import Tile
from gridsvc.store.engine import make_engine

from .conftest import PAST, PartsOfCity, fields, report

SMALL, DEMO = Tile(10, 853, 422), Tile(10, 853, 421)  # all of the small city, and of the demo city


@pytest.mark.parametrize(
    ("path", "layer"), [("/tiles/grid.json", "grid"), ("/tiles/lane.json", "lane"), ("/tiles/cases.json", "cases")]
)
def test_a_map_is_told_how_to_ask(reader: TestClient, path: str, layer: str, tmp_path: Path, demo: Folder):
    told = reader.get(path).json()
    assert told["tilejson"] == "3.0.0"
    assert told["vector_layers"][0]["id"] == layer
    west, south, east, north = shapely.total_bounds(demo.snapshot.edition.layers["district"].geometries)
    assert told["minzoom"] <= DEMO.z <= told["maxzoom"]
    (address,) = told["tiles"]
    assert address.startswith("http://127.0.0.1:8000/tiles/")
    found = decoded(reader.get(address.format(z=DEMO.z, x=DEMO.x, y=DEMO.y)).content, DEMO, tmp_path)
    assert len(found) > 0
    assert set(found.columns) - {"geometry"} <= set(told["vector_layers"][0]["fields"])
    if layer != "cases":
        assert told["bounds"] == pytest.approx([west, south, east, north], abs=0.01)


def test_the_tiles_a_map_is_told_of_are_of_one_edition_and_are_kept(reader: TestClient, demo: Folder):
    (address,) = reader.get("/tiles/grid.json").json()["tiles"]
    assert address.endswith(f"?edition={demo.snapshot.edition.code}")
    assert reader.get(address.format(z=0, x=0, y=0)).headers["cache-control"] == FOR_EVER


@pytest.mark.parametrize(
    ("path", "keep"),
    [
        ("/tiles/grid/10/853/422?edition=S1", FOR_EVER),
        ("/tiles/grid/10/853/422?edition=S2", FOR_EVER),
        ("/tiles/grid/10/853/422", ASK_AGAIN),
        ("/tiles/grid/10/853/422?edition=D1", ASK_AGAIN),
        ("/tiles/cases/10/853/422", ASK_AGAIN),
        ("/tiles/cases/10/1/1", ASK_AGAIN),
    ],
)
def test_only_what_was_published_by_name_is_kept_for_ever(writer: TestClient, tmp_path: Path, path: str, keep: str):
    engine = make_engine(writer.app.parts.engine.url.render_as_string(hide_password=False), 1)  # type: ignore[attr-defined]
    load_city(engine, write_city(tmp_path, edition="D1"))
    engine.dispose()
    answer = writer.get(path)
    assert answer.headers["cache-control"] == keep
    assert "private" in keep
    assert answer.status_code in (200, 204)


def test_a_tile_that_did_not_change_is_not_sent_again(writer: TestClient):
    path = f"/tiles/cases/{SMALL.z}/{SMALL.x}/{SMALL.y}"
    assert report(writer, "a").status_code == 201
    first = writer.get(path)
    assert first.status_code == 200
    again = writer.get(path, headers={"If-None-Match": f'W/"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert report(writer, "b").status_code == 201
    fresh = writer.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (fresh.status_code, fresh.headers["etag"] != first.headers["etag"]) == (200, True)


@pytest.mark.parametrize("path", ["/tiles/grid/14/0/0", "/tiles/cases/14/0/0", "/tiles/cases/0/0/0"])
def test_an_empty_tile_has_no_content(untouched: TestClient, path: str):
    answer = untouched.get(path)
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize("layer", ["grid", "cases"])
@pytest.mark.parametrize(
    ("zxy", "field"),
    [
        ("23/0/0", "z"), ("-1/0/0", "z"), ("3/8/0", "x"), ("3/0/8", "y"), ("3/-1/0", "x"), ("0/0/1", "y"),
        ("22/4194304/0", "x"), ("a/0/0", "z"), ("1/0/0.5", "y"), ("1e3/0/0", "z"), ("99999999999999999999/0/0", "z"),
    ],
)  # fmt: skip
def test_what_is_no_tile_is_refused_by_name(untouched: TestClient, layer: str, zxy: str, field: str):
    answer = untouched.get(f"/tiles/{layer}/{zxy}")
    assert (answer.status_code, fields(answer)) == (422, [field])


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/tiles/nonesuch/1/1/1", "layer"), ("/tiles/nonesuch.json", "layer"), ("/tiles/%E6%A0%BC/1/1/1", "layer"),
        ("/tiles/grid/1/1/1?edition=nonesuch", "edition"), ("/tiles/grid.json?edition=nonesuch", "edition"),
        ("/tiles/it's/1/1/1", "layer"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_named(untouched: TestClient, path: str, field: str):
    answer = untouched.get(path)
    assert (answer.status_code, fields(answer)) == (404, [field])


def seen(client: TestClient, headers: Mapping[str, str], z: int, folder: Path, query: str) -> list[dict[str, Any]]:
    """What every point in the tiles of a zoom over the demo city says."""
    n, found = 2**z, []
    # The share of the world's width and height at which the demo city lies.
    for x in range(int((120.19 + 180) / 360 * n), int((120.26 + 180) / 360 * n) + 1):
        for y in range(int(0.4112 * n), int(0.4120 * n) + 1):
            tile = Tile(z, x, y)
            rows = decoded(client.get(f"/tiles/cases/{z}/{x}/{y}{query}", headers=headers).content, tile, folder)
            found += rows.to_dict("records")
    return found


@pytest.mark.parametrize("query", ["?", "?source=hotline_12345,app"])
@pytest.mark.parametrize("z", [0, 8, 11, 12, 13])
def test_tiles_show_the_cases_that_the_list_does(parts_of_city: PartsOfCity, tmp_path: Path, z: int, query: str):
    client, headers = parts_of_city
    listed = {
        who: {c["number"]: c["decision"] for c in client.get(f"/v1/cases{query}&limit=1000", headers=h).json()["items"]}
        for who, h in headers.items()
    }
    assert 0 < len(listed["whole"]) <= PAST
    for who, h in headers.items():
        found = seen(client, h, z, tmp_path, query)
        if z < 12:
            assert sum(point["n"] for point in found) == len(listed[who])
        else:
            assert sorted(point["number"] for point in found) == sorted(listed[who])
    assert 0 < len(listed["street"]) < len(listed["whole"])
    assert 0 < len(listed["unit"]) < len(listed["whole"])
    assert {d["areas"]["street"]["code"] for d in listed["street"].values()} == {"990101003"}


def test_a_map_that_asks_for_some_cases_is_told_of_their_tiles(reader: TestClient):
    (address,) = reader.get("/tiles/cases.json?status=closed&source=patrol").json()["tiles"]
    assert address.endswith("/tiles/cases/{z}/{x}/{y}?status=closed&source=patrol")
    for path in ("/tiles/cases.json?status=nonesuch", "/tiles/cases/1/1/1?status=nonesuch"):
        refused = reader.get(path)
        assert (refused.status_code, fields(refused)) == (422, ["status"])


def test_boundaries_are_shown_whole_to_who_is_granted_a_part(parts_of_city: PartsOfCity, tmp_path: Path):
    client, headers = parts_of_city
    tiles = {who: client.get("/tiles/unit_grid/10/853/421", headers=h).content for who, h in headers.items()}
    assert len(set(tiles.values())) == 1


def test_who_may_not_come_in_gets_no_tile(parts_of_city: PartsOfCity):
    client, _ = parts_of_city
    for path in ("/tiles/grid/10/853/422", "/tiles/cases/10/853/422", "/tiles/grid.json", "/tiles/cases.json"):
        assert client.get(path).status_code == 401


@pytest.mark.parametrize(("who", "status"), [("planner", 200), ("street", 404), ("whole", 404)])
def test_a_draft_has_tiles_for_who_may_know_of_it(parts_of_city: PartsOfCity, tmp_path: Path, who: str, status: int):
    client, headers = parts_of_city
    engine = make_engine(client.app.parts.engine.url.render_as_string(hide_password=False), 1)
    load_city(engine, write_city(tmp_path, edition="D1", district="990101"))
    engine.dispose()
    for path in ("/tiles/grid/10/853/422?edition=D1", "/tiles/grid.json?edition=D1"):
        answer = client.get(path, headers=headers[who])
        assert answer.status_code == status
        if status == 200:
            assert "immutable" not in answer.headers.get("cache-control", "")


def bodies(
    client: TestClient, path: str, headers: Mapping[str, str], n: int = 3
) -> list[tuple[int, bytes, dict[str, str]]]:
    """Ask several times: the first answer is made, the ones after it are at hand."""
    answers = [client.get(path, headers=headers) for _ in range(n)]
    return [(a.status_code, a.content, {k: v for k, v in a.headers.items() if k != "content-length"}) for a in answers]


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/street/10/853/421?edition=2023-1", "/tiles/street/10/853/421", "/tiles/edges/13/6831/3370",
        "/tiles/street/14/0/0?edition=2023-1", "/tiles/components/16/54655/26966", "/tiles/bands/15/27327/13483",
    ],
)  # fmt: skip
def test_a_tile_at_hand_is_the_one_that_was_made(parts_of_city: PartsOfCity, path: str):
    client, headers = parts_of_city
    for asked in (headers["whole"], headers["whole"] | {"Accept-Encoding": "identity"}):
        first, *later = bodies(client, path, asked)
        assert later == [first] * len(later)
        assert first[0] in (200, 204)
        assert (first[2].get("content-encoding") == "gzip") == (first[0] == 200 and asked is headers["whole"])
        again = client.get(path, headers=asked | {"If-None-Match": first[2]["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_tile_at_hand_is_for_nobody_else(parts_of_city: PartsOfCity):
    client, headers = parts_of_city
    path = "/tiles/street/10/853/421?edition=2023-1"
    for who in ("whole", "street"):
        assert {status for status, _, _ in bodies(client, path, headers[who])} == {200}
    for wrong in ({}, {"Authorization": "Bearer gk_000000000000_" + "x" * 43}, {"Cookie": "__Host-gridsvc=x"}):
        assert client.get(path, headers=wrong).status_code == 401
    assert client.get(path.replace("2023-1", "2099-1"), headers=headers["whole"]).status_code == 404
    assert client.get(path + "&edition=nonesuch", headers=headers["whole"]).status_code == 404
    assert client.post(path, headers=headers["whole"]).status_code == 405


def test_a_tile_that_is_not_there_yet_is_made_for_who_may_see_it(parts_of_city: PartsOfCity, tmp_path: Path):
    """The first one is made past the framework, for a caller who is known; it is the one that the framework gives."""
    client, headers = parts_of_city
    assert client.get("/tiles/street.json", headers=headers["whole"]).status_code == 200
    path = "/tiles/community/13/6831/3370?edition=2023-1"
    wrong = {"Authorization": "Bearer gk_000000000000_" + "x" * 43}
    assert [client.get(path, headers=h).status_code for h in ({}, wrong)] == [401, 401]
    made = client.get(path, headers=headers["whole"])
    ordinary = client.get(f"{path}&again", headers=headers["whole"])
    assert (made.status_code, made.content, made.headers["etag"]) == (200, ordinary.content, ordinary.headers["etag"])
    assert set(made.headers) == set(ordinary.headers)
    assert len(decoded(made.content, Tile(13, 6831, 3370), tmp_path, layer="community")) > 0
    for bad, status in (("nonesuch/13/6831/3370", 404), ("community/13/9999/3370", 422)):
        assert client.get(f"/tiles/{bad}?edition=2023-1", headers=headers["whole"]).status_code == status
