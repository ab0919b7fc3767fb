"""Candidates for words: in which order, how sure, and what is told of each."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from small_city import load_city
from sqlalchemy import Engine

from gridsvc.bootstrap import Router
from gridsvc.errors import BadInput
from gridsvc.services import editions
from gridsvc.services.components import end_component, record_component
from gridsvc.services.places import find_places
from gridsvc.store.cluster import Cluster
from gridsvc.store.engine import make_engine, transaction
from gridsvc.values import Component, Point
from tests.worded_city import write_worded_city

MAY, JUNE = datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)
LAMPS = {"L-100123": (120.003, 30.003), "L-200123": (120.013, 30.003), "L-200124": (120.0131, 30.003)}
Find = Callable[..., Any]


@pytest.fixture(scope="module")
def find(cluster: Cluster, migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Find]:
    url = cluster.make_database("services_places", migrated_template)
    engine = make_engine(url, 2)
    load_city(engine, write_worded_city(tmp_path_factory.mktemp("worded")))
    editions.publish(engine, "S1", MAY)
    for code, (lon, lat) in LAMPS.items():
        record_component(engine, "990999", Component(code, "s", "01037", "路灯", Point(lon, lat)), "test", JUNE)
    end_component(engine, "990999", "L-200124", "test", JUNE)
    yield finder(engine, Router.from_database(url, "S1"))
    engine.dispose()


def finder(engine: Engine, room: Router) -> Find:
    def found(words: str, **how: Any) -> Any:
        with transaction(engine) as connection:
            return find_places(connection, room, words, **how)

    return found


def told(answer: Any) -> list[tuple[str, str, str]]:
    return [(i["kind"], i["code"], i["how"]) for i in answer["items"]]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("建设路", ("lane", "L2", "name")),
        ("Jianshe  road", ("lane", "L2", "name")),
        ("人民路 １２ 号", ("address", "D2", "name")),
        ("人民路十二号", ("address", "D2", "name")),
        ("人民路12", ("address", "D2", "name")),
        ("人民路12-3号", ("address", "D4", "name")),
        ("建设路32号", ("address", "D5", "name")),
        ("人民路与建设路交叉口", ("crossing", "L1/L2", "crossing")),
        ("Corner of Jianshe Road and Renmin Road", ("crossing", "L2/L1", "crossing")),
        ("丁字街人民路路口", ("crossing", "L5/L1", "crossing")),
        ("人和大道/建设路路口", ("crossing", "L8/L2", "crossing")),
        ("99099901001000001", ("component", "99099901001000001", "code")),
        ("网格A", ("grid", "A", "name")),
        ("人民公园", ("place", "P1", "name")),
    ],
)
def test_what_is_exactly_one_place_is_certain(find: Find, words: str, first: tuple[str, str, str]):
    answer = find(words)
    assert (told(answer)[0], answer["certain"], answer["items"][0]["score"]) == (first, True, 1.0)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("没有的地方", []),
        ("12345", []),
        # Two lanes of one name, and a ring that crosses a road twice.
        ("幸福里", [("lane", "L6", "name"), ("lane", "L7", "name")]),
        ("人民路与环路交叉口", [("crossing", "L1/L3", "crossing"), ("crossing", "L1/L3", "crossing")]),
        ("农贸", [("place", "P2", "part")]),
        ("城东农茂市场", [("place", "P2", "like")]),
        ("建没路", [("lane", "L2", "like")]),
        ("城东农贸市场门口有垃圾", [("place", "P2", "mentioned")]),
        ("路灯杆 0123", [("component", "L-100123", "part"), ("component", "L-200123", "part")]),
        ("雕塑 0123", []),
        ("20012", [("component", "L-200123", "part")]),
        # Removed, so it stands nowhere.
        ("路灯 200124", []),
    ],
)
def test_what_is_not_exactly_one_place_is_never_certain(find: Find, words: str, found: list[tuple[str, str, str]]):
    answer = find(words, limit=2)
    assert (told(answer)[: len(found) or None], answer["certain"]) == (found, False)


def test_lanes_that_do_not_meet_are_told_apart(find: Find):
    answer = find("人民路与断头巷路口", limit=2)
    assert sorted(told(answer)) == [("lane", "L1", "no_crossing"), ("lane", "L4", "no_crossing")]
    assert not answer["certain"]
    assert {(i["zh"], i["en"]) for i in answer["items"]} == {
        (
            "人民路与断头巷不相交，最近处相距 22 米",
            "人民路 does not meet 断头巷: they are 22 m apart where they are nearest",
        )
    }


def test_a_number_that_is_not_on_record_gives_the_nearest_and_says_so(find: Find):
    answer = find("人民路15号", limit=3)
    assert told(answer)[:2] == [("address", "D3", "number_near"), ("address", "D2", "number_near")]
    assert not answer["certain"]
    assert answer["items"][0]["zh"] == "没有登记 15 号，这是最近的门牌之一"
    assert told(find("建设路99号"))[:2] == [("lane", "L2", "mentioned"), ("address", "D5", "number_near")]


def test_a_number_of_a_road_without_any_gives_the_road(find: Find):
    assert told(find("断头巷8号"))[0] == ("lane", "L4", "mentioned")


def test_of_equals_the_nearest_comes_first_and_nothing_becomes_certain(find: Find):
    west, east = (find("幸福里", near=Point(lon, 30.005)) for lon in (120.001, 120.019))
    assert [i["code"] for i in west["items"]] == ["L6", "L7"]
    assert [i["code"] for i in east["items"]] == ["L7", "L6"]
    assert not east["certain"]
    assert west["items"][0]["distance_m"] == pytest.approx(385, abs=3)
    assert find("幸福里")["items"][0]["distance_m"] is None


def test_a_candidate_says_where_it_is_and_how_large(find: Find):
    lane = find("建设路")["items"][0]
    assert lane["within"] == {"street": {"code": "S", "name": "网格S"}}
    assert lane["point"] == pytest.approx({"lon": 120.005, "lat": 30.005})
    assert lane["bbox"] == pytest.approx((120.005, 30.001, 120.005, 30.009))
    assert lane["extent_m"] == pytest.approx(444.8, rel=0.01)
    place = find("人民公园")["items"][0]
    assert (place["extent_m"], place["bbox"]) == (0.0, None)


def test_no_more_candidates_than_asked_for_and_certainty_knows_of_all(find: Find):
    answer = find("幸福里", limit=1)
    assert (len(answer["items"]), answer["certain"], answer["edition"]) == (1, False, "S1")


def test_words_that_name_nothing_are_refused(find: Find):
    with pytest.raises(BadInput):
        find("路")
