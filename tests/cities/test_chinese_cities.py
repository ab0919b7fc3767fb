"""Real boundaries of Yuhang, Renshou and Taipei: checked, stored as drafts in PostGIS, read back and routed."""

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine

from gridsvc.bootstrap import Folder, Router, read_all
from gridsvc.errors import RefusedToPublish
from gridsvc.services import editions
from gridsvc.spatial.topology import CheckReport, check_edition
from gridsvc.store import dated_sets
from gridsvc.store.engine import transaction

NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)
STREET = {"layer": "street", "crs": "EPSG:4326", "code": "name", "name": "name", "coverage": "partition"}
CITIES = {
    "yuhang": ("cn-yuhang-renshou", [STREET | {"file": "yuhang-towns.geojson.gz"}]),
    "renshou": ("cn-yuhang-renshou", [STREET | {"file": "renshou-towns.geojson.gz"}]),
    "taipei": (
        "tw-taipei",
        [
            {"layer": "district", "file": "districts-2021.geojson.gz", "crs": "EPSG:4326", "code": "TOWNCODE",
             "name": "TOWNNAME", "coverage": "partition"},
            {"layer": "village", "file": "villages-2021.geojson.gz", "crs": "EPSG:4326", "code": "VILLCODE",
             "name": "VILLNAME", "parent": "district", "parent_code": "TOWNCODE", "coverage": "partition"},
        ],
    ),
}  # fmt: skip
# One village's ring touches itself since the source was simplified; the district dissolved from it is a collection.
WHY = "the source was simplified"
FAULTS = ["invalid:district:63000080", "invalid:village:63000080037"]


@dataclass(frozen=True, eq=False)
class City:
    """A real city as read from its folder, with its check report."""

    name: str
    contents: Folder
    report: CheckReport

    @property
    def layers(self) -> dict:
        return dict(self.contents.snapshot.edition.layers)


@pytest.fixture(scope="module")
def cities(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, City]:
    made = {}
    for name, (source, layers) in CITIES.items():
        folder = tmp_path_factory.mktemp(name)
        for layer in layers:
            shutil.copy(shared / source / layer["file"], folder)
        content = {"edition": f"{name}-1", "district": name, "layers": layers}
        (folder / "manifest.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        contents = read_all(folder)
        made[name] = City(name, contents, check_edition(contents.snapshot.edition))
    return made


@pytest.fixture(params=CITIES)
def city(request: pytest.FixtureRequest, cities: dict[str, City]) -> City:
    return cities[request.param]


def load(engine: Engine, one: City) -> str:
    return editions.load(engine, one.contents.snapshot, one.contents.tables, one.report)


def from_database(engine: Engine, one: City) -> Router:
    with transaction(engine) as connection:
        found = dated_sets.need(connection, "edition", f"{one.name}-1")
        return Router(editions.read_snapshot(connection, found, None))


def inner_points(one: City, layer: str) -> tuple[np.ndarray, np.ndarray]:
    inner = shapely.point_on_surface(one.layers[layer].geometries)
    return np.asarray(shapely.get_x(inner)), np.asarray(shapely.get_y(inner))


@pytest.mark.parametrize(
    ("name", "counts"),
    [("yuhang", {"street": 12}), ("renshou", {"street": 60}), ("taipei", {"district": 12, "village": 456})],
)
def test_every_area_is_read(cities, name, counts):
    assert {code: len(layer) for code, layer in cities[name].layers.items()} == counts


def test_yuhang_has_the_twelve_streets_and_towns_of_the_code_list(cities):
    assert set(cities["yuhang"].layers["street"].codes) == {
        "五常街道", "仁和街道", "良渚街道", "闲林街道", "仓前街道", "余杭街道", "中泰街道",
        "径山镇", "瓶窑镇", "鸬鸟镇", "百丈镇", "黄湖镇",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["yuhang", "renshou"])
def test_the_clean_cities_have_no_finding(cities, name):
    assert cities[name].report.findings == ()


def test_the_one_invalid_village_of_taipei_and_its_district_are_the_only_findings(cities):
    findings = cities["taipei"].report.findings
    assert [f"{f.id}:{f.layer}:{'+'.join(f.codes)}" for f in findings] == FAULTS
    assert {f.severity for f in findings} == {"error"}
    assert (findings[1].lon, findings[1].lat) == (121.564862, 24.964218)


def test_a_point_inside_each_area_finds_it(city):
    for layer in city.layers:
        found = Router(city.contents.snapshot).locate(*inner_points(city, layer), crs="wgs84")
        assert found.codes(layer).tolist() == city.layers[layer].codes.tolist()
        assert set(found.how[layer].tolist()) == {"inside"}


def test_the_district_of_a_village_is_the_one_on_record(cities):
    taipei = cities["taipei"]
    found = Router(taipei.contents.snapshot).locate(*inner_points(taipei, "village"), crs="wgs84")
    assert found.codes("district").tolist() == taipei.layers["village"].parents.tolist()


def test_a_draft_is_stored_bit_for_bit(engine, city):
    assert load(engine, city) == "loaded"
    stored = from_database(engine, city).snapshot.edition
    for code, layer in city.layers.items():
        assert stored.layers[code].codes.tolist() == layer.codes.tolist()
        assert shapely.to_wkb(stored.layers[code].geometries).tolist() == shapely.to_wkb(layer.geometries).tolist()


def test_a_draft_in_the_database_is_routed_like_its_folder(engine, city):
    load(engine, city)
    router = from_database(engine, city)
    for layer in city.layers:
        found = router.locate(*inner_points(city, layer), crs="wgs84")
        assert found.codes(layer).tolist() == city.layers[layer].codes.tolist()


def test_the_clean_cities_are_published(engine, cities):
    for name in ("yuhang", "renshou"):
        load(engine, cities[name])
        assert editions.publish(engine, f"{name}-1", NOON).waived == ()


def test_taipei_is_refused_by_the_names_of_its_faults_and_published_when_they_are_waived(engine, cities):
    load(engine, cities["taipei"])
    with pytest.raises(RefusedToPublish) as e:
        editions.publish(engine, "taipei-1", NOON)
    assert [error.field for error in e.value.errors] == FAULTS
    assert editions.publish(engine, "taipei-1", NOON, waived=dict.fromkeys(FAULTS, WHY)).waived == tuple(FAULTS)
    with transaction(engine) as connection:
        assert dated_sets.need(connection, "edition", "taipei-1").state == "published"


def test_one_waiver_does_not_excuse_the_other_fault(engine, cities):
    load(engine, cities["taipei"])
    with pytest.raises(RefusedToPublish) as e:
        editions.publish(engine, "taipei-1", NOON, waived=dict.fromkeys(FAULTS[:1], WHY))
    assert [error.field for error in e.value.errors] == FAULTS[1:]


def test_a_refused_publication_leaves_the_draft_a_draft(engine, cities):
    load(engine, cities["taipei"])
    with pytest.raises(RefusedToPublish):
        editions.publish(engine, "taipei-1", NOON)
    with transaction(engine) as connection:
        assert dated_sets.need(connection, "edition", "taipei-1").state == "draft"
