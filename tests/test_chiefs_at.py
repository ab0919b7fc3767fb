"""The chiefs of many points, each team found once: whoever was asked before, the answer is that of asking anew."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from gridsvc import chiefs_at
from gridsvc.chiefs_at import ChiefsAt
from gridsvc.responsibility.duty import chief_at
from gridsvc.responsibility.people import Person, Post, Staff
from gridsvc.responsibility.windows import parse_window
from gridsvc.values import AreaAt

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2024, 6, 12, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in Shanghai
# Areas of two layers have the same codes, and a way's chief comes before the street's.
LAYERS = {"grid_chief": ["grid"], "street_chief": ["way", "street"]}
POSTS = (
    Post("G-A", "p1", "grid_chief", "grid", "A", duty=parse_window("08:30-17:30")),
    Post("S-A", "p2", "street_chief", "street", "A", valid_from=NOON),
    Post("W-A", "p3", "street_chief", "way", "A", duty=parse_window("17:30-08:30")),
    Post("S-B", "p4", "street_chief", "street", "B", valid_to=NOON),
)
STAFF = Staff({}, {p: Person(p, f"name {p}", "13800000000") for p in ("p1", "p2", "p3", "p4")}, POSTS)
PLACES = st.dictionaries(st.sampled_from(["grid", "way", "street", "district"]), st.sampled_from(["A", "B"]))
INSTANTS = st.integers(-1500, 1500).map(lambda minutes: NOON + timedelta(minutes=minutes))


def anew(areas: dict[str, AreaAt], at: datetime) -> dict:
    there = {role: [areas[c] for c in codes if c in areas] for role, codes in LAYERS.items()}
    return {role: chief_at(STAFF, role, areas, at, SHANGHAI) for role, areas in there.items()}


@given(st.lists(st.tuples(PLACES, INSTANTS), max_size=40))
def test_every_team_is_that_of_asking_anew(asked):
    chiefs = ChiefsAt(STAFF, LAYERS, SHANGHAI)
    for codes, at in asked:
        areas = {layer: AreaAt(layer, code, code, "inside") for layer, code in codes.items()}
        found = chiefs.of(areas, at)
        assert found == anew(areas, at)
        assert found.posts == tuple(sorted((r, c.post.code) for r, c in found.items() if c))


def test_points_that_are_alike_have_the_same_team_and_no_telephone_number_in_it_is_whole():
    chiefs = ChiefsAt(STAFF, LAYERS, SHANGHAI)
    areas = {"grid": AreaAt("grid", "A", "甲", "inside"), "way": AreaAt("way", "A", "路", "street")}
    found = chiefs.of(areas, NOON)
    assert chiefs.of(dict(areas), NOON + timedelta(minutes=1)) is found
    assert {role: told and told["post"] for role, told in found.told.items()} == {
        "grid_chief": "G-A", "street_chief": "W-A"
    }  # fmt: skip
    assert "13800000000" not in str(found.told)
    assert [step.id for step in found.steps] == ["G-A", "W-A"]


def test_when_there_are_too_many_teams_they_are_forgotten_and_found_again(monkeypatch):
    monkeypatch.setattr(chiefs_at, "_MOST", 2)
    chiefs = ChiefsAt(STAFF, LAYERS, SHANGHAI)
    for code in "ABABCDAB":
        areas = {"street": AreaAt("street", code, code, "inside")}
        assert chiefs.of(areas, NOON) == anew(areas, NOON)
