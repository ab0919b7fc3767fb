"""One city read from its folder, its database, its running service and Parquet: the same tables four times."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from small_city import SOUND, load_city, write_city

from gridsvc import bootstrap
from gridsvc.client import Client
from gridsvc.errors import BadInput
from gridsvc.planning.sources import CASES, COMPONENTS, POSTS, City, read
from gridsvc.services import editions
from gridsvc.services.intake import import_cases
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine
from tests.conftest import NOON
from tests.served import served

REPORTS = [
    {"reported_at": (NOON + timedelta(minutes=n)).isoformat(), "category": "06010", "source": "app",
     "accuracy_m": "8" if n else "", "x": f"{120.001 + n / 1000:.3f}", "y": "30.005"}
    for n in range(12)
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_city(tmp_path_factory.mktemp("sources"), tables=SOUND | {"cases": REPORTS})


@pytest.fixture(scope="module")
def url(cluster: Cluster, migrated_template: str, folder: Path) -> str:
    made = cluster.make_database("sources", migrated_template)
    engine = make_engine(made, 1)
    contents = load_city(engine, folder)
    editions.publish(engine, "S1", NOON - timedelta(days=1))
    import_cases(engine, bootstrap.Router(contents.snapshot), bootstrap.past_cases(contents), "test")
    engine.dispose()
    return made


@pytest.fixture(scope="module", params=["folder", "database", "service", "parquet"])
def city(
    request: pytest.FixtureRequest, folder: Path, url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[City]:
    at = NOON + timedelta(hours=1)
    match request.param:
        case "folder":
            yield read(folder, at)
        case "database":
            yield read(url, at)
        case "parquet":
            kept = tmp_path_factory.mktemp("kept") / "city"
            read(folder, at).write(kept)
            yield read(str(kept))
        case "service":
            with served(url, open_access=True) as port, Client(f"http://127.0.0.1:{port}") as client:
                yield read(client, at)


@pytest.fixture(scope="module")
def first(folder: Path) -> City:
    return read(folder, NOON + timedelta(hours=1))


def test_every_table_has_its_columns_and_its_reference(city: City):
    frames = {"cases": CASES, "components": COMPONENTS, "posts": POSTS}
    for name, columns in frames.items():
        frame = getattr(city, name)
        assert list(frame) == [*columns, "geometry"], name
        assert frame.crs == "EPSG:4326", name
    assert list(city.layers) == ["street", "grid"]
    assert all(frame.crs == "EPSG:4326" for frame in city.layers.values())
    assert city.time_zone == "Asia/Shanghai"


def test_areas_are_the_same_from_every_source(city: City, first: City):
    for code, frame in first.layers.items():
        other = city.layers[code]
        assert_geodataframe_equal(other, frame, check_like=True, check_dtype=False)
        assert other.attrs == frame.attrs


def test_cases_are_the_same_but_for_their_numbers(city: City, first: City):
    columns = ["category", "source", "accuracy_m", "lon", "lat", "geometry"]
    assert_geodataframe_equal(city.cases[columns], first.cases[columns], check_dtype=False)
    assert city.cases["reported_at"].tolist() == first.cases["reported_at"].tolist()
    assert str(city.cases["reported_at"].dt.tz) == "Asia/Shanghai"
    assert city.cases["number"].is_unique


def test_components_and_posts_are_the_same_and_posts_have_the_shape_of_their_area(city: City, first: City):
    for name in ("components", "posts"):
        mine, theirs = (pd.DataFrame(getattr(c, name)).fillna("") for c in (city, first))
        pd.testing.assert_frame_equal(mine, theirs, check_dtype=False)
    grids = city.layers["grid"].set_index("code").geometry
    assert len(city.posts) > 0
    for post in city.posts.itertuples():
        assert post.geometry.equals(grids[post.area])
    assert not any("phone" in column for column in city.posts)


def test_its_router_locates_points_in_its_areas(city: City):
    found = city.router.locate(city.cases["lon"], city.cases["lat"], crs="wgs84")
    assert np.unique(found.codes("grid")).tolist() == ["A", "B"]


@pytest.mark.parametrize("source", ["nowhere", "."])
def test_what_is_no_city_is_refused(source: str, tmp_path: Path):
    with pytest.raises(BadInput, match="no city"):
        read(tmp_path / source)
