"""Editions, components, staff and rules come back from the database bit for bit."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from small_city import BOW_TIE, GRIDS, POSTS, RULES, TABLES, area, changed, load_city, write_city
from sqlalchemy import Engine

from gridsvc.bootstrap import Folder
from gridsvc.responsibility.people import Post
from gridsvc.router import Snapshot
from gridsvc.services import editions
from gridsvc.services.editions import read_snapshot
from gridsvc.spatial.layer import Edition, Layer
from gridsvc.spatial.topology import check_edition
from gridsvc.store import dated_sets
from gridsvc.store.cluster import Cluster
from gridsvc.store.components import ComponentFilter, page_of_components
from gridsvc.store.engine import make_engine, transaction
from gridsvc.values import LayerSpec

# Differences that survive only if no bit is lost on the way.
LAST_BITS = [[120.1 + 2**-46, 30.0], [120.3, 30.000000000000004], [120.2, 30.1], [120.1 + 2**-46, 30.0]]


DECLARED = {
    "attributes": [{"key": "vehicle", "value": v, "title_zh": zh, "title_en": ""} for v, zh in
                   (("", "车型"), ("car", "轿车"), ("van", "面包车"))],
    "powers": [{"unit": "U2", "categories": "06*", "places": "grid:A;at:120.015,30.005/200", "source": "办法"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def demo_reader(cluster: Cluster, demo_template: str) -> Iterator[Engine]:
    engine = make_engine(cluster.make_database("editions_rows_demo", demo_template), 2)
    yield engine
    engine.dispose()


def read_back(engine: Engine, code: str) -> Snapshot:
    with transaction(engine) as connection:
        edition, ruleset = (dated_sets.find(connection, kind, code) for kind in ("edition", "ruleset"))
        return read_snapshot(connection, edition, ruleset)


@pytest.fixture(scope="module")
def stored(demo_reader: Engine, demo: Folder) -> Snapshot:
    return read_back(demo_reader, demo.snapshot.edition.code)


def test_the_demo_edition_has_the_same_contents(stored: Snapshot, demo: Folder):
    assert stored.edition.content_hash == demo.snapshot.edition.content_hash


def test_an_edition_is_the_same_however_many_areas_are_read_at_a_time(
    demo_reader: Engine, demo: Folder, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gridsvc.store.areas.AT_ONCE", 7)
    again = read_back(demo_reader, demo.snapshot.edition.code)
    assert again.edition.content_hash == demo.snapshot.edition.content_hash


def test_the_demo_edition_has_the_same_head(stored: Snapshot, demo: Folder):
    for name in ("code", "title", "district", "time_zone", "valid_from"):
        assert getattr(stored.edition, name) == getattr(demo.snapshot.edition, name), name
    assert list(stored.edition.layers) == list(demo.snapshot.edition.layers)
    assert [x.spec for x in stored.edition] == [x.spec for x in demo.snapshot.edition]


def test_every_vertex_of_the_demo_edition_is_exact(stored: Snapshot, demo: Folder):
    for code, layer in demo.snapshot.edition.layers.items():
        here, there = shapely.to_wkb(layer.geometries), shapely.to_wkb(stored.edition.layers[code].geometries)
        assert np.array_equal(here, there), code


def test_components_come_back_equal(stored: Snapshot, demo: Folder):
    assert stored.components == sorted(demo.snapshot.components, key=lambda c: c.code)


def test_staff_comes_back_equal(stored: Snapshot, demo: Folder):
    here, there = demo.snapshot.staff, stored.staff
    assert there.units == here.units
    assert there.people == here.people
    assert sorted(there.posts, key=seat) == sorted(here.posts, key=seat)


def seat(post: Post) -> tuple[str, float]:
    return post.code, post.valid_from.timestamp() if post.valid_from else 0.0


def test_rules_and_limits_come_back_equal(stored: Snapshot, demo: Folder):
    here, there = demo.snapshot.ruleset, stored.ruleset
    assert there.code == here.code
    assert there.rules == here.rules
    assert there.limits == here.limits


def test_a_small_ruleset_with_every_column_comes_back_equal(engine: Engine, tmp_path: Path):
    given = load_city(engine, write_city(tmp_path, tables=TABLES | DECLARED)).snapshot
    there = read_back(engine, "S1")
    assert there.ruleset.rules == given.ruleset.rules
    assert there.ruleset.limits == given.ruleset.limits
    assert there.ruleset.powers == given.ruleset.powers != ()
    assert there.ruleset.vocabulary == given.ruleset.vocabulary
    assert there.ruleset.vocabulary.title("vehicle", "van") == ("面包车", "van")
    assert there.staff.people == given.staff.people
    assert there.staff.posts == given.staff.posts


def test_the_calendar_of_a_city_comes_back_and_windows_are_on_it(engine: Engine, tmp_path: Path):
    city = dict(TABLES) | {
        "calendar": [{"date": "2024-05-07", "day": "off", "name": "值班补休"}],
        "periods": [{"code": "两薄", "window": "work 12:00-14:00", "title_zh": "两薄时段", "title_en": "weak hours"}],
        "posts": changed(POSTS, 0, duty="!两薄"), "rules": changed(RULES, 0, window="两薄"),
    }  # fmt: skip
    given = load_city(engine, write_city(tmp_path, tables=city)).snapshot
    there = read_back(engine, "S1")
    assert there.ruleset.calendar == given.ruleset.calendar
    assert len(there.ruleset.calendar.days) == len(there.ruleset.calendar.periods) == 1
    noon = [datetime(2024, 5, day, 4, tzinfo=UTC) for day in (7, 8)]
    zone = ZoneInfo("Asia/Shanghai")
    assert [there.ruleset.rules[0].window.holds_at(at, zone) for at in noon] == [False, True]
    post = next(p for p in there.staff.posts if p.code == "P1")
    assert [post.duty.holds_at(at, zone) for at in noon] == [True, False]


@pytest.mark.parametrize(
    "grids",
    [
        [area("A", None, parent="S"), GRIDS[1]],
        [area("A", BOW_TIE, parent="S"), GRIDS[1]],
        [*GRIDS, GRIDS[1]],
        [area("A", None, parent=None, unit=None), area("A", None, parent=None, unit=None)],
        [GRIDS[0], area("B", LAST_BITS)],
        [GRIDS[0], area("B", GRIDS[1]["geometry"]["coordinates"][0], note="制表\t换行\n\\N\"'", n=1, x=0.1, yes=True)],
    ],
    ids=["missing shape", "crossing ring", "duplicate code", "nothing but codes", "last bits", "odd properties"],
)  # fmt: skip
def test_a_faulty_draft_comes_back_as_it_is(engine: Engine, tmp_path: Path, grids: list):
    given = load_city(engine, write_city(tmp_path, grids=grids)).snapshot.edition
    assert read_back(engine, "S1").edition.content_hash == given.content_hash


@pytest.mark.filterwarnings("ignore:Non closed ring")
def test_an_unclosed_ring_comes_back_as_a_missing_shape(engine: Engine, tmp_path: Path):
    unclosed = [[120.0, 30.0], [120.01, 30.0], [120.01, 30.01]]
    load_city(engine, write_city(tmp_path, grids=[area("A", unclosed, parent="S"), GRIDS[1]]))
    assert read_back(engine, "S1").edition.layers["grid"].geometries[0] is None


def test_an_empty_layer_and_no_tables_come_back_empty(engine: Engine):
    place = Layer.build(LayerSpec("place", geometry="point"), ["P"], np.array([shapely.Point(120, 30)]))
    nothing = Layer.build(LayerSpec("grid", coverage="partition"), [], np.zeros(0, dtype=object))
    given = Snapshot(Edition("S1", {"place": place, "grid": nothing}))
    editions.load(engine, given, {}, check_edition(given.edition))
    there = read_back(engine, "S1")
    assert there.edition.content_hash == given.edition.content_hash
    assert (len(there.edition.layers["grid"]), there.components, there.ruleset.rules) == (0, [], ())


def test_a_local_reference_is_kept_with_its_edition(engine: Engine, tmp_path: Path):
    local = {"city": "+proj=tmerc +lat_0=0 +lon_0=120 +k=1 +x_0=500000 +ellps=GRS80 +units=m"}
    load_city(engine, write_city(tmp_path, local_crs=local))
    assert read_back(engine, "S1").edition.local_crs == local


def codes_of(engine: Engine, **wanted: object) -> list[str]:
    with transaction(engine) as connection:
        newest = dated_sets.listing(connection, "edition")[0]
        return [c.code for c in page_of_components(connection, newest, ComponentFilter(**wanted))]


def test_pages_of_components_are_complete_and_without_doubles(demo_reader: Engine, demo: Folder):
    wanted = sorted(c.code for c in demo.snapshot.components if c.class_code == "01001")
    seen: list[str] = []
    while True:
        page = codes_of(demo_reader, class_code="01001", after=seen[-1] if seen else None, limit=100)
        seen += page[:100]
        if len(page) <= 100:
            break
    assert len(wanted) > 300
    assert seen == wanted


def test_components_in_a_box_are_those_whose_point_it_holds(demo_reader: Engine, demo: Folder):
    west, south, east, north = 120.22, 30.31, 120.225, 30.315
    held = [c for c in demo.snapshot.components if west <= c.point.lon <= east and south <= c.point.lat <= north]
    assert len(held) > 10
    assert codes_of(demo_reader, bbox=(west, south, east, north), limit=20_000) == sorted(c.code for c in held)


def test_components_of_a_draft_are_only_its_own(engine: Engine, tmp_path: Path):
    load_city(engine, write_city(tmp_path / "1", tables=TABLES))
    load_city(
        engine, write_city(tmp_path / "2", edition="S2", tables={**TABLES, "components": TABLES["components"][:1]})
    )
    assert len(codes_of(engine)) == 1
