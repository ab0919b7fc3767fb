"""Names as they are compared, stored with an edition, and looked up."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_city import BOW_TIE, area, load_city
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from gridsvc.services import editions
from gridsvc.spatial.worded_names import name_key
from gridsvc.store import dated_sets, places
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine, transaction
from tests.worded_city import write_worded_city

MAY = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def worded(cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = make_engine(cluster.make_database("store_places", migrated_template), 2)
    load_city(engine, write_worded_city(tmp_path_factory.mktemp("worded")))
    editions.publish(engine, "S1", MAY)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(worded: Engine) -> Iterator[Connection]:
    with transaction(worded) as opened:
        yield opened


@pytest.fixture
def set_id(connection: Connection) -> int:
    return dated_sets.need(connection, "edition", "S1").id


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("", ""),
        (" 。·— ", ""),
        ("人民路12号", "人民路12号"),
        ("人民路　１２ 号", "人民路12号"),
        ("人民路十二号", "人民路12号"),
        ("三十二号", "32号"),
        ("一百零五号", "105号"),
        ("三千二百一十号", "3210号"),
        ("二〇一五", "2015"),
        ("十号", "10号"),
        ("12-3号", "12之3号"),
        ("12—3号", "12之3号"),
        ("12之3号", "12之3号"),
        ("123号", "123号"),
        ("百草街", "百草街"),
        ("千岛湖", "千岛湖"),
        ("第一人民医院", "第1人民医院"),
        ("二十里铺三里屯", "20里铺3里屯"),
        ("Kangle  Road", "kangleroad"),
        ("东湾—科源交界带", "东湾科源交界带"),
        ("“云锦”苑（北区）", "云锦苑北区"),
    ],
)
def test_a_key_is_the_same_however_a_name_is_written(connection: Connection, name: str, key: str):
    assert places.keys_of(connection, [name]) == [key]
    # Boundaries in words are compiled without a database, by the same key.
    assert name_key(name) == key


def test_keys_come_in_the_order_of_the_words(connection: Connection):
    assert places.keys_of(connection, ["乙", "甲", "乙"]) == ["乙", "甲", "乙"]
    assert places.keys_of(connection, []) == []


def codes(found: list[places.NamedPlace]) -> list[tuple[str, str]]:
    return sorted({(p.layer, p.code) for p in found})


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("", []),
        ("路", []),
        ("没有这条路", []),
        ("建设路", [("lane", "L2")]),
        ("jianshe路", []),
        ("jiansheroad", [("lane", "L2")]),
        ("l2", [("lane", "L2")]),
        ("幸福里", [("lane", "L6"), ("lane", "L7")]),
        # A boundary street's own row is left out where a lane has its name, and stands for the lane where none has.
        ("人民路", [("lane", "L1")]),
        ("界河路", [("boundary_street", "B2")]),
        ("b1", [("boundary_street", "B1")]),
        ("建设路32号", [("address", "D5")]),
        ("网格a", [("grid", "A")]),
    ],
)
def test_areas_are_found_by_name_english_name_and_code(connection: Connection, set_id: int, key: str, found):
    assert codes(places.named(connection, set_id, [key], 10)) == found


def test_another_edition_has_names_of_its_own(connection: Connection, set_id: int):
    assert places.named(connection, set_id + 1, ["建设路"], 10) == []


@pytest.mark.parametrize(
    ("key", "first"),
    [("农贸", "P2"), ("人民公", "P1"), ("城东农茂市场", "P2"), ("建没路", "L2"), ("我在城东农贸市场门口", "P2")],
)
def test_two_characters_a_slip_or_a_sentence_find_the_name(connection: Connection, set_id: int, key: str, first: str):
    assert places.alike(connection, set_id, key, 10)[0].code == first


def test_addresses_are_not_found_by_what_they_share(connection: Connection, set_id: int):
    assert {p.layer for p in places.alike(connection, set_id, "人民路11号", 50)} <= {"lane", "place"}


@pytest.mark.parametrize(
    ("road", "house", "numbers"),
    [("没有路", 1, []), ("人民路", 12, [12, 10]), ("人民路", 15, [16, 12]), ("人民路", 999999, [16, 12]),
     ("人民路12之", 4, [3]), ("建设路", 1, [32])],
)  # fmt: skip
def test_the_nearest_numbers_of_a_road(connection: Connection, set_id: int, road: str, house: int, numbers: list[int]):
    assert [p.house for p in places.numbers_near(connection, set_id, road, house, 2)] == numbers


def meeting(connection: Connection, set_id: int, one: str, other: str) -> places.Meeting:
    (found,) = places.meetings(connection, set_id, [(one, other)])
    return found


def test_lanes_cross_where_their_lines_do(connection: Connection, set_id: int):
    found = meeting(connection, set_id, "人民路", "建设路")
    assert (found.code, found.names, found.gap_m) == ("L1/L2", ("人民路", "建设路"), 0.0)
    assert found.points == [pytest.approx((120.005, 30.005))]


def test_a_ring_crosses_a_road_more_than_once(connection: Connection, set_id: int):
    points = meeting(connection, set_id, "环路", "人民路").points
    assert points == [pytest.approx((120.012, 30.005)), pytest.approx((120.016, 30.005))]


def test_a_stretch_that_two_lanes_share_is_one_place(connection: Connection, set_id: int):
    found = meeting(connection, set_id, "b1", "人民路")
    assert found.points == [pytest.approx((120.0055, 30.005))]  # the middle of what they share


def test_lanes_that_stop_short_meet_within_their_widths_only(connection: Connection, set_id: int):
    kerb, dead_end = (meeting(connection, set_id, "人民路", other) for other in ("丁字街", "断头巷"))
    assert (kerb.is_crossing, kerb.wide_m) == (True, 12.0)
    assert kerb.gap_m == pytest.approx(8.9, abs=0.1)
    assert not dead_end.is_crossing
    assert dead_end.gap_m == pytest.approx(22.2, abs=0.1)


def test_every_two_lanes_of_the_names_are_tried(connection: Connection, set_id: int):
    found = places.meetings(connection, set_id, [("幸福里", "建设路"), ("人民路", "无名路"), ("人民路", "人民路")])
    assert sorted(m.code for m in found) == ["L6/L2", "L7/L2"]
    assert places.meetings(connection, set_id, []) == []


def test_the_point_of_a_lane_is_its_middle_and_its_extent_reaches_its_ends(connection: Connection, set_id: int):
    (lane,) = places.named(connection, set_id, ["建设路"], 1)
    assert (lane.lon, lane.lat) == pytest.approx((120.005, 30.005))
    assert lane.bbox == pytest.approx((120.005, 30.001, 120.005, 30.009))
    assert lane.extent_m == pytest.approx(444.8, rel=0.01)  # 0.004 degrees of latitude


def test_names_of_a_published_edition_stay_as_they_are(worded: Engine):
    with pytest.raises(IntegrityError, match="published"), worded.begin() as connection:
        connection.execute(text("UPDATE place_name SET key = 'x'"))


def test_names_go_with_a_draft_that_is_replaced(engine: Engine, tmp_path: Path):
    def count() -> int:
        with engine.connect() as connection:
            return connection.execute(text("SELECT count(*) FROM place_name")).scalar_one()

    load_city(engine, write_worded_city(tmp_path / "one"))
    before = count()
    load_city(engine, write_worded_city(tmp_path / "two", title="又一稿"))
    assert 0 < before == count()


def test_a_draft_with_broken_areas_can_be_loaded(engine: Engine, tmp_path: Path):
    load_city(
        engine,
        write_worded_city(tmp_path, grids=[area("A", BOW_TIE, parent="S", unit="U1"), area("B", None, parent="S")]),
    )
    with transaction(engine) as connection:
        set_id = dated_sets.need(connection, "edition", "S1").id
        assert codes(places.named(connection, set_id, ["网格a", "网格b"], 5)) == [("grid", "A")]
